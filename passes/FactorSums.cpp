//===-- FactorSums.cpp - --mlc-factor-sums --------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A sum of x * c, where c is the same along what is summed, is the sum of x,
// times c. The gradients of a normalization are sums of one product with
// different factors: without those they are one sum.
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#define DEBUG_TYPE "mlc-factor-sums"

namespace mlc {
#define GEN_PASS_DEF_FACTORSUMS
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

namespace {
/// The factors of a product, nested products taken apart: those that are the
/// same along the dimensions of a sum, as they would be read beside its result,
/// and the rest.
class Factors {
public:
  Factors(PatternRewriter &rewriter, ReduceOp sum)
      : rewriter(rewriter), sum(sum) {}

  void add(Value value) {
    constexpr size_t most = 8;
    if (auto product = value.getDefiningOp<MulOp>();
        product && terms.size() + common.size() < most) {
      add(product.getLhs());
      add(product.getRhs());
    } else if (auto negative = value.getDefiningOp<NegOp>()) {
      isNegative = !isNegative;
      add(negative.getOperand());
    } else if (isCommon(value)) {
      common.push_back(value);
    } else {
      terms.push_back(value);
    }
  }

  bool hasCommon() const { return isNegative || !common.empty(); }

  /// Replaces the sum, unless nothing would be left to sum up.
  LogicalResult replace() {
    if (!hasCommon() || terms.empty())
      return failure();
    Value product = terms.front();
    for (Value term : ArrayRef(terms).drop_front())
      product = MulOp::create(rewriter, sum.getLoc(), product, term);
    Value result = mlc::reduce(rewriter, sum.getLoc(), ReduceKind::add, product,
                               sum.getDimensions());
    for (Value factor : common)
      result = MulOp::create(rewriter, sum.getLoc(), result, beside(factor));
    if (isNegative)
      result = NegOp::create(rewriter, sum.getLoc(), result);
    rewriter.replaceOp(sum, result);
    return success();
  }

private:
  bool isCommon(Value value) {
    if (auto constant = value.getDefiningOp<ConstantOp>())
      return cast<DenseElementsAttr>(constant.getValue()).isSplat();
    auto broadcast = value.getDefiningOp<BroadcastOp>();
    return broadcast &&
           llvm::none_of(broadcast.getDimensions(), [&](int64_t dimension) {
             return llvm::is_contained(sum.getDimensions(), dimension);
           });
  }

  /// A common factor in the shape of the result.
  Value beside(Value factor) {
    auto type = cast<RankedTensorType>(sum.getType());
    if (auto constant = factor.getDefiningOp<ConstantOp>()) {
      auto values = cast<DenseElementsAttr>(constant.getValue());
      return ConstantOp::create(rewriter, sum.getLoc(), type,
                                values.resizeSplat(type));
    }
    auto broadcast = factor.getDefiningOp<BroadcastOp>();
    SmallVector<int64_t> dimensions;
    for (int64_t dimension : broadcast.getDimensions())
      dimensions.push_back(
          dimension - llvm::count_if(sum.getDimensions(), [&](int64_t reduced) {
            return reduced < dimension;
          }));
    return broadcastTo(rewriter, sum.getLoc(), broadcast.getOperand(),
                       type.getShape(), dimensions);
  }

  PatternRewriter &rewriter;
  ReduceOp sum;
  SmallVector<Value> terms, common;
  bool isNegative = false;
};
} // namespace

static LogicalResult pullFactorsOut(ReduceOp sum, PatternRewriter &rewriter) {
  if (sum.getKind() != ReduceKind::add ||
      !isa<FloatType>(cast<ShapedType>(sum.getType()).getElementType()))
    return failure();
  Factors factors(rewriter, sum);
  factors.add(sum.getOperand());
  return factors.replace();
}

namespace {
struct FactorSums : public mlc::impl::FactorSumsBase<FactorSums> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add(pullFactorsOut);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
