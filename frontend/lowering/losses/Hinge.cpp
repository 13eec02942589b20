//===-- Hinge.cpp - losses with a margin ----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/losses/Losses.h"

namespace mlc::frontend {

using mlir::Value;

/// Targets of 0 and 1 become -1 and 1; where a batch has any other, they stay
/// what they are.
static Value convertBinaryLabels(const Comparison &c) {
  Emitter &e = c.e;
  Value target = c.target;
  Value isZero = e.compare(Predicate::eq, target, e.splat(target, 0));
  Value isOne = e.compare(Predicate::eq, target, e.splat(target, 1));
  Value isBinary = e.convert(OrOp::create(e, isZero, isOne), e.getFloatType());
  for (int64_t axis = c.lastAxis(); axis >= 0; --axis)
    isBinary = e.reduce(ReduceKind::min, isBinary, axis);
  Value allAre = e.compare(Predicate::ne, isBinary, e.splat(isBinary, 0));
  Value signs = e.sub(e.mul(target, 2), 1);
  return e.select(e.broadcastScalar(allAre, getShape(target)), signs, target);
}

/// max(1 - target * output, 0) for each element.
static Value marginOf(const Comparison &c) {
  Emitter &e = c.e;
  Value product = e.mul(convertBinaryLabels(c), c.output);
  return e.maximum(e.add(e.unary<NegOp>(product), 1), 0);
}

LossValues buildHinge(const Comparison &c) {
  return {meanAlong(c.e, marginOf(c), c.lastAxis()), {}};
}

LossValues buildSquaredHinge(const Comparison &c) {
  Value margin = marginOf(c);
  return {meanAlong(c.e, c.e.mul(margin, margin), c.lastAxis()), {}};
}

LossValues buildCategoricalHinge(const Comparison &c) {
  Emitter &e = c.e;
  Value right =
      e.reduce(ReduceKind::add, e.mul(c.target, c.output), c.lastAxis());
  Value others = e.add(e.unary<NegOp>(c.target), 1);
  Value wrong =
      e.reduce(ReduceKind::max, e.mul(others, c.output), c.lastAxis());
  return {e.maximum(e.add(e.sub(wrong, right), 1), 0), {}};
}

} // namespace mlc::frontend
