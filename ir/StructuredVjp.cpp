//===-- StructuredVjp.cpp - gradient rules of shape ops, reductions, products
//-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Algebra.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace mlir;
using namespace mlc;

using Cotangents = MutableArrayRef<Value>;
using IsWanted = function_ref<bool(unsigned)>;

//===----------------------------------------------------------------------===//
// Shape: each rule moves elements back to where they came from
//===----------------------------------------------------------------------===//

void BroadcastOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                           IsWanted isWanted, Cotangents operands) {
  if (!results[0] || !isWanted(0))
    return;
  SizesRef from = ::getShape(getOperand()), to = ::getShape(getResult());
  Sizes repeated = getFreeDimensions(to.size(), getDimensions());
  for (auto [index, dim] : llvm::enumerate(getDimensions()))
    if (from[index] != to[dim])
      repeated.push_back(dim);
  llvm::sort(repeated);
  Value sum = reduceAdd(b, getLoc(), results[0], repeated);
  // Unit dimensions that were repeated are gone from the sum: restore them.
  operands[0] = reshapeTo(b, getLoc(), sum, from);
}

void ReshapeOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                         IsWanted isWanted, Cotangents operands) {
  if (results[0] && isWanted(0))
    operands[0] = reshapeTo(b, getLoc(), results[0], ::getShape(getOperand()));
}

void TransposeOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                           IsWanted isWanted, Cotangents operands) {
  if (results[0] && isWanted(0))
    operands[0] =
        transpose(b, getLoc(), results[0], invertPermutation(getPermutation()));
}

void SliceOp::buildVjp(OpBuilder &b, ArrayRef<Value> results, IsWanted isWanted,
                       Cotangents operands) {
  if (!results[0] || !isWanted(0))
    return;
  Sizes high(::getShape(getOperand())), interior;
  for (auto [dim, size] : llvm::enumerate(::getShape(getResult()))) {
    int64_t stride = getStrides()[dim];
    high[dim] -= getOffsets()[dim] + (size - 1) * stride + 1;
    interior.push_back(stride - 1);
  }
  operands[0] = pad(b, getLoc(), results[0], getOffsets(), high, interior);
}

void PadOp::buildVjp(OpBuilder &b, ArrayRef<Value> results, IsWanted isWanted,
                     Cotangents operands) {
  if (!results[0] || !isWanted(0))
    return;
  Sizes strides =
      llvm::map_to_vector(getInterior(), [](int64_t gap) { return gap + 1; });
  operands[0] = slice(b, getLoc(), results[0], getLow(),
                      ::getShape(getOperand()), strides);
}

void ConcatenateOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                             IsWanted isWanted, Cotangents operands) {
  if (!results[0])
    return;
  Sizes offsets(::getShape(getResult()).size(), 0);
  for (auto [index, operand] : llvm::enumerate(getOperands())) {
    if (isWanted(index))
      operands[index] =
          slice(b, getLoc(), results[0], offsets, ::getShape(operand));
    offsets[getDimension()] += ::getShape(operand)[getDimension()];
  }
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

void ReduceOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                        IsWanted isWanted, Cotangents operands) {
  if (!results[0] || !isWanted(0))
    return;
  SizesRef shape = ::getShape(getOperand());
  auto repeat = [&](Value value) {
    return broadcastReduced(b, getLoc(), value, shape, getDimensions());
  };
  if (getKind() == ReduceKind::add) {
    operands[0] = repeat(results[0]);
    return;
  }
  // An extremum's gradient is shared evenly by the elements that reach it.
  Term g(b, getLoc(), results[0]), x = g.with(getOperand());
  Term isExtremum = x.compare(Predicate::eq, g.with(repeat(getResult())));
  Term one = x.splat(1), zero = x.splat(0);
  Term count = g.with(
      reduceAdd(b, getLoc(), isExtremum.select(one, zero), getDimensions()));
  operands[0] = isExtremum.select(g.with(repeat(g / count)), zero);
}

//===----------------------------------------------------------------------===//
// Dot
//===----------------------------------------------------------------------===//

namespace {
/// One operand of the product being differentiated, and the other.
struct DotSide {
  Value value, other;
  Sizes batch, otherBatch, contract, otherContract;
  /// Dimensions of the cotangent that are the free ones of `value`, `other`.
  Sizes free, otherFree;
};
} // namespace

static DotSide getSide(DotGeneralOp op, bool isLhs) {
  DotDimensions d = op.getDotDimensions();
  DotSide side{op.getLhs(),   op.getRhs(),   d.lhsBatch, d.rhsBatch,
               d.lhsContract, d.rhsContract, {},         {}};
  int64_t rank = getShape(op.getResult()).size();
  int64_t first = d.lhsBatch.size();
  int64_t middle = getShape(op.getLhs()).size() - d.lhsContract.size();
  side.free = llvm::to_vector(llvm::seq<int64_t>(first, middle));
  side.otherFree = llvm::to_vector(llvm::seq<int64_t>(middle, rank));
  if (isLhs)
    return side;
  return {side.other,         side.value,    side.otherBatch, side.batch,
          side.otherContract, side.contract, side.otherFree,  side.free};
}

/// For each dimension of the product of cotangent and `side.other` (in this
/// order, or the other one), the dimension of `side.value` that it is.
static Sizes getOrigins(const DotSide &side, bool cotangentFirst) {
  int64_t rank = getShape(side.value).size();
  int64_t otherRank = getShape(side.other).size();
  Sizes free = getFreeDimensions(rank, side.batch, side.contract);
  Sizes contracted;
  for (int64_t dim = 0; dim < otherRank; ++dim) {
    const int64_t *found = llvm::find(side.otherContract, dim);
    if (found != side.otherContract.end())
      contracted.push_back(side.contract[found - side.otherContract.begin()]);
  }
  Sizes origins = side.batch;
  origins.append(cotangentFirst ? free : contracted);
  origins.append(cotangentFirst ? contracted : free);
  return origins;
}

/// The gradient of one side: the product of the cotangent and the other side,
/// contracted over the other's free dimensions. Of the two orders of factors,
/// the one that comes out in `side.value`'s layout is taken: for plain matrix
/// products there is one, and nothing needs to be transposed.
static Value buildSideGradient(OpBuilder &b, DotGeneralOp op, Value cotangent,
                               const DotSide &side) {
  Location loc = op.getLoc();
  bool bfloat16 = op.getBfloat16();
  Sizes otherFree = getFreeDimensions(getShape(side.other).size(),
                                      side.otherBatch, side.otherContract);
  Sizes batch = llvm::to_vector(llvm::seq<int64_t>(0, side.batch.size()));
  bool cotangentFirst = !llvm::is_sorted(getOrigins(side, false));
  Value product =
      cotangentFirst
          ? dotGeneral(b, loc, cotangent, side.other,
                       {batch, side.otherBatch, side.otherFree, otherFree},
                       bfloat16)
          : dotGeneral(b, loc, side.other, cotangent,
                       {side.otherBatch, batch, otherFree, side.otherFree},
                       bfloat16);
  return transpose(b, loc, product,
                   invertPermutation(getOrigins(side, cotangentFirst)));
}

void DotGeneralOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                            IsWanted isWanted, Cotangents operands) {
  if (!results[0])
    return;
  for (unsigned index : {0u, 1u})
    if (isWanted(index))
      operands[index] =
          buildSideGradient(b, *this, results[0], getSide(*this, index == 0));
}
