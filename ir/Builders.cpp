//===-- Builders.cpp - short ways to build mlc ops ------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "ir/Constants.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace mlc;

int64_t mlc::bytesOf(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

RankedTensorType mlc::withShape(Value value, SizesRef shape) {
  return getTensorType(value).clone(shape);
}

RankedTensorType mlc::withElement(Value value, Type element) {
  return getTensorType(value).clone(element);
}

Value mlc::constantSplat(OpBuilder &b, Location loc, Type type, double value) {
  return ConstantOp::create(b, loc, type,
                            getSplat(cast<RankedTensorType>(type), value));
}

//===----------------------------------------------------------------------===//
// Shape
//===----------------------------------------------------------------------===//

Value mlc::broadcastTo(OpBuilder &b, Location loc, Value value, SizesRef shape,
                       SizesRef dimensions) {
  if (getShape(value) == shape)
    return value;
  return BroadcastOp::create(b, loc, withShape(value, shape), value,
                             dimensions);
}

Value mlc::broadcastScalar(OpBuilder &b, Location loc, Value scalar,
                           SizesRef shape) {
  return broadcastTo(b, loc, scalar, shape, {});
}

Value mlc::broadcastTrailing(OpBuilder &b, Location loc, Value value,
                             SizesRef shape) {
  int64_t rank = shape.size();
  int64_t first = rank - getTensorType(value).getRank();
  return broadcastTo(b, loc, value, shape,
                     llvm::to_vector(llvm::seq<int64_t>(first, rank)));
}

Value mlc::broadcastReduced(OpBuilder &b, Location loc, Value value,
                            SizesRef shape, SizesRef dimensions) {
  return broadcastTo(b, loc, value, shape,
                     getFreeDimensions(shape.size(), dimensions));
}

Value mlc::reshapeTo(OpBuilder &b, Location loc, Value value, SizesRef shape) {
  if (getShape(value) == shape)
    return value;
  return ReshapeOp::create(b, loc, withShape(value, shape), value);
}

Value mlc::transpose(OpBuilder &b, Location loc, Value value,
                     SizesRef permutation) {
  if (llvm::is_sorted(permutation))
    return value;
  Sizes shape = pick(getShape(value), permutation);
  return TransposeOp::create(b, loc, withShape(value, shape), value,
                             permutation);
}

Value mlc::slice(OpBuilder &b, Location loc, Value value, SizesRef offsets,
                 SizesRef sizes, SizesRef strides) {
  if (getShape(value) == sizes)
    return value;
  Sizes ones(sizes.size(), 1);
  return SliceOp::create(b, loc, withShape(value, sizes), value, offsets,
                         strides.empty() ? SizesRef(ones) : strides);
}

Value mlc::pad(OpBuilder &b, Location loc, Value value, SizesRef low,
               SizesRef high, SizesRef interior) {
  Sizes between(interior);
  between.resize(low.size(), 0);
  Sizes shape = getPadShape(getShape(value), low, high, between);
  if (getShape(value) == SizesRef(shape))
    return value;
  return PadOp::create(b, loc, withShape(value, shape), value, low, high,
                       between);
}

Value mlc::concatenate(OpBuilder &b, Location loc, ValueRange values,
                       int64_t dimension) {
  if (values.size() == 1)
    return values.front();
  Sizes shape(getShape(values.front()));
  for (Value value : values.drop_front())
    shape[dimension] += getShape(value)[dimension];
  return ConcatenateOp::create(b, loc, withShape(values.front(), shape), values,
                               dimension);
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Value mlc::convertTo(OpBuilder &b, Location loc, Value value, Type element) {
  if (getTensorType(value).getElementType() == element)
    return value;
  return ConvertOp::create(b, loc, withElement(value, element), value);
}

Value mlc::compare(OpBuilder &b, Location loc, Predicate predicate, Value lhs,
                   Value rhs) {
  return CompareOp::create(b, loc, withElement(lhs, b.getI1Type()), predicate,
                           lhs, rhs);
}

//===----------------------------------------------------------------------===//
// Reductions and contractions
//===----------------------------------------------------------------------===//

Value mlc::reduce(OpBuilder &b, Location loc, ReduceKind kind, Value value,
                  SizesRef dimensions) {
  if (dimensions.empty())
    return value;
  SizesRef from = getShape(value);
  Sizes shape = pick(from, getFreeDimensions(from.size(), dimensions));
  return ReduceOp::create(b, loc, withShape(value, shape), kind, value,
                          dimensions);
}

Value mlc::dotGeneral(OpBuilder &b, Location loc, Value lhs, Value rhs,
                      const DotDimensions &dims, bool bfloat16) {
  Sizes shape = getDotShape(getShape(lhs), getShape(rhs), dims);
  return DotGeneralOp::create(b, loc, withShape(lhs, shape), lhs, rhs,
                              dims.lhsBatch, dims.rhsBatch, dims.lhsContract,
                              dims.rhsContract, bfloat16);
}
