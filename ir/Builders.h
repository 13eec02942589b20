//===-- Builders.h - short ways to build mlc ops ------------------*- C++ -*-===//
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

namespace mlc {

inline mlir::RankedTensorType getTensorType(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}
inline llvm::ArrayRef<int64_t> getShape(mlir::Value value) {
  return getTensorType(value).getShape();
}
/// `value`'s type with another shape.
mlir::RankedTensorType withShape(mlir::Value value,
                                 llvm::ArrayRef<int64_t> shape);
/// `value`'s type with another element type.
mlir::RankedTensorType withElement(mlir::Value value, mlir::Type element);

/// Every element `value`, of `type` (a tensor of numbers or booleans).
mlir::Value constantSplat(mlir::OpBuilder &b, mlir::Location loc,
                          mlir::Type type, double value);

/// See mlc.broadcast: operand dimension i becomes `dimensions[i]` of `shape`.
mlir::Value broadcastTo(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::Value value, llvm::ArrayRef<int64_t> shape,
                        llvm::ArrayRef<int64_t> dimensions);
/// Repeats a tensor of rank 0.
mlir::Value broadcastScalar(mlir::OpBuilder &b, mlir::Location loc,
                            mlir::Value scalar, llvm::ArrayRef<int64_t> shape);
/// Aligns trailing dimensions, as NumPy does: (n) to (b, n).
mlir::Value broadcastTrailing(mlir::OpBuilder &b, mlir::Location loc,
                              mlir::Value value, llvm::ArrayRef<int64_t> shape);
/// Undoes a reduction over `dimensions` (sorted): repeats along them.
mlir::Value broadcastReduced(mlir::OpBuilder &b, mlir::Location loc,
                             mlir::Value value, llvm::ArrayRef<int64_t> shape,
                             llvm::ArrayRef<int64_t> dimensions);

mlir::Value reshapeTo(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                      llvm::ArrayRef<int64_t> shape);
mlir::Value transpose(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                      llvm::ArrayRef<int64_t> permutation);
mlir::Value slice(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                  llvm::ArrayRef<int64_t> offsets,
                  llvm::ArrayRef<int64_t> sizes,
                  llvm::ArrayRef<int64_t> strides = {});
/// Zeros around and between; an empty `interior` means none between.
mlir::Value pad(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high,
                llvm::ArrayRef<int64_t> interior = {});
mlir::Value concatenate(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::ValueRange values, int64_t dimension);

/// Elements converted to `element`.
mlir::Value convertTo(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                      mlir::Type element);
mlir::Value compare(mlir::OpBuilder &b, mlir::Location loc, Predicate predicate,
                    mlir::Value lhs, mlir::Value rhs);

/// Combines along `dimensions` (sorted).
mlir::Value reduce(mlir::OpBuilder &b, mlir::Location loc, ReduceKind kind,
                   mlir::Value value, llvm::ArrayRef<int64_t> dimensions);
inline mlir::Value reduceAdd(mlir::OpBuilder &b, mlir::Location loc,
                             mlir::Value value,
                             llvm::ArrayRef<int64_t> dimensions) {
  return reduce(b, loc, ReduceKind::add, value, dimensions);
}

/// Which dimensions of a contraction's operands go together.
struct DotDimensions {
  llvm::SmallVector<int64_t> lhsBatch, rhsBatch, lhsContract, rhsContract;
};
/// The result's shape: batch, free ones of lhs, free ones of rhs.
llvm::SmallVector<int64_t> getDotShape(llvm::ArrayRef<int64_t> lhs,
                                       llvm::ArrayRef<int64_t> rhs,
                                       const DotDimensions &dims);
/// The dimensions of a tensor of `rank` that are in neither list, in order.
llvm::SmallVector<int64_t> getFreeDimensions(int64_t rank,
                                             llvm::ArrayRef<int64_t> some,
                                             llvm::ArrayRef<int64_t> others);
mlir::Value dotGeneral(mlir::OpBuilder &b, mlir::Location loc, mlir::Value lhs,
                       mlir::Value rhs, const DotDimensions &dims);
/// lhs is (..., k), rhs is (k, n).
mlir::Value matmul(mlir::OpBuilder &b, mlir::Location loc, mlir::Value lhs,
                   mlir::Value rhs);

} // namespace mlc

#endif // MLC_IR_BUILDERS_H
