//===-- Simplify.cpp - --mlc-simplify -------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "ir/Builders.h"

#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#define DEBUG_TYPE "mlc-simplify"

namespace mlc {
#define GEN_PASS_DEF_SIMPLIFY
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

//===----------------------------------------------------------------------===//
// Patterns beyond the ops' own
//===----------------------------------------------------------------------===//

/// If `operand` is a transpose that leaves the free dimensions in their order,
/// renames `batch` and `contract` to those of its operand, and returns that.
static Value skipTranspose(Value operand, Sizes &batch, Sizes &contract) {
  auto transpose = operand.getDefiningOp<TransposeOp>();
  if (!transpose)
    return {};
  SizesRef permutation = transpose.getPermutation();
  Sizes free = getFreeDimensions(permutation.size(), batch, contract);
  if (!llvm::is_sorted(pick(permutation, free)))
    return {};
  batch = pick(permutation, batch);
  contract = pick(permutation, contract);
  return transpose.getOperand();
}

/// A contraction reads its operands through strides: a transpose before it is
/// only another choice of dimensions.
static LogicalResult mergeTranspose(DotGeneralOp op,
                                    PatternRewriter &rewriter) {
  DotDimensions dims = op.getDotDimensions();
  Value lhs = skipTranspose(op.getLhs(), dims.lhsBatch, dims.lhsContract);
  Value rhs = skipTranspose(op.getRhs(), dims.rhsBatch, dims.rhsContract);
  if (!lhs && !rhs)
    return failure();
  rewriter.replaceOpWithNewOp<DotGeneralOp>(
      op, op.getType(), lhs ? lhs : op.getLhs(), rhs ? rhs : op.getRhs(),
      dims.lhsBatch, dims.rhsBatch, dims.lhsContract, dims.rhsContract);
  return success();
}

static LogicalResult dropStopGradient(StopGradientOp op,
                                      PatternRewriter &rewriter) {
  rewriter.replaceOp(op, op.getOperand());
  return success();
}

static FrozenRewritePatternSet getPatterns(func::FuncOp function) {
  MLIRContext *context = function.getContext();
  RewritePatternSet patterns(context);
  auto *dialect = context->getLoadedDialect<MlcDialect>();
  for (RegisteredOperationName op : context->getRegisteredOperations())
    if (&op.getDialect() == dialect)
      op.getCanonicalizationPatterns(patterns, context);
  patterns.add(mergeTranspose);
  bool hasGradient =
      function.walk([](GradientOp) { return WalkResult::interrupt(); })
          .wasInterrupted();
  if (!hasGradient)
    patterns.add(dropStopGradient);
  return FrozenRewritePatternSet(std::move(patterns));
}

namespace {
struct SimplifyPass : public mlc::impl::SimplifyBase<SimplifyPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    // Every pattern removes an op or brings it nearer to the arguments, so
    // there is no need for a limit.
    GreedyRewriteConfig config;
    config.setMaxIterations(GreedyRewriteConfig::kNoLimit);
    if (failed(applyPatternsGreedily(function, getPatterns(function), config)))
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    auto &dominance = getAnalysis<DominanceInfo>();
    eliminateCommonSubExpressions(rewriter, dominance, function);
  }
};
} // namespace
