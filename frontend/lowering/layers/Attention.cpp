//===-- Attention.cpp - layers that look at other positions, as ops -------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ir/Attention.h"
#include "frontend/layers/Attention.h"
#include "frontend/lowering/layers/Families.h"

#include <cmath>

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

/// `x` through PART/kernel, contracted over its first `contracted` dimensions,
/// plus PART/bias.
static Value project(LayerScope &layer, const std::string &part, Value x,
                     int64_t contracted = 1) {
  Emitter &e = layer.e;
  Value kernel = layer.variable(part + "/kernel");
  Sizes last, first;
  for (int64_t i = 0; i < contracted; ++i) {
    last.push_back(getTensorType(x).getRank() - contracted + i);
    first.push_back(i);
  }
  x = e.dot(x, kernel, {{}, {}, last, first});
  if (Value bias = layer.variable(part + "/bias"))
    x = e.add(x, broadcastTrailing(e, e.getLoc(), bias, getShape(x)));
  return x;
}

static Value both(Emitter &e, Value lhs, Value rhs) {
  if (!lhs || !rhs)
    return lhs ? lhs : rhs;
  Sizes shape(getShape(lhs));
  for (auto [size, other] : llvm::zip_equal(shape, getShape(rhs)))
    size = std::max(size, other);
  lhs = broadcastTo(e, e.getLoc(), lhs, shape, {0, 1, 2, 3});
  rhs = broadcastTo(e, e.getLoc(), rhs, shape, {0, 1, 2, 3});
  return AndOp::create(e, lhs.getType(), lhs, rhs);
}

/// The mask that the model gives, as (batch, heads or 1, t or 1, u).
static Value givenMask(LayerScope &layer, int64_t keys) {
  AttentionArguments arguments =
      attentionArguments(layer.options(), layer.inputs.size());
  if (!arguments.mask)
    return {};
  Emitter &e = layer.e;
  Value mask = layer.inputs[*arguments.mask];
  mask = e.compare(Predicate::ne, mask, e.splat(mask, 0));
  Sizes shape(getShape(mask)), dimensions{0, 1, 2, 3};
  if (shape.size() == 3) {
    shape.insert(shape.begin() + 1, 1);
    dimensions = {0, 2, 3};
  }
  shape.back() = keys;
  return broadcastTo(e, e.getLoc(), mask, shape, dimensions);
}

/// Which of all positions come before the step's, or with it, as bools.
static Value comparePositions(LayerScope &layer, Predicate predicate) {
  Emitter &e = layer.e;
  Sizes all{layer.step.length};
  return e.compare(predicate, e.iota(all, 0),
                   e.broadcastScalar(layer.step.position, all));
}

/// `now`, of one position, among what a cache holds of those before it; 0 of
/// those to come, whatever was there.
static Value remember(LayerScope &layer, llvm::StringRef name, Value now) {
  Emitter &e = layer.e;
  Value cache = layer.step.get(name);
  SizesRef shape = getShape(cache);
  auto spread = [&](Predicate predicate) {
    Value isOne = comparePositions(layer, predicate);
    return broadcastTo(e, e.getLoc(), isOne, shape, {1});
  };
  Value isBefore = spread(Predicate::lt), isNow = spread(Predicate::eq);
  now = broadcastTrailing(e, e.getLoc(), e.reshape(now, shape.drop_front(2)),
                          shape);
  Value all = e.select(isBefore, cache, e.splat(cache, 0));
  all = e.select(isNow, now, all);
  layer.step.set(name, all);
  return all;
}

/// What the step's position may attend to: itself and those before it, within
/// the window, that count.
static Value stepMask(LayerScope &layer) {
  Emitter &e = layer.e;
  Sizes shape{1, 1, 1, layer.step.length};
  auto spread = [&](Value positions) {
    return broadcastTo(e, e.getLoc(), positions, shape, {3});
  };
  Value mask = spread(comparePositions(layer, Predicate::le));
  if (layer.options().has("sliding_window")) {
    Value end = e.add(layer.step.position,
                      -double(layer.options().integer("sliding_window")));
    Value isNear = e.compare(Predicate::gt, e.iota(shape, 3),
                             e.broadcastScalar(end, shape));
    mask = both(e, mask, isNear);
  }
  if (!layer.step.get("mask_cache"))
    return mask;
  Value counts = layer.mask();
  Value now = counts ? e.convert(counts, e.getFloatType())
                     : constantSplat(e, e.getLoc(),
                                     e.tensorType({1, 1}, e.getFloatType()), 1);
  Value all = remember(layer, "mask_cache", now);
  Value known = e.reshape(all, {layer.step.length});
  return both(e, mask,
              spread(e.compare(Predicate::ne, known, e.splat(known, 0))));
}

/// Positions less than `window` apart, as (1, 1, t, u).
static Value windowMask(Emitter &e, int64_t queries, int64_t keys,
                        int64_t window) {
  Sizes shape{1, 1, queries, keys};
  // Sums along one dimension are no work; comparisons are made where the mask
  // is read.
  auto shifted = [&](int64_t dimension) {
    Value sum = e.add(e.iota({shape[dimension]}, 0), double(window));
    return broadcastTo(e, e.getLoc(), sum, shape, {dimension});
  };
  Value afterRow = shifted(2), afterColumn = shifted(3);
  Value row = e.iota(shape, 2), column = e.iota(shape, 3);
  Value isBefore = e.compare(Predicate::lt, column, afterRow);
  Value isAfter = e.compare(Predicate::lt, row, afterColumn);
  return both(e, isBefore, isAfter);
}

/// The masks that came with query, value and key: steps that are none neither
/// look nor are looked at.
static Value passedMask(LayerScope &layer, int64_t queries, int64_t keys) {
  Emitter &e = layer.e;
  AttentionArguments arguments =
      attentionArguments(layer.options(), layer.inputs.size());
  int64_t batch = getShape(layer.input())[0];
  Value mask;
  if (Value steps = layer.mask())
    mask = broadcastTo(e, e.getLoc(), steps, {batch, 1, queries, 1}, {0, 2});
  llvm::SmallVector<size_t, 2> seen{arguments.value};
  if (arguments.key != arguments.value)
    seen.push_back(arguments.key);
  for (size_t input : seen)
    if (Value steps = layer.mask(input))
      mask =
          both(e, mask,
               broadcastTo(e, e.getLoc(), steps, {batch, 1, 1, keys}, {0, 3}));
  if (mask)
    mask = broadcastTo(e, e.getLoc(), mask, {batch, 1, getShape(mask)[2], keys},
                       {0, 1, 2, 3});
  return mask;
}

static Value attentionMask(LayerScope &layer, int64_t queries, int64_t keys) {
  Value mask = givenMask(layer, keys);
  mask = both(layer.e, mask, passedMask(layer, queries, keys));
  if (layer.options().has("sliding_window"))
    mask = both(layer.e, mask,
                windowMask(layer.e, queries, keys,
                           layer.options().integer("sliding_window")));
  return mask;
}

static Value attend(LayerScope &layer, const AttentionInputs &inputs) {
  Emitter &e = layer.e;
  double rate = layer.options().number("dropout");
  if (layer.training && rate > 0)
    return buildAttention(e, e.getLoc(), inputs,
                          [&](Value probabilities) {
                            return dropOut(layer, probabilities, rate);
                          })
        .first;
  AttentionSizes sizes =
      getAttentionSizes(inputs.query, inputs.key, inputs.value);
  auto output =
      e.tensorType({sizes.batch, sizes.queries, sizes.heads, sizes.valueSize},
                   e.getFloatType());
  auto logsumexp =
      e.tensorType({sizes.batch, sizes.heads, sizes.queries}, e.getFloatType());
  return AttentionOp::create(e, output, logsumexp, inputs.query, inputs.key,
                             inputs.value, inputs.mask,
                             llvm::APFloat(inputs.scale), inputs.causal,
                             inputs.bfloat16)
      .getOutput();
}

static Values buildHeads(LayerScope &layer) {
  Emitter &e = layer.e;
  AttentionArguments arguments =
      attentionArguments(layer.options(), layer.inputs.size());
  Value query = project(layer, "query", layer.input());
  Value key = project(layer, "key", layer.inputs[arguments.key]);
  Value value = project(layer, "value", layer.inputs[arguments.value]);
  double scale = 1 / std::sqrt(double(getShape(query)[3]));
  AttentionInputs inputs{query, key, value, {}, scale, false, e.getBfloat16()};
  if (layer.step) {
    inputs.key = remember(layer, "key_cache", key);
    inputs.value = remember(layer, "value_cache", value);
    inputs.mask = stepMask(layer);
  } else {
    inputs.mask = attentionMask(layer, getShape(query)[1], getShape(key)[1]);
    inputs.causal = layer.options().flag("use_causal_mask");
  }
  Value output = attend(layer, inputs);
  if (layer.options().flag("use_gate")) {
    Value gate = project(layer, "gate", layer.input());
    output = e.mul(output, e.unary<LogisticOp>(gate));
  }
  return {project(layer, "attention_output", output, 2)};
}

LayerRows attentionLayerRows() {
  static const LayerRow rows[] = {
      {"MultiHeadAttention", buildHeads, passMask},
      {"GroupQueryAttention", buildHeads, passMask}};
  return rows;
}

} // namespace mlc::frontend
