//===-- Evaluator.cpp - what a function of mlc ops computes ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EvaluatorFamilies.h"

#include <cmath>

using namespace mlir;
using namespace mlc;

int64_t mlc::getOffset(SizesRef shape, const Index &index) {
  int64_t offset = 0;
  for (auto [size, position] : llvm::zip_equal(shape, index))
    offset = offset * size + position;
  return offset;
}

void mlc::forEachIndex(SizesRef shape, function_ref<void(const Index &)> body) {
  Index index(shape.size(), 0);
  for (int64_t count = getElementCount(shape); count > 0; --count) {
    body(index);
    for (int64_t dim = shape.size() - 1; dim >= 0; --dim) {
      if (++index[dim] < shape[dim])
        break;
      index[dim] = 0;
    }
  }
}

double mlc::roundToBfloat16(double x) {
  if (!std::isfinite(x) || x == 0)
    return x;
  constexpr int bits = 8; // of the significand
  int exponent = std::max(std::ilogb(float(x)), -126);
  double last = std::ldexp(1.0, exponent - (bits - 1));
  return static_cast<float>(std::nearbyint(float(x) / last) * last);
}

double mlc::multiply(double x, double y, bool bfloat16) {
  return bfloat16 ? roundToBfloat16(x) * roundToBfloat16(y) : x * y;
}

void Evaluator::fill(Operation &op,
                     function_ref<double(const Index &)> compute) {
  Tensor result{Sizes(getShape(op.getResult(0))), {}};
  forEachIndex(result.shape, [&](const Index &index) {
    result.values.push_back(compute(index));
  });
  set(op.getResult(0), std::move(result));
}

void Evaluator::scatter(Operation &op, Value operand,
                        function_ref<Index(const Index &)> getTarget) {
  Tensor result{Sizes(getShape(op.getResult(0))), {}};
  result.values.assign(getElementCount(result.shape), 0);
  forEachIndex(get(operand).shape, [&](const Index &index) {
    result.values[getOffset(result.shape, getTarget(index))] =
        at(operand, index);
  });
  set(op.getResult(0), std::move(result));
}

void Evaluator::run(Operation &op) {
  for (auto family :
       {evaluateElementwise, evaluateStructured, evaluateConvolution,
        evaluateWindow, evaluateLoop, evaluateIndexing, evaluateAttentionOps})
    if (family(*this, op))
      return;
  llvm::report_fatal_error("the evaluator doesn't know " +
                           op.getName().getStringRef());
}

std::vector<Tensor> mlc::evaluate(func::FuncOp function,
                                  const std::vector<Tensor> &arguments) {
  Evaluator evaluator;
  for (auto [argument, tensor] :
       llvm::zip_equal(function.getArguments(), arguments))
    evaluator.set(argument, tensor);
  Block &body = function.getBody().front();
  for (Operation &op : body.without_terminator())
    evaluator.run(op);
  std::vector<Tensor> results;
  for (Value value : body.getTerminator()->getOperands())
    results.push_back(evaluator.get(value));
  return results;
}
