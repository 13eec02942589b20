//===-- Contraction.h - the shape of a product, seen by strides -*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A product in any layout, a convolution and both of its gradients are one loop
// nest over C[..] += A[..] * B[..]: some indices appear in all three (batch),
// some in A and C (M), some in B and C (N), some in A and B (K). The kernel
// keeps a tile of C in registers: rows along M indices, vectors along the N
// index in which C is contiguous; it broadcasts scalars of A through whatever
// strides A has. Where a convolution looks beyond its input, loops end early:
// nothing is padded.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_CONTRACTION_H
#define MLC_CODEGEN_CONTRACTION_H

#include "codegen/LoopNest.h"
#include "codegen/Window.h"
#include "ir/Builders.h"

#include <vector>

namespace mlc::codegen {

/// One index of a contraction: its size, and how far a step along it moves in
/// each flat operand (0: does not appear).
struct ContractionDim {
  int64_t size = 1;
  int64_t a = 0, b = 0, c = 0;
  /// The dimension of C that it moves along, or -1 for K; and by how much. A
  /// step along a part of K that meets a border moves the place there as so
  /// many along the index of C would.
  int64_t inC = -1, cStep = 1;
  /// The border that it meets, a position in `Contraction::borders`, or -1.
  int64_t border = -1;
};

/// Cuts `dim`: steps of `inner` of its own, and those within one.
std::pair<ContractionDim, ContractionDim> cutDim(const ContractionDim &dim,
                                                 int64_t inner);

/// The divisor of `size` in [least, most] that is nearest to `wanted`; 1 if
/// there is none.
int64_t nearestDivisor(int64_t size, int64_t least, int64_t wanted,
                       int64_t most);

/// A position that two indices make together, one of C and one of K: only where
/// offset + c * (index of C) + k * (index of K) is in [0, size) is there
/// something to add.
struct Border {
  int64_t size = 0, offset = 0;
  int64_t c = 0, k = 0;

  bool contains(int64_t cIndex, int64_t kIndex) const {
    int64_t position = offset + c * cIndex + k * kIndex;
    return position >= 0 && position < size;
  }
};

/// The indices of a product or a convolution, or of the part of C whose places
/// are `cOffsets` + cStep * index.
struct Contraction {
  /// Operands of the op: A is broadcast, B is read as vectors.
  mlir::Value a, b;
  mlir::Value result;
  llvm::SmallVector<ContractionDim> dims;
  llvm::SmallVector<Border> borders;
  int64_t aOffset = 0, bOffset = 0;
  llvm::SmallVector<int64_t> cOffsets;
  /// Operands are rounded to bfloat16 first.
  bool bfloat16 = false;
};

/// The indices of the product `op`.
Contraction readProduct(mlir::linalg::GenericOp op);

/// The parts of the convolution `op` that together make its result: one, but
/// for the input's gradient of a strided one, whose places differ in which of
/// the filter's elements meet them.
std::vector<Contraction> readConvolution(mlir::Operation *op);

/// Joins neighbours that every operand walks as one: [batch, time] rows of a
/// Dense layer, contiguous sums.
void mergeNeighbours(mlir::func::FuncOp kernel, Contraction &product);

/// Forgets borders that nothing crosses, and those where there is one index of
/// C: they only shorten the K index.
void simplifyBorders(Contraction &product);

/// Rows, and vectors per row, of the tile of C in registers.
struct RegisterTile {
  int64_t rows, vectors;
};

/// Rows, pairs of K and columns of a matrix tile.
constexpr int64_t kMatrixRows = 16;

struct ContractionPlan : Contraction {
  /// One tile of work for each place along these, chunk of `m` and panel of
  /// `n`: batch, and M and N indices other than those below.
  llvm::SmallVector<ContractionDim> outer;
  /// M indices that a tile of work walks, all of them.
  llvm::SmallVector<ContractionDim> inner;
  /// Rows of the register tile: some along `m`, times all along each of
  /// `rowDims`.
  ContractionDim m;
  llvm::SmallVector<ContractionDim> rowDims;
  ContractionDim n;
  /// Depthwise, where each channel has several filters: steps along `n` for
  /// one along A.
  int64_t repeat = 1;
  /// An N index whose every step is in a tile: the gates of a unit, from which
  /// the kernel's results are computed; they don't have this dimension.
  ContractionDim gate;
  /// K indices outside of all that a tile of work walks: sums are kept in
  /// scratch memory in between.
  llvm::SmallVector<ContractionDim> outerK;
  /// Some of them are few lines of an image, read for all rows of C at once.
  bool walksLines = false;
  llvm::SmallVector<ContractionDim> k;
  RegisterTile tile{8, 2};
  int64_t lanes = 0;
  /// Panels of B are packed as [k][gate][tile columns] first.
  bool packed = false;
  /// They have been: what they are read from.
  mlir::Value panelSource;
  /// A's rows of a chunk are packed first, for all panels in turn: as [block of
  /// rows][k][row], if they are neighbours, or as [row][k]. `m` and `k` walk
  /// that then.
  bool packedRows = false, neighbourRows = false;
  /// What they walk in memory, before packing and cutting; `k` has one at
  /// least.
  ContractionDim mSource;
  llvm::SmallVector<ContractionDim> kSource;
  /// Or they are packed for one block of `outerK`, which all panels of a tile
  /// of work walk then, so many: what is packed stays in the second-level cache
  /// meanwhile.
  bool packsBlocks = false;
  int64_t panelsPerTile = 1;
  /// Both operands are packed as pairs of bfloat16 that follow each other along
  /// the innermost K index, of which a step of `k` is a pair: each pair where
  /// else a float is, and zeros behind the last one of an odd number.
  bool isPaired() const { return bfloat16; }
  /// They are multiplied in matrix tiles: all of K is one index, filled up with
  /// zeros to whole tiles.
  bool inMatrices = false;
  /// The first of `k` cuts another index into pieces, between which a tile has
  /// time for something else: fetching what its epilogue needs.
  bool inPieces = false;
  /// Vectors of C for which each piece fetches it, of the tile that is so many
  /// steps along `m` further on; or, for this one, each of the first pieces,
  /// which leave those after them time for it to come.
  int64_t vectorsPerPiece = 1;
  int64_t fetchAhead = 0;
  /// Meanwhile it packs its part of the next panel of B: what is read from
  /// memory for that comes while sums are added up. There are two panels in
  /// scratch memory then, in turn.
  bool packsAhead = false;
  /// The first panel's tiles fetch the rows of A that the next one reads: a row
  /// each is too short for the hardware to foresee.
  bool fetchesRows = false;
  /// Panels don't stay in the first-level cache until they are read again: a
  /// tile fetches from the second what it needs some steps along K later.
  bool fetchesSteps = false;
  /// Elements of B in a line of the caches.
  int64_t lineElements = 0;
  /// What tuning may choose otherwise: `packed`, blocks of `outerK`,
  /// `chunkSize`.
  bool mayPack = false, mayBlock = false, mayCut = false;
  /// Tensors of that many bytes are not in the second-level cache.
  int64_t farBytes = 0;
  /// Blocks along `m` differ by a step at most, rather than that the last one
  /// is what is left: a block of few rows takes as long as its columns of B do.
  bool evenBlocks = false;
  /// So much is computed of each sum that the registers are needed for it: the
  /// tile's sums wait in scratch memory.
  bool isEpilogueLong = false;
  /// Windows that are combined where the convolution's result is made: whole
  /// ones, of which no two overlap. All places of an image are in a tile then.
  std::optional<WindowForm> pooling;
  /// Sums of B's columns over K, which the kernel computes beside the product;
  /// or null.
  mlir::Value columnSums;
  /// Steps along `m` of one tile of work: all of them, or a multiple of
  /// blockSize().
  int64_t chunkSize = 0;

  bool isBlocked() const { return mayBlock && !outerK.empty(); }
  bool isFar(mlir::Value tensor) const {
    return bytesOf(tensor.getType()) >= farBytes;
  }
  int64_t elementBytes() const;
  int64_t columns() const { return tile.vectors * lanes; }
  /// Of a packed panel: columns for each gate.
  int64_t panelWidth() const { return gate.size * columns(); }
  int64_t kSize() const { return sizeOf(k); }
  int64_t rowsPerStep() const { return sizeOf(rowDims); }
  /// Steps along `m` of a register tile.
  int64_t blockSize() const { return tile.rows / rowsPerStep(); }
  int64_t chunks() const { return llvm::divideCeil(m.size, chunkSize); }
  int64_t panels() const { return llvm::divideCeil(n.size, columns()); }
  /// Panels that are walked together.
  int64_t groups() const { return llvm::divideCeil(panels(), panelsPerTile); }
  int64_t workTiles() const { return sizeOf(outer) * chunks() * groups(); }
  /// Steps along `m` that a tile of work walks at most.
  int64_t chunkSteps() const { return std::min(m.size, chunkSize); }
  /// Rows of C that a tile of work sums up, if `m` isn't cut.
  int64_t workRows() const { return sizeOf(inner) * m.size * rowsPerStep(); }
  /// Elements of a panel's sums in scratch memory.
  int64_t panelSums() const {
    return sizeOf(inner) * chunkSteps() * rowsPerStep() * columns();
  }
  /// From a step along `m` to the next, at the start of blocks of packed rows.
  /// A vector lies between two blocks, lest they compete for the same lines of
  /// the caches.
  int64_t rowStep() const {
    int64_t steps = packsBlocks ? kSize() : sizeOf(outerK) * kSize();
    return steps +
           (neighbourRows ? llvm::divideCeil(lanes, blockSize()) : lanes);
  }
  int64_t packedRowElements() const {
    return packedRows ? llvm::alignTo(chunkSize, blockSize()) * rowStep() : 0;
  }
  /// Elements of a packed panel.
  int64_t panelElements() const { return kSize() * panelWidth(); }
  /// Pieces of a panel that are packed at once: rows, or pairs of them, or
  /// blocks of lanes x lanes, a vector's columns after the other's.
  int64_t packUnits() const {
    return n.b == 1 ? kSize() : tile.vectors * (kSize() / lanes);
  }
  /// Does a tile of work pack its panel for itself?
  bool packsPanels() const { return packed && !panelSource; }
  int64_t packedElements() const {
    return packsPanels() ? panelElements() * (packsAhead ? 2 : 1) : 0;
  }
  int64_t sumElements() const {
    return outerK.empty() ? 0 : panelsPerTile * panelSums();
  }
  /// A tile's sums that wait for an epilogue.
  int64_t waitingElements() const {
    return isEpilogueLong || inMatrices ? tile.rows * panelWidth() : 0;
  }
  /// The outermost of `inner` that windows move along, or how many those are:
  /// when it has gone as far as a window reaches, windows are complete.
  size_t bandDepth() const;
  /// Of the band that windows are combined of, along each dimension of C.
  llvm::SmallVector<int64_t> bandSizes() const;
  int64_t bandElements() const;
  /// Sums of columns that are added up block by block.
  int64_t columnSumElements() const {
    return columnSums && !outerK.empty() ? panelsPerTile * columns() : 0;
  }
  /// Of a worker: packed panels, the sums, the packed rows, the waiting
  /// sums, the band, the sums of columns.
  int64_t scratchElements() const {
    return packedElements() + sumElements() + packedRowElements() +
           waitingElements() + bandElements() + columnSumElements();
  }
  /// The steps along `m` for which all K indices are within its border.
  std::pair<int64_t, int64_t> getInterior() const;

  static int64_t sizeOf(llvm::ArrayRef<ContractionDim> dims);
};

/// The kernel's product: of its reductions, the one of two operands.
mlir::linalg::GenericOp getProduct(mlir::func::FuncOp kernel);

/// Reads the plans off the kernel's contraction and chooses their tiles.
mlir::FailureOr<std::vector<ContractionPlan>>
makePlans(mlir::func::FuncOp kernel, const Target &target);

/// The planner's own plan of the kernel's product of floats, whatever is tuned;
/// none of a convolution.
std::optional<ContractionPlan> makeOwnPlan(mlir::func::FuncOp kernel,
                                           const Target &target);

struct ContractionChoice;

/// Decides how a plan whose indices have their roles is walked, and what of
/// `op`'s operands is packed. A tuned choice is followed; that it doesn't fit
/// is an error.
llvm::Error chooseBlocking(ContractionPlan &plan, const Target &target,
                           mlir::Operation *op,
                           const ContractionChoice *choice);

/// Tiles of work that threads can share evenly.
constexpr int64_t kEnoughTiles = 16;
/// Rows that a panel is multiplied by, for which packing it hardly matters.
constexpr int64_t kEnoughRows = 512;

/// Decides which indices of the convolution `op` a tile of work walks, and in
/// which order.
void walkConvolution(ContractionPlan &plan, const Target &target,
                     mlir::Operation *op);

/// The tile that needs the fewest cycles for an M x N block of C: full tiles
/// run at the rate of the fused multiply-adds or of the loads, whichever is
/// slower; tails waste what they leave empty. Its rows are a multiple of
/// `unit`, which divides `m`. `isEven`: rows that do not fill whole tiles are
/// shared out evenly.
RegisterTile chooseTile(const Target &target, int64_t m, int64_t n,
                        int64_t lanes, int64_t unit = 1, int64_t gates = 1,
                        bool isEven = false);

/// Rows and vectors of which as many matrix tiles are as there are registers
/// for, M x N x `gates` at most.
RegisterTile chooseMatrixTile(int64_t m, int64_t n, int64_t gates);

/// Registers that such a tile needs: its sums, a row of B and a scalar of A in
/// all lanes, or a vector of B and all rows' scalars, whichever is less, and
/// the product of two where it isn't added at once.
int64_t countRegisters(const Target &target, RegisterTile tile,
                       int64_t gates = 1);

/// Cycles for each step along K of such a block, by that tile.
double estimateCycles(const Target &target, RegisterTile tile, int64_t m,
                      int64_t n, int64_t lanes, int64_t gates = 1,
                      bool isEven = false);

/// Emits the packing of B's columns [column, column + count) for all of K into
/// scratch, as [k][gate][plan.columns()]; columns beyond `count` are filled
/// with 0. `bBase` is B's linear index for the outer indices.
void emitPackPanel(TileEmitter &e, const ContractionPlan &plan, mlir::Value b,
                   mlir::Value bBase, mlir::Value column, int64_t count,
                   mlir::Value scratch, mlir::Value scratchBase);

/// Vectors of `count` columns of each gate: where they are in a row of B, how
/// many lanes they have, and where they go in a panel.
struct PanelVectors {
  PanelVectors(const ContractionPlan &plan, int64_t count);
  /// Fetches them, of the row that is at `row`, into the first-level cache.
  void prefetch(TileEmitter &e, mlir::Value b, mlir::Value row) const;

  llvm::SmallVector<int64_t> offsets, masks, targets;
  /// Those of `offsets` that are a line apart.
  llvm::SmallVector<int64_t> lines;
};

/// Emits the packing of one step along K of a panel whose columns are
/// neighbours in B: `count` of each gate, from `from` on.
void emitPackRow(TileEmitter &e, const ContractionPlan &plan, mlir::Value b,
                 mlir::Value from, mlir::Value scratch, mlir::Value to,
                 int64_t count);

/// The same of a block of lanes x lanes whose steps along K are neighbours in
/// B, but of `columns` columns and `count` steps.
void emitPackBlock(TileEmitter &e, const ContractionPlan &plan, mlir::Value b,
                   mlir::Value from, mlir::Value scratch, mlir::Value to,
                   int64_t columns, int64_t count);

/// Emits the packing of `count` rows of A, neighbours from its linear index
/// `from` on: blocks of them.
void emitPackRows(TileEmitter &e, const ContractionPlan &plan, mlir::Value from,
                  int64_t count, mlir::Value scratch, mlir::Value to);

/// The same of a row whose steps along K are neighbours, a block of them.
void emitPackWholeRow(TileEmitter &e, const ContractionPlan &plan,
                      mlir::Value from, mlir::Value scratch, mlir::Value to);

/// The same where rows and columns are packed as pairs; see
/// ContractionPlan::isPaired.
void emitPackPairedPanel(TileEmitter &e, const ContractionPlan &plan,
                         mlir::Value b, mlir::Value bBase, mlir::Value column,
                         int64_t count, mlir::Value scratch,
                         mlir::Value scratchBase);
/// One pair of rows of such a panel.
void emitPackRowPair(TileEmitter &e, const ContractionPlan &plan, mlir::Value b,
                     mlir::Value from, mlir::Value scratch, mlir::Value to,
                     int64_t count);
/// Emits the packing of all of K of `count` rows of A, which is at `from` for
/// the first of them.
void emitPackPairedRows(TileEmitter &e, const ContractionPlan &plan,
                        mlir::Value from, int64_t count, mlir::Value scratch,
                        mlir::Value to);

/// A register tile's place.
struct TilePlace {
  /// Linear indices of A at the tile's first row, and of B (or of the packed
  /// panel) at its first column.
  mlir::Value a, aBase, b, bBase;
  /// Steps along `m`. `mStart` is known for tiles at the border of `m`; where
  /// it isn't, all K indices are within it.
  int64_t steps;
  std::optional<int64_t> mStart;
  int64_t vectors, lastLanes;
  /// For each border the index of C that meets it; null where that is a row's.
  llvm::SmallVector<mlir::Value> borderIndices;
};

/// Emits the sum over K (but for plan.outerK) of one register tile, added to
/// `sums`: row by row, `vectors` for each gate. Given `piece`, only over that
/// piece of K.
llvm::SmallVector<mlir::Value> emitMicroKernel(TileEmitter &e,
                                               const ContractionPlan &plan,
                                               const TilePlace &place,
                                               mlir::ValueRange sums,
                                               mlir::Value piece = {});

/// A row of the register tile: how far it is from the first one in A, and its
/// step along `m` and along each of plan.rowDims.
struct TileRow {
  int64_t a = 0;
  int64_t step = 0;
  llvm::SmallVector<int64_t> places;
};
llvm::SmallVector<TileRow> getRows(const ContractionPlan &plan, int64_t steps);

/// lhs * rhs + sum, in one instruction where the target has it.
mlir::Value multiplyAdd(TileEmitter &e, mlir::Value lhs, mlir::Value rhs,
                        mlir::Value sum);

/// Transposes `rows`, as many vectors as lanes.
void transposeInRegisters(TileEmitter &e, llvm::SmallVector<mlir::Value> &rows);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_CONTRACTION_H
