//===-- Activations.cpp - activations as ops ------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Written so that the derivatives by autodiff are Keras's where the function
// has a corner too, and finite wherever the function is.
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Builders.h"

#include <cmath>

namespace mlc::frontend {

using mlir::Value;

static Value buildLinear(Emitter &, Value x, const Component &) { return x; }

//===----------------------------------------------------------------------===//
// Piecewise linear
//===----------------------------------------------------------------------===//

static Value isAbove(Emitter &e, Value x, double y) {
  return e.compare(Predicate::gt, x, e.splat(x, y));
}

static Value isBelow(Emitter &e, Value x, double y) {
  return e.compare(Predicate::lt, x, e.splat(x, y));
}

/// `onTrue` where x > y, 0 elsewhere.
static Value whereAbove(Emitter &e, Value x, double y, Value onTrue) {
  Value condition = isAbove(e, x, y);
  return e.select(condition, onTrue, e.splat(x, 0));
}

/// x where it is within the limits, and with their gradient: outside 0, at a
/// limit 1.
static Value clip(Emitter &e, Value x, double low, double high) {
  Value isHigh = isAbove(e, x, high);
  Value lower = e.select(isHigh, e.splat(x, high), x);
  Value isLow = isBelow(e, x, low);
  return e.select(isLow, e.splat(x, low), lower);
}

static Value leak(Emitter &e, Value x, double slope) {
  Value isNegative = isBelow(e, x, 0);
  return e.select(isNegative, e.mul(x, slope), x);
}

static Value buildRelu(Emitter &e, Value x, const Component &options) {
  double slope = options.number("negative_slope");
  double threshold = options.number("threshold");
  bool isCut = options.has("max_value");
  if (slope != 0 && threshold == 0 && !isCut)
    return leak(e, x, slope);
  Value y = threshold == 0 ? e.maximum(x, 0) : whereAbove(e, x, threshold, x);
  if (isCut)
    y = e.minimum(y, options.number("max_value"));
  if (slope == 0)
    return y;
  Value below = e.maximum(e.sub(e.splat(x, threshold), x), 0);
  return e.sub(y, e.mul(below, slope));
}

static Value buildRelu6(Emitter &e, Value x, const Component &) {
  return e.minimum(e.maximum(x, 0), 6);
}

static Value buildLeakyRelu(Emitter &e, Value x, const Component &options) {
  return leak(e, x, options.number("negative_slope"));
}

static Value buildHardSigmoid(Emitter &e, Value x, const Component &) {
  return e.mul(e.minimum(e.maximum(e.add(x, 3), 0), 6), 1.0 / 6);
}

static Value buildHardSilu(Emitter &e, Value x, const Component &options) {
  return e.mul(x, buildHardSigmoid(e, x, options));
}

static Value buildSparseSigmoid(Emitter &e, Value x, const Component &) {
  return clip(e, e.mul(e.add(x, 1), 0.5), 0, 1);
}

static Value buildHardTanh(Emitter &e, Value x, const Component &) {
  return clip(e, x, -1, 1);
}

static Value buildSparsePlus(Emitter &e, Value x, const Component &) {
  Value shifted = e.add(x, 1);
  Value parabola = e.mul(e.mul(shifted, shifted), 0.25);
  Value bent = whereAbove(e, x, -1, parabola);
  Value isLinear = e.compare(Predicate::ge, x, e.splat(x, 1));
  return e.select(isLinear, x, bent);
}

static Value buildSoftShrink(Emitter &e, Value x, const Component &options) {
  double threshold = options.number("threshold");
  Value isLow = isBelow(e, x, -threshold);
  Value low = e.select(isLow, e.add(x, threshold), e.splat(x, 0));
  Value isHigh = isAbove(e, x, threshold);
  return e.select(isHigh, e.sub(x, threshold), low);
}

static Value buildHardShrink(Emitter &e, Value x, const Component &options) {
  Value isKept = isAbove(e, e.unary<AbsOp>(x), options.number("threshold"));
  return e.select(isKept, x, e.splat(x, 0));
}

static Value buildThreshold(Emitter &e, Value x, const Component &options) {
  Value isKept = isAbove(e, x, options.number("threshold"));
  return e.select(isKept, x, e.splat(x, options.number("default_value")));
}

//===----------------------------------------------------------------------===//
// Smooth
//===----------------------------------------------------------------------===//

/// `positive` where x > 0, and alpha (e^(x / width) - 1) elsewhere. Where it
/// isn't used the exponential is taken of 0, lest it become infinite.
static Value bendBelow(Emitter &e, Value x, Value positive, double alpha,
                       double width) {
  Value isPositive = isAbove(e, x, 0);
  Value negative = e.select(isPositive, e.splat(x, 0), x);
  Value bent = e.unary<Expm1Op>(e.mul(negative, 1 / width));
  return e.select(isPositive, positive, e.mul(bent, alpha));
}

static Value buildElu(Emitter &e, Value x, const Component &options) {
  return bendBelow(e, x, x, options.number("alpha"), 1);
}

/// G. Klambauer et al., "Self-Normalizing Neural Networks" (2017).
static Value buildSelu(Emitter &e, Value x, const Component &) {
  const double alpha = 1.6732632423543772848, scale = 1.0507009873554804934;
  return e.mul(bendBelow(e, x, x, alpha, 1), scale);
}

static Value buildCelu(Emitter &e, Value x, const Component &options) {
  double alpha = options.number("alpha");
  return bendBelow(e, x, x, alpha, alpha);
}

static Value buildSoftplus(Emitter &e, Value x, const Component &) {
  return e.softplus(x);
}

static Value buildLogSigmoid(Emitter &e, Value x, const Component &) {
  return e.unary<NegOp>(e.softplus(e.unary<NegOp>(x)));
}

static Value buildMish(Emitter &e, Value x, const Component &) {
  return e.mul(x, e.unary<TanhOp>(e.softplus(x)));
}

static Value buildSquareplus(Emitter &e, Value x, const Component &options) {
  Value root = e.unary<SqrtOp>(e.add(e.mul(x, x), options.number("b")));
  return e.mul(e.add(x, root), 0.5);
}

static Value buildSigmoid(Emitter &e, Value x, const Component &) {
  return e.unary<LogisticOp>(x);
}

static Value buildSilu(Emitter &e, Value x, const Component &) {
  return e.mul(x, e.unary<LogisticOp>(x));
}

static Value buildTanh(Emitter &e, Value x, const Component &) {
  return e.unary<TanhOp>(x);
}

static Value buildTanhShrink(Emitter &e, Value x, const Component &) {
  return e.sub(x, e.unary<TanhOp>(x));
}

static Value buildSoftsign(Emitter &e, Value x, const Component &) {
  return e.div(x, e.add(e.unary<AbsOp>(x), 1));
}

static Value buildExponential(Emitter &e, Value x, const Component &) {
  return e.unary<ExpOp>(x);
}

/// x Phi(x), where Phi(x) = (1 + erf(x / sqrt 2)) / 2; or approximately
/// (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
static Value buildGelu(Emitter &e, Value x, const Component &options) {
  Value bent;
  if (options.flag("approximate")) {
    double slope = std::sqrt(2 / M_PI);
    Value steepness = e.add(e.mul(e.mul(x, x), slope * 0.044715), slope);
    bent = e.unary<TanhOp>(e.mul(x, steepness));
  } else {
    bent = e.unary<ErfOp>(e.mul(x, std::sqrt(0.5)));
  }
  Value half = e.mul(x, 0.5);
  return e.mul(half, e.add(bent, 1));
}

//===----------------------------------------------------------------------===//
// Along an axis
//===----------------------------------------------------------------------===//

static int64_t getAxis(Value x, const Component &options) {
  return normalizeAxis(options.integer("axis"), getTensorType(x).getRank());
}

/// x less its maximum along axes. Any constant may be taken off: no gradient
/// goes through the maximum.
static Value belowPeak(Emitter &e, Value x, llvm::ArrayRef<int64_t> axes) {
  Value peak = e.unary<StopGradientOp>(e.reduce(ReduceKind::max, x, axes));
  return e.sub(x, e.expand(peak, getShape(x), axes));
}

Value softmax(Emitter &e, Value x, llvm::ArrayRef<int64_t> axes) {
  Value power = e.unary<ExpOp>(belowPeak(e, x, axes));
  Value sum = e.reduce(ReduceKind::add, power, axes);
  return e.div(power, e.expand(sum, getShape(x), axes));
}

static Value buildSoftmax(Emitter &e, Value x, const Component &options) {
  return softmax(e, x, getAxis(x, options));
}

static Value buildLogSoftmax(Emitter &e, Value x, const Component &options) {
  int64_t axis = getAxis(x, options);
  Value shifted = belowPeak(e, x, axis);
  Value sum = e.reduce(ReduceKind::add, e.unary<ExpOp>(shifted), axis);
  Value logarithm = e.unary<LogOp>(sum);
  return e.sub(shifted, e.expand(logarithm, getShape(x), axis));
}

/// Of each element along the last axis, how many are not smaller, and their
/// sum, by comparing all pairs.
static std::pair<Value, Value> countNotSmaller(Emitter &e, Value x) {
  Sizes pairs(getShape(x));
  int64_t last = pairs.size() - 1;
  pairs.push_back(pairs.back());
  Sizes ofFirst = llvm::to_vector(llvm::seq<int64_t>(0, last + 1));
  Sizes ofSecond = ofFirst;
  ofSecond.back() = last + 1;
  Value first = e.broadcast(x, pairs, ofFirst);
  Value second = e.broadcast(x, pairs, ofSecond);
  Value isIn = e.compare(Predicate::ge, second, first);
  Value zero = e.splat(first, 0);
  Value one = e.splat(first, 1);
  Value ones = e.select(isIn, one, zero);
  Value terms = e.select(isIn, second, zero);
  Value count = e.reduce(ReduceKind::add, ones, last + 1);
  return {count, e.reduce(ReduceKind::add, terms, last + 1)};
}

/// A. Martins and R. Astudillo, "From Softmax to Sparsemax" (2016). An element
/// is in the support if 1 + k x > s, with k elements not smaller than x and
/// their sum s: no sorting, but all pairs are compared.
static Value sparsemaxAlongLast(Emitter &e, Value x) {
  llvm::ArrayRef<int64_t> shape = getShape(x);
  int64_t last = shape.size() - 1;
  Value fixed = e.unary<StopGradientOp>(x);
  auto [count, sum] = countNotSmaller(e, fixed);
  Value bound = e.add(e.mul(count, fixed), 1);
  Value isIn = e.compare(Predicate::gt, bound, sum);
  Value zero = e.splat(x, 0);
  Value one = e.splat(x, 1);
  Value size = e.reduce(ReduceKind::add, e.select(isIn, one, zero), last);
  Value total = e.reduce(ReduceKind::add, e.select(isIn, x, zero), last);
  Value threshold = e.div(e.sub(total, 1), size);
  return e.maximum(e.sub(x, e.expand(threshold, shape, last)), 0);
}

static Value buildSparsemax(Emitter &e, Value x, const Component &options) {
  Sizes swap =
      llvm::to_vector(llvm::seq<int64_t>(0, getTensorType(x).getRank()));
  std::swap(swap[getAxis(x, options)], swap.back());
  Value y = sparsemaxAlongLast(e, transpose(e, e.getLoc(), x, swap));
  return transpose(e, e.getLoc(), y, swap);
}

static Value buildGlu(Emitter &e, Value x, const Component &options) {
  int64_t axis = getAxis(x, options);
  Sizes half(getShape(x)), offsets(half.size(), 0);
  half[axis] /= 2;
  Value first = slice(e, e.getLoc(), x, offsets, half);
  offsets[axis] = half[axis];
  Value second = slice(e, e.getLoc(), x, offsets, half);
  return e.mul(first, e.unary<LogisticOp>(second));
}

llvm::ArrayRef<BuilderRow<ActivationBuilder>> activationBuilders() {
  static const BuilderRow<ActivationBuilder> rows[] = {
      {"linear", buildLinear},
      {"relu", buildRelu},
      {"relu6", buildRelu6},
      {"leaky_relu", buildLeakyRelu},
      {"elu", buildElu},
      {"selu", buildSelu},
      {"celu", buildCelu},
      {"softplus", buildSoftplus},
      {"squareplus", buildSquareplus},
      {"sparse_plus", buildSparsePlus},
      {"gelu", buildGelu},
      {"silu", buildSilu},
      {"hard_silu", buildHardSilu},
      {"mish", buildMish},
      {"glu", buildGlu},
      {"sigmoid", buildSigmoid},
      {"hard_sigmoid", buildHardSigmoid},
      {"sparse_sigmoid", buildSparseSigmoid},
      {"log_sigmoid", buildLogSigmoid},
      {"tanh", buildTanh},
      {"hard_tanh", buildHardTanh},
      {"softsign", buildSoftsign},
      {"tanh_shrink", buildTanhShrink},
      {"soft_shrink", buildSoftShrink},
      {"hard_shrink", buildHardShrink},
      {"threshold", buildThreshold},
      {"exponential", buildExponential},
      {"softmax", buildSoftmax},
      {"log_softmax", buildLogSoftmax},
      {"sparsemax", buildSparsemax}};
  return rows;
}

Value activate(Emitter &e, Value x, const Component &owner,
               std::string_view option) {
  if (!owner.has(option))
    return x;
  const Component &activation = owner.component(option);
  return findBuilder(activationBuilders(), activation.type)(e, x, activation);
}

} // namespace mlc::frontend
