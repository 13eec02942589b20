//===-- Constants.h - constants with one value everywhere -------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_IR_CONSTANTS_H
#define MLC_IR_CONSTANTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlc {

/// `value` rounded to the type's elements, in each of them.
mlir::DenseElementsAttr getSplat(mlir::RankedTensorType type, double value);

/// The same splat with `type`, whose elements are the same; null where
/// `constant` is null or no splat.
mlir::Attribute resizeSplat(mlir::Attribute constant, mlir::Type type);

/// Whether every element of `constant` (null: unknown) is exactly `value`.
/// -0.0 counts as 0.0, and booleans as 0 and 1.
bool isSplatOf(mlir::Attribute constant, double value);

/// `compute` on the one value of each splat, null where one isn't a splat.
/// Arithmetic happens in the elements' own format.
mlir::Attribute
foldFloatSplats(mlir::Attribute lhs, mlir::Attribute rhs,
                llvm::function_ref<llvm::APFloat(const llvm::APFloat &,
                                                 const llvm::APFloat &)>
                    compute);

} // namespace mlc

#endif // MLC_IR_CONSTANTS_H
