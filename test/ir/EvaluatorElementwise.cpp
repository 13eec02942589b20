//===-- EvaluatorElementwise.cpp - ops on each element alone --------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EvaluatorFamilies.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlc;

static bool compareElements(Predicate predicate, double x, double y) {
  switch (predicate) {
  case Predicate::eq:
    return x == y;
  case Predicate::ne:
    return x != y;
  case Predicate::lt:
    return x < y;
  case Predicate::le:
    return x <= y;
  case Predicate::gt:
    return x > y;
  case Predicate::ge:
    return x >= y;
  }
  llvm_unreachable("no such predicate");
}

static double convertElement(Value to, double x) {
  if (getTensorType(to).getElementType().isF32())
    return static_cast<float>(x);
  bool toInteger = isa<IntegerType>(getTensorType(to).getElementType());
  return toInteger ? std::trunc(x) : x;
}

using Elements = ArrayRef<double>;

static std::optional<double> computeUnary(Operation &op, double x) {
  using Result = std::optional<double>;
  return llvm::TypeSwitch<Operation *, Result>(&op)
      .Case([&](NegOp) { return -x; })
      .Case([&](AbsOp) { return std::fabs(x); })
      .Case([&](SignOp) { return double((x > 0) - (x < 0)); })
      .Case([&](ExpOp) { return std::exp(x); })
      .Case([&](Expm1Op) { return std::expm1(x); })
      .Case([&](LogOp) { return std::log(x); })
      .Case([&](Log1pOp) { return std::log1p(x); })
      .Case([&](SqrtOp) { return std::sqrt(x); })
      .Case([&](RsqrtOp) { return 1 / std::sqrt(x); })
      .Case([&](TanhOp) { return std::tanh(x); })
      .Case([&](ErfOp) { return std::erf(x); })
      .Case([&](LogisticOp) { return 1 / (1 + std::exp(-x)); })
      .Case([&](NotOp) { return 1 - x; })
      .Case([&](StopGradientOp) { return x; })
      .Case([&](RoundBfloat16Op) { return roundToBfloat16(x); })
      .Case([&](ConvertOp convert) {
        return convertElement(convert.getResult(), x);
      })
      .Default([](Operation *) { return std::nullopt; });
}

static std::optional<double> computeElement(Operation &op, Elements x) {
  using Result = std::optional<double>;
  return llvm::TypeSwitch<Operation *, Result>(&op)
      .Case([&](AddOp) { return x[0] + x[1]; })
      .Case([&](SubOp) { return x[0] - x[1]; })
      .Case([&](MulOp) { return x[0] * x[1]; })
      .Case([&](DivOp) { return x[0] / x[1]; })
      .Case([&](MaxOp) { return std::fmax(x[0], x[1]); })
      .Case([&](MinOp) { return std::fmin(x[0], x[1]); })
      .Case([&](AndOp) { return x[0] * x[1]; })
      .Case([&](OrOp) { return std::fmax(x[0], x[1]); })
      .Case([&](SelectOp) { return x[0] != 0 ? x[1] : x[2]; })
      .Case([&](CompareOp compare) {
        return compareElements(compare.getPredicate(), x[0], x[1]) ? 1.0 : 0.0;
      })
      .Default([&](Operation *) { return computeUnary(op, x[0]); });
}

bool mlc::evaluateElementwise(Evaluator &e, Operation &op) {
  if (!op.hasTrait<OpTrait::Elementwise>())
    return false;
  e.fill(op, [&](const Index &index) {
    SmallVector<double> elements;
    for (Value operand : op.getOperands())
      elements.push_back(e.at(operand, index));
    std::optional<double> value = computeElement(op, elements);
    if (!value)
      llvm::report_fatal_error("the evaluator doesn't know " +
                               op.getName().getStringRef());
    return *value;
  });
  return true;
}
