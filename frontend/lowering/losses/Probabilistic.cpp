//===-- Probabilistic.cpp - losses between distributions ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/losses/Losses.h"

namespace mlc::frontend {

using mlir::Value;

LossValues buildKlDivergence(const Comparison &c) {
  Emitter &e = c.e;
  Value target = clip(e, c.target, kEpsilon, 1);
  Value output = clip(e, c.output, kEpsilon, 1);
  Value log = e.unary<LogOp>(e.div(target, output));
  return {e.reduce(ReduceKind::add, e.mul(target, log), c.lastAxis()), {}};
}

LossValues buildPoisson(const Comparison &c) {
  Emitter &e = c.e;
  Value log = e.unary<LogOp>(e.add(c.output, kEpsilon));
  Value each = e.sub(c.output, e.mul(c.target, log));
  return {meanAlong(e, each, c.lastAxis()), {}};
}

} // namespace mlc::frontend
