//===-- Curve.cpp - areas under curves over thresholds --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/metrics/Metrics.h"

namespace mlc::frontend {

using mlir::Value;

/// The thresholds that the file gives, in order, and one at either end: below
/// and above all outputs.
static std::vector<double> givenThresholds(const Component &options) {
  std::vector<double> all =
      std::get<std::vector<double>>(options.get("thresholds").data);
  llvm::sort(all);
  all.insert(all.begin(), -1);
  all.push_back(2);
  return all;
}

static int64_t countThresholds(const Component &options) {
  return options.has("thresholds") ? int64_t(givenThresholds(options).size())
                                   : options.integer("num_thresholds");
}

static Sums getCurveSums(const Component &options, const TensorType &) {
  int64_t size = countThresholds(options);
  return {{"true_positives", size},
          {"false_positives", size},
          {"positives"},
          {"negatives"}};
}

/// For each threshold, i / (size - 1) unless they are given, whether each
/// output is above it: as Keras has it, all are above the first.
static Value isAboveEach(const Comparison &c) {
  Emitter &e = c.e;
  int64_t size = countThresholds(c.options);
  Value p = c.output;
  if (c.options.flag("from_logits"))
    p = e.unary<LogisticOp>(p);
  p = e.minimum(e.maximum(p, 0), 1);
  llvm::SmallVector<int64_t> shape(getShape(p));
  shape.push_back(size);
  if (c.options.has("thresholds")) {
    Value given = e.constant(givenThresholds(c.options), {size});
    Value limits = e.broadcast(given, shape, {int64_t(shape.size()) - 1});
    return e.compare(Predicate::gt, repeatTrailing(e, p, shape), limits);
  }
  Value place = e.maximum(e.mul(p, double(size - 1)), 0.5);
  Value index = e.convert(e.iota(shape, shape.size() - 1), e.getFloatType());
  return e.compare(Predicate::gt, repeatTrailing(e, place, shape), index);
}

static SumValues addToCurve(const Comparison &c) {
  Emitter &e = c.e;
  Value isPositive = e.compare(Predicate::ne, c.target, e.splat(c.target, 0));
  Value positive = asNumber(e, isPositive);
  Value negative = asNumber(e, e.unary<NotOp>(isPositive));
  Value above = isAboveEach(c);
  Value zero = e.splat(asNumber(e, above), 0);
  SumValues sums;
  for (Value each : {positive, negative}) {
    Value repeated = repeatTrailing(e, each, getShape(above));
    sums.push_back(sumWeighted(c, e.select(above, repeated, zero), true));
  }
  sums.push_back(sumWeighted(c, positive));
  sums.push_back(sumWeighted(c, negative));
  return sums;
}

/// All but the last, or all but the first.
static Value dropEnd(Emitter &e, Value x, bool first) {
  return slice(e, e.getLoc(), x, {first ? 1 : 0}, {getShape(x)[0] - 1});
}

static Value repeat(Emitter &e, Value scalar, Value like) {
  return e.broadcastScalar(scalar, getShape(like));
}

/// The sum of widths times heights: the mean, the least or the largest of both
/// ends.
static Value integrate(Emitter &e, const Component &options, Value x, Value y) {
  Value y0 = dropEnd(e, y, false), y1 = dropEnd(e, y, true);
  Value height;
  const std::string &method = options.text("summation_method");
  if (method == "interpolation")
    height = e.mul(e.add(y0, y1), 0.5);
  else if (method == "minoring")
    height = MinOp::create(e, y0, y1);
  else
    height = MaxOp::create(e, y0, y1);
  Value x0 = dropEnd(e, x, false), x1 = dropEnd(e, x, true);
  return e.sum(e.mul(e.sub(x0, x1), height));
}

/// Between two thresholds, true positives go with all positives linearly
/// (Davis and Goadrich, ICML 2006), and precision does not.
static Value integratePrecision(Emitter &e, Value truePositives, Value answers,
                                Value positives) {
  Value t0 = dropEnd(e, truePositives, false);
  Value t1 = dropEnd(e, truePositives, true);
  Value p0 = dropEnd(e, answers, false), p1 = dropEnd(e, answers, true);
  Value rise = e.sub(t0, t1);
  Value slope = divideOrZero(e, rise, e.maximum(e.sub(p0, p1), 0));
  Value intercept = e.sub(t1, e.mul(slope, p1));
  Value zero = e.splat(p0, 0);
  Value isFirst = e.compare(Predicate::gt, p0, zero);
  Value isSecond = e.compare(Predicate::gt, p1, zero);
  Value quotient = divideOrZero(e, p0, p1);
  Value isBoth = AndOp::create(e, isFirst, isSecond);
  Value ratio = e.select(isBoth, quotient, e.splat(p0, 1));
  Value bend = e.mul(intercept, e.unary<LogOp>(ratio));
  Value area = e.mul(slope, e.add(rise, bend));
  return e.sum(divideOrZero(e, area, repeat(e, positives, area)));
}

static Value getArea(Emitter &e, const Component &options,
                     llvm::ArrayRef<Value> sums) {
  Value truePositives = sums[0], falsePositives = sums[1];
  Value answers = e.add(truePositives, falsePositives);
  bool isPrecision = options.text("curve") == "PR";
  if (isPrecision && options.text("summation_method") == "interpolation")
    return integratePrecision(e, truePositives, answers, sums[2]);
  Value positives = repeat(e, sums[2], truePositives);
  Value recall = divideOrZero(e, truePositives, positives);
  if (isPrecision) {
    Value precision = divideOrZero(e, truePositives, answers);
    return integrate(e, options, recall, precision);
  }
  Value negatives = repeat(e, sums[3], falsePositives);
  Value falseRate = divideOrZero(e, falsePositives, negatives);
  return integrate(e, options, falseRate, recall);
}

MetricRows curveMetricRows() {
  static const BuilderRow<MetricBuilder> rows[] = {
      {"auc", {getCurveSums, addToCurve, getArea}}};
  return rows;
}

} // namespace mlc::frontend
