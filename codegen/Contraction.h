//===-- Contraction.h - the shape of a product, seen by strides ---*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A product in any layout is one loop nest over C[..] += A[..] * B[..]: some
// indices appear in all three (batch), some in A and C (M), some in B and C
// (N), some in A and B (K). The kernel keeps a tile of C in registers: rows
// along an M index, vectors along the N index in which C is contiguous; it
// broadcasts scalars of A through whatever strides A has.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_CONTRACTION_H
#define MLC_CODEGEN_CONTRACTION_H

#include "codegen/LoopNest.h"

namespace mlc::codegen {

/// One index of a contraction: its size, and how far a step along it moves in
/// each flat operand (0: does not appear).
struct ContractionDim {
  int64_t size = 1;
  int64_t a = 0, b = 0, c = 0;
  /// Position among the dimensions of C, or -1 for K.
  int64_t inC = -1;
};

/// Rows, and vectors per row, of the tile of C in registers.
struct RegisterTile {
  int64_t rows, vectors;
};

struct ContractionPlan {
  mlir::linalg::GenericOp op;
  /// Operands of `op`: A is broadcast, B is read as vectors.
  mlir::Value a, b;
  /// Outer loops: batch, and M and N indices other than `m` and `n`.
  llvm::SmallVector<ContractionDim> outer;
  ContractionDim m, n;
  /// An N index whose every step is in a tile: the gates of a unit, from which
  /// the kernel's results are computed; they don't have this dimension.
  ContractionDim gate;
  llvm::SmallVector<ContractionDim> k;
  /// Dimensions of C that `m` walks as one, last first to carry the index.
  int64_t cRank = 0;
  RegisterTile tile{8, 2};
  int64_t lanes = 0;
  /// Panels of B are packed as [k][tile columns] first.
  bool packed = false;
  /// Rows of one tile of work: all of them, or a multiple of tile.rows.
  int64_t chunkRows = 0;

  int64_t columns() const { return tile.vectors * lanes; }
  /// Of a packed panel: columns for each gate.
  int64_t panelWidth() const { return gate.size * columns(); }
  int64_t kSize() const;
  int64_t chunks() const { return llvm::divideCeil(m.size, chunkRows); }
  int64_t panels() const { return llvm::divideCeil(n.size, columns()); }
  int64_t outerSize() const;
};

/// Reads the plan off the kernel's contraction and chooses its tile.
mlir::FailureOr<ContractionPlan> makePlan(mlir::func::FuncOp kernel,
                                          const Target &target);

/// The tile that needs the fewest cycles for an M x N block of C: full tiles
/// run at the rate of the fused multiply-adds or of the loads, whichever is
/// slower; tails waste what they leave empty.
RegisterTile chooseTile(int64_t m, int64_t n, int64_t lanes, int64_t registers,
                        int64_t gates = 1);

/// Emits the packing of B's columns [column, column + count) for all of K into
/// scratch, as [k][gate][plan.columns()]; columns beyond `count` are filled
/// with 0.
/// `bBase` is B's linear index for the outer indices.
void emitPackPanel(TileEmitter &e, const ContractionPlan &plan, mlir::Value b,
                   mlir::Value bBase, mlir::Value column, int64_t count,
                   mlir::Value scratch, mlir::Value scratchBase);

/// Emits the sum over K of one register tile: rows x gates x `vectors`
/// accumulators, row by row. `aBase` is A's linear index of the tile's first
/// row; `bBase` that of B (or of the packed panel) at its first column. The
/// last vector holds `lastLanes` columns.
llvm::SmallVector<mlir::Value>
emitMicroKernel(TileEmitter &e, const ContractionPlan &plan, mlir::Value a,
                mlir::Value aBase, mlir::Value b, mlir::Value bBase,
                int64_t rows, int64_t vectors, int64_t lastLanes);

/// lhs * rhs + sum, in one instruction where the target has it.
mlir::Value multiplyAdd(TileEmitter &e, mlir::Value lhs, mlir::Value rhs,
                        mlir::Value sum);

/// Transposes `rows`, as many vectors as lanes.
void transposeInRegisters(TileEmitter &e,
                          llvm::SmallVector<mlir::Value> &rows);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_CONTRACTION_H
