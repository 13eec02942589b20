//===-- Normalization.cpp - layers that normalize, as ops -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/Families.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

/// A tensor less its mean, and the mean of the squares of that.
struct Moments {
  Value mean, centered, variance;
};

/// Moments along `dimensions`.
static Moments getMoments(Emitter &e, Value x, SizesRef dimensions) {
  SizesRef shape = getShape(x);
  double count = double(getElementCount(pick(shape, dimensions)));
  auto mean = [&](Value terms) {
    return e.mul(e.reduce(ReduceKind::add, terms, dimensions), 1 / count);
  };
  Moments moments;
  moments.mean = mean(x);
  moments.centered = e.sub(x, e.expand(moments.mean, shape, dimensions));
  moments.variance = mean(e.mul(moments.centered, moments.centered));
  return moments;
}

/// Moments along dimensions of which one is the batch's, of its first `rows`
/// rows. The others may hold anything: their values are gone before a gradient
/// of 0 is multiplied by them.
static Moments getMomentsOfRows(Emitter &e, Value x, SizesRef dimensions,
                                Value rows) {
  SizesRef shape = getShape(x);
  int64_t count = getElementCount(pick(shape, dimensions)) / shape[0];
  Value present = e.mul(e.convert(rows, e.getFloatType()), double(count));
  auto mean = [&](Value terms) {
    Value sum = e.reduce(ReduceKind::add, terms, dimensions);
    return e.div(sum, e.broadcastScalar(present, getShape(sum)));
  };
  x = e.keepRows(x, rows, 0);
  Moments moments;
  moments.mean = mean(x);
  moments.centered = e.sub(x, e.expand(moments.mean, shape, dimensions));
  Value squares = e.mul(moments.centered, moments.centered);
  moments.variance = mean(e.keepRows(squares, rows, 0));
  return moments;
}

/// The same of the steps that count, of those rows. As in Keras a little is
/// added to their number, so that there may be none.
static Moments getMomentsOfSteps(Emitter &e, Value x, SizesRef dimensions,
                                 Value rows, Value mask) {
  constexpr double epsilon = 1e-7;
  SizesRef shape = getShape(x);
  x = e.keepRows(x, rows, 0);
  Value steps = e.keepRows(e.convert(mask, e.getFloatType()), rows, 0);
  Value weights = e.expand(steps, shape, int64_t(shape.size()) - 1);
  Value isKept = e.compare(Predicate::ne, weights, e.splat(x, 0));
  Value sum = e.reduce(ReduceKind::add, weights, dimensions);
  Value count = e.add(sum, epsilon);
  auto mean = [&](Value terms) {
    Value kept = e.select(isKept, terms, e.splat(terms, 0));
    return e.div(e.reduce(ReduceKind::add, kept, dimensions), count);
  };
  Moments moments;
  moments.mean = mean(x);
  moments.centered = e.sub(x, e.expand(moments.mean, shape, dimensions));
  moments.variance = mean(e.mul(moments.centered, moments.centered));
  return moments;
}

static Value getInverseDeviation(LayerScope &layer, Value variance) {
  double epsilon = layer.options().number("epsilon");
  return layer.e.unary<RsqrtOp>(layer.e.add(variance, epsilon));
}

/// `x` times gamma plus beta, if there are such, whose elements lie along
/// `dimensions` of `x`.
static Value scaleAndOffset(LayerScope &layer, Value x, SizesRef dimensions) {
  Emitter &e = layer.e;
  SizesRef shape = getShape(x);
  auto spread = [&](Value variable) {
    Value small = e.reshape(variable, pick(shape, dimensions));
    return e.broadcast(small, shape, dimensions);
  };
  if (Value gamma = layer.variable("gamma"))
    x = e.mul(x, spread(gamma));
  if (Value beta = layer.variable("beta"))
    x = e.add(x, spread(beta));
  return x;
}

static void updateAverage(LayerScope &layer, const char *name, Value value) {
  Emitter &e = layer.e;
  double momentum = layer.options().number("momentum");
  Value kept = e.mul(layer.variable(name), momentum);
  layer.update(name, e.add(kept, e.mul(value, 1 - momentum)));
}

/// By the moving averages: a factor and a summand for each channel.
static Value normalizeByAverages(LayerScope &layer, int64_t axis) {
  Emitter &e = layer.e;
  Value scale = getInverseDeviation(layer, layer.variable("moving_variance"));
  if (Value gamma = layer.variable("gamma"))
    scale = e.mul(scale, gamma);
  Value offset = e.unary<NegOp>(e.mul(layer.variable("moving_mean"), scale));
  if (Value beta = layer.variable("beta"))
    offset = e.add(offset, beta);
  Value x = layer.input();
  SizesRef shape = getShape(x);
  Value product = e.mul(x, e.broadcast(scale, shape, axis));
  return e.add(product, e.broadcast(offset, shape, axis));
}

/// As in Keras, one that isn't trained goes by its averages in training too.
static Values buildBatchNormalization(LayerScope &layer) {
  Emitter &e = layer.e;
  SizesRef shape = getShape(layer.input());
  int64_t axis = normalizeAxis(layer.options().integer("axis"), shape.size());
  if (!layer.training || !layer.layer.trainable)
    return {normalizeByAverages(layer, axis)};
  Sizes others = getFreeDimensions(shape.size(), axis);
  Moments moments =
      layer.mask() ? getMomentsOfSteps(e, layer.input(), others, layer.rows,
                                       layer.mask())
                   : getMomentsOfRows(e, layer.input(), others, layer.rows);
  updateAverage(layer, "moving_mean", moments.mean);
  updateAverage(layer, "moving_variance", moments.variance);
  Value inverse = getInverseDeviation(layer, moments.variance);
  Value x = e.mul(moments.centered, e.broadcast(inverse, shape, axis));
  return {scaleAndOffset(layer, x, axis)};
}

static Values buildLayerNormalization(LayerScope &layer) {
  Emitter &e = layer.e;
  SizesRef shape = getShape(layer.input());
  Sizes axes = getAxes(layer, "axis");
  Moments moments = getMoments(e, layer.input(), axes);
  Value inverse = getInverseDeviation(layer, moments.variance);
  Value x = e.mul(moments.centered, e.expand(inverse, shape, axes));
  return {scaleAndOffset(layer, x, axes)};
}

static Values buildRmsNormalization(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = layer.input();
  SizesRef shape = getShape(x);
  Sizes axes = getAxes(layer, "axis");
  double count = double(getElementCount(pick(shape, axes)));
  Value sum = e.reduce(ReduceKind::add, e.mul(x, x), axes);
  Value inverse = getInverseDeviation(layer, e.mul(sum, 1 / count));
  Value scale = e.reshape(layer.variable("scale"), pick(shape, axes));
  Value y = e.mul(x, e.expand(inverse, shape, axes));
  return {e.mul(y, e.broadcast(scale, shape, axes))};
}

/// The channels become two axes, group and channel within it; statistics are
/// those of each row and group.
static Values buildGroupNormalization(LayerScope &layer) {
  Emitter &e = layer.e;
  Sizes whole(getShape(layer.input()));
  int64_t axis = normalizeAxis(layer.options().integer("axis"), whole.size());
  int64_t groups = layer.options().integer("groups");
  groups = groups == -1 ? whole[axis] : groups;
  Sizes shape = whole;
  shape[axis] /= groups;
  shape.insert(shape.begin() + axis, groups);
  Sizes reduced = getFreeDimensions(shape.size(), {0, axis});
  Moments moments = getMoments(e, e.reshape(layer.input(), shape), reduced);
  Value inverse = getInverseDeviation(layer, moments.variance);
  Value x = e.mul(moments.centered, e.expand(inverse, shape, reduced));
  return {e.reshape(scaleAndOffset(layer, x, {axis, axis + 1}), whole)};
}

/// Keras divides by no less than 1e-12.
static Values buildUnitNormalization(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = layer.input();
  Sizes axes = getAxes(layer, "axis");
  Value sum = e.reduce(ReduceKind::add, e.mul(x, x), axes);
  Value inverse = e.minimum(e.unary<RsqrtOp>(sum), 1e12);
  return {e.mul(x, e.expand(inverse, getShape(x), axes))};
}

LayerRows normalizationLayerRows() {
  static const LayerRow rows[] = {
      {"BatchNormalization", buildBatchNormalization, passMask},
      {"LayerNormalization", buildLayerNormalization, passMask},
      {"RMSNormalization", buildRmsNormalization},
      {"GroupNormalization", buildGroupNormalization, passMask},
      {"UnitNormalization", buildUnitNormalization, passMask}};
  return rows;
}

} // namespace mlc::frontend
