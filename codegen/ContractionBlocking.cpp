//===-- ContractionBlocking.cpp - packing, blocks and shares of work ------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"
#include "codegen/Tuning.h"

#include <numeric>

using namespace mlir;

namespace mlc::codegen {
namespace {

/// kEnoughRows, if a panel is packed while others are multiplied.
constexpr int64_t kEnoughRowsAhead = 128;

/// Decides in which order and which pieces the indices of a plan are walked,
/// and what is copied on the way.
class Blocking {
public:
  Blocking(ContractionPlan &plan, const Target &target, Operation *op,
           const ContractionChoice *choice)
      : plan(plan), target(target), op(op), choice(choice) {}

  llvm::Error run() {
    plan.mSource = plan.m;
    plan.kSource = plan.k;
    choosePacking();
    plan.chunkSize = plan.m.size;
    plan.farBytes = target.l2.bytes / 2;
    plan.lineElements = target.lineElements(8 * plan.elementBytes());
    if (plan.isPaired())
      pairUp();
    if (isConvolution())
      walkConvolution(plan, target, op);
    else if (!plan.isPaired() && !blockRows())
      packRows();
    chooseChunks();
    if (!isConvolution())
      blockSums();
    plan.fetchesSteps = outgrowsFirstLevel();
    plan.evenBlocks =
        !isConvolution() && !plan.packedRows && plan.chunks() == 1;
    return std::move(misfit);
  }

private:
  bool isConvolution() const { return !isa<linalg::GenericOp>(op); }

  /// Is this a choice? It can't be followed if not `fits`.
  bool follows(bool isChosen, bool fits, const char *expected) {
    if (isChosen && !fits && !misfit)
      misfit = llvm::createStringError(expected);
    return isChosen && fits;
  }

  void choosePacking() {
    // A panel of B whose columns aren't contiguous is transposed while packed.
    bool isPanel = plan.n.size > 1 && plan.n.a == 0 && plan.kSize() > 0;
    plan.packed =
        isPanel && (plan.panelSource || plan.n.b != 1 || evictsItself());
    plan.mayPack = isPanel && plan.n.b == 1 && isPlainSum() &&
                   !plan.isPaired() && plan.m.size > plan.blockSize();
    bool differs = choice && choice->packed != plan.packed;
    // Pairs are packed anyway.
    if (follows(differs && !plan.isPaired(), plan.mayPack,
                plan.packed ? "this contraction has to be packed"
                            : "this contraction can't be packed"))
      plan.packed = choice->packed;
  }

  /// Enough pieces to share out between threads, by the shape alone; where that
  /// repeats packing, of enough rows for it not to matter. Blocks that are few
  /// are not made uneven.
  void chooseChunks() {
    int64_t step = plan.blockSize();
    bool isEven = !plan.panelSource || plan.m.size % step == 0;
    plan.mayCut = !plan.packedRows && !plan.walksLines && plan.m.border < 0 &&
                  isEven && !plan.pooling;
    if (plan.mayCut) {
      int64_t rows = rowsThatStay();
      int64_t tiles = plan.workTiles() * llvm::divideCeil(plan.m.size, rows);
      if (tiles < kEnoughTiles)
        rows = std::min(rows, rowsToShare(tiles));
      int64_t chunks = llvm::divideCeil(plan.m.size, rows),
              even = llvm::divideCeil(plan.m.size, chunks);
      plan.chunkSize =
          std::min(plan.m.size, int64_t(llvm::alignTo(even, step)));
    }
    if (!choice || choice->chunk == 0)
      return;
    bool isWhole = choice->chunk == plan.m.size;
    bool fits = choice->chunk > 0 && choice->chunk < plan.m.size &&
                choice->chunk % step == 0;
    if (follows(true, plan.mayCut && (isWhole || fits),
                "expected `chunk` to be 0 or a multiple of the tile's rows"))
      plan.chunkSize = choice->chunk;
  }

  int64_t rowsToShare(int64_t tiles) const {
    constexpr int64_t mostChunks = 8;
    if (!plan.packsPanels())
      return llvm::divideCeil(plan.m.size, mostChunks);
    int64_t chunks = llvm::divideCeil(kEnoughTiles, tiles),
            rows = llvm::divideCeil(plan.m.size, chunks);
    return std::max(rows, mayPackAhead() ? kEnoughRowsAhead : kEnoughRows);
  }

  /// Rows of A that stay in the second-level cache while all panels pass, if
  /// packing these for each chunk of rows reads less than rows that don't stay.
  int64_t rowsThatStay() const {
    if (!mayPackAhead())
      return plan.m.size;
    int64_t rowBytes = plan.kSize() * plan.elementBytes(),
            a = plan.m.size * rowBytes, b = plan.n.size * rowBytes;
    int64_t least = plan.n.b == 1 ? kEnoughRowsAhead / 2 : kEnoughRows / 2;
    // Nor is a B read again that would come from memory, unless A would.
    bool isFarB = b > target.l2.bytes && !isReadFromMemory();
    if (a <= target.l2.bytes / 4 || isFarB)
      return plan.m.size;
    for (int64_t part : {4, 2}) {
      int64_t rows = target.l2.bytes / part / rowBytes;
      if (rows >= least &&
          a + int64_t(llvm::divideCeil(plan.m.size, rows)) * b <
              plan.panels() * a)
        return rows;
    }
    return plan.m.size;
  }

  /// A product along one index.
  bool isPlainSum() const {
    return !isConvolution() && plan.gate.size == 1 && plan.k.size() == 1;
  }

  /// Do lines that are `stride` elements apart fall into so few sets of `cache`
  /// that `count` of them don't stay there, besides all else that a kernel
  /// reads?
  bool evictEachOther(const Cache &cache, int64_t stride, int64_t count) const {
    int64_t ways = cache.ways, wayBytes = cache.bytes / ways;
    int64_t places =
        wayBytes / std::gcd(stride * plan.elementBytes(), wayBytes);
    return count > places * ways / 4;
  }

  /// Is B's panel read by many tiles, and not in cache when the next one comes?
  bool evictsItself() const {
    constexpr int64_t enoughReuse = 8;
    return !isConvolution() && plan.gate.size == 1 && isSumContiguous() &&
           plan.m.size >= enoughReuse * plan.blockSize() &&
           evictEachOther(target.l2, plan.k.back().b, plan.kSize());
  }

  /// Is B a panel of rows of which the first-level cache has lost the first
  /// ones when the next tile reads them?
  bool outgrowsFirstLevel() const {
    bool isPanel =
        plan.n.size > 1 && plan.n.a == 0 && (plan.packed || plan.n.b == 1);
    if (!isPanel)
      return false;
    bool isLarge =
        plan.panelElements() * plan.elementBytes() > target.l1.bytes / 2;
    return isLarge ||
           (!plan.packed &&
            evictEachOther(target.l1, plan.k.back().b, plan.kSize()));
  }

  /// Is a panel for several blocks of rows, of which a piece can be packed at
  /// any time: a row as it is, a pair of rows, or a block of lanes x lanes that
  /// is transposed?
  bool mayPackAhead() const {
    bool isTransposed = plan.n.b != 1;
    if (isTransposed &&
        (plan.isPaired() || plan.k.back().b != 1 || plan.gate.size > 1 ||
         plan.n.size % plan.lanes != 0 || plan.kSize() % plan.lanes != 0))
      return false;
    if (plan.isPaired() && (plan.inMatrices || plan.kSource.size() != 1 ||
                            plan.kSource[0].size % 2 != 0))
      return false;
    return plan.packsPanels() && isSumContiguous() &&
           plan.chunkSize > plan.blockSize();
  }

  /// Both operands are packed as pairs.
  void pairUp() {
    constexpr int64_t chunkRows = 128, leastRows = 64;
    ContractionDim &inner = plan.k.back();
    plan.packed = plan.packedRows = true;
    plan.neighbourRows = !plan.inMatrices && plan.m.a == 1 && inner.a != 1;
    inner.size = llvm::divideCeil(inner.size, 2);
    inner.b *= 2;
    int64_t step = plan.neighbourRows ? plan.blockSize() : 1;
    for (ContractionDim &dim : llvm::reverse(plan.k)) {
      dim.a = step;
      step *= dim.size;
    }
    if (plan.inMatrices) {
      inner.size = llvm::alignTo(plan.kSize(), kMatrixRows);
      plan.k = {inner};
    }
    plan.m.a = plan.neighbourRows ? 1 : plan.rowStep();
    int64_t rowBytes = plan.rowStep() * plan.elementBytes();
    int64_t fit = target.l2.bytes / 2 / rowBytes;
    int64_t others = plan.sizeOf(plan.outer) * plan.panels();
    int64_t shared = llvm::divideCeil(plan.m.size * others, kEnoughTiles);
    int64_t rows =
        std::min(std::max(fit, chunkRows), std::max(shared, leastRows));
    plan.chunkSize =
        llvm::alignTo(std::min(rows, plan.m.size), plan.blockSize());
  }

  /// Does B walk all K indices as one?
  bool isSumContiguous() const {
    for (size_t i = 0; i + 1 < plan.k.size(); ++i)
      if (plan.k[i].b != plan.k[i + 1].b * plan.k[i + 1].size)
        return false;
    return true;
  }

  /// A's rows that are side by side in memory, so that each step along K reads
  /// elsewhere, are packed where those steps would not stay in cache, or where
  /// A has several K indices: K is one index then, as B has it.
  void packRows() {
    constexpr int64_t enoughVectors = 4, enoughBlocks = 4, leastRows = 64;
    int64_t stride = 0, size = plan.kSize();
    for (const ContractionDim &k : plan.k)
      stride = std::gcd(stride, k.a);
    if (plan.m.a != 1 || stride <= 1 || plan.n.a != 0 || plan.gate.size > 1 ||
        !isSumContiguous() ||
        plan.panels() * plan.tile.vectors < enoughVectors ||
        plan.m.size < enoughBlocks * plan.blockSize() ||
        (plan.k.size() == 1 && !evictEachOther(target.l2, stride, size)))
      return;
    plan.packedRows = plan.neighbourRows = true;
    ContractionDim k = plan.k.back();
    k.size = size;
    k.a = plan.blockSize();
    plan.k = {k};
    // Rows for all of which a panel is packed, or at least read, again.
    int64_t fit = target.l2.bytes / 2 / (size * plan.elementBytes()),
            rows = leastRows * std::min<int64_t>(plan.panels(), enoughVectors);
    plan.chunkSize = llvm::alignTo(
        std::clamp<int64_t>(fit, std::min(rows, plan.m.size), plan.m.size),
        plan.blockSize());
  }

  /// Does A come from memory again for each of many panels?
  bool isReadFromMemory() const {
    constexpr int64_t enoughPanels = 4;
    return plan.n.size > 1 && plan.n.a == 0 && plan.panels() >= enoughPanels &&
           plan.m.size * plan.kSize() * plan.elementBytes() >
               target.sharedCacheBytes;
  }

  /// If so, its rows are packed for one block of K at a time, as many as the
  /// second-level cache keeps while many panels pass (Goto and van de Geijn,
  /// Anatomy of High-Performance Matrix Multiplication). Returns whether they
  /// are.
  bool blockRows() {
    constexpr int64_t mostRows = 128, enoughBlocks = 8;
    bool isRowMajor = plan.k.size() == 1 && plan.k[0].a == 1;
    if (!isReadFromMemory() || !(isRowMajor || plan.m.a == 1) ||
        plan.gate.size > 1 || !isSumContiguous() || plan.panelSource ||
        plan.m.size < enoughBlocks * plan.blockSize())
      return false;
    int64_t chunks = llvm::divideCeil(plan.m.size, mostRows),
            rows = llvm::alignTo(llvm::divideCeil(plan.m.size, chunks),
                                 plan.blockSize()),
            most = target.l2.bytes / 4 / (rows * plan.elementBytes()),
            block = nearestDivisor(plan.kSize(), most / 3, most, most);
    if (block == 1 || block == plan.kSize())
      return false;
    plan.chunkSize = rows;
    plan.neighbourRows = !isRowMajor;
    packBlocks(block);
    plan.panelsPerTile = panelsToWalk();
    return true;
  }

  /// Both operands are packed for each block of K.
  void packBlocks(int64_t block) {
    plan.packed = plan.packedRows = plan.packsBlocks = true;
    plan.mayPack = false;
    ContractionDim k = plan.k.back();
    k.size = plan.kSize();
    auto [steps, within] = cutDim(k, block);
    steps.a = 0; // each block is packed in the place of the one before
    within.a = plan.neighbourRows ? plan.blockSize() : 1;
    plan.outerK = {steps};
    plan.k = {within};
    if (!plan.neighbourRows)
      plan.m.a = plan.rowStep();
  }

  /// So many that packing A hardly matters, if there are enough tiles of work.
  int64_t panelsToWalk() const {
    constexpr int64_t enoughColumns = 1024;
    int64_t tiles = plan.sizeOf(plan.outer) * plan.chunks();
    int64_t groups =
        std::max<int64_t>(llvm::divideCeil(plan.n.size, enoughColumns),
                          llvm::divideCeil(kEnoughTiles, tiles));
    return llvm::divideCeil(plan.panels(), std::min(groups, plan.panels()));
  }

  /// A long sum is done in blocks, so that what is packed of B fills half of
  /// the second-level cache at most; a tile in pieces.
  void blockSums() {
    if (plan.k.size() != 1)
      return;
    if (plan.packsBlocks)
      return cutTile(plan.k[0].size);
    int64_t panels = mayPackAhead() ? 2 : 1,
            rowBytes = panels * plan.panelWidth() * plan.elementBytes();
    int64_t most = target.l2.bytes / 2 / rowBytes, size = plan.k[0].size;
    // The last of an odd number has no other one, but within the last block.
    bool isOdd = plan.isPaired() && plan.kSource.back().size % 2;
    plan.mayBlock =
        plan.packed && plan.gate.size == 1 && !isOdd && !plan.inMatrices;
    int64_t block = 1;
    if (plan.mayBlock && 2 * size >= 3 * most)
      block = nearestDivisor(size, most / 3, most, most);
    int64_t wanted = choice ? choice->block : 0;
    bool fits =
        plan.mayBlock && wanted > 1 && wanted < size && size % wanted == 0;
    if (follows(wanted != 0, fits,
                "expected `block` to be 0 or to divide the sum's length"))
      block = wanted;
    if (block > 1) {
      auto [steps, within] = cutDim(plan.k[0], block);
      plan.outerK = {steps};
      plan.k = {within};
    }
    bool mayCutTile = block == 1 || mayPackAhead();
    if (plan.inMatrices || plan.tile.rows == 1 || !mayCutTile)
      return;
    cutTile(plan.k[0].size);
  }

  /// How many pieces a tile's sum of `size` steps is done in; 1 for none. What
  /// is asked of memory at once waits for each other, and the tile for that: as
  /// many as there are vectors whose epilogue is fetched, or so many that each
  /// packs one unit of the next panel, or fetches one line of each row of A.
  int64_t countPieces(int64_t size) const {
    constexpr int64_t leastSteps = 4, leastBesideVector = 8,
                      leastBesideUnit = 16;
    int64_t least = plan.tile.rows;
    int64_t wanted =
        std::max(least, std::min(tileVectors(), size / leastBesideVector));
    if (mayPackAhead()) {
      int64_t units = llvm::divideCeil(plan.packUnits(), chunkBlocks());
      wanted = std::max(wanted, std::min(units, size / leastBesideUnit));
    }
    if (plan.fetchesRows)
      wanted = std::max(wanted, size / plan.lineElements);
    int64_t pieces = nearestDivisor(size, least, wanted, 2 * wanted);
    return size / pieces < leastSteps ? 1 : pieces;
  }

  int64_t tileVectors() const { return plan.blockSize() * plan.tile.vectors; }
  int64_t chunkBlocks() const { return plan.chunkSize / plan.blockSize(); }

  void cutTile(int64_t size) {
    plan.fetchesRows = plan.outerK.empty() && !plan.packedRows &&
                       plan.k[0].a == 1 && plan.isFar(plan.a);
    int64_t pieces = countPieces(size);
    if (pieces == 1)
      return;
    plan.packsAhead = mayPackAhead();
    auto [steps, within] = cutDim(plan.k[0], size / pieces);
    plan.k = {steps, within};
    plan.inPieces = true;
    scheduleFetches(size, pieces);
  }

  /// All pieces fetch for a later tile; or, where there are so few that this
  /// misses much, the first ones for their own.
  void scheduleFetches(int64_t size, int64_t pieces) {
    // Two multiply-adds a cycle; what is asked for comes from memory in time.
    constexpr int64_t cyclesToFetch = 1200, enoughBlocks = 8;
    int64_t tileCycles =
        size * plan.tile.rows * plan.gate.size * plan.tile.vectors / 2;
    int64_t piecesAhead = cyclesToFetch * pieces / tileCycles;
    bool isOwn = piecesAhead < pieces && chunkBlocks() < enoughBlocks;
    int64_t fetching = isOwn ? pieces - piecesAhead : pieces,
            vectors = plan.tile.vectors;
    plan.vectorsPerPiece = llvm::divideCeil(tileVectors(), fetching);
    if (plan.vectorsPerPiece > vectors) // whole rows
      plan.vectorsPerPiece = llvm::alignTo(plan.vectorsPerPiece, vectors);
    int64_t tilesAhead =
        std::max<int64_t>(1, llvm::divideCeil(piecesAhead, pieces));
    plan.fetchAhead = isOwn ? 0 : tilesAhead * plan.blockSize();
  }

  ContractionPlan &plan;
  const Target &target;
  Operation *op;
  const ContractionChoice *choice;
  llvm::Error misfit = llvm::Error::success();
};

} // namespace

llvm::Error chooseBlocking(ContractionPlan &plan, const Target &target,
                           Operation *op, const ContractionChoice *choice) {
  return Blocking(plan, target, op, choice).run();
}

} // namespace mlc::codegen
