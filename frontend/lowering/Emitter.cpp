//===-- Emitter.cpp - arithmetic on tensors as mlc ops --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Emitter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

#include <cmath>
#include <limits>

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
  mlir::RankedTensorType type = tensorType(shape, floatType);
  if (floatType.isF64())
    return ConstantOp::create(*this, type,
                              mlir::DenseElementsAttr::get(type, values));
  llvm::SmallVector<float> singles(values.begin(), values.end());
  auto elements =
      mlir::DenseElementsAttr::get(type, llvm::ArrayRef<float>(singles));
  return ConstantOp::create(*this, type, elements);
}

mlir::Value Emitter::power(mlir::Value x, double exponent) {
  if (exponent == std::floor(exponent) && exponent <= 8) {
    mlir::Value result = exponent == 0 ? splat(x, 1) : x;
    for (int i = 1; i < int(exponent); ++i)
      result = mul(result, x);
    return result;
  }
  mlir::Value positive = maximum(x, double(std::numeric_limits<float>::min()));
  return unary<ExpOp>(mul(unary<LogOp>(positive), exponent));
}

/// max(x, 0) + log(1 + e^-|x|), with max written so that its derivative at 0 is
/// a half.
mlir::Value Emitter::softplus(mlir::Value x) {
  mlir::Value size = unary<AbsOp>(x);
  mlir::Value positive = mul(add(x, size), 0.5);
  mlir::Value rest = unary<Log1pOp>(unary<ExpOp>(unary<NegOp>(size)));
  return add(positive, rest);
}

mlir::Value Emitter::iota(llvm::ArrayRef<int64_t> shape, int64_t dimension) {
  return IotaOp::create(*this, tensorType(shape, getI32Type()), dimension);
}

mlir::Value Emitter::random(mlir::Value key, int32_t stream,
                            llvm::ArrayRef<int64_t> shape) {
  mlir::Value number = scalar(getI32Type(), stream);
  return RandomOp::create(*this, tensorType(shape, floatType), key, number);
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
