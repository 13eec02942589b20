//===-- Confusion.cpp - precision and recall ------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/metrics/Metrics.h"

#include <limits>

namespace mlc::frontend {

using mlir::Value;

Value sumWeighted(const Comparison &c, Value x, bool keepLast) {
  Emitter &e = c.e;
  if (c.weights)
    x = e.mul(x, repeatTrailing(e, c.weights, getShape(x)));
  x = c.rows.keep(e, x, 0);
  if (!keepLast)
    return e.sum(x);
  for (int64_t axis = getTensorType(x).getRank() - 2; axis >= 0; --axis)
    x = e.reduce(ReduceKind::add, x, axis);
  return x;
}

/// Only class `index` of the last axis.
static Value takeClass(Emitter &e, Value x, int64_t index) {
  llvm::SmallVector<int64_t> sizes(getShape(x)), offsets(sizes.size());
  sizes.back() = 1;
  offsets.back() = index;
  return slice(e, e.getLoc(), x, offsets, sizes);
}

/// Whether a score is one of the k largest of its row, the first among equals:
/// k times, the largest is put out of the running.
static Value isAmongTop(Emitter &e, Value scores, int64_t k) {
  auto shape = getShape(scores);
  int64_t axis = getTensorType(scores).getRank() - 1;
  Value index = e.iota(shape, axis);
  Value chosen, left = scores;
  for (int64_t i = 0; i < k; ++i) {
    Value best = e.expand(buildArgmax(e, left), shape, axis);
    Value isBest = e.compare(Predicate::eq, index, best);
    chosen = chosen ? OrOp::create(e, chosen, isBest).getResult() : isBest;
    left = e.select(isBest,
                    e.splat(scores, -std::numeric_limits<double>::infinity()),
                    left);
  }
  return chosen;
}

/// Which elements of the output say yes: above the threshold, which is 0.5
/// unless the top k are asked for, and then among these.
static Value buildAnswers(const Comparison &c) {
  Emitter &e = c.e;
  bool byRank = c.options.has("top_k");
  Value answers;
  if (c.options.has("thresholds") || !byRank) {
    double threshold =
        c.options.has("thresholds") ? c.options.number("thresholds") : 0.5;
    answers = e.compare(Predicate::gt, c.output, e.splat(c.output, threshold));
  }
  if (byRank) {
    Value top = isAmongTop(e, c.output, c.options.integer("top_k"));
    answers = answers ? AndOp::create(e, answers, top).getResult() : top;
  }
  return answers;
}

/// Sums of right answers of yes, and of those that `other` makes of both.
template <typename Other>
static SumValues addRightAnd(const Comparison &c, Other other) {
  Emitter &e = c.e;
  Value answers = buildAnswers(c);
  Value labels = e.compare(Predicate::ne, c.target, e.splat(c.target, 0));
  if (c.options.has("class_id")) {
    answers = takeClass(e, answers, c.options.integer("class_id"));
    labels = takeClass(e, labels, c.options.integer("class_id"));
  }
  Value right = AndOp::create(e, answers, labels);
  Value rightSum = sumWeighted(c, asNumber(e, right));
  return {rightSum, sumWeighted(c, asNumber(e, other(e, answers, labels)))};
}

static SumValues addForPrecision(const Comparison &c) {
  return addRightAnd(c, [](Emitter &e, Value answers, Value labels) {
    return AndOp::create(e, answers, e.unary<NotOp>(labels)).getResult();
  });
}

static SumValues addForRecall(const Comparison &c) {
  return addRightAnd(c, [](Emitter &e, Value answers, Value labels) {
    return AndOp::create(e, e.unary<NotOp>(answers), labels).getResult();
  });
}

static Sums getPrecisionSums(const Component &, const TensorType &) {
  return {{"true_positives"}, {"false_positives"}};
}

static Sums getRecallSums(const Component &, const TensorType &) {
  return {{"true_positives"}, {"false_negatives"}};
}

static Value getShareOfFirst(Emitter &e, const Component &,
                             llvm::ArrayRef<Value> sums) {
  return divideOrZero(e, sums[0], e.add(sums[0], sums[1]));
}

MetricRows confusionMetricRows() {
  static const BuilderRow<MetricBuilder> rows[] = {
      {"precision", {getPrecisionSums, addForPrecision, getShareOfFirst}},
      {"recall", {getRecallSums, addForRecall, getShareOfFirst}}};
  return rows;
}

} // namespace mlc::frontend
