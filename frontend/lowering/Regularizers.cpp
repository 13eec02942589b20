//===-- Regularizers.cpp - penalties on weights as ops --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Builders.h"

namespace mlc::frontend {

using mlir::Value;

static Value sumOfSizes(Emitter &e, Value weight, double factor) {
  return e.mul(e.sum(e.unary<AbsOp>(weight)), factor);
}

static Value sumOfSquares(Emitter &e, Value weight, double factor) {
  return e.mul(e.sum(e.mul(weight, weight)), factor);
}

static Value buildL1(Emitter &e, Value weight, const Component &options) {
  return sumOfSizes(e, weight, options.number("l1"));
}

static Value buildL2(Emitter &e, Value weight, const Component &options) {
  return sumOfSquares(e, weight, options.number("l2"));
}

static Value buildL1L2(Emitter &e, Value weight, const Component &options) {
  Value sizes = sumOfSizes(e, weight, options.number("l1"));
  return e.add(sizes, sumOfSquares(e, weight, options.number("l2")));
}

llvm::ArrayRef<BuilderRow<RegularizerBuilder>> regularizerBuilders() {
  static const BuilderRow<RegularizerBuilder> rows[] = {
      {"L1", buildL1}, {"L2", buildL2}, {"L1L2", buildL1L2}};
  return rows;
}

} // namespace mlc::frontend
