//===-- Metrics.cpp - metrics as ops --------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Losses.h"

namespace mlc::frontend {

using mlir::Value;

static int64_t lastDimension(Value x) { return getTensorType(x).getRank() - 1; }

static Value buildAbsoluteError(const Comparison &c) {
  return c.e.unary<AbsOp>(c.e.sub(c.output, c.target));
}

/// The index of the first of the largest elements of each row.
static Value buildArgmax(Emitter &e, Value x) {
  auto shape = getShape(x);
  int64_t axis = lastDimension(x);
  Value peak = e.expand(e.reduce(ReduceKind::max, x, axis), shape, axis);
  Value index = e.iota(shape, axis);
  Value isPeak = e.compare(Predicate::eq, x, peak);
  Value candidates =
      e.select(isPeak, index, e.splat(index, double(shape[axis])));
  return e.reduce(ReduceKind::min, candidates, axis);
}

static Value buildEquality(Emitter &e, Value x, Value y) {
  return e.convert(e.compare(Predicate::eq, x, y), e.getFloatType());
}

static Value buildSparseAccuracy(const Comparison &c) {
  return buildEquality(c.e, buildArgmax(c.e, c.output), c.target);
}

static Value buildCategoricalAccuracy(const Comparison &c) {
  return buildEquality(c.e, buildArgmax(c.e, c.output),
                       buildArgmax(c.e, c.target));
}

/// Outputs above the threshold count as 1, as Keras has it.
static Value buildBinaryAccuracy(const Comparison &c) {
  Value threshold = c.e.splat(c.output, c.options.number("threshold"));
  Value answer = c.e.convert(c.e.compare(Predicate::gt, c.output, threshold),
                             c.e.getFloatType());
  return buildEquality(c.e, answer, c.target);
}

llvm::ArrayRef<BuilderRow<ComparisonBuilder>> metricBuilders() {
  // "accuracy" is not here: the reader has put one of the others for it.
  static const BuilderRow<ComparisonBuilder> rows[] = {
      {"sparse_categorical_accuracy", buildSparseAccuracy},
      {"categorical_accuracy", buildCategoricalAccuracy},
      {"binary_accuracy", buildBinaryAccuracy},
      {"mean_squared_error", buildSquaredError},
      {"mean_absolute_error", buildAbsoluteError}};
  return rows;
}

} // namespace mlc::frontend
