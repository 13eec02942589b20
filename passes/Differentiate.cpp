//===-- Differentiate.cpp - --mlc-differentiate ---------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "ir/Builders.h"
#include "ir/ReverseMode.h"

namespace mlc {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

/// Replaces one gradient op by the reverse-mode program.
static LogicalResult differentiate(GradientOp gradient) {
  OpBuilder builder(gradient);
  ReverseMode sweep(builder, gradient.getVariables());
  Value loss = gradient.getLoss();
  sweep.seed(loss,
             constantSplat(builder, gradient.getLoc(), loss.getType(), 1));
  if (failed(sweep.run(gradient)))
    return failure();
  SmallVector<Value> gradients;
  for (Value variable : gradient.getVariables()) {
    Value sum = sweep.takeCotangent(variable);
    gradients.push_back(
        sum ? sum
            : constantSplat(builder, gradient.getLoc(), variable.getType(), 0));
  }
  gradient->replaceAllUsesWith(gradients);
  gradient->erase();
  return success();
}

namespace {
struct DifferentiatePass
    : public mlc::impl::DifferentiateBase<DifferentiatePass> {
  void runOnOperation() override {
    SmallVector<GradientOp> gradients;
    getOperation().walk([&](GradientOp op) { gradients.push_back(op); });
    for (GradientOp gradient : gradients)
      if (failed(differentiate(gradient)))
        return signalPassFailure();
  }
};
} // namespace
