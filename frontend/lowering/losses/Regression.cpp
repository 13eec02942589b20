//===-- Regression.cpp - losses by distance -------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/losses/Losses.h"

#include <cmath>

namespace mlc::frontend {

using mlir::Value;

Value clip(Emitter &e, Value x, double low, double high) {
  return e.minimum(e.maximum(x, low), high);
}

Value meanAlong(Emitter &e, Value x, int64_t axis) {
  if (axis == 0)
    return x;
  Value sum = e.reduce(ReduceKind::add, x, axis);
  int64_t size = getShape(x)[axis];
  return size == 1 ? sum : e.mul(sum, 1.0 / double(size));
}

static LossValues meanOfLast(const Comparison &c, Value x) {
  return {meanAlong(c.e, x, c.lastAxis()), {}};
}

static Value square(Emitter &e, Value x) { return e.mul(x, x); }

LossValues buildSquaredError(const Comparison &c) {
  return meanOfLast(c, square(c.e, c.e.sub(c.output, c.target)));
}

LossValues buildAbsoluteError(const Comparison &c) {
  return meanOfLast(c, c.e.unary<AbsOp>(c.e.sub(c.output, c.target)));
}

LossValues buildAbsolutePercentageError(const Comparison &c) {
  Emitter &e = c.e;
  Value size = e.maximum(e.unary<AbsOp>(c.target), kEpsilon);
  Value error = e.unary<AbsOp>(e.div(e.sub(c.target, c.output), size));
  return meanOfLast(c, e.mul(error, 100));
}

LossValues buildSquaredLogarithmicError(const Comparison &c) {
  Emitter &e = c.e;
  Value output = e.unary<LogOp>(e.add(e.maximum(c.output, kEpsilon), 1));
  Value target = e.unary<LogOp>(e.add(e.maximum(c.target, kEpsilon), 1));
  return meanOfLast(c, square(e, e.sub(output, target)));
}

/// Quadratic within `delta` of the target, linear beyond.
LossValues buildHuber(const Comparison &c) {
  Emitter &e = c.e;
  double delta = c.options.number("delta");
  Value error = e.sub(c.output, c.target);
  Value distance = e.unary<AbsOp>(error);
  Value isNear = e.compare(Predicate::le, distance, e.splat(distance, delta));
  Value near = e.mul(square(e, error), 0.5);
  Value far = e.sub(e.mul(distance, delta), 0.5 * delta * delta);
  return meanOfLast(c, e.select(isNear, near, far));
}

/// log(cosh(x)) = x + log(1 + e^-2x) - log(2), which doesn't overflow.
LossValues buildLogCosh(const Comparison &c) {
  Emitter &e = c.e;
  Value error = e.sub(c.output, c.target);
  Value curved = e.softplus(e.mul(error, -2));
  return meanOfLast(c, e.sub(e.add(error, curved), std::log(2.0)));
}

/// Of length 1 along an axis; what is shorter than Keras's epsilon is divided
/// by that.
static Value normalize(Emitter &e, Value x, int64_t axis) {
  Value squares = e.reduce(ReduceKind::add, square(e, x), axis);
  Value scale = e.unary<RsqrtOp>(e.maximum(squares, kEpsilon * kEpsilon));
  return e.mul(x, e.expand(scale, getShape(x), axis));
}

LossValues buildCosineSimilarity(const Comparison &c) {
  Emitter &e = c.e;
  int64_t axis = c.axis();
  Value output = normalize(e, c.output, axis);
  Value target = normalize(e, c.target, axis);
  return {e.reduce(ReduceKind::add, e.mul(target, output), axis), {}};
}

LossValues buildCosineSimilarityLoss(const Comparison &c) {
  return {c.e.unary<NegOp>(buildCosineSimilarity(c).values), {}};
}

} // namespace mlc::frontend
