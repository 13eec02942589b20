//===-- Builders.h - short ways to build mlc ops ------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Used where ops are made in numbers: layers, losses, gradients, optimizers.
// Each infers its result's type; each returns its operand where there is
// nothing to do (a reshape to the same shape, a reduction over no dimension).
//
//===----------------------------------------------------------------------===//
#ifndef MLC_IR_BUILDERS_H
#define MLC_IR_BUILDERS_H

#include "ir/MlcDialect.h"
#include "ir/Shapes.h"

namespace mlc {

inline mlir::RankedTensorType getTensorType(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}
inline SizesRef getShape(mlir::Value value) {
  return getTensorType(value).getShape();
}
/// Bytes of a tensor in memory; a bool takes one.
int64_t bytesOf(mlir::Type tensor);
/// `value`'s type with another shape.
mlir::RankedTensorType withShape(mlir::Value value, SizesRef shape);
/// `value`'s type with another element type.
mlir::RankedTensorType withElement(mlir::Value value, mlir::Type element);

/// Every element `value`, of `type` (a tensor of numbers or booleans).
mlir::Value constantSplat(mlir::OpBuilder &b, mlir::Location loc,
                          mlir::Type type, double value);

/// See mlc.broadcast: operand dimension i becomes `dimensions[i]` of `shape`.
mlir::Value broadcastTo(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::Value value, SizesRef shape, SizesRef dimensions);
/// Repeats a tensor of rank 0.
mlir::Value broadcastScalar(mlir::OpBuilder &b, mlir::Location loc,
                            mlir::Value scalar, SizesRef shape);
/// Aligns trailing dimensions, as NumPy does: (n) to (b, n).
mlir::Value broadcastTrailing(mlir::OpBuilder &b, mlir::Location loc,
                              mlir::Value value, SizesRef shape);
/// Undoes a reduction over `dimensions` (sorted): repeats along them.
mlir::Value broadcastReduced(mlir::OpBuilder &b, mlir::Location loc,
                             mlir::Value value, SizesRef shape,
                             SizesRef dimensions);

mlir::Value reshapeTo(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                      SizesRef shape);
mlir::Value transpose(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                      SizesRef permutation);
mlir::Value slice(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                  SizesRef offsets, SizesRef sizes, SizesRef strides = {});
/// Zeros around and between; an empty `interior` means none between.
mlir::Value pad(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                SizesRef low, SizesRef high, SizesRef interior = {});
mlir::Value concatenate(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::ValueRange values, int64_t dimension);

/// Elements converted to `element`.
mlir::Value convertTo(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                      mlir::Type element);
mlir::Value compare(mlir::OpBuilder &b, mlir::Location loc, Predicate predicate,
                    mlir::Value lhs, mlir::Value rhs);

/// Combines along `dimensions` (sorted).
mlir::Value reduce(mlir::OpBuilder &b, mlir::Location loc, ReduceKind kind,
                   mlir::Value value, SizesRef dimensions);
inline mlir::Value reduceAdd(mlir::OpBuilder &b, mlir::Location loc,
                             mlir::Value value, SizesRef dimensions) {
  return reduce(b, loc, ReduceKind::add, value, dimensions);
}

mlir::Value dotGeneral(mlir::OpBuilder &b, mlir::Location loc, mlir::Value lhs,
                       mlir::Value rhs, const DotDimensions &dims,
                       bool bfloat16 = false);

} // namespace mlc

#endif // MLC_IR_BUILDERS_H
