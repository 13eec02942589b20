//===-- Spectrograms.cpp - signals by time and frequency, as ops ----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Fourier transform of frames of a signal is a convolution with waves, which
// costs the number of frequencies for each sample of a frame: at the lengths of
// speech about what the network behind it does.
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Spectrograms.h"

#include "frontend/layers/Inference.h"
#include "frontend/lowering/Fourier.h"
#include "frontend/lowering/layers/Families.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

/// Frames of each signal, (signals, samples, 1), times `waves`: (signals,
/// frames, frequencies). `low` samples before the signal are zeros.
static Value compareWithWaves(Emitter &e, Value signals, Value waves,
                              const Frames &frames, int64_t low) {
  Sizes shape{getShape(signals).front(), frames.count, getShape(waves).back()},
      stride{frames.stride}, before{low}, dilation{1};
  return ConvolutionOp::create(e, withShape(signals, shape), signals, waves,
                               stride, before, dilation, /*groups=*/1);
}

static Value energy(Emitter &e, Value real, Value imaginary) {
  Value realPart = e.mul(real, real), rest = e.mul(imaginary, imaginary);
  return e.add(realPart, rest);
}

//===----------------------------------------------------------------------===//
// MelSpectrogram
//===----------------------------------------------------------------------===//

/// The signals, (batch, samples), from frames.begin to frames.end(): as in a
/// mirror that stands at the first sample and another at the last.
static Value mirrorEnds(Emitter &e, Value signals, const Frames &frames) {
  mlir::Location loc = e.getLoc();
  int64_t batch = getShape(signals)[0], samples = getShape(signals)[1];
  auto part = [&](int64_t begin, int64_t size) {
    return slice(e, loc, signals, {0, begin}, {batch, size});
  };
  Values parts;
  if (int64_t before = -frames.begin) {
    Value mirrored = part(1, before);
    parts.push_back(ReverseOp::create(e, mirrored, 1));
  }
  parts.push_back(part(0, std::clamp<int64_t>(frames.end(), 1, samples)));
  if (int64_t behind = frames.end() - samples; behind > 0) {
    Value mirrored = part(samples - 1 - behind, behind);
    parts.push_back(ReverseOp::create(e, mirrored, 1));
  }
  return concatenate(e, loc, parts, 1);
}

/// The mel scale of the Hidden Markov Model Toolkit.
static double toMel(double hertz) { return 1127 * std::log(1 + hertz / 700); }

/// How much frequencies count in bands, which are triangles on the mel scale.
class MelBands {
public:
  MelBands(const Component &options, int64_t bins)
      : count(options.integer("num_mel_bins")), bins(bins),
        highestHertz(double(options.integer("sampling_rate")) / 2) {
    low = toMel(options.number("min_freq"));
    step = (toMel(getHighestFrequency(options)) - low) / double(count + 1);
  }

  /// Of a frequency in a band. The mean of the signal, frequency 0, is none.
  double getWeight(int64_t bin, int64_t band) const {
    if (bin == 0)
      return 0;
    double mel = toMel(highestHertz * double(bin) / double(bins - 1));
    double rising = (mel - low) / step - double(band);
    return std::fmax(0, std::fmin(rising, 2 - rising));
  }

  /// The frequencies that count in any band, or one if none does.
  Frequencies findAudible(int64_t fftLength) const {
    auto counts = [&](int64_t bin) {
      for (int64_t band = 0; band < count; ++band)
        if (getWeight(bin, band) > 0)
          return true;
      return false;
    };
    int64_t first = 0, last = bins - 1;
    while (first < last && !counts(first))
      ++first;
    while (last > first && !counts(last))
      --last;
    return {fftLength, first, last - first + 1};
  }

  /// (frequencies, bands).
  Value makeWeights(Emitter &e, const Frequencies &audible) const {
    std::vector<double> weights;
    for (int64_t i = 0; i < audible.count; ++i)
      for (int64_t band = 0; band < count; ++band)
        weights.push_back(getWeight(audible.first + i, band));
    return e.constant(weights, {audible.count, count});
  }

private:
  int64_t count, bins;
  double highestHertz, low, step; ///< of bands, in mel
};

/// What is mag_exp of a magnitude, from its square.
static Value raiseMagnitude(LayerScope &layer, Value squared) {
  double exponent = layer.options().number("mag_exp") / 2;
  if (exponent == 0.5)
    return layer.e.unary<SqrtOp>(squared);
  return layer.e.power(squared, exponent);
}

/// Decibels over ref_power, at most top_db below the largest of the batch.
static Value toDecibels(LayerScope &layer, Value x) {
  Emitter &e = layer.e;
  const Component &options = layer.options();
  double least = options.number("min_power");
  double reference = std::fmax(std::fabs(options.number("ref_power")), least);
  Value decibels =
      e.mul(e.unary<LogOp>(e.maximum(x, least)), 10 / std::log(10.0));
  decibels = e.sub(decibels, 10 * std::log10(reference));
  Value largest = e.reduce(ReduceKind::max, decibels, {0, 1, 2});
  Value floor = e.sub(largest, options.number("top_db"));
  floor = e.broadcastScalar(floor, getShape(decibels));
  return MaxOp::create(e, decibels, floor);
}

static Values buildMelSpectrogram(LayerScope &layer) {
  Emitter &e = layer.e;
  const Component &options = layer.options();
  Frames frames = getMelFrames(options, getShape(layer.input())[1]);
  MelBands bands(options, frames.bins());
  Frequencies audible = bands.findAudible(frames.fftLength);
  Value signals = mirrorEnds(e, layer.input(), frames);
  SizesRef shape = getShape(signals);
  signals = e.reshape(signals, {shape[0], shape[1], 1});
  // Where in the transform the window lies turns the result, no more.
  std::vector<double> window =
      makeWindow(options, frames.length, /*periodic=*/true);
  auto transform = [&](bool imaginary) {
    Value waves = makeWaves(e, window, audible, imaginary);
    return compareWithWaves(e, signals, waves, frames, /*low=*/0);
  };
  Value real = transform(false), imaginary = transform(true);
  Value strength = raiseMagnitude(layer, energy(e, real, imaginary));
  Value weights = bands.makeWeights(e, audible);
  Value mel =
      dotGeneral(e, e.getLoc(), strength, weights,
                 {{}, {}, {getTensorType(strength).getRank() - 1}, {0}});
  if (options.flag("power_to_db"))
    mel = toDecibels(layer, mel);
  return {transpose(e, e.getLoc(), mel, {0, 2, 1})};
}

//===----------------------------------------------------------------------===//
// STFTSpectrogram
//===----------------------------------------------------------------------===//

/// Keras's epsilon, at least which powers and magnitudes are.
constexpr double kLeast = 1e-7;

/// What the option "mode" says, of real and imaginary parts; the one that it
/// doesn't need is null. (signals, frames, frequencies)
static Value takeMode(LayerScope &layer, Value real, Value imaginary) {
  Emitter &e = layer.e;
  llvm::StringRef mode = layer.options().text("mode");
  if (mode == "real")
    return real;
  if (mode == "imag")
    return imaginary;
  if (mode == "stft")
    return concatenate(e, e.getLoc(), {real, imaginary}, 2);
  Value squared = energy(e, real, imaginary);
  if (mode == "psd") {
    // All but the first and the last frequency stand for their negatives too.
    Sizes inner(getShape(squared));
    inner[2] = std::max<int64_t>(inner[2] - 2, 0);
    if (inner[2] == 0)
      return squared;
    Value twice = slice(e, e.getLoc(), squared, {0, 0, 1}, inner);
    twice = pad(e, e.getLoc(), twice, {0, 0, 1}, {0, 0, 1});
    return e.add(squared, twice);
  }
  Value magnitude = e.unary<SqrtOp>(e.maximum(squared, kLeast));
  if (mode == "magnitude")
    return magnitude;
  return e.unary<LogOp>(e.maximum(magnitude, kLeast));
}

/// (batch, channels, frames, frequencies) as the layer's options want it.
static Value arrange(LayerScope &layer, Value x) {
  Emitter &e = layer.e;
  SizesRef shape = getShape(x);
  bool channelsFirst = isChannelsFirst(layer.options());
  if (layer.options().flag("expand_dims"))
    return channelsFirst ? x : transpose(e, e.getLoc(), x, {0, 2, 3, 1});
  Sizes merged{shape[0], shape[1] * shape[3], shape[2]};
  if (!channelsFirst)
    merged = {shape[0], shape[2], shape[1] * shape[3]};
  Sizes order{0, 1, 3, 2};
  if (!channelsFirst)
    order = {0, 2, 1, 3};
  return e.reshape(transpose(e, e.getLoc(), x, order), merged);
}

static Values buildStftSpectrogram(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = layer.input();
  if (!isChannelsFirst(layer.options()))
    x = transpose(e, e.getLoc(), x, {0, 2, 1});
  Sizes shape(getShape(x));
  Frames frames = getStftFrames(layer.options(), shape[2]);
  Value signals = e.reshape(x, {shape[0] * shape[1], shape[2], 1});
  auto transform = [&](llvm::StringRef name) -> Value {
    Value waves = layer.variable(name);
    if (!waves)
      return {};
    return compareWithWaves(e, signals, waves, frames, -frames.begin);
  };
  Value real = transform("real_kernel"), imaginary = transform("imag_kernel");
  Value result = takeMode(layer, real, imaginary);
  return {arrange(layer, e.reshape(result, {shape[0], shape[1], frames.count,
                                            getShape(result).back()}))};
}

LayerRows spectrogramLayerRows() {
  static const LayerRow rows[] = {{"MelSpectrogram", buildMelSpectrogram},
                                  {"STFTSpectrogram", buildStftSpectrogram}};
  return rows;
}

} // namespace mlc::frontend
