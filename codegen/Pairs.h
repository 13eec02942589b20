//===-- Pairs.h - bfloat16 numbers, two in the place of a float --*- C++-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The machine's dot product takes vectors of pairs: each float of a sum gets
// the two products of a pair of one operand with a pair of the other. A vector
// of pairs is kept as one of floats, so that packed operands, scratch memory
// and broadcasts are those of float32. Rounding is to nearest, ties to even.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_PAIRS_H
#define MLC_CODEGEN_PAIRS_H

#include "codegen/Target.h"
#include "codegen/TileEmitter.h"

namespace mlc::codegen {

/// Fails if `op` multiplies bfloat16, which the target has no instruction for.
mlir::LogicalResult verifyTarget(mlir::Operation *op, bool bfloat16,
                                 const Target &target);

/// A vector of pairs of zeros.
mlir::Value zeroPairs(TileEmitter &e);
/// Lane i is the pair of `first` and `second` at i.
mlir::Value pairLanes(TileEmitter &e, mlir::Value first, mlir::Value second);
/// Neighbours become pairs: those of `low`, then those of `high`.
mlir::Value pairNeighbours(TileEmitter &e, mlir::Value low, mlir::Value high);
/// Pairs of `count` elements, at most two vectors, that are `stride` apart from
/// the linear index `from` on; zeros follow.
mlir::Value loadPairs(TileEmitter &e, mlir::Value memory, mlir::Value from,
                      int64_t stride, int64_t count);
/// `sum` and the two products of each lane.
mlir::Value multiplyAddPairs(TileEmitter &e, mlir::Value lhs, mlir::Value rhs,
                             mlir::Value sum);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_PAIRS_H
