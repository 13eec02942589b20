//===-- Regularization.cpp - layers that are random while training, as ops ===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Inference.h"
#include "frontend/lowering/Distributions.h"
#include "frontend/lowering/layers/Families.h"

#include <cmath>

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

Value seededKey(LayerScope &layer) {
  Value key = layer.random.key;
  if (!layer.options().has("seed"))
    return key;
  auto seed = uint64_t(layer.options().integer("seed")) + 1;
  auto words = mlir::DenseElementsAttr::get(
      getTensorType(key),
      llvm::ArrayRef<int32_t>{int32_t(seed), int32_t(seed >> 32)});
  return layer.e.add(key, ConstantOp::create(layer.e, key.getType(), words));
}

/// Which elements of a tensor of `shape` are kept.
static Value drawKept(LayerScope &layer, llvm::ArrayRef<int64_t> shape,
                      double rate) {
  Emitter &e = layer.e;
  Value key = seededKey(layer);
  Value random = e.random(key, layer.random.nextStream++, shape);
  return e.compare(Predicate::ge, random, e.splat(random, rate));
}

Value dropOut(LayerScope &layer, Value x, double rate, SizesRef shared) {
  if (!layer.training || rate == 0)
    return x;
  Emitter &e = layer.e;
  SizesRef shape = getShape(x);
  Sizes own = getFreeDimensions(shape.size(), shared);
  Value isKept = drawKept(layer, pick(shape, own), rate);
  isKept = e.broadcast(isKept, shape, own);
  return e.select(isKept, e.mul(x, 1 / (1 - rate)), e.splat(x, 0));
}

static Values dropOutInput(LayerScope &layer, SizesRef shared) {
  double rate = layer.options().number("rate");
  return {dropOut(layer, layer.input(), rate, shared)};
}

static Values buildDropout(LayerScope &layer) {
  Sizes shared;
  if (layer.options().has("noise_shape"))
    for (auto [axis, size] :
         llvm::enumerate(layer.options().integers("noise_shape")))
      if (size == 1)
        shared.push_back(int64_t(axis));
  return dropOutInput(layer, shared);
}

static Values buildSpatialDropout1D(LayerScope &layer) {
  return dropOutInput(layer, {1});
}

static Values buildSpatialDropout2D(LayerScope &layer) {
  bool channelsFirst = isChannelsFirst(layer.options());
  return dropOutInput(layer, channelsFirst ? Sizes{2, 3} : Sizes{1, 2});
}

/// Normal noise like the input.
static Value drawNoise(LayerScope &layer, double mean, double deviation) {
  RandomSource source{seededKey(layer), layer.random.nextStream++};
  return drawNormal(layer.e, getTensorType(layer.input()), source, mean,
                    deviation, /*truncated=*/false);
}

static Values buildGaussianNoise(LayerScope &layer) {
  double deviation = layer.options().number("stddev");
  if (!layer.training || deviation == 0)
    return {layer.input()};
  return {layer.e.add(layer.input(), drawNoise(layer, 0, deviation))};
}

static Values buildGaussianDropout(LayerScope &layer) {
  double rate = layer.options().number("rate");
  if (!layer.training || rate == 0)
    return {layer.input()};
  Value noise = drawNoise(layer, 1, std::sqrt(rate / (1 - rate)));
  return {layer.e.mul(layer.input(), noise)};
}

/// What is dropped becomes selu's limit at minus infinity; factor and summand
/// restore mean 0 and variance 1.
static Values buildAlphaDropout(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = layer.input();
  double rate = layer.options().number("rate");
  if (!layer.training || rate == 0)
    return {x};
  const double limit = -1.6732632423543772848 * 1.0507009873554804934;
  double factor = 1 / std::sqrt((1 - rate) * (1 + rate * limit * limit));
  Value isKept = drawKept(layer, getShape(x), rate);
  Value kept = e.select(isKept, x, e.splat(x, limit));
  return {e.add(e.mul(kept, factor), -factor * limit * rate)};
}

LayerRows regularizationLayerRows() {
  static const LayerRow rows[] = {
      {"Dropout", buildDropout, passMask},
      {"SpatialDropout1D", buildSpatialDropout1D, passMask},
      {"SpatialDropout2D", buildSpatialDropout2D, passMask},
      {"GaussianNoise", buildGaussianNoise, passMask},
      {"GaussianDropout", buildGaussianDropout, passMask},
      {"AlphaDropout", buildAlphaDropout, passMask}};
  return rows;
}

} // namespace mlc::frontend
