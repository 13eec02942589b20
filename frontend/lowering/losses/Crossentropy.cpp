//===-- Crossentropy.cpp - cross-entropies --------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/losses/Losses.h"

namespace mlc::frontend {

using mlir::Value;

Value pickLabelled(Emitter &e, Value scores, Value labels) {
  auto shape = getShape(scores);
  int64_t axis = getTensorType(scores).getRank() - 1;
  Value index = e.iota(shape, axis);
  Value isLabel =
      e.compare(Predicate::eq, index, e.expand(labels, shape, axis));
  Value picked = e.select(isLabel, scores, e.splat(scores, 0));
  return e.reduce(ReduceKind::add, picked, axis);
}

Value normalizeProbabilities(Emitter &e, Value x, int64_t axis) {
  Value sum = e.reduce(ReduceKind::add, x, axis);
  Value p = e.div(x, e.expand(sum, getShape(x), axis));
  return clip(e, p, kEpsilon, 1 - kEpsilon);
}

/// Less the largest along the axis, which cancels in what follows.
static Value shiftByPeak(Emitter &e, Value x, int64_t axis) {
  Value peak = e.unary<StopGradientOp>(e.reduce(ReduceKind::max, x, axis));
  return e.sub(x, e.expand(peak, getShape(x), axis));
}

static Value logOfSum(Emitter &e, Value shifted, int64_t axis) {
  Value sum = e.reduce(ReduceKind::add, e.unary<ExpOp>(shifted), axis);
  return e.unary<LogOp>(sum);
}

Value logSoftmax(Emitter &e, Value x, int64_t axis) {
  Value shifted = shiftByPeak(e, x, axis);
  Value log = logOfSum(e, shifted, axis);
  return e.sub(shifted, e.expand(log, getShape(x), axis));
}

Value smoothLabels(const Comparison &c, double classes) {
  double smoothing = c.options.number("label_smoothing");
  if (smoothing == 0)
    return c.target;
  return c.e.add(c.e.mul(c.target, 1 - smoothing), smoothing / classes);
}

Value binaryCrossentropyOf(Emitter &e, Value target, Value probability) {
  Value p = clip(e, probability, kEpsilon, 1 - kEpsilon);
  Value yes = e.mul(target, e.unary<LogOp>(p));
  Value other = e.unary<LogOp>(e.add(e.unary<NegOp>(p), 1));
  Value no = e.mul(e.add(e.unary<NegOp>(target), 1), other);
  return e.unary<NegOp>(e.add(yes, no));
}

/// Of logits, log(sum(exp(x))) - x[label] is what fuses best.
Value buildCrossentropyOfLabels(const Comparison &c, Value output,
                                Value labels) {
  Emitter &e = c.e;
  int64_t axis = c.lastAxis();
  if (c.options.flag("from_logits")) {
    Value shifted = shiftByPeak(e, output, axis);
    Value log = logOfSum(e, shifted, axis);
    return e.sub(log, pickLabelled(e, shifted, labels));
  }
  Value log = e.unary<LogOp>(normalizeProbabilities(e, output, axis));
  return e.unary<NegOp>(pickLabelled(e, log, labels));
}

/// Where a label is the ignored one the loss is 0 and doesn't count; its scores
/// are replaced by some that have a logarithm.
LossValues buildSparseCrossentropy(const Comparison &c) {
  Emitter &e = c.e;
  if (!c.options.has("ignore_class"))
    return {buildCrossentropyOfLabels(c, c.output, c.target), {}};
  Value ignored = e.splat(c.target, double(c.options.integer("ignore_class")));
  Value isValid = e.compare(Predicate::ne, c.target, ignored);
  Value labels = e.select(isValid, c.target, e.splat(c.target, 0));
  Value isValidRow = e.expand(isValid, getShape(c.output), c.lastAxis());
  Value output = e.select(isValidRow, c.output, e.splat(c.output, 1));
  Value each = buildCrossentropyOfLabels(c, output, labels);
  return {e.select(isValid, each, e.splat(each, 0)), isValid};
}

LossValues buildCategoricalCrossentropy(const Comparison &c) {
  Emitter &e = c.e;
  int64_t axis = c.axis();
  Value target = smoothLabels(c, double(getShape(c.output).back()));
  Value log = c.options.flag("from_logits")
                  ? logSoftmax(e, c.output, axis)
                  : e.unary<LogOp>(normalizeProbabilities(e, c.output, axis));
  Value sum = e.reduce(ReduceKind::add, e.mul(target, log), axis);
  return {e.unary<NegOp>(sum), {}};
}

LossValues buildBinaryCrossentropy(const Comparison &c) {
  Emitter &e = c.e;
  Value target = smoothLabels(c, 2);
  Value each;
  if (c.options.flag("from_logits")) { // -t log s(x) - (1 - t) log s(-x)
    Value right = e.mul(target, c.output);
    each = e.sub(e.softplus(c.output), right);
  } else {
    each = binaryCrossentropyOf(e, target, c.output);
  }
  return {meanAlong(e, each, c.axis()), {}};
}

} // namespace mlc::frontend
