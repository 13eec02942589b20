//===-- FScore.cpp - F-scores ---------------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/losses/Losses.h"
#include "frontend/lowering/metrics/Metrics.h"

namespace mlc::frontend {

using mlir::Value;

static bool isMicro(const Component &options) {
  return options.text("average") == "micro";
}

/// Of all classes together, or of each.
static Sums getFScoreSums(const Component &options, const TensorType &output) {
  int64_t size = isMicro(options) ? 0 : output.shape.back();
  return {{"true_positives", size},
          {"false_positives", size},
          {"false_negatives", size},
          {"intermediate_weights", size}};
}

/// Above the threshold; without one, the largest of a row unless it is 0.
static Value buildAnswers(const Comparison &c) {
  Emitter &e = c.e;
  if (c.options.has("threshold")) {
    Value threshold = e.splat(c.output, c.options.number("threshold"));
    return asNumber(e, e.compare(Predicate::gt, c.output, threshold));
  }
  Value peak = e.reduce(ReduceKind::max, c.output, c.lastAxis());
  Value repeated = e.expand(peak, getShape(c.output), c.lastAxis());
  Value isPeak = e.compare(Predicate::ge, c.output, repeated);
  Value size = e.unary<AbsOp>(c.output);
  Value isThere = e.compare(Predicate::gt, size, e.splat(size, 1e-9));
  return asNumber(e, AndOp::create(e, isPeak, isThere));
}

static SumValues addToFScore(const Comparison &c) {
  Emitter &e = c.e;
  bool keep = !isMicro(c.options);
  Value answers = buildAnswers(c), target = c.target;
  Value right = e.mul(answers, target);
  Value wrong = e.sub(answers, right), missed = e.sub(target, right);
  SumValues sums;
  for (Value each : {right, wrong, missed, target})
    sums.push_back(sumWeighted(c, each, keep));
  return sums;
}

/// Keras keeps each divisor from zero by adding its epsilon.
static Value divide(Emitter &e, Value x, Value y) {
  return e.div(x, e.add(y, kEpsilon));
}

static Value average(Emitter &e, const Component &options, Value scores,
                     Value weights) {
  if (isMicro(options))
    return scores;
  if (options.text("average") == "macro")
    return e.mul(e.sum(scores), 1.0 / double(getShape(scores)[0]));
  Value all = e.broadcastScalar(e.sum(weights), getShape(weights));
  return e.sum(e.mul(scores, divide(e, weights, all)));
}

static Value getFScore(Emitter &e, const Component &options,
                       llvm::ArrayRef<Value> sums, double beta) {
  Value precision = divide(e, sums[0], e.add(sums[0], sums[1]));
  Value recall = divide(e, sums[0], e.add(sums[0], sums[2]));
  double square = beta * beta;
  Value both = e.add(e.mul(precision, square), recall);
  Value mean = divide(e, e.mul(precision, recall), both);
  return average(e, options, e.mul(mean, 1 + square), sums[3]);
}

static Value getF1Score(Emitter &e, const Component &options,
                        llvm::ArrayRef<Value> sums) {
  return getFScore(e, options, sums, 1);
}

static Value getFBetaScore(Emitter &e, const Component &options,
                           llvm::ArrayRef<Value> sums) {
  return getFScore(e, options, sums, options.number("beta"));
}

MetricRows fScoreMetricRows() {
  static const BuilderRow<MetricBuilder> rows[] = {
      {"f1_score", {getFScoreSums, addToFScore, getF1Score}},
      {"fbeta_score", {getFScoreSums, addToFScore, getFBetaScore}}};
  return rows;
}

} // namespace mlc::frontend
