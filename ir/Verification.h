//===-- Verification.h - how verifiers report -------------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_IR_VERIFICATION_H
#define MLC_IR_VERIFICATION_H

#include "ir/MlcDialect.h"
#include "ir/Shapes.h"

namespace mlc {

/// Fails with both shapes in notes unless they are equal.
llvm::LogicalResult verifyShape(mlir::Operation *op, llvm::StringRef what,
                                SizesRef expected, SizesRef found);

/// Fails unless `dims` has one entry for each of `rank` dimensions.
llvm::LogicalResult verifyCount(mlir::Operation *op, llvm::StringRef what,
                                SizesRef dims, int64_t rank);

/// Fails unless each of `dims` is a dimension of a tensor of `rank`, once.
llvm::LogicalResult verifyDimensions(mlir::Operation *op, llvm::StringRef what,
                                     SizesRef dims, int64_t rank);

/// Fails unless `dims` is strictly increasing.
llvm::LogicalResult verifySorted(mlir::Operation *op, llvm::StringRef what,
                                 SizesRef dims);

/// Fails if the product `op` has `bfloat16`, but operands that aren't of f32.
llvm::LogicalResult verifyBfloat16(mlir::Operation *op, bool bfloat16);

} // namespace mlc

#endif // MLC_IR_VERIFICATION_H
