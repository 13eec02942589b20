//===-- Builders.cpp - short ways to build mlc ops ------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace mlc;

RankedTensorType mlc::withShape(Value value, ArrayRef<int64_t> shape) {
  return getTensorType(value).clone(shape);
}

RankedTensorType mlc::withElement(Value value, Type element) {
  return getTensorType(value).clone(element);
}

/// Every element `value`, rounded to the element type.
static DenseElementsAttr getSplat(RankedTensorType type, double value) {
  Builder b(type.getContext());
  Type element = type.getElementType();
  if (isa<FloatType>(element))
    return DenseElementsAttr::get(type, b.getFloatAttr(element, value));
  auto integer = static_cast<int64_t>(value);
  return DenseElementsAttr::get(type, b.getIntegerAttr(element, integer));
}

Value mlc::constantSplat(OpBuilder &b, Location loc, Type type, double value) {
  return ConstantOp::create(
      b, loc, type, getSplat(cast<RankedTensorType>(type), value));
}

//===----------------------------------------------------------------------===//
// Shape
//===----------------------------------------------------------------------===//

Value mlc::broadcastTo(OpBuilder &b, Location loc, Value value,
                       ArrayRef<int64_t> shape, ArrayRef<int64_t> dimensions) {
  if (getShape(value) == shape)
    return value;
  return BroadcastOp::create(b, loc, withShape(value, shape), value,
                             dimensions);
}

Value mlc::broadcastScalar(OpBuilder &b, Location loc, Value scalar,
                           ArrayRef<int64_t> shape) {
  return broadcastTo(b, loc, scalar, shape, {});
}

Value mlc::broadcastTrailing(OpBuilder &b, Location loc, Value value,
                             ArrayRef<int64_t> shape) {
  int64_t rank = shape.size();
  int64_t first = rank - getTensorType(value).getRank();
  return broadcastTo(b, loc, value, shape,
                     llvm::to_vector(llvm::seq<int64_t>(first, rank)));
}

Value mlc::broadcastReduced(OpBuilder &b, Location loc, Value value,
                            ArrayRef<int64_t> shape,
                            ArrayRef<int64_t> dimensions) {
  return broadcastTo(b, loc, value, shape,
                     getFreeDimensions(shape.size(), dimensions, {}));
}

Value mlc::reshapeTo(OpBuilder &b, Location loc, Value value,
                     ArrayRef<int64_t> shape) {
  if (getShape(value) == shape)
    return value;
  return ReshapeOp::create(b, loc, withShape(value, shape), value);
}

Value mlc::transpose(OpBuilder &b, Location loc, Value value,
                     ArrayRef<int64_t> permutation) {
  if (llvm::is_sorted(permutation))
    return value;
  SmallVector<int64_t> shape = llvm::map_to_vector(
      permutation, [&](int64_t dim) { return getShape(value)[dim]; });
  return TransposeOp::create(b, loc, withShape(value, shape), value,
                             permutation);
}

Value mlc::slice(OpBuilder &b, Location loc, Value value,
                 ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes,
                 ArrayRef<int64_t> strides) {
  if (getShape(value) == sizes)
    return value;
  SmallVector<int64_t> ones(sizes.size(), 1);
  return SliceOp::create(b, loc, withShape(value, sizes), value, offsets,
                         strides.empty() ? ArrayRef<int64_t>(ones) : strides);
}

Value mlc::pad(OpBuilder &b, Location loc, Value value, ArrayRef<int64_t> low,
               ArrayRef<int64_t> high, ArrayRef<int64_t> interior) {
  SmallVector<int64_t> between(interior);
  between.resize(low.size(), 0);
  SmallVector<int64_t> shape(getShape(value));
  for (auto [size, before, after, gap] :
       llvm::zip_equal(shape, low, high, between))
    size += before + after + std::max<int64_t>(size - 1, 0) * gap;
  if (getShape(value) == ArrayRef<int64_t>(shape))
    return value;
  return PadOp::create(b, loc, withShape(value, shape), value, low, high,
                       between);
}

Value mlc::concatenate(OpBuilder &b, Location loc, ValueRange values,
                       int64_t dimension) {
  if (values.size() == 1)
    return values.front();
  SmallVector<int64_t> shape(getShape(values.front()));
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
                  ArrayRef<int64_t> dimensions) {
  if (dimensions.empty())
    return value;
  SmallVector<int64_t> shape;
  for (int64_t dim :
       getFreeDimensions(getShape(value).size(), dimensions, {}))
    shape.push_back(getShape(value)[dim]);
  return ReduceOp::create(b, loc, withShape(value, shape), kind, value,
                          dimensions);
}

SmallVector<int64_t> mlc::getFreeDimensions(int64_t rank,
                                            ArrayRef<int64_t> some,
                                            ArrayRef<int64_t> others) {
  SmallVector<int64_t> free;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(some, dim) && !llvm::is_contained(others, dim))
      free.push_back(dim);
  return free;
}

SmallVector<int64_t> mlc::getDotShape(ArrayRef<int64_t> lhs,
                                      ArrayRef<int64_t> rhs,
                                      const DotDimensions &dims) {
  SmallVector<int64_t> shape;
  for (int64_t dim : dims.lhsBatch)
    shape.push_back(lhs[dim]);
  for (int64_t dim :
       getFreeDimensions(lhs.size(), dims.lhsBatch, dims.lhsContract))
    shape.push_back(lhs[dim]);
  for (int64_t dim :
       getFreeDimensions(rhs.size(), dims.rhsBatch, dims.rhsContract))
    shape.push_back(rhs[dim]);
  return shape;
}

Value mlc::dotGeneral(OpBuilder &b, Location loc, Value lhs, Value rhs,
                      const DotDimensions &dims) {
  SmallVector<int64_t> shape = getDotShape(getShape(lhs), getShape(rhs), dims);
  return DotGeneralOp::create(b, loc, withShape(lhs, shape), lhs, rhs,
                              dims.lhsBatch, dims.rhsBatch, dims.lhsContract,
                              dims.rhsContract);
}

Value mlc::matmul(OpBuilder &b, Location loc, Value lhs, Value rhs) {
  int64_t last = getTensorType(lhs).getRank() - 1;
  return dotGeneral(b, loc, lhs, rhs, {{}, {}, {last}, {0}});
}
