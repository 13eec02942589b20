//===-- SimplifyAssembly.cpp - tensors put together from pieces -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient of a tensor that was read in slices is a sum of padded pieces,
// each as large as the whole. Where no two overlap, the whole is their
// concatenation, with zeros in between: each element is written once.
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
  if (!pad ||
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

/// As many zeros along `dimension` beside `like`.
static Value zeros(PatternRewriter &rewriter, Location loc, Value like,
                   int64_t dimension, int64_t count) {
  Sizes shape(getShape(like));
  shape[dimension] = count;
  return constantSplat(rewriter, loc, withShape(like, shape), 0);
}

/// pad(x) + pad(y) of pieces that don't overlap is pad(concatenate(x, y)), with
/// zeros between them if they are no neighbours. A pad that others read too is
/// left to them only where nothing else has to be padded instead.
static LogicalResult joinPieces(AddOp op, PatternRewriter &rewriter) {
  std::optional<Piece> first = getPiece(op.getLhs()),
                       second = getPiece(op.getRhs());
  if (!first || !second || first->dimension != second->dimension)
    return failure();
  if (second->end() <= first->begin())
    std::swap(first, second);
  int64_t gap = second->begin() - first->end();
  bool isWhole = gap == 0 && first->begin() == 0 &&
                 second->end() == getShape(op)[first->dimension];
  bool areGone = first->pad->hasOneUse() && second->pad->hasOneUse();
  if (gap < 0 || !(isWhole || areGone))
    return failure();
  SmallVector<Value> parts{first->pad.getOperand(), second->pad.getOperand()};
  if (gap > 0)
    parts.insert(parts.begin() + 1,
                 zeros(rewriter, op.getLoc(), parts[0], first->dimension, gap));
  Value joined = concatenate(rewriter, op.getLoc(), parts, first->dimension);
  Value padded = pad(rewriter, op.getLoc(), joined, first->pad.getLow(),
                     second->pad.getHigh());
  rewriter.replaceOp(op, padded);
  return success();
}

/// Is `concatenate` read by nothing but concatenations along its dimension?
static bool isJoined(ConcatenateOp concatenate) {
  return llvm::all_of(concatenate->getUsers(), [&](Operation *user) {
    auto outer = dyn_cast<ConcatenateOp>(user);
    return outer && outer.getDimension() == concatenate.getDimension();
  });
}

/// A concatenation's operands that are concatenations along the same dimension
/// are replaced by theirs.
static LogicalResult flatten(ConcatenateOp op, PatternRewriter &rewriter) {
  SmallVector<Value> operands;
  for (Value operand : op.getOperands()) {
    auto inner = operand.getDefiningOp<ConcatenateOp>();
    if (inner && inner.getDimension() == op.getDimension() && isJoined(inner))
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

/// pad(concatenate(x, y)) is concatenate(0, x, y, 0), once nothing is left that
/// the pad could be joined with.
static LogicalResult takeZerosIn(PadOp op, PatternRewriter &rewriter) {
  auto inner = op.getOperand().getDefiningOp<ConcatenateOp>();
  std::optional<Piece> piece = getPiece(op);
  if (!inner || !inner->hasOneUse() || !piece || !op->hasOneUse() ||
      piece->dimension != int64_t(inner.getDimension()) ||
      isa<AddOp>(*op->user_begin()))
    return failure();
  SmallVector<Value> parts;
  auto addZeros = [&](int64_t count) {
    if (count > 0)
      parts.push_back(
          zeros(rewriter, op.getLoc(), inner, piece->dimension, count));
  };
  addZeros(op.getLow()[piece->dimension]);
  llvm::append_range(parts, inner.getOperands());
  addZeros(op.getHigh()[piece->dimension]);
  rewriter.replaceOpWithNewOp<ConcatenateOp>(op, op.getType(), parts,
                                             inner.getDimension());
  return success();
}

static bool endsInUnit(Value value) {
  ArrayRef<int64_t> shape = getShape(value);
  return shape.size() > 1 && shape.back() == 1;
}

static Value withoutUnit(PatternRewriter &rewriter, Value value) {
  return reshapeTo(rewriter, value.getLoc(), value,
                   getShape(value).drop_back());
}

/// Vectors run along the last dimension: one of size 1 is dropped.
static LogicalResult dropUnitOfPad(PadOp op, PatternRewriter &rewriter) {
  if (!endsInUnit(op.getOperand()) || !endsInUnit(op))
    return failure();
  Value padded =
      pad(rewriter, op.getLoc(), withoutUnit(rewriter, op.getOperand()),
          op.getLow().drop_back(), op.getHigh().drop_back(),
          op.getInterior().drop_back());
  rewriter.replaceOp(op,
                     reshapeTo(rewriter, op.getLoc(), padded, getShape(op)));
  return success();
}

static LogicalResult dropUnitOfConcatenation(ConcatenateOp op,
                                             PatternRewriter &rewriter) {
  if (!endsInUnit(op) || !llvm::all_of(op.getOperands(), endsInUnit))
    return failure();
  SmallVector<Value> parts;
  for (Value operand : op.getOperands())
    parts.push_back(withoutUnit(rewriter, operand));
  Value joined = concatenate(rewriter, op.getLoc(), parts, op.getDimension());
  rewriter.replaceOp(op,
                     reshapeTo(rewriter, op.getLoc(), joined, getShape(op)));
  return success();
}

/// Only where nothing is computed from the slice: reshapes part kernels.
static LogicalResult dropUnitOfSlice(SliceOp op, PatternRewriter &rewriter) {
  bool isMovedOnly = llvm::all_of(op->getUsers(), [](Operation *user) {
    return isa<ReshapeOp, PadOp, ConcatenateOp>(user);
  });
  if (!endsInUnit(op.getOperand()) || !endsInUnit(op) || !isMovedOnly)
    return failure();
  ArrayRef<int64_t> shape = getShape(op);
  Value cut =
      slice(rewriter, op.getLoc(), withoutUnit(rewriter, op.getOperand()),
            op.getOffsets().drop_back(), shape.drop_back(),
            op.getStrides().drop_back());
  rewriter.replaceOp(op, reshapeTo(rewriter, op.getLoc(), cut, shape));
  return success();
}

void mlc::populateAssemblyPatterns(RewritePatternSet &patterns) {
  patterns.add(joinPieces);
  patterns.add(flatten);
  patterns.add(takeZerosIn);
  patterns.add(dropUnitOfPad);
  patterns.add(dropUnitOfConcatenation);
  patterns.add(dropUnitOfSlice);
}
