//===-- ContractionLoops.h - the loops of a product's plan -----*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Panels of N, then rows of M, then a register tile over all of K. What follows
// the product (bias, activation, its gradient, an optimizer's update) is
// applied to the tile while it is in registers. The gradient of a filter sums
// over images outside of that, in scratch memory, so that an image's data is
// used while it is in cache.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_CONTRACTIONLOOPS_H
#define MLC_CODEGEN_CONTRACTIONLOOPS_H

#include "codegen/Contraction.h"
#include "codegen/PooledBand.h"

namespace mlc::codegen {

/// Linear positions in A and B, coordinates in C and indices at borders, of the
/// indices that loops have fixed so far.
struct LoopPlace {
  mlir::Value a, b;
  Coords c;
  llvm::SmallVector<mlir::Value> borders;

  LoopPlace at(TileEmitter &e, const ContractionDim &dim,
               mlir::Value index) const;
};

/// Some steps along `m`. `known` is where they start if they must be seen
/// exactly, being at the border.
struct RowBlock {
  mlir::Value start;
  int64_t steps;
  std::optional<int64_t> known;
};

/// A panel that is packed ahead: where it begins in B and in scratch memory,
/// whether there is one, and whether that is the last one of a row of C.
struct NextPanel {
  mlir::Value from, to, isThere, isLast;
};

/// A tensor that the epilogue reads or writes, flat.
struct FarTensor {
  mlir::Value memory;
  mlir::RankedTensorType type;
  /// A dimension that places of results lack: gates, as the sum has them, or
  /// the pieces of a stack; -1: none.
  int64_t added;
  bool isStreamed;
  /// What is written is fetched to be: another thread's copy is given up then,
  /// and not when the store waits for that.
  bool isRead, isWritten;
};

/// The loops of one plan.
class PlanLoops {
public:
  PlanLoops(mlir::func::FuncOp kernel, const ContractionPlan &plan,
            KernelBody &body);

  void emitWorkTile(mlir::Value number);

private:
  /// The place of a tile of work along each of plan.outer, and its chunk and
  /// group of panels.
  Coords locate(mlir::Value number);
  /// Calls `emit` for the panel of that number.
  void withPanel(mlir::Value number, llvm::function_ref<void()> emit);
  /// Calls `emit` for each panel of the tile of work.
  void forEachPanel(llvm::function_ref<void()> emit);
  mlir::Value firstPanel();
  mlir::Value endOfPanels();
  void emitPanels(const LoopPlace &base);
  /// Packs the panel at `base`, which is of block number `block` of K; what
  /// remains is to be read there.
  LoopPlace packPanel(const LoopPlace &base, mlir::Value block);
  /// Packs the chunk's rows of block number `block` of K, or of all of it,
  /// unless the tile before, of the same chunk, has; returns where a packed
  /// step 0 along `m` would be.
  mlir::Value packRows(const LoopPlace &base, mlir::Value block);
  /// The same of one of the three kinds of rows, those from `origin` on.
  void packPairedRows(const LoopPlace &base, mlir::Value origin);
  void packNeighbours(const LoopPlace &base, mlir::Value block,
                      mlir::Value origin);
  void packWholeRows(const LoopPlace &base, mlir::Value block,
                     mlir::Value origin);
  /// Where step `k` of the sum is in A before its rows are packed.
  mlir::Value sourceOf(const LoopPlace &base, mlir::Value k);
  /// Fetches what is packed some steps after `k`: each step's rows may be in
  /// memory only, too few for the hardware to foresee.
  void prefetchPackedRows(const LoopPlace &base, mlir::Value k,
                          mlir::Value start);
  /// Calls `emit` with the start and number of the chunk's rows, some blocks
  /// at once.
  void forEachRun(llvm::function_ref<void(mlir::Value, int64_t)> emit);
  mlir::Value isEqual(mlir::Value lhs, mlir::Value rhs);
  mlir::Value isBelow(mlir::Value lhs, mlir::Value rhs);
  /// The steps along `m` of the chunk begin, and end below `limit`.
  mlir::Value chunkStart();
  mlir::Value chunkEnd(int64_t limit);
  /// Is the tile of work the first one of this thread that reads its chunk?
  mlir::Value isFirstOfChunk();

  // Loops over M.
  /// Calls `emit` at each place of `dims`, which are of plan.inner; it also
  /// gets the number of the place.
  void
  forEachInner(llvm::ArrayRef<ContractionDim> dims, const LoopPlace &base,
               mlir::Value number,
               llvm::function_ref<void(const LoopPlace &, mlir::Value)> emit);
  void forEach(mlir::Value begin, mlir::Value end, int64_t step,
               llvm::function_ref<void(mlir::Value)> emit);
  void forEachBlock(llvm::function_ref<void(const RowBlock &)> emit);
  void emitOnce(const RowBlock &block,
                llvm::function_ref<void(const RowBlock &)> emit);
  void forEachEvenBlock(llvm::function_ref<void(const RowBlock &)> emit);
  void forEachBlockOfChunk(llvm::function_ref<void(const RowBlock &)> emit);
  /// Blocks that have nothing to do with the border of `m` are one loop; the
  /// others a variant each, or, if those are many, single steps.
  void forEachBlockOfAll(llvm::function_ref<void(const RowBlock &)> emit);

  // ContractionTiles.cpp: register tiles and what follows them.
  llvm::SmallVector<mlir::Value> zeros(int64_t steps);
  int64_t lanesOf(int64_t vector) const;
  TilePlace placeOf(const LoopPlace &base, const RowBlock &block);
  /// Adds to `sums` what is beside plan.outerK; meanwhile fetches `far`.
  llvm::SmallVector<mlir::Value> emitTile(const LoopPlace &base,
                                          const RowBlock &block,
                                          mlir::ValueRange sums,
                                          llvm::ArrayRef<FarTensor> far = {});
  /// The sum over all of K.
  llvm::SmallVector<mlir::Value> emitWholeTile(const LoopPlace &base,
                                               const RowBlock &block);
  /// The columns of a vector of the panel.
  Coord columnsAt(const LoopPlace &base, mlir::Value vector);
  /// Calls `emit` with the place in C of each vector of the block's tile, and
  /// the vector's row and number in it.
  void
  forEachVectorOfTile(const LoopPlace &base, const RowBlock &block,
                      llvm::function_ref<void(Coords, int64_t, int64_t)> emit);
  void emitEpilogues(const LoopPlace &base, const RowBlock &block,
                     mlir::ValueRange sums);
  void emitEpiloguesOfRows(const LoopPlace &base, const RowBlock &block,
                           mlir::ValueRange sums);
  /// Stores the sums, and computes a few rows at a time of them.
  void emitLongEpilogues(const LoopPlace &base, const RowBlock &block,
                         mlir::ValueRange sums);
  /// A few rows at a time of sums that wait in scratch memory.
  void emitWaitingEpilogues(const LoopPlace &base, const RowBlock &block);
  mlir::Value waitingBase();

  // MatrixTiles.cpp: the same of products in matrix tiles.
  void emitMatrixTile(const LoopPlace &base, const RowBlock &block);
  void emitMatrixSums(const TilePlace &place);

  /// Fetches a piece of the rows after `block`, which only the first tile of
  /// work does not find in cache.
  void prefetchNextRows(const LoopPlace &base, const RowBlock &block,
                        mlir::Value piece);
  /// Fetches what the epilogue will touch at the step of `m` into the
  /// second-level cache: pieces of rows, which the hardware does not foresee.
  void prefetchEpilogue(const LoopPlace &base, mlir::Value step,
                        llvm::ArrayRef<FarTensor> tensors);
  /// The same for one vector of a product's tile.
  void prefetchEpilogue(const LoopPlace &base, mlir::Value step,
                        mlir::Value vector, llvm::ArrayRef<FarTensor> tensors);
  /// The lines of tensors that a vector of sums at `at`, gates included, has.
  void prefetchAt(Coords at, llvm::ArrayRef<FarTensor> tensors);
  /// The lines of `tensor` that a vector of results at `at` has.
  void prefetchAt(const Coords &at, const FarTensor &tensor);
  /// The same for the vectors for which this piece of `block` has to.
  void prefetchEpilogueInPiece(const LoopPlace &base, const RowBlock &block,
                               mlir::Value piece,
                               llvm::ArrayRef<FarTensor> tensors);
  /// The step along `m` that is `ahead` ones behind `step`, or the last.
  mlir::Value stepAhead(mlir::Value step, int64_t ahead);
  /// Is `argument` only read where the sum is, or gates are picked of it?
  bool isReadBesideSum(mlir::BlockArgument argument) const;
  /// Where the kernel's inputs and results are that are like C: all, if they
  /// are too large together for the second-level cache, or those that are
  /// elsewhere in each round of a loop. As many results as there are inputs
  /// take inputs' places.
  llvm::SmallVector<FarTensor> getFarTensors();
  bool hasAttr(mlir::Value result, llvm::StringRef name);
  void bindSum(Coords at, int64_t gate, mlir::Value sum);
  void emitEpilogue(Coords at);

  // PackAhead.cpp: the next panel of B.
  /// Returns where the panel at `base` is in scratch memory, and decides which
  /// one is packed meanwhile. A thread's first one is packed now, by `packTo`.
  mlir::Value takeTurn(const LoopPlace &base, mlir::Value block,
                       llvm::function_ref<void(mlir::Value)> packTo);
  /// How many panels all tiles of work pack before this one.
  mlir::Value numberOfTurn(mlir::Value block);
  /// Is the panel the thread's first one?
  mlir::Value isFirstTurn(mlir::Value block);
  /// The panel after the one at `base`: the next of the tile of work, or its
  /// first one for the next block of K, or that of the next tile.
  NextPanel findNext(const LoopPlace &base, mlir::Value block);
  /// How many blocks of a chunk pack something, and from one to the next.
  int64_t packingBlocks() const;
  int64_t packingStride() const;
  /// Units of the panel that a piece of a block packs.
  int64_t unitsPerPiece() const;
  /// Packs what piece `piece` of the block at `start` has to.
  void packInPiece(mlir::Value start, mlir::Value piece);
  /// Packs what all pieces have left.
  void packRest();
  void packUnit(mlir::Value unit);
  void packTransposed(mlir::Value unit);
  /// The block whose first column and step along K these are.
  void packTransposed(mlir::Value first, mlir::Value step);

  // ContractionPooling.cpp: windows over what the epilogue makes.
  /// Calls `emit` at each place of plan.inner, and emits windows when they are
  /// complete.
  void forEachInnerOfBands(const LoopPlace &base,
                           llvm::function_ref<void(const LoopPlace &)> emit);
  void emitBands(const LoopPlace &base, const ContractionDim &dim,
                 llvm::function_ref<void(mlir::Value)> emitRow);
  void makeBand();
  /// Emits all windows of the band, those of `range` along its dimension.
  void emitWindows(const LoopPlace &base, IndexRange range);

  // ContractionSums.cpp: sums in scratch memory.
  void emitSums(const LoopPlace &base);
  void clearSums();
  /// Adds block number `number` of K, which begins at `block`.
  void addBlock(const LoopPlace &base, const LoopPlace &block,
                mlir::Value number);
  void emitEpiloguesOfSums(const LoopPlace &base);
  /// The panel's number among those of the tile of work, times `elements`.
  mlir::Value placeOfPanel(int64_t elements);
  /// Calls `emit` at each place of plan.outerK; it also gets its number.
  void
  forEachOuterK(size_t depth, const LoopPlace &base, mlir::Value number,
                llvm::function_ref<void(const LoopPlace &, mlir::Value)> emit);
  mlir::Value sumsBase();
  /// Where the sums of a block are, vector by vector.
  llvm::SmallVector<Coord> getSumPlaces(mlir::Value number,
                                        const RowBlock &block);

  // ContractionColumns.cpp: sums of B's columns.
  /// Sums the columns of all of K's rows, which begin at `from`, and computes
  /// what the kernel makes of the sums.
  void emitColumns(const LoopPlace &base, mlir::Value from);
  /// The same for a block of K: adds to sums in scratch memory, and then
  /// computes that.
  void addColumnSums(const LoopPlace &base, mlir::Value from);
  void emitColumnsOfBlocks(const LoopPlace &base);
  /// Emits what is done once for a panel: by the tile of work that has the
  /// first rows.
  void forFirstRows(const LoopPlace &base, llvm::function_ref<void()> emit);
  void emitColumnResults(const LoopPlace &base, mlir::ValueRange sums);
  llvm::SmallVector<mlir::Value> sumColumns(mlir::Value from, size_t depth = 0);
  llvm::SmallVector<mlir::Value> sumRowsOfB(mlir::Value from, int64_t rows,
                                            int64_t step);
  llvm::SmallVector<mlir::Value> addRowOfB(mlir::Value at,
                                           mlir::ValueRange sums);
  mlir::Value columnSumsBase();
  Coord columnSumPlace(int64_t vector);

  mlir::func::FuncOp kernel;
  const ContractionPlan &plan;
  KernelBody &body;
  TileEmitter &e;
  /// What is computed at places of C, and at those of sums of columns.
  llvm::SmallVector<mlir::Value> results, outputs, columnResults, columnOutputs;
  /// The tile of work: its group of panels of N; the panel, how many columns
  /// and vectors that has; the chunk of M, and A and B or what was packed of
  /// them.
  mlir::Value tile, group, panel, column, chunk, a, b;
  NextPanel next;
  int64_t columns = 0, vectors = 0;
  std::optional<PooledBand> band;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_CONTRACTIONLOOPS_H
