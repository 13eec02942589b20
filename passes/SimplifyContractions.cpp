//===-- SimplifyContractions.cpp - what stands around contractions --------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A contraction reads its operands through strides, and its result may have its
// dimensions in another order: transposes and reshapes beside it are other
// choices of dimensions, or cost less on its other side.
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "passes/SimplifyPatterns.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace mlc;

/// The free dimensions of what `transpose` makes of its operand, as those of
/// the operand; renames `batch` and `contract` likewise.
static Sizes passTranspose(TransposeOp transpose, Sizes &batch,
                           Sizes &contract) {
  SizesRef permutation = transpose.getPermutation();
  Sizes free =
      pick(permutation, getFreeDimensions(permutation.size(), batch, contract));
  batch = pick(permutation, batch);
  contract = pick(permutation, contract);
  return free;
}

/// If `operand` is a transpose that leaves the free dimensions in their order,
/// renames `batch` and `contract` to those of its operand, and returns that.
static Value skipTranspose(Value operand, Sizes &batch, Sizes &contract) {
  auto transpose = operand.getDefiningOp<TransposeOp>();
  Sizes newBatch = batch, newContract = contract;
  if (!transpose ||
      !llvm::is_sorted(passTranspose(transpose, newBatch, newContract)))
    return {};
  batch = newBatch;
  contract = newContract;
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
      dims.lhsBatch, dims.rhsBatch, dims.lhsContract, dims.rhsContract,
      op.getBfloat16());
  return success();
}

/// A transpose of the result instead of the first operand, if the result is
/// smaller.
static LogicalResult transposeResult(DotGeneralOp op,
                                     PatternRewriter &rewriter) {
  auto transpose = op.getLhs().getDefiningOp<TransposeOp>();
  if (!transpose || !transpose->hasOneUse() ||
      getElementCount(getShape(op.getResult())) >=
          getElementCount(getShape(op.getLhs())))
    return failure();
  DotDimensions dims = op.getDotDimensions();
  Sizes free = passTranspose(transpose, dims.lhsBatch, dims.lhsContract);
  int64_t batch = dims.lhsBatch.size(), lhsFree = free.size(),
          rank = getShape(op.getResult()).size();
  Sizes permutation = llvm::to_vector(llvm::seq<int64_t>(0, batch));
  for (int64_t dim : free)
    permutation.push_back(batch + llvm::count_if(free, [&](int64_t other) {
                            return other < dim;
                          }));
  permutation.append(
      llvm::to_vector(llvm::seq<int64_t>(batch + lhsFree, rank)));
  Value product = dotGeneral(rewriter, op.getLoc(), transpose.getOperand(),
                             op.getRhs(), dims, op.getBfloat16());
  rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), product,
                                           permutation);
  return success();
}

/// Rows of a table in another order are those of ids in that order.
static LogicalResult transposeIds(TransposeOp op, PatternRewriter &rewriter) {
  auto gather = op.getOperand().getDefiningOp<GatherOp>();
  if (!gather || !gather->hasOneUse())
    return failure();
  int64_t ids = getShape(gather.getIds()).size();
  SizesRef permutation = op.getPermutation();
  if (!llvm::equal(permutation.drop_front(ids),
                   llvm::seq<int64_t>(ids, permutation.size())))
    return failure();
  Value moved = transpose(rewriter, op.getLoc(), gather.getIds(),
                          permutation.take_front(ids));
  rewriter.replaceOpWithNewOp<GatherOp>(op, op.getType(), gather.getTable(),
                                        moved);
  return success();
}

/// A transpose that exchanges the free dimensions of the two operands of a
/// contraction is the contraction of the exchanged operands.
static LogicalResult exchangeOperands(TransposeOp op,
                                      PatternRewriter &rewriter) {
  auto dot = op.getOperand().getDefiningOp<DotGeneralOp>();
  if (!dot || !dot->hasOneUse())
    return failure();
  DotDimensions dims = dot.getDotDimensions();
  int64_t rank = getShape(dot.getResult()).size();
  int64_t batch = dims.lhsBatch.size();
  int64_t lhsFree = getShape(dot.getLhs()).size() - dims.lhsContract.size();
  Sizes exchanged = llvm::to_vector(llvm::seq<int64_t>(0, batch));
  exchanged.append(llvm::to_vector(llvm::seq<int64_t>(lhsFree, rank)));
  exchanged.append(llvm::to_vector(llvm::seq<int64_t>(batch, lhsFree)));
  if (SizesRef(exchanged) != op.getPermutation())
    return failure();
  rewriter.replaceOpWithNewOp<DotGeneralOp>(
      op, op.getType(), dot.getRhs(), dot.getLhs(), dims.rhsBatch,
      dims.lhsBatch, dims.rhsContract, dims.lhsContract, dot.getBfloat16());
  return success();
}

/// `operand` with its free dimensions, if they are side by side, as one;
/// renames `batch` and `contract` to where those are then.
static Value joinFree(OpBuilder &b, Value operand, Sizes &batch,
                      Sizes &contract) {
  SizesRef shape = getShape(operand);
  Sizes free = getFreeDimensions(shape.size(), batch, contract);
  int64_t first = free.front(), removed = free.size() - 1;
  if (free.back() != first + removed)
    return {};
  auto rename = [&](Sizes &dims) {
    for (int64_t &dim : dims)
      dim -= dim > first ? removed : 0;
  };
  rename(batch);
  rename(contract);
  Sizes joined(shape.take_front(first));
  joined.push_back(getElementCount(shape.slice(first, free.size())));
  joined.append(Sizes(shape.drop_front(first + free.size())));
  return reshapeTo(b, operand.getLoc(), operand, joined);
}

/// A reshape that joins the last dimensions of a contraction, the free ones of
/// its second operand, is the contraction of an operand that has them as one:
/// what follows is fused with it.
static LogicalResult joinBeforeContraction(ReshapeOp op,
                                           PatternRewriter &rewriter) {
  auto dot = op.getOperand().getDefiningOp<DotGeneralOp>();
  if (!dot || !dot->hasOneUse())
    return failure();
  DotDimensions dims = dot.getDotDimensions();
  int64_t free = getShape(dot.getRhs()).size() - dims.rhsBatch.size() -
                 dims.rhsContract.size();
  SizesRef from = getShape(dot.getResult());
  Sizes joined(from.drop_back(free));
  joined.push_back(getElementCount(from.take_back(free)));
  if (free < 2 || SizesRef(joined) != getShape(op.getResult()))
    return failure();
  Value rhs = joinFree(rewriter, dot.getRhs(), dims.rhsBatch, dims.rhsContract);
  if (!rhs)
    return failure();
  rewriter.replaceOpWithNewOp<DotGeneralOp>(
      op, op.getType(), dot.getLhs(), rhs, dims.lhsBatch, dims.rhsBatch,
      dims.lhsContract, dims.rhsContract, dot.getBfloat16());
  return success();
}

/// Sums whose kept dimensions, side by side, a reshape walks as one are sums of
/// an operand that has them as one: as a contraction beside them reads it.
static LogicalResult joinBeforeSum(ReshapeOp op, PatternRewriter &rewriter) {
  auto reduce = op.getOperand().getDefiningOp<ReduceOp>();
  if (!reduce || !reduce->hasOneUse() ||
      getShape(reduce.getResult()).size() < 2)
    return failure();
  Sizes none, dims(reduce.getDimensions());
  Value joined = joinFree(rewriter, reduce.getOperand(), none, dims);
  if (!joined)
    return failure();
  Value sum =
      mlc::reduce(rewriter, reduce.getLoc(), reduce.getKind(), joined, dims);
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), sum);
  return success();
}

void mlc::populateContractionPatterns(RewritePatternSet &patterns) {
  patterns.add(mergeTranspose);
  patterns.add(transposeResult);
  patterns.add(transposeIds);
  patterns.add(exchangeOperands);
  patterns.add(joinBeforeContraction);
  patterns.add(joinBeforeSum);
}
