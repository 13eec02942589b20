//===-- ElementwiseOps.cpp - folding elementwise ops ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Constants.h"
#include "ir/MlcDialect.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlc;

// What holds for every value, NaN and infinities included, is folded; x * 0
// and x - x are not. The sign of a zero is not preserved: -0.0 + 0.0 gives
// +0.0, its fold gives -0.0.

OpFoldResult NegOp::fold(FoldAdaptor adaptor) {
  if (auto inner = getOperand().getDefiningOp<NegOp>())
    return inner.getOperand();
  return foldFloatSplats(adaptor.getOperand(), adaptor.getOperand(),
                         [](const APFloat &x, const APFloat &) { return -x; });
}

OpFoldResult NotOp::fold(FoldAdaptor) {
  if (auto inner = getOperand().getDefiningOp<NotOp>())
    return inner.getOperand();
  return {};
}

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  if (isSplatOf(adaptor.getRhs(), 0))
    return getLhs();
  return foldFloatSplats(
      adaptor.getLhs(), adaptor.getRhs(),
      [](const APFloat &x, const APFloat &y) { return x + y; });
}

OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  if (isSplatOf(adaptor.getRhs(), 0))
    return getLhs();
  return foldFloatSplats(
      adaptor.getLhs(), adaptor.getRhs(),
      [](const APFloat &x, const APFloat &y) { return x - y; });
}

OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  if (isSplatOf(adaptor.getRhs(), 1))
    return getLhs();
  return foldFloatSplats(
      adaptor.getLhs(), adaptor.getRhs(),
      [](const APFloat &x, const APFloat &y) { return x * y; });
}

OpFoldResult DivOp::fold(FoldAdaptor adaptor) {
  if (isSplatOf(adaptor.getRhs(), 1))
    return getLhs();
  return foldFloatSplats(
      adaptor.getLhs(), adaptor.getRhs(),
      [](const APFloat &x, const APFloat &y) { return x / y; });
}

OpFoldResult MaxOp::fold(FoldAdaptor) {
  return getLhs() == getRhs() ? getLhs() : OpFoldResult();
}

OpFoldResult MinOp::fold(FoldAdaptor) {
  return getLhs() == getRhs() ? getLhs() : OpFoldResult();
}

OpFoldResult AndOp::fold(FoldAdaptor adaptor) {
  if (getLhs() == getRhs() || isSplatOf(adaptor.getRhs(), 1))
    return getLhs();
  return isSplatOf(adaptor.getRhs(), 0) ? OpFoldResult(getRhs())
                                        : OpFoldResult();
}

OpFoldResult OrOp::fold(FoldAdaptor adaptor) {
  if (getLhs() == getRhs() || isSplatOf(adaptor.getRhs(), 0))
    return getLhs();
  return isSplatOf(adaptor.getRhs(), 1) ? OpFoldResult(getRhs())
                                        : OpFoldResult();
}

OpFoldResult SelectOp::fold(FoldAdaptor adaptor) {
  if (getOnTrue() == getOnFalse() || isSplatOf(adaptor.getCondition(), 1))
    return getOnTrue();
  if (isSplatOf(adaptor.getCondition(), 0))
    return getOnFalse();
  return {};
}

/// A splat's value in another format; null for what depends on the machine
/// (NaN or a number out of range, to an integer).
static Attribute convertSplat(SplatElementsAttr splat, RankedTensorType type) {
  auto from = dyn_cast<FloatType>(splat.getElementType());
  auto to = dyn_cast<FloatType>(type.getElementType());
  if (!to)
    return {};
  APFloat value(to.getFloatSemantics());
  if (from) {
    bool losesInfo = false;
    value = splat.getSplatValue<APFloat>();
    value.convert(to.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
  } else {
    bool isSigned = !splat.getElementType().isInteger(1);
    value.convertFromAPInt(splat.getSplatValue<APInt>(), isSigned,
                           APFloat::rmNearestTiesToEven);
  }
  return DenseElementsAttr::get(type, value);
}

OpFoldResult ConvertOp::fold(FoldAdaptor adaptor) {
  if (getOperand().getType() == getType())
    return getOperand();
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getOperand()))
    return convertSplat(splat, getType());
  return {};
}

//===----------------------------------------------------------------------===//
// Canonicalization: fewer negations, divisions and complements
//===----------------------------------------------------------------------===//

/// -(x - y) = y - x, unless the difference is needed anyway.
static LogicalResult negateDifference(NegOp op, PatternRewriter &rewriter) {
  auto sub = op.getOperand().getDefiningOp<SubOp>();
  if (!sub || !sub->hasOneUse())
    return failure();
  rewriter.replaceOpWithNewOp<SubOp>(op, sub.getRhs(), sub.getLhs());
  return success();
}

/// x + -y = x - y, -x + y = y - x.
static LogicalResult addNegated(AddOp op, PatternRewriter &rewriter) {
  if (auto neg = op.getRhs().getDefiningOp<NegOp>()) {
    rewriter.replaceOpWithNewOp<SubOp>(op, op.getLhs(), neg.getOperand());
    return success();
  }
  if (auto neg = op.getLhs().getDefiningOp<NegOp>()) {
    rewriter.replaceOpWithNewOp<SubOp>(op, op.getRhs(), neg.getOperand());
    return success();
  }
  return failure();
}

/// x - -y = x + y.
static LogicalResult subtractNegated(SubOp op, PatternRewriter &rewriter) {
  auto neg = op.getRhs().getDefiningOp<NegOp>();
  if (!neg)
    return failure();
  rewriter.replaceOpWithNewOp<AddOp>(op, op.getLhs(), neg.getOperand());
  return success();
}

/// x / c = x * (1 / c) where the inverse of c is exact: powers of two, such as
/// most batch sizes.
static LogicalResult multiplyInstead(DivOp op, PatternRewriter &rewriter) {
  SplatElementsAttr divisor;
  if (!matchPattern(op.getRhs(), m_Constant(&divisor)) ||
      !isa<FloatType>(divisor.getElementType()))
    return failure();
  APFloat inverse(divisor.getSplatValue<APFloat>());
  if (!divisor.getSplatValue<APFloat>().getExactInverse(&inverse))
    return failure();
  Value factor =
      ConstantOp::create(rewriter, op.getLoc(), op.getType(),
                         DenseElementsAttr::get(divisor.getType(), inverse));
  rewriter.replaceOpWithNewOp<MulOp>(op, op.getLhs(), factor);
  return success();
}

static LogicalResult selectByComplement(SelectOp op,
                                        PatternRewriter &rewriter) {
  auto complement = op.getCondition().getDefiningOp<NotOp>();
  if (!complement)
    return failure();
  rewriter.replaceOpWithNewOp<SelectOp>(op, op.getType(),
                                        complement.getOperand(),
                                        op.getOnFalse(), op.getOnTrue());
  return success();
}

void NegOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *) {
  patterns.add(negateDifference);
}
void AddOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *) {
  patterns.add(addNegated);
}
void SubOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *) {
  patterns.add(subtractNegated);
}
void DivOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *) {
  patterns.add(multiplyInstead);
}
void SelectOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *) {
  patterns.add(selectByComplement);
}
