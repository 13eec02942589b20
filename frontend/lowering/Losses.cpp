//===-- Losses.cpp - losses as ops ----------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Losses.h"

namespace mlc::frontend {

using mlir::Value;

/// Keras's smallest probability, and largest distance from 1.
constexpr double kEpsilon = 1e-7;

static int64_t lastDimension(Value x) { return getTensorType(x).getRank() - 1; }

/// The element of each row of scores at the row's label.
static Value pickLabelled(Emitter &e, Value scores, Value labels) {
  auto shape = getShape(scores);
  int64_t axis = lastDimension(scores);
  Value isLabel = e.compare(Predicate::eq, e.iota(shape, axis),
                            e.expand(labels, shape, axis));
  Value picked = e.select(isLabel, scores, e.splat(scores, 0));
  return e.reduce(ReduceKind::add, picked, axis);
}

/// log(sum exp(x)) - x[label], shifted so that no exp overflows.
static Value buildCrossentropyOfLogits(const Comparison &c) {
  Emitter &e = c.e;
  auto shape = getShape(c.output);
  int64_t axis = lastDimension(c.output);
  Value peak =
      e.unary<StopGradientOp>(e.reduce(ReduceKind::max, c.output, axis));
  Value shifted = e.sub(c.output, e.expand(peak, shape, axis));
  Value sum = e.reduce(ReduceKind::add, e.unary<ExpOp>(shifted), axis);
  return e.sub(e.unary<LogOp>(sum), pickLabelled(e, shifted, c.target));
}

/// Of probabilities as Keras takes them: divided by their sum, then clipped.
static Value buildCrossentropyOfProbabilities(const Comparison &c) {
  Emitter &e = c.e;
  auto shape = getShape(c.output);
  int64_t axis = lastDimension(c.output);
  Value sum = e.reduce(ReduceKind::add, c.output, axis);
  Value p = e.div(c.output, e.expand(sum, shape, axis));
  p = e.minimum(e.maximum(p, kEpsilon), 1 - kEpsilon);
  return e.unary<NegOp>(pickLabelled(e, e.unary<LogOp>(p), c.target));
}

static Value buildSparseCrossentropy(const Comparison &c) {
  return c.options.flag("from_logits") ? buildCrossentropyOfLogits(c)
                                       : buildCrossentropyOfProbabilities(c);
}

Value buildSquaredError(const Comparison &c) {
  Value difference = c.e.sub(c.output, c.target);
  return c.e.mul(difference, difference);
}

llvm::ArrayRef<BuilderRow<ComparisonBuilder>> lossBuilders() {
  static const BuilderRow<ComparisonBuilder> rows[] = {
      {"sparse_categorical_crossentropy", buildSparseCrossentropy},
      {"mean_squared_error", buildSquaredError}};
  return rows;
}

} // namespace mlc::frontend
