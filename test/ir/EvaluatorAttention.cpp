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

template <typename Op> static void runAttention(Evaluator &e, Op op) {
  std::vector<Tensor> results = evaluateAttention(
      op, [&](Value value) -> const Tensor & { return e.get(value); });
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
