//===-- Approximations.h - functions of activations ---------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_APPROXIMATIONS_H
#define MLC_CODEGEN_APPROXIMATIONS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace mlc::codegen {

/// An attribute of math.exp whose argument is known to be within
/// kLargestExponent of 0, where nothing over- or underflows.
constexpr llvm::StringLiteral kIsInRange = "mlc.in_range";
constexpr double kLargestExponent = 87;

/// What `op` computes, in arithmetic, if it is an exp, tanh or erf of floats or
/// of vectors of them; else null.
mlir::Value emitApproximation(mlir::OpBuilder &b, mlir::Operation *op);

/// lhs / rhs where the divisor is a number neither very large nor very small:
/// of floats, the target may multiply by an estimate of its reciprocal, refined
/// to the last place or so.
mlir::Value emitQuotient(mlir::OpBuilder &b, mlir::Location loc,
                         mlir::Value lhs, mlir::Value rhs);

/// `bound` where a comparison says that it is beyond `value`, else `value`, a
/// NaN too: with the choice one instruction on most machines.
mlir::Value emitLimit(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                      mlir::Value bound, mlir::arith::CmpFPredicate isBeyond);
/// `value`, kept between the two; a NaN stays one.
mlir::Value emitBetween(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::Value value, double least, double most);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_APPROXIMATIONS_H
