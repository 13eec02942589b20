//===-- Focal.cpp - focal cross-entropies ---------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/losses/Losses.h"

namespace mlc::frontend {

using mlir::Value;

static Value complement(Emitter &e, Value x) {
  return e.add(e.unary<NegOp>(x), 1);
}

/// What is answered well already weighs little.
LossValues buildBinaryFocalCrossentropy(const Comparison &c) {
  Emitter &e = c.e;
  Value target = smoothLabels(c, 2), p = c.output;
  if (c.options.flag("from_logits"))
    p = e.unary<LogisticOp>(p);
  Value each = binaryCrossentropyOf(e, target, p);
  Value otherTarget = complement(e, target), otherP = complement(e, p);
  Value wrong = e.mul(target, otherP);
  wrong = e.add(wrong, e.mul(otherTarget, p)); // 1 - p of the right answer
  Value focal = e.mul(e.power(wrong, c.options.number("gamma")), each);
  if (c.options.flag("apply_class_balancing")) {
    double alpha = c.options.number("alpha");
    Value balance = e.mul(target, alpha);
    balance = e.add(balance, e.mul(otherTarget, 1 - alpha));
    focal = e.mul(balance, focal);
  }
  return {meanAlong(e, focal, c.axis()), {}};
}

LossValues buildCategoricalFocalCrossentropy(const Comparison &c) {
  Emitter &e = c.e;
  int64_t axis = c.axis();
  Value target = smoothLabels(c, double(getShape(c.output).back()));
  Value p = c.output;
  if (c.options.flag("from_logits"))
    p = e.unary<ExpOp>(logSoftmax(e, p, axis));
  p = normalizeProbabilities(e, p, axis);
  Value log = e.unary<LogOp>(p);
  Value each = e.mul(e.unary<NegOp>(target), log);
  Value focus = e.power(complement(e, p), c.options.number("gamma"));
  Value focal = e.mul(e.mul(focus, c.options.number("alpha")), each);
  return {e.reduce(ReduceKind::add, focal, axis), {}};
}

} // namespace mlc::frontend
