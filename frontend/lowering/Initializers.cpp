//===-- Initializers.cpp - first values of weights as ops -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Distributions.h"
#include "frontend/lowering/Fourier.h"

#include <algorithm>
#include <cmath>

namespace mlc::frontend {

using mlir::RankedTensorType;
using mlir::Value;

struct Fans {
  double in, out;
};

/// As Keras counts them: the last two axes, times the receptive field.
static Fans getFans(llvm::ArrayRef<int64_t> shape) {
  if (shape.empty())
    return {1, 1};
  if (shape.size() == 1)
    return {double(shape[0]), double(shape[0])};
  double field = 1;
  for (int64_t size : shape.drop_back(2))
    field *= double(size);
  return {field * double(shape[shape.size() - 2]),
          field * double(shape.back())};
}

/// The standard deviation of a normal cut at two standard deviations.
constexpr double kTruncatedDeviation = 0.87962566103423978;

/// `variance` of uniform or truncated normal weights.
static Value buildScaled(Emitter &e, RankedTensorType type,
                         RandomSource &random, double variance, bool normal) {
  if (normal)
    return drawNormal(e, type, random, 0,
                      std::sqrt(variance) / kTruncatedDeviation, true);
  double limit = std::sqrt(3 * variance);
  return drawUniform(e, type, random, -limit, limit);
}

static Value buildFill(Emitter &e, RankedTensorType type, double value) {
  return constantSplat(e, e.getLoc(), type, value);
}

template <bool normal>
static Value buildGlorot(Emitter &e, RankedTensorType type, const Component &,
                         RandomSource &random) {
  Fans fans = getFans(type.getShape());
  return buildScaled(e, type, random, 2 / (fans.in + fans.out), normal);
}

template <bool normal>
static Value buildLecun(Emitter &e, RankedTensorType type, const Component &,
                        RandomSource &random) {
  return buildScaled(e, type, random, 1 / getFans(type.getShape()).in, normal);
}

static Value buildVarianceScaling(Emitter &e, RankedTensorType type,
                                  const Component &options,
                                  RandomSource &random) {
  Fans fans = getFans(type.getShape());
  const std::string &mode = options.text("mode");
  double fan = mode == "fan_in"    ? fans.in
               : mode == "fan_out" ? fans.out
                                   : (fans.in + fans.out) / 2;
  double variance = options.number("scale") / std::max(1.0, fan);
  const std::string &distribution = options.text("distribution");
  if (distribution == "untruncated_normal")
    return drawNormal(e, type, random, 0, std::sqrt(variance), false);
  bool normal = distribution != "uniform";
  return buildScaled(e, type, random, variance, normal);
}

/// Ones on the diagonal, times the gain.
static Value buildIdentity(Emitter &e, RankedTensorType type,
                           const Component &options, RandomSource &) {
  Value row = e.iota(type.getShape(), 0);
  Value column = e.iota(type.getShape(), 1);
  Value isDiagonal = e.compare(Predicate::eq, row, column);
  Value gain = buildFill(e, type, options.number("gain"));
  return e.select(isDiagonal, gain, e.splat(gain, 0));
}

/// What a window's samples are divided by.
static double getScale(const Component &options,
                       llvm::ArrayRef<double> window) {
  if (!options.has("window") || !options.has("scaling"))
    return 1;
  double sum = 0, squares = 0;
  for (double sample : window) {
    sum += std::fabs(sample);
    squares += sample * sample;
  }
  return options.text("scaling") == "density" ? std::sqrt(squares) : sum;
}

static Value buildStft(Emitter &e, RankedTensorType type,
                       const Component &options, RandomSource &) {
  SizesRef shape = type.getShape();
  std::vector<double> window =
      makeWindow(options, shape[0], options.flag("periodic"));
  double scale = getScale(options, window);
  for (double &sample : window)
    sample /= scale;
  // One frequency alone is the mean.
  int64_t fftLength = std::max<int64_t>(2 * (shape[2] - 1), 1);
  Value waves = makeWaves(e, window, {fftLength, 0, shape[2]},
                          options.text("side") == "imag");
  waves = e.reshape(waves, {shape[0], shape[2]});
  return e.broadcast(waves, shape, {0, 2});
}

template <bool normal>
static Value buildHe(Emitter &e, RankedTensorType type, const Component &,
                     RandomSource &random) {
  return buildScaled(e, type, random, 2 / getFans(type.getShape()).in, normal);
}

static Value buildZeros(Emitter &e, RankedTensorType type, const Component &,
                        RandomSource &) {
  return buildFill(e, type, 0);
}

static Value buildOnes(Emitter &e, RankedTensorType type, const Component &,
                       RandomSource &) {
  return buildFill(e, type, 1);
}

static Value buildConstant(Emitter &e, RankedTensorType type,
                           const Component &options, RandomSource &) {
  return buildFill(e, type, options.number("value"));
}

static Value buildRandomUniform(Emitter &e, RankedTensorType type,
                                const Component &options,
                                RandomSource &random) {
  return drawUniform(e, type, random, options.number("minval"),
                     options.number("maxval"));
}

template <bool truncated>
static Value buildRandomNormal(Emitter &e, RankedTensorType type,
                               const Component &options, RandomSource &random) {
  return drawNormal(e, type, random, options.number("mean"),
                    options.number("stddev"), truncated);
}

Value initialize(Emitter &e, const Variable &variable, RandomSource &random) {
  const Component &initializer = variable.initializer;
  auto build = [&](llvm::ArrayRef<int64_t> shape) {
    return findBuilder(initializerBuilders(), initializer.type)(
        e, e.tensorType(shape, e.getFloatType()), initializer, random);
  };
  if (variable.onesEnd == 0)
    return build(variable.shape);
  // As Keras has it, each part is initialized on its own.
  int64_t after = variable.shape.front() - variable.onesEnd;
  Value first = build({variable.onesBegin});
  Value ones = e.splat(first, 1);
  Value rest = build({after});
  return concatenate(e, e.getLoc(), {first, ones, rest}, 0);
}

llvm::ArrayRef<BuilderRow<InitializerBuilder>> initializerBuilders() {
  static const BuilderRow<InitializerBuilder> rows[] = {
      {"zeros", buildZeros},
      {"ones", buildOnes},
      {"constant", buildConstant},
      {"random_uniform", buildRandomUniform},
      {"random_normal", buildRandomNormal<false>},
      {"truncated_normal", buildRandomNormal<true>},
      {"glorot_uniform", buildGlorot<false>},
      {"glorot_normal", buildGlorot<true>},
      {"he_uniform", buildHe<false>},
      {"he_normal", buildHe<true>},
      {"lecun_uniform", buildLecun<false>},
      {"lecun_normal", buildLecun<true>},
      {"variance_scaling", buildVarianceScaling},
      {"identity", buildIdentity},
      {"orthogonal", buildOrthogonal},
      {"stft", buildStft}};
  return rows;
}

} // namespace mlc::frontend
