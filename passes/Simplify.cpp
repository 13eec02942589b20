//===-- Simplify.cpp - --mlc-simplify -------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/IntegerRanges.h"
#include "passes/Passes.h"
#include "passes/SimplifyPatterns.h"

#include "ir/Builders.h"

#include "mlir/IR/Dominance.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

namespace mlc {
#define GEN_PASS_DEF_SIMPLIFY
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

//===----------------------------------------------------------------------===//
// Elementwise ops on repeated elements
//===----------------------------------------------------------------------===//

/// Whether `value` is repeated as `pattern` repeats, or the same everywhere.
static bool isRepeated(Value value, BroadcastOp pattern) {
  if (auto broadcast = value.getDefiningOp<BroadcastOp>())
    return getShape(broadcast.getOperand()) == getShape(pattern.getOperand()) &&
           broadcast.getDimensions() == pattern.getDimensions();
  SplatElementsAttr splat;
  return matchPattern(value, m_Constant(&splat));
}

/// The elements of `value` before `pattern`, or a broadcast like it, repeats
/// them.
static Value getUnrepeated(Value value, BroadcastOp pattern,
                           PatternRewriter &rewriter) {
  if (auto broadcast = value.getDefiningOp<BroadcastOp>())
    return broadcast.getOperand();
  SplatElementsAttr splat;
  matchPattern(value, m_Constant(&splat));
  RankedTensorType type = withShape(value, getShape(pattern.getOperand()));
  return ConstantOp::create(rewriter, value.getLoc(), type,
                            splat.resizeSplat(type));
}

namespace {
/// Computes on the elements before they are repeated, not on each copy.
struct ComputeBeforeBroadcast
    : public OpTraitRewritePattern<OpTrait::Elementwise> {
  using OpTraitRewritePattern::OpTraitRewritePattern;

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    BroadcastOp pattern;
    for (Value operand : op->getOperands())
      if (!pattern)
        pattern = operand.getDefiningOp<BroadcastOp>();
    if (!pattern || !isa<MlcDialect>(op->getDialect()) ||
        !llvm::all_of(op->getOperands(),
                      [&](Value value) { return isRepeated(value, pattern); }))
      return failure();
    SmallVector<Value> operands =
        llvm::map_to_vector(op->getOperands(), [&](Value value) {
          return getUnrepeated(value, pattern, rewriter);
        });
    Value result = op->getResult(0);
    Type type = withShape(result, getShape(pattern.getOperand()));
    OperationState state(op->getLoc(), op->getName(), operands, type,
                         op->getAttrs());
    Value small = rewriter.create(state)->getResult(0);
    rewriter.replaceOpWithNewOp<BroadcastOp>(op, result.getType(), small,
                                             pattern.getDimensions());
    return success();
  }
};
} // namespace

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
  populateContractionPatterns(patterns);
  populateAssemblyPatterns(patterns);
  populateLoopPatterns(patterns);
  patterns.add<ComputeBeforeBroadcast>(context);
  populateIntegerRangePatterns(patterns);
  bool hasGradient =
      function.walk([](GradientOp) { return WalkResult::interrupt(); })
          .wasInterrupted();
  if (!hasGradient)
    patterns.add(dropStopGradient);
  return FrozenRewritePatternSet(std::move(patterns));
}

static bool hasLoops(func::FuncOp function) {
  return function.walk([](ScanOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

namespace {
struct SimplifyPass : public mlc::impl::SimplifyBase<SimplifyPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    // Every pattern removes an op or brings it nearer to the arguments, so
    // there is no need for a limit.
    GreedyRewriteConfig config;
    config.setMaxIterations(GreedyRewriteConfig::kNoLimit);
    FrozenRewritePatternSet patterns = getPatterns(function);
    if (failed(applyPatternsGreedily(function, patterns, config)))
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    auto &dominance = getAnalysis<DominanceInfo>();
    bool merged = false;
    eliminateCommonSubExpressions(rewriter, dominance, function, &merged);
    // Loops may carry, read or stack one thing twice now.
    if (merged && hasLoops(function))
      (void)applyPatternsGreedily(function, patterns, config);
  }
};
} // namespace
