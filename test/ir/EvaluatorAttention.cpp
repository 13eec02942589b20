//===-- EvaluatorAttention.cpp - attention among the other ops ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EvaluateAttention.h"
#include "EvaluatorFamilies.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlc;

/// The operands that products read as they are.
static SmallVector<Value> getFactors(AttentionOp op) {
  return {op.getQuery(), op.getKey(), op.getValue()};
}
static SmallVector<Value> getFactors(AttentionGradientOp op) {
  return {op.getQuery(), op.getKey(), op.getValue(), op.getCotangent()};
}

template <typename Op> static void runAttention(Evaluator &e, Op op) {
  DenseMap<Value, Tensor> rounded;
  if (op.getBfloat16())
    for (Value factor : getFactors(op)) {
      Tensor tensor = e.get(factor);
      for (double &x : tensor.values)
        x = roundToBfloat16(x);
      rounded[factor] = std::move(tensor);
    }
  std::vector<Tensor> results =
      evaluateAttention(op, [&](Value value) -> const Tensor & {
        auto factor = rounded.find(value);
        return factor == rounded.end() ? e.get(value) : factor->second;
      });
  for (auto [result, tensor] : llvm::zip_equal(op->getResults(), results))
    e.set(result, std::move(tensor));
}

bool mlc::evaluateAttentionOps(Evaluator &e, Operation &operation) {
  bool isKnown = true;
  llvm::TypeSwitch<Operation *>(&operation)
      .Case([&](AttentionOp op) { runAttention(e, op); })
      .Case([&](AttentionGradientOp op) { runAttention(e, op); })
      .Default([&](Operation *) { isKnown = false; });
  return isKnown;
}
