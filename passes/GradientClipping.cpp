//===-- GradientClipping.cpp - gradients kept small -----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/GradientClipping.h"

#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace mlc;

static Term sumOfSquares(OpBuilder &b, Location loc, Value x) {
  Term term(b, loc, x);
  int64_t rank = getTensorType(x).getRank();
  auto dimensions = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  return term.with(reduceAdd(b, loc, term * term, dimensions));
}

Term mlc::clipGradient(const OptimizerConfig &config, OpBuilder &b,
                       Location loc, Term gradient) {
  if (double limit = config.get("clipvalue")) {
    Term above = gradient.apply<MaxOp>(gradient.splat(-limit));
    return above.apply<MinOp>(gradient.splat(limit));
  }
  double limit = config.get("clipnorm");
  if (limit == 0)
    return gradient;
  Term norm = sumOfSquares(b, loc, gradient).apply<SqrtOp>();
  Term divisor = norm.apply<MaxOp>(norm.splat(limit));
  Term scaled = gradient * limit;
  return scaled / divisor.broadcast(getShape(gradient));
}

/// limit / max(norm, limit). As Keras has it, a norm that is infinite or NaN
/// makes all gradients NaN.
Term mlc::buildGlobalScale(OpBuilder &b, Location loc,
                           ArrayRef<Value> gradients, double limit) {
  Term sum = sumOfSquares(b, loc, gradients.front());
  for (Value gradient : gradients.drop_front())
    sum = sum + sumOfSquares(b, loc, gradient);
  Term norm = sum.apply<SqrtOp>();
  Term divisor = norm.apply<MaxOp>(norm.splat(limit));
  Term scale = norm.splat(limit) / divisor;
  return scale + (norm - norm);
}
