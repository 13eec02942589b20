//===-- FoldBias.cpp - --mlc-fold-bias ------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A batch normalization that goes by its averages is a factor and a summand for
// each channel, small tensors made once in a call. Behind a product with a bias
// the two summands become one:
//
//   (p + b) s + t  =  p s + (b s + t)
//
// What the normalization costs is one multiplication for each result, done in
// registers. The factor stays out of the weights: the product has as many for
// each result as it has terms, and W s would write and read all weights once
// more in each call.
//
//===----------------------------------------------------------------------===//

#include "passes/FusionGroups.h"
#include "passes/Passes.h"

#include "ir/Builders.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlc {
#define GEN_PASS_DEF_FOLDBIAS
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

namespace {
/// A binary op's operand that repeats a smaller tensor, and the other operand.
struct Repeated {
  BroadcastOp broadcast;
  Value other;
};
} // namespace

template <typename Op> static Repeated findRepeated(Op op) {
  if (auto broadcast = op.getRhs().template getDefiningOp<BroadcastOp>())
    return {broadcast, op.getLhs()};
  return {op.getLhs().template getDefiningOp<BroadcastOp>(), op.getRhs()};
}

/// The same of the op of that kind that gives `value`, which nothing else
/// reads.
template <typename Op> static Repeated findRepeatedBehind(Value value) {
  auto op = value.getDefiningOp<Op>();
  return op && op->hasOneUse() ? findRepeated(op) : Repeated{};
}

static bool repeatAlike(BroadcastOp one, BroadcastOp other) {
  return one && other &&
         getShape(one.getOperand()) == getShape(other.getOperand()) &&
         one.getDimensions() == other.getDimensions();
}

static bool isContractionResult(Value value) {
  Operation *op = value.getDefiningOp();
  return op && isContraction(op);
}

/// Of functions only: what is computed once there would be computed in each
/// step of a loop.
static LogicalResult foldBias(AddOp op, PatternRewriter &rewriter) {
  if (!isa<func::FuncOp>(op->getParentOp()))
    return failure();
  Repeated offset = findRepeated(op);
  if (!offset.broadcast)
    return failure();
  Repeated scale = findRepeatedBehind<MulOp>(offset.other);
  if (!repeatAlike(scale.broadcast, offset.broadcast))
    return failure();
  Repeated bias = findRepeatedBehind<AddOp>(scale.other);
  if (!repeatAlike(bias.broadcast, offset.broadcast) ||
      !isContractionResult(bias.other))
    return failure();
  Location loc = op.getLoc();
  Value factor = scale.broadcast.getOperand();
  Value scaledBias =
      MulOp::create(rewriter, loc, bias.broadcast.getOperand(), factor);
  Value summand =
      AddOp::create(rewriter, loc, scaledBias, offset.broadcast.getOperand());
  Value repeated = BroadcastOp::create(rewriter, loc, op.getType(), summand,
                                       offset.broadcast.getDimensions());
  Value scaled =
      MulOp::create(rewriter, loc, bias.other, scale.broadcast.getResult());
  rewriter.replaceOpWithNewOp<AddOp>(op, scaled, repeated);
  return success();
}

namespace {
struct FoldBiasPass : public mlc::impl::FoldBiasBase<FoldBiasPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add(foldBias);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
