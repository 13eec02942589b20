//===-- Accuracy.cpp - shares of right answers ----------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/losses/Losses.h"
#include "frontend/lowering/metrics/Metrics.h"

namespace mlc::frontend {

using mlir::Value;

Value asNumber(Emitter &e, Value condition) {
  return e.convert(condition, e.getFloatType());
}

Value buildArgmax(Emitter &e, Value x) {
  auto shape = getShape(x);
  int64_t axis = getTensorType(x).getRank() - 1;
  Value peak = e.expand(e.reduce(ReduceKind::max, x, axis), shape, axis);
  Value index = e.iota(shape, axis);
  Value isPeak = e.compare(Predicate::eq, x, peak);
  Value candidates =
      e.select(isPeak, index, e.splat(index, double(shape[axis])));
  return e.reduce(ReduceKind::min, candidates, axis);
}

static LossValues areEqual(Emitter &e, Value x, Value y) {
  return {asNumber(e, e.compare(Predicate::eq, x, y)), {}};
}

static LossValues buildSparseAccuracy(const Comparison &c) {
  return areEqual(c.e, buildArgmax(c.e, c.output), c.target);
}

static LossValues buildCategoricalAccuracy(const Comparison &c) {
  Value answer = buildArgmax(c.e, c.output);
  return areEqual(c.e, answer, buildArgmax(c.e, c.target));
}

/// Outputs above the threshold count as 1, as Keras has it.
static LossValues buildBinaryAccuracy(const Comparison &c) {
  Value threshold = c.e.splat(c.output, c.options.number("threshold"));
  Value answer = asNumber(c.e, c.e.compare(Predicate::gt, c.output, threshold));
  return areEqual(c.e, answer, c.target);
}

/// Whether fewer than k scores are above the label's: among equals, the label
/// comes first.
static LossValues isAmongTop(const Comparison &c, Value labels) {
  Emitter &e = c.e;
  Value score = pickLabelled(e, c.output, labels);
  Value repeated = e.expand(score, getShape(c.output), c.lastAxis());
  Value isAbove = asNumber(e, e.compare(Predicate::gt, c.output, repeated));
  Value above = e.reduce(ReduceKind::add, isAbove, c.lastAxis());
  Value limit = e.splat(above, double(c.options.integer("k")));
  return {asNumber(e, e.compare(Predicate::lt, above, limit)), {}};
}

static LossValues buildSparseTopK(const Comparison &c) {
  return isAmongTop(c, c.target);
}

static LossValues buildTopK(const Comparison &c) {
  return isAmongTop(c, buildArgmax(c.e, c.target));
}

MetricRows accuracyMetricRows() {
  // "accuracy" is not here: the reader has put one of the others for it.
  static const BuilderRow<MetricBuilder> rows[] = {
      {"sparse_categorical_accuracy", kMeanOf<buildSparseAccuracy>},
      {"categorical_accuracy", kMeanOf<buildCategoricalAccuracy>},
      {"binary_accuracy", kMeanOf<buildBinaryAccuracy>},
      {"top_k_categorical_accuracy", kMeanOf<buildTopK>},
      {"sparse_top_k_categorical_accuracy", kMeanOf<buildSparseTopK>}};
  return rows;
}

} // namespace mlc::frontend
