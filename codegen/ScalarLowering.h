//===-- ScalarLowering.h - elementwise ops on scalars -------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_SCALARLOWERING_H
#define MLC_CODEGEN_SCALARLOWERING_H

#include "ir/MlcDialect.h"

namespace mlc::codegen {

/// Emits what the elementwise op `op` does to one element, in arith and math
/// ops; null if there is no rule for it.
mlir::Value lowerToScalar(mlir::Operation *op, mlir::ValueRange operands,
                          mlir::OpBuilder &b);

/// Is there a rule for ops of this name?
bool hasScalarLowering(llvm::StringRef opName);

/// Is this math op one that LLVM turns into an instruction? Others are expanded
/// to polynomials: see ExpandMath.cpp.
bool isInstruction(mlir::Operation *op);

/// Emits element `index` (of index type) of mlc.random: Threefry-2x32-20 of the
/// key's two words and the stream, of i32.
mlir::Value emitRandom(mlir::OpBuilder &b, mlir::Location loc,
                       std::pair<mlir::Value, mlir::Value> key,
                       mlir::Value index, mlir::Value stream,
                       mlir::FloatType type);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_SCALARLOWERING_H
