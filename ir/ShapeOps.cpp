//===-- ShapeOps.cpp - verifying and folding sources and shape ops --------===//
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
// Sources
//===----------------------------------------------------------------------===//

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult IotaOp::verify() {
  int64_t dimension = getDimension();
  return verifyDimensions(*this, "dimension", dimension,
                          getTensorType(getResult()).getRank());
}

LogicalResult RandomOp::verify() {
  return verifyShape(*this, "key", SizesRef{2}, getShape(getKey()));
}

//===----------------------------------------------------------------------===//
// Broadcast
//===----------------------------------------------------------------------===//

LogicalResult BroadcastOp::verify() {
  SizesRef from = ::getShape(getOperand()), to = ::getShape(getResult());
  SizesRef dims = getDimensions();
  if (failed(verifyCount(*this, "dims", dims, from.size())) ||
      failed(verifyDimensions(*this, "dims", dims, to.size())) ||
      failed(verifySorted(*this, "dims", dims)))
    return failure();
  for (auto [index, dim] : llvm::enumerate(dims))
    if (from[index] != 1 && from[index] != to[dim])
      return emitOpError() << "operand dimension " << index << " of size "
                           << from[index] << " cannot become result dimension "
                           << dim << " of size " << to[dim];
  return success();
}

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getOperand().getType() == getType())
    return getOperand();
  if (Attribute splat = resizeSplat(adaptor.getOperand(), getType()))
    return splat;
  if (auto inner = getOperand().getDefiningOp<BroadcastOp>()) {
    setDimensions(pick(getDimensions(), inner.getDimensions()));
    setOperand(inner.getOperand());
    return getResult();
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

LogicalResult ReshapeOp::verify() {
  int64_t from = getTensorType(getOperand()).getNumElements();
  int64_t to = getTensorType(getResult()).getNumElements();
  if (from == to)
    return success();
  return emitOpError() << "expected as many elements as the operand's " << from
                       << ", found " << to;
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getOperand().getType() == getType())
    return getOperand();
  if (auto constant = dyn_cast_or_null<DenseElementsAttr>(adaptor.getOperand()))
    return constant.reshape(getType());
  if (auto inner = getOperand().getDefiningOp<ReshapeOp>()) {
    setOperand(inner.getOperand());
    return getResult();
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Transpose
//===----------------------------------------------------------------------===//

LogicalResult TransposeOp::verify() {
  SizesRef from = ::getShape(getOperand());
  if (failed(verifyCount(*this, "permutation entries", getPermutation(),
                         from.size())) ||
      failed(verifyDimensions(*this, "permutation", getPermutation(),
                              from.size())))
    return failure();
  return verifyShape(*this, "result", pick(from, getPermutation()),
                     ::getShape(getResult()));
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  if (llvm::is_sorted(getPermutation()))
    return getOperand();
  if (Attribute splat = resizeSplat(adaptor.getOperand(), getType()))
    return splat;
  if (auto inner = getOperand().getDefiningOp<TransposeOp>()) {
    setPermutation(pick(inner.getPermutation(), getPermutation()));
    setOperand(inner.getOperand());
    return getResult();
  }
  return {};
}

/// A transpose that keeps the order of the dimensions larger than one moves no
/// element: it is a reshape.
static LogicalResult reshapeInstead(TransposeOp op, PatternRewriter &rewriter) {
  SizesRef shape = getShape(op.getOperand());
  Sizes moved;
  for (int64_t dim : op.getPermutation())
    if (shape[dim] != 1)
      moved.push_back(dim);
  if (!llvm::is_sorted(moved))
    return failure();
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getOperand());
  return success();
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *) {
  patterns.add(reshapeInstead);
}

//===----------------------------------------------------------------------===//
// Slice, pad, concatenate
//===----------------------------------------------------------------------===//

LogicalResult SliceOp::verify() {
  SizesRef from = ::getShape(getOperand()), to = ::getShape(getResult());
  if (failed(verifyCount(*this, "offsets", getOffsets(), from.size())) ||
      failed(verifyCount(*this, "strides", getStrides(), from.size())))
    return failure();
  if (from.size() != to.size())
    return emitOpError() << "expected a result of rank " << from.size()
                         << ", found " << to.size();
  for (auto [dim, size] : llvm::enumerate(from)) {
    int64_t offset = getOffsets()[dim], stride = getStrides()[dim];
    int64_t last = offset + (to[dim] - 1) * stride;
    if (offset < 0 || stride < 1 || last >= size)
      return emitOpError() << "dimension " << dim << " of size " << size
                           << " has no " << to[dim] << " elements from "
                           << offset << " in steps of " << stride;
  }
  return success();
}

OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  if (getOperand().getType() == getType())
    return getOperand();
  if (Attribute splat = resizeSplat(adaptor.getOperand(), getType()))
    return splat;
  auto inner = getOperand().getDefiningOp<SliceOp>();
  if (!inner)
    return {};
  Sizes offsets(inner.getOffsets()), strides(inner.getStrides());
  for (auto [dim, stride] : llvm::enumerate(strides)) {
    offsets[dim] += getOffsets()[dim] * stride;
    stride *= getStrides()[dim];
  }
  setOffsets(offsets);
  setStrides(strides);
  setOperand(inner.getOperand());
  return getResult();
}

LogicalResult PadOp::verify() {
  SizesRef from = ::getShape(getOperand());
  const std::pair<StringRef, SizesRef> lists[] = {
      {"low", getLow()}, {"high", getHigh()}, {"interior", getInterior()}};
  for (auto [what, list] : lists) {
    if (failed(verifyCount(*this, what, list, from.size())))
      return failure();
    for (int64_t count : list)
      if (count < 0)
        return emitOpError() << what << ": expected no negative count, found "
                             << count << "; mlc.slice cuts elements off";
  }
  return verifyShape(*this, "result",
                     getPadShape(from, getLow(), getHigh(), getInterior()),
                     ::getShape(getResult()));
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  // No counts are negative, so the same shape means that nothing was added.
  return getOperand().getType() == getType() ? OpFoldResult(getOperand())
                                             : OpFoldResult();
}

LogicalResult ConcatenateOp::verify() {
  Sizes shape(::getShape(getOperands().front()));
  int64_t dimension = getDimension();
  if (failed(verifyDimensions(*this, "dim", dimension, shape.size())))
    return failure();
  shape[dimension] = 0;
  for (auto [index, operand] : llvm::enumerate(getOperands())) {
    Sizes expected(::getShape(operand));
    if (expected.size() == shape.size()) {
      shape[dimension] += expected[dimension];
      expected[dimension] = shape[dimension];
    }
    std::string what = ("operand " + Twine(index)).str();
    if (failed(verifyShape(*this, what, shape, expected)))
      return failure();
  }
  return verifyShape(*this, "result", shape, ::getShape(getResult()));
}

OpFoldResult ConcatenateOp::fold(FoldAdaptor) {
  return getOperands().size() == 1 ? OpFoldResult(getOperands().front())
                                   : OpFoldResult();
}
