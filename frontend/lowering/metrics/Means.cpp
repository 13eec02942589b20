//===-- Means.cpp - metrics that are a mean, or follow from one -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/losses/Losses.h"
#include "frontend/lowering/metrics/Metrics.h"

namespace mlc::frontend {

using mlir::Value;

Sums getMeanSums(const Component &, const TensorType &) {
  return {{"total"}, {"count"}};
}

Value getMean(Emitter &e, const Component &, llvm::ArrayRef<Value> sums) {
  return divideOrZero(e, sums[0], sums[1]);
}

/// Of each element: unlike those of its neighbours in the table, Keras's class
/// doesn't look at masks.
static SumValues addSquaredError(const Comparison &c) {
  Comparison unmasked = c;
  unmasked.mask = {};
  Value error = c.e.sub(c.output, c.target);
  MeanSums sums = sumForMean(unmasked, {c.e.mul(error, error), {}});
  return {sums.total, sums.count};
}

/// Of the model's own precision: f64 would call the C library.
static Value getMeanAsFloat(Emitter &e, const Component &options,
                            llvm::ArrayRef<Value> sums) {
  return e.convert(getMean(e, options, sums), e.getFloatType());
}

static Value getRootOfMean(Emitter &e, const Component &options,
                           llvm::ArrayRef<Value> sums) {
  return e.unary<SqrtOp>(getMeanAsFloat(e, options, sums));
}

/// The cross-entropy of each token; the masked one weighs nothing.
static SumValues addPerplexity(const Comparison &c) {
  Emitter &e = c.e;
  Value each = buildCrossentropyOfLabels(c, c.output, c.target);
  Comparison masked = c;
  if (c.options.has("mask_token_id")) {
    Value token = e.splat(c.target, double(c.options.integer("mask_token_id")));
    Value kept = e.compare(Predicate::ne, c.target, token);
    masked.mask = c.mask ? AndOp::create(e, c.mask, kept).getResult() : kept;
  }
  MeanSums sums = sumForMean(masked, {each, {}});
  return {sums.total, sums.count};
}

/// e^mean, but 0 before there is anything.
static Value getPerplexity(Emitter &e, const Component &options,
                           llvm::ArrayRef<Value> sums) {
  Value power = e.unary<ExpOp>(getMeanAsFloat(e, options, sums));
  Value isEmpty = e.compare(Predicate::eq, sums[1], e.splat(sums[1], 0));
  return e.select(isEmpty, e.splat(power, 0), power);
}

MetricRows meanMetricRows() {
  static const BuilderRow<MetricBuilder> rows[] = {
      {"sparse_categorical_crossentropy", kMeanOf<buildSparseCrossentropy>},
      {"categorical_crossentropy", kMeanOf<buildCategoricalCrossentropy>},
      {"binary_crossentropy", kMeanOf<buildBinaryCrossentropy>},
      {"perplexity", {getMeanSums, addPerplexity, getPerplexity}},
      {"kl_divergence", kMeanOf<buildKlDivergence>},
      {"poisson", kMeanOf<buildPoisson>},
      {"mean_squared_error", kMeanOf<buildSquaredError>},
      {"root_mean_squared_error",
       {getMeanSums, addSquaredError, getRootOfMean}},
      {"mean_absolute_error", kMeanOf<buildAbsoluteError>},
      {"mean_absolute_percentage_error", kMeanOf<buildAbsolutePercentageError>},
      {"mean_squared_logarithmic_error", kMeanOf<buildSquaredLogarithmicError>},
      {"logcosh", kMeanOf<buildLogCosh>},
      {"cosine_similarity", kMeanOf<buildCosineSimilarity>},
      {"hinge", kMeanOf<buildHinge>},
      {"squared_hinge", kMeanOf<buildSquaredHinge>},
      {"categorical_hinge", kMeanOf<buildCategoricalHinge>}};
  return rows;
}

} // namespace mlc::frontend
