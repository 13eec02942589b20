//===-- AttentionTiles.h - what attention's kernels share --------*- C++-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile of work is one head of the key in one row of the batch. What its
// products need is first copied into the worker's scratch memory as matrices,
// keys transposed, so that every product is the same: scalars of A times
// vectors of B, summed in registers. Rows of matrices are padded to whole
// panels; what the padding holds stays in columns that nobody reads.
//
// Of bfloat16, matrices hold pairs of what follows each other along a sum; see
// codegen/Pairs.h. Scores are multiplied by the scale then, not queries, which
// would be rounded once more.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_ATTENTIONTILES_H
#define MLC_CODEGEN_ATTENTIONTILES_H

#include "codegen/LoopNest.h"
#include "ir/Attention.h"

namespace mlc::codegen {

/// A matrix in scratch memory: from a row to the next one, and, if panels of
/// columns follow each other, from a panel to the next one.
struct Matrix {
  int64_t offset = 0, stride = 0, panelElements = 0;
};

/// [begin, end) of a sum.
struct KRange {
  mlir::Value begin, end;
};

/// An operand of a product in scratch memory: A's scalars are at
/// base + row * rowStride + k * kStride, B's vectors at base + k * kStride.
/// Paired, k counts pairs.
struct Factor {
  mlir::Value base;
  int64_t rowStride, kStride;
};

/// The head that is being worked on. `head` is the query's.
struct HeadPlace {
  Coord batch, keyHead, head;
};

class AttentionTiles : public LoopNest {
public:
  AttentionTiles(mlir::func::FuncOp kernel, const AttentionInputs &inputs,
                 const Target &target);

  int64_t getScratchElements() const override { return scratchElements; }
  bool mayShare(unsigned, unsigned) const override { return false; }

protected:
  using ColumnBody = llvm::function_ref<void(mlir::Value column, int64_t)>;

  Matrix allocate(int64_t rowCount, int64_t columns);
  /// For one that is only read a panel of vectors at a time.
  Matrix allocatePanels(int64_t rowCount, int64_t columns);
  /// Columns in a register tile of a matrix with `columns` columns.
  int64_t panelOf(int64_t columns) const {
    return columns <= lanes ? lanes : 2 * lanes;
  }
  int64_t padded(int64_t columns) const {
    return llvm::alignTo(columns, panelOf(columns));
  }
  /// Steps of a sum over `count` elements.
  int64_t steps(int64_t count) const {
    return isPaired ? llvm::divideCeil(count, 2) : count;
  }
  /// From a row of scalars to the next one, if `count` of them are summed.
  int64_t scalarStride(int64_t count) const {
    return isPaired ? llvm::alignTo(steps(count), lanes) : padded(count);
  }

  TileEmitter &e() { return body->e; }
  mlir::Value at(Matrix matrix, mlir::Value row, mlir::Value column);
  /// One element of a matrix, in all lanes.
  mlir::Value loadSplat(Matrix matrix, mlir::Value row, mlir::Value column);
  mlir::Value number(double value);
  mlir::Value splat(double value) { return e().splat(number(value)); }
  /// `score`, by the scale, if queries are not.
  mlir::Value scaled(mlir::Value score);
  void store(mlir::Value vector, Matrix to, mlir::Value row,
             mlir::Value column) {
    e().storeLinear(vector, body->scratch, {at(to, row, column), 1});
  }
  /// Stores vectors at one place of neighbouring rows, from an even one on, as
  /// the scalars or vectors of sums over rows.
  void storeColumn(llvm::ArrayRef<mlir::Value> vectors, Matrix to,
                   mlir::Value row, mlir::Value column);
  /// Stores a panel of a row, as the scalars of sums over columns.
  void storePanel(llvm::ArrayRef<mlir::Value> vectors, Matrix to,
                  mlir::Value row, mlir::Value column);
  mlir::Value minimum(mlir::Value lhs, mlir::Value rhs);
  void loop(mlir::Value lower, mlir::Value upper, int64_t step,
            llvm::function_ref<void(mlir::Value)> emitBody);

  /// `head` shares the key's head `keyHead` as number `shared`.
  HeadPlace placeOf(Coord batch, Coord keyHead, mlir::Value shared);

  /// Walks this thread's tiles, of which there are as `tileSizes` say: a batch,
  /// a head of the key, and what else. With `fetchesNext`, the head after each
  /// one, or again the last, may be fetched meanwhile.
  void walkTiles(llvm::ArrayRef<int64_t> tileSizes, bool fetchesNext,
                 llvm::function_ref<void(Coords)> emitBody);

  /// Walks [0, count) by `step`; `emitBody` gets how many are left, at most a
  /// step. So many whole steps are no loop.
  void walkColumns(int64_t count, int64_t step, ColumnBody emitBody,
                   int64_t unrolled = 1);
  /// Walks the panels of keys that rows [row, row + rows) may look at.
  /// `isChecked`: some of them are beyond what a row may look at.
  void walkKeys(
      mlir::Value row,
      llvm::function_ref<void(mlir::Value column, bool isChecked)> emitBody);
  /// One past the last key that rows [row, row + rows) may look at, or some
  /// more, at which probabilities are 0.
  mlir::Value keyBound(mlir::Value row);

  /// to[i][u] = tensor[batch, u, head, i]: the vectors of a sum over i.
  void packTransposed(mlir::Value tensor, Coord batch, Coord head, Matrix to);
  /// to[t - first][i] = tensor[batch, t, head, i] for t in [first, end): the
  /// scalars of a sum over i, times `factor` unless paired.
  void packScalars(mlir::Value tensor, Coord batch, Coord head,
                   mlir::Value first, mlir::Value end, double factor,
                   Matrix to);
  /// The same as the vectors of a sum over t.
  void packVectors(mlir::Value tensor, Coord batch, Coord head,
                   mlir::Value first, mlir::Value end, Matrix to);
  /// `active` elements of a row, then zeros or what is computed of zeros.
  mlir::Value loadRow(mlir::Value tensor, Coord batch, mlir::Value row,
                      Coord head, mlir::Value column, int64_t active);
  /// Fetches `count` rows of the next head from `row` on, `active` columns from
  /// `column` on: they are in memory, or far away in the caches. Each tile of a
  /// product that walks a tensor's rows and columns fetches as many, so that
  /// what is asked for at once is little.
  void fetchTile(mlir::Value tensor, mlir::Value row, int64_t count,
                 mlir::Value column, int64_t active);
  /// Numbers for the mask of rows [row, row + count).
  void packMask(const HeadPlace &place, mlir::Value row, int64_t count);
  /// Where row `r` of a tile that begins at `row` may look, from `column` on.
  mlir::Value isAllowed(mlir::Value row, int64_t r, mlir::Value column);

  /// sums[r * vectors + v] += A[r, k] * B[k, v] over k. Paired, k begins with
  /// an even number, and what is beyond an odd end is zero.
  llvm::SmallVector<mlir::Value> product(Factor a, Factor b, KRange k,
                                         int64_t rowCount, int64_t vectors,
                                         llvm::ArrayRef<mlir::Value> sums = {});

  /// A result (batch, rows, heads, size) at a row: the linear place of its
  /// first element.
  mlir::Value resultBase(mlir::RankedTensorType type, Coord batch,
                         mlir::Value row, Coord head);
  /// Loads or stores vectors of `active` elements from `place` on.
  void forVectors(int64_t active,
                  llvm::function_ref<void(int64_t vector, int64_t)> emitBody);

  AttentionInputs inputs;
  AttentionSizes sizes;
  int64_t lanes, lineElements;
  /// Rows of a register tile along queries and along keys; keys of a panel.
  int64_t rows, keyRows, keyPanel, keysPadded;
  bool isPaired;     ///< products are of bfloat16
  bool isMaskShared; ///< the mask is the same for all rows and heads
  Matrix maskRows;
  mlir::func::FuncOp kernel;

  KernelBody *body = nullptr;

private:
  /// The head that is fetched meanwhile, if one is.
  std::optional<HeadPlace> next;
  /// The step of a sum in which an element is.
  mlir::Value stepOf(mlir::Value index);
  mlir::Value loadRowPairs(mlir::Value tensor, Coord batch, mlir::Value row,
                           Coord head, mlir::Value column, int64_t active);
  void packRows(mlir::Value tensor, Coord batch, Coord head, mlir::Value first,
                mlir::Value end, double factor, Matrix to);
  /// Fetches `active` columns from `column` on of row `row`, or the last, of
  /// one head: rows of a head are apart, which the hardware does not foresee.
  void fetchRow(mlir::Value tensor, Coord batch, Coord head, mlir::Value row,
                mlir::Value column, int64_t active, uint32_t locality);
  /// All of a row that is copied some rows later.
  void fetchSoon(mlir::Value tensor, Coord batch, Coord head, mlir::Value row);
  void packBlock(mlir::Value tensor, Coord batch, Coord head,
                 llvm::ArrayRef<mlir::Value> from, mlir::Value column,
                 int64_t count, Matrix to, mlir::Value toColumn);

  int64_t scratchElements = 0;
};

std::unique_ptr<LoopNest> planAttentionGradient(mlir::func::FuncOp kernel,
                                                AttentionGradientOp op,
                                                const Target &target);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_ATTENTIONTILES_H
