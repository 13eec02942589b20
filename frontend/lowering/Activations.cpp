//===-- Activations.cpp - activations and regularizers as ops -------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Builders.h"

#include <cmath>

namespace mlc::frontend {

using mlir::Value;

static Value buildLinear(Emitter &, Value x, const Component &) { return x; }

static Value buildRelu(Emitter &e, Value x, const Component &) {
  return e.maximum(x, 0);
}

static Value buildSigmoid(Emitter &e, Value x, const Component &) {
  return e.unary<LogisticOp>(x);
}

static Value buildTanh(Emitter &e, Value x, const Component &) {
  return e.unary<TanhOp>(x);
}

/// x Phi(x), where Phi(x) = (1 + erf(x / sqrt 2)) / 2; or approximately
/// (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
static Value buildGelu(Emitter &e, Value x, const Component &options) {
  Value bent;
  if (options.flag("approximate")) {
    Value cube = e.mul(e.mul(x, x), x);
    Value inner = e.mul(e.add(x, e.mul(cube, 0.044715)), std::sqrt(2 / M_PI));
    bent = e.unary<TanhOp>(inner);
  } else {
    bent = e.unary<ErfOp>(e.mul(x, std::sqrt(0.5)));
  }
  return e.mul(e.mul(x, 0.5), e.add(bent, 1));
}

static Value buildSoftmax(Emitter &e, Value x, const Component &options) {
  auto shape = getShape(x);
  int64_t axis = normalizeAxis(options.integer("axis"), shape.size());
  // Any constant may be taken off: no gradient goes through the maximum.
  Value peak = e.unary<StopGradientOp>(e.reduce(ReduceKind::max, x, axis));
  Value power = e.unary<ExpOp>(e.sub(x, e.expand(peak, shape, axis)));
  Value sum = e.reduce(ReduceKind::add, power, axis);
  return e.div(power, e.expand(sum, shape, axis));
}

static Value buildL2(Emitter &e, Value weight, const Component &options) {
  return e.mul(e.sum(e.mul(weight, weight)), options.number("l2"));
}

llvm::ArrayRef<BuilderRow<ActivationBuilder>> activationBuilders() {
  static const BuilderRow<ActivationBuilder> rows[] = {
      {"linear", buildLinear}, {"relu", buildRelu}, {"sigmoid", buildSigmoid},
      {"tanh", buildTanh},     {"gelu", buildGelu}, {"softmax", buildSoftmax}};
  return rows;
}

llvm::ArrayRef<BuilderRow<RegularizerBuilder>> regularizerBuilders() {
  static const BuilderRow<RegularizerBuilder> rows[] = {{"L2", buildL2}};
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
