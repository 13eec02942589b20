//===-- Emitter.cpp - arithmetic on tensors as mlc ops --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Emitter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

namespace mlc::frontend {

mlir::Location namedLocation(mlir::MLIRContext *context, llvm::StringRef name,
                             const Location &location) {
  mlir::Location place = mlir::UnknownLoc::get(context);
  if (location.file)
    place = mlir::FileLineColLoc::get(context, location.file->name,
                                      location.line, location.column);
  return mlir::NameLoc::get(mlir::StringAttr::get(context, name), place);
}

mlir::RankedTensorType Emitter::tensorType(const TensorType &type,
                                           int64_t batch) {
  llvm::SmallVector<int64_t> shape{batch};
  llvm::append_range(shape, type.shape);
  mlir::Type element = floatType;
  if (type.dtype == DType::I32)
    element = getI32Type();
  return tensorType(shape, element);
}

void Emitter::setOrigin(llvm::StringRef name, const Location &location) {
  setLoc(namedLocation(getContext(), name, location));
}

mlir::Value Emitter::constant(llvm::ArrayRef<double> values,
                              llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<mlir::Attribute> elements;
  for (double value : values)
    elements.push_back(getFloatAttr(floatType, value));
  mlir::RankedTensorType type = tensorType(shape, floatType);
  return ConstantOp::create(*this, type,
                            mlir::DenseElementsAttr::get(type, elements));
}

mlir::Value Emitter::iota(llvm::ArrayRef<int64_t> shape, int64_t dimension) {
  return IotaOp::create(*this, tensorType(shape, getI32Type()), dimension);
}

mlir::Value Emitter::random(mlir::Value key, int32_t stream,
                            llvm::ArrayRef<int64_t> shape) {
  return RandomOp::create(*this, tensorType(shape, floatType), key, stream);
}

mlir::Value Emitter::keepRows(mlir::Value x, mlir::Value rows, double other) {
  llvm::ArrayRef<int64_t> shape = getShape(x);
  mlir::Value row = iota(shape, 0);
  mlir::Value isThere =
      compare(Predicate::lt, row, broadcastScalar(rows, shape));
  return select(isThere, x, splat(x, other));
}

mlir::Value Emitter::sum(mlir::Value x) {
  int64_t rank = getTensorType(x).getRank();
  return reduceAdd(*this, getLoc(), x,
                   llvm::to_vector(llvm::seq<int64_t>(0, rank)));
}

} // namespace mlc::frontend
