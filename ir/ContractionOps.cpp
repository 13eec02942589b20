//===-- ContractionOps.cpp - verifying and folding reductions and contractions
//-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "ir/Constants.h"
#include "ir/Verification.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlc;

//===----------------------------------------------------------------------===//
// Reduce
//===----------------------------------------------------------------------===//

LogicalResult ReduceOp::verify() {
  SizesRef from = ::getShape(getOperand());
  if (failed(verifyDimensions(*this, "dims", getDimensions(), from.size())) ||
      failed(verifySorted(*this, "dims", getDimensions())))
    return failure();
  Sizes kept = getFreeDimensions(from.size(), getDimensions());
  return verifyShape(*this, "result", pick(from, kept),
                     ::getShape(getResult()));
}

int64_t ReduceOp::getFlops() {
  return getTensorType(getOperand()).getNumElements();
}

OpFoldResult ReduceOp::fold(FoldAdaptor adaptor) {
  if (getDimensions().empty())
    return getOperand();
  // A sum of equal numbers isn't folded: its rounding would differ from the
  // kernel's.
  if (getKind() != ReduceKind::add)
    return resizeSplat(adaptor.getOperand(), getType());
  return {};
}

/// A reduction over nothing but unit dimensions combines nothing.
static LogicalResult reshapeInstead(ReduceOp op, PatternRewriter &rewriter) {
  SizesRef shape = getShape(op.getOperand());
  for (int64_t dim : op.getDimensions())
    if (shape[dim] != 1)
      return failure();
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getOperand());
  return success();
}

void ReduceOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *) {
  patterns.add(reshapeInstead);
}

//===----------------------------------------------------------------------===//
// Dot
//===----------------------------------------------------------------------===//

/// Fails unless `lhs` and `rhs` pair dimensions of equal size.
static LogicalResult verifyPairs(DotGeneralOp op, StringRef what, SizesRef lhs,
                                 SizesRef rhs) {
  if (lhs.size() != rhs.size())
    return op.emitOpError()
           << what << ": expected as many dimensions of lhs as"
           << " of rhs, found " << lhs.size() << " and " << rhs.size();
  for (auto [left, right] : llvm::zip_equal(lhs, rhs)) {
    int64_t leftSize = getShape(op.getLhs())[left];
    int64_t rightSize = getShape(op.getRhs())[right];
    if (leftSize != rightSize)
      return op.emitOpError()
             << what << ": dimension " << left << " of lhs has size "
             << leftSize << ", dimension " << right << " of rhs " << rightSize;
  }
  return success();
}

LogicalResult DotGeneralOp::verify() {
  SizesRef lhs = ::getShape(getLhs()), rhs = ::getShape(getRhs());
  DotDimensions dims = getDotDimensions();
  Sizes left = dims.lhsBatch, right = dims.rhsBatch;
  left.append(dims.lhsContract);
  right.append(dims.rhsContract);
  if (failed(verifyBfloat16(*this, getBfloat16())) ||
      failed(verifyDimensions(*this, "lhs", left, lhs.size())) ||
      failed(verifyDimensions(*this, "rhs", right, rhs.size())) ||
      failed(verifyPairs(*this, "batch", dims.lhsBatch, dims.rhsBatch)) ||
      failed(
          verifyPairs(*this, "contract", dims.lhsContract, dims.rhsContract)))
    return failure();
  return verifyShape(*this, "result", getDotShape(lhs, rhs, dims),
                     ::getShape(getResult()));
}

DotDimensions DotGeneralOp::getDotDimensions() {
  return {Sizes(getLhsBatch()), Sizes(getRhsBatch()), Sizes(getLhsContract()),
          Sizes(getRhsContract())};
}

int64_t DotGeneralOp::getFlops() {
  Sizes contracted = pick(::getShape(getLhs()), getLhsContract());
  return 2 * getTensorType(getResult()).getNumElements() *
         getElementCount(contracted);
}
