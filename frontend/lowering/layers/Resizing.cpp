//===-- Resizing.cpp - sequences and images of other sizes, as ops --------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Inference.h"
#include "frontend/lowering/layers/Families.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

//===----------------------------------------------------------------------===//
// Margins
//===----------------------------------------------------------------------===//

template <size_t axes> static Values buildZeroPadding(LayerScope &layer) {
  auto margins = readMargins(layer.options(), "padding", axes);
  int64_t first = firstSpatialAxis(layer.options());
  Sizes low(axes + 2, 0), high(axes + 2, 0);
  for (size_t i = 0; i < axes; ++i)
    std::tie(low[first + i], high[first + i]) = margins[i];
  return {pad(layer.e, layer.e.getLoc(), layer.input(), low, high)};
}

static Values crop(LayerScope &layer, size_t axes, int64_t first) {
  auto margins = readMargins(layer.options(), "cropping", axes);
  Sizes sizes(getShape(layer.input())), offsets(sizes.size(), 0);
  for (size_t i = 0; i < axes; ++i) {
    offsets[first + i] = margins[i].first;
    sizes[first + i] -= margins[i].first + margins[i].second;
  }
  return {slice(layer.e, layer.e.getLoc(), layer.input(), offsets, sizes)};
}

static Values buildCropping1D(LayerScope &layer) { return crop(layer, 1, 1); }

static Values buildCropping2D(LayerScope &layer) {
  return crop(layer, 2, firstSpatialAxis(layer.options()));
}

//===----------------------------------------------------------------------===//
// Larger sizes
//===----------------------------------------------------------------------===//

/// Each element of a dimension `times` times.
static Value repeatElements(Emitter &e, Value x, int64_t dimension,
                            int64_t times) {
  Sizes shape(getShape(x)), spread = shape;
  spread.insert(spread.begin() + dimension + 1, times);
  shape[dimension] *= times;
  Sizes kept = getFreeDimensions(spread.size(), dimension + 1);
  return e.reshape(e.broadcast(x, spread, kept), shape);
}

static Values buildUpSampling1D(LayerScope &layer) {
  int64_t times = layer.options().integer("size");
  return {repeatElements(layer.e, layer.input(), 1, times)};
}

/// How much an element at a distance counts.
using Interpolation = double (*)(double distance);

static double linearKernel(double x) { return std::fmax(0, 1 - x); }

/// R. Keys, "Cubic convolution interpolation for digital image processing"
/// (1981), with a = -1/2.
static double cubicKernel(double x) {
  if (x >= 2)
    return 0;
  if (x >= 1)
    return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return (1.5 * x - 2.5) * x * x + 1;
}

/// C. Lanczos's sinc, cut at `radius`.
template <int radius> static double lanczosKernel(double x) {
  if (x > radius)
    return 0;
  if (x < 1e-3)
    return 1;
  double angle = M_PI * x;
  return radius * std::sin(angle) * std::sin(angle / radius) / (angle * angle);
}

static Interpolation findInterpolation(llvm::StringRef name) {
  return llvm::StringSwitch<Interpolation>(name)
      .Case("bilinear", linearKernel)
      .Case("bicubic", cubicKernel)
      .Case("lanczos3", lanczosKernel<3>)
      .Case("lanczos5", lanczosKernel<5>)
      .Default(nullptr); // nearest
}

/// The weight of each of `size` elements (columns) in each of `times` as many
/// (rows), by the distance of their centres. Weights add up to 1, so that
/// beyond the last element it is as if that went on.
static Value makeWeights(Emitter &e, int64_t size, int64_t times,
                         Interpolation kernel) {
  std::vector<double> weights(size * times * size);
  for (int64_t to = 0; to < size * times; ++to) {
    double place = (to + 0.5) / times - 0.5, sum = 0;
    double *row = &weights[to * size];
    for (int64_t from = 0; from < size; ++from)
      sum += row[from] = kernel(std::fabs(place - from));
    for (int64_t from = 0; from < size; ++from)
      row[from] /= sum;
  }
  return e.constant(weights, {size * times, size});
}

/// One dimension of `x` made larger by a product with weights.
static Value interpolate(Emitter &e, Value x, int64_t dimension, int64_t times,
                         Interpolation kernel) {
  int64_t rank = getTensorType(x).getRank();
  Value weights = makeWeights(e, getShape(x)[dimension], times, kernel);
  Value product =
      dotGeneral(e, e.getLoc(), x, weights, {{}, {}, {dimension}, {1}});
  Sizes back = llvm::to_vector(llvm::seq<int64_t>(0, rank - 1));
  back.insert(back.begin() + dimension, rank - 1);
  return transpose(e, e.getLoc(), product, back);
}

static Values buildUpSampling2D(LayerScope &layer) {
  const Component &options = layer.options();
  const std::vector<int64_t> &sizes = options.integers("size");
  Interpolation kernel = findInterpolation(options.text("interpolation"));
  Value x = layer.input();
  int64_t first = firstSpatialAxis(options);
  for (int64_t i = 0; i < 2; ++i) {
    int64_t times = sizes[sizes.size() == 1 ? 0 : i];
    if (times != 1)
      x = kernel ? interpolate(layer.e, x, first + i, times, kernel)
                 : repeatElements(layer.e, x, first + i, times);
  }
  return {x};
}

LayerRows resizingLayerRows() {
  static const LayerRow rows[] = {{"ZeroPadding1D", buildZeroPadding<1>},
                                  {"ZeroPadding2D", buildZeroPadding<2>},
                                  {"Cropping1D", buildCropping1D},
                                  {"Cropping2D", buildCropping2D},
                                  {"UpSampling1D", buildUpSampling1D},
                                  {"UpSampling2D", buildUpSampling2D}};
  return rows;
}

} // namespace mlc::frontend
