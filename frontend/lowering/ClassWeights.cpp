//===-- ClassWeights.cpp - weights by class -------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/ClassWeights.h"
#include "frontend/lowering/losses/Losses.h"
#include "frontend/lowering/metrics/Metrics.h"

#include "mlir/IR/TypeUtilities.h"

namespace mlc::frontend {

using mlir::Value;

/// The number nearest to x: 0 or 1, or any other, whose weight is 1.
static Value weighRounded(Emitter &e, Value x, llvm::ArrayRef<double> weights) {
  Value isOne = e.compare(Predicate::gt, x, e.splat(x, 0.5));
  Value isBelow = e.compare(Predicate::lt, x, e.splat(x, 1.5));
  isOne = AndOp::create(e, isOne, isBelow);
  Value size = e.unary<AbsOp>(x);
  Value isZero = e.compare(Predicate::le, size, e.splat(size, 0.5));
  Value one = e.splat(x, 1), ofZero = e.splat(x, weights[0]);
  Value other = e.select(isZero, ofZero, one);
  return e.select(isOne, e.splat(x, weights[1]), other);
}

static Value vectorOf(Emitter &e, llvm::ArrayRef<double> numbers) {
  mlir::RankedTensorType type =
      e.tensorType({int64_t(numbers.size())}, e.getFloatType());
  llvm::SmallVector<mlir::Attribute> values;
  for (double number : numbers)
    values.push_back(e.getFloatAttr(e.getFloatType(), number));
  return ConstantOp::create(e, type,
                            mlir::DenseElementsAttr::get(type, values));
}

Value buildClassWeights(Emitter &e, Value target,
                        llvm::ArrayRef<double> weights) {
  llvm::SmallVector<int64_t> shape(getShape(target));
  Value labels = target;
  if (mlir::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(target))) {
    if (shape.size() == 1 || shape.back() == 1) {
      shape.resize(std::max<size_t>(1, shape.size() - 1));
      return weighRounded(e, e.reshape(target, shape), weights);
    }
    labels = buildArgmax(e, target);
  } else {
    shape.push_back(int64_t(weights.size()));
  }
  Value repeated =
      broadcastTrailing(e, e.getLoc(), vectorOf(e, weights), shape);
  return pickLabelled(e, repeated, labels);
}

} // namespace mlc::frontend
