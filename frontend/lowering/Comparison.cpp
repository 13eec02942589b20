//===-- Comparison.cpp - an output beside its target ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Comparison.h"
#include "frontend/Tables.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

namespace mlc::frontend {

using mlir::Value;

Value PresentRows::keep(Emitter &e, Value x, double other) const {
  return e.keepRows(x, rows, other);
}

Value PresentRows::count(Emitter &e, mlir::FloatType type,
                         Value elements) const {
  auto shape = getTensorType(elements);
  int64_t each = shape.getNumElements() / shape.getDimSize(0);
  Value number = e.convert(rows, type);
  return each == 1 ? number : e.mul(number, double(each));
}

int64_t Comparison::axis() const {
  for (const Option &option : options.options)
    if (option.name == "axis")
      return normalizeAxis(options.integer("axis"), rank());
  return lastAxis();
}

Value repeatTrailing(Emitter &e, Value weights, llvm::ArrayRef<int64_t> shape) {
  if (getShape(weights) == shape)
    return weights;
  auto leading =
      llvm::to_vector(llvm::seq<int64_t>(0, getTensorType(weights).getRank()));
  return broadcastTo(e, e.getLoc(), weights, shape, leading);
}

Value divideOrZero(Emitter &e, Value x, Value y) {
  Value isZero = e.compare(Predicate::eq, y, e.splat(y, 0));
  Value divisor = e.select(isZero, e.splat(y, 1), y);
  Value quotient = e.div(x, divisor);
  return e.select(isZero, e.splat(x, 0), quotient);
}

/// Both, where either may be null.
static Value both(Emitter &e, Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  return AndOp::create(e, x, y);
}

/// The product of weights and mask as floats; null where there is neither.
static Value factorOf(Emitter &e, Value weights, Value mask) {
  if (!mask)
    return weights;
  Value kept = e.convert(mask, e.getFloatType());
  return weights ? e.mul(weights, kept) : kept;
}

/// Keras's reduce_weighted_values: a masked value is as if it weren't there.
Value reduceLoss(const Comparison &c, const LossValues &loss) {
  Emitter &e = c.e;
  Value values = loss.values, mask = both(e, c.mask, loss.mask);
  Value factor = factorOf(e, c.weights, mask);
  if (factor)
    values = e.mul(values, factor);
  Value sum = e.sum(c.rows.keep(e, values, 0));
  const std::string &reduction = c.options.text("reduction");
  if (reduction == "sum")
    return sum;
  Value counted;
  if (factor && reduction == "mean_with_sample_weight")
    counted = factor;
  else if (mask)
    counted = e.convert(mask, e.getFloatType());
  else
    return e.div(sum, c.rows.count(e, e.getFloatType(), values));
  return divideOrZero(e, sum, e.sum(c.rows.keep(e, counted, 0)));
}

MeanSums sumForMean(const Comparison &c, const LossValues &each) {
  Emitter &e = c.e;
  Value values = each.values;
  Value weights = factorOf(e, c.weights, c.mask);
  if (weights && each.mask)
    weights = factorOf(e, weights, each.mask);
  if (!weights)
    return {e.sum(c.rows.keep(e, values, 0)),
            c.rows.count(e, e.getFloatType(), values)};
  weights = repeatTrailing(e, weights, getShape(values));
  Value total = e.sum(c.rows.keep(e, e.mul(values, weights), 0));
  return {total, e.sum(c.rows.keep(e, weights, 0))};
}

} // namespace mlc::frontend
