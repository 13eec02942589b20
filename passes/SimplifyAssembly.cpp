//===-- SimplifyAssembly.cpp - tensors put together from pieces -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient of a tensor that was read in slices is a sum of padded pieces,
// each as large as the whole. Where the pieces are neighbours, the whole is
// their concatenation: each element is written once.
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "passes/SimplifyPatterns.h"

using namespace mlir;
using namespace mlc;

namespace {
/// A pad by zeros before and after, along one dimension.
struct Piece {
  PadOp pad;
  int64_t dimension = -1;

  int64_t begin() const { return PadOp(pad).getLow()[dimension]; }
  int64_t end() const {
    return begin() + getShape(PadOp(pad).getOperand())[dimension];
  }
};
} // namespace

static std::optional<Piece> getPiece(Value value) {
  auto pad = value.getDefiningOp<PadOp>();
  if (!pad || !pad->hasOneUse() ||
      llvm::any_of(pad.getInterior(), [](int64_t gap) { return gap != 0; }))
    return std::nullopt;
  Piece piece{pad};
  for (int64_t d = 0; d < int64_t(pad.getLow().size()); ++d) {
    if (pad.getLow()[d] == 0 && pad.getHigh()[d] == 0)
      continue;
    if (piece.dimension >= 0)
      return std::nullopt;
    piece.dimension = d;
  }
  return piece.dimension < 0 ? std::nullopt : std::optional(piece);
}

/// pad(x) + pad(y) of neighbours is pad(concatenate(x, y)).
static LogicalResult joinPieces(AddOp op, PatternRewriter &rewriter) {
  std::optional<Piece> first = getPiece(op.getLhs()),
                       second = getPiece(op.getRhs());
  if (!first || !second || first->dimension != second->dimension)
    return failure();
  if (second->end() == first->begin())
    std::swap(first, second);
  if (first->end() != second->begin())
    return failure();
  Value joined = concatenate(
      rewriter, op.getLoc(),
      {first->pad.getOperand(), second->pad.getOperand()}, first->dimension);
  Value padded = pad(rewriter, op.getLoc(), joined, first->pad.getLow(),
                     second->pad.getHigh());
  rewriter.replaceOp(op, padded);
  return success();
}

/// A concatenation's operands that are concatenations along the same dimension
/// are replaced by theirs.
static LogicalResult flatten(ConcatenateOp op, PatternRewriter &rewriter) {
  SmallVector<Value> operands;
  for (Value operand : op.getOperands()) {
    auto inner = operand.getDefiningOp<ConcatenateOp>();
    if (inner && inner->hasOneUse() &&
        inner.getDimension() == op.getDimension())
      llvm::append_range(operands, inner.getOperands());
    else
      operands.push_back(operand);
  }
  if (operands.size() == op->getNumOperands())
    return failure();
  rewriter.replaceOpWithNewOp<ConcatenateOp>(op, op.getType(), operands,
                                             op.getDimension());
  return success();
}

void mlc::populateAssemblyPatterns(RewritePatternSet &patterns) {
  patterns.add(joinPieces);
  patterns.add(flatten);
}
