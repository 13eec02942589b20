//===-- ColumnNest.cpp - kernels that reduce down their columns -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Gradients of biases, statistics over a batch: the last dimension is kept, so
// each lane sums its own column. What is computed from the sums (an optimizer's
// update) follows at once.
//
// A block of columns is summed up in registers. Where rows are long, those of a
// block would each be in another page of memory, which no hardware foresees: a
// few rows are walked across many blocks then, whose sums are in the worker's
// memory meanwhile. Both add in the same order.
//
//===----------------------------------------------------------------------===//

#include "codegen/LoopNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class ColumnNest : public LoopNest {
public:
  ColumnNest(func::FuncOp kernel, linalg::GenericOp first, int64_t lanes)
      : kernel(kernel), lanes(lanes) {
    SmallVector<int64_t> loops = first.getStaticLoopRanges();
    for (auto [d, kind] : llvm::enumerate(first.getIteratorTypesArray()))
      (kind == utils::IteratorType::reduction ? reduced : kept).push_back(d);
    domain = loops;
    size_t firstOfWidth = findFirstOfWidth();
    for (unsigned d : ArrayRef(kept).take_front(firstOfWidth))
      outer.push_back(loops[d]);
    for (unsigned d : ArrayRef(kept).drop_front(firstOfWidth))
      width *= loops[d];
    if (isWorthWalkingRows())
      chunk = std::min(blocks(), kBlocksOfRow);
  }

  int64_t getTiles() const override {
    int64_t tiles = chunks();
    for (int64_t size : outer)
      tiles *= size;
    return tiles;
  }
  int64_t getScratchElements() const override {
    return walksRows() ? getReductions(kernel).size() * chunkWidth() : 0;
  }

  // Only what is read after the reductions, at the place of the result.
  bool mayShare(unsigned, unsigned operand) const override {
    return isReadInPlace(kernel, operand);
  }

  LogicalResult emit(KernelBody &body) override {
    forEachTile(body, [&](Value tile) {
      SmallVector<int64_t> sizes(outer);
      sizes.push_back(chunks());
      Coords place = body.e.delinearize(tile, sizes);
      Value first = body.e.mul(place.pop_back_val().index, chunk);
      if (walksRows())
        for (auto [i, reduction] : llvm::enumerate(getReductions(kernel)))
          sumRows(body, reduction, i, place, first);
      forEachBlock(body.e, first, [&](Value block, int64_t columns) {
        emitBlock(body, place, first, block, columns);
      });
    });
    return success();
  }

private:
  /// Blocks of columns that are walked row by row, and rows whose sum is then
  /// added to theirs.
  static constexpr int64_t kBlocksOfRow = 8, kRows = 32;
  /// Vectors of a block of columns.
  static constexpr int64_t kVectors = 4;

  /// Of the kept dimensions the last, and those before that can be walked as
  /// one with it.
  size_t findFirstOfWidth() const {
    size_t last = kept.size() - 1, first = last;
    auto isOneFrom = [&](size_t i) {
      return kept[i] + 1 == kept[i + 1] &&
             areDimsWalkedAsOne(kernel, domain.size(), kept[i], kept[last]) &&
             areDimsWalkedAsOne(kernel, kept.size(), i, last);
    };
    while (first > 0 && isOneFrom(first - 1))
      --first;
    return first;
  }

  bool isWorthWalkingRows() const {
    return reduced.size() == 1 && domain[reduced[0]] > 2 * kRows &&
           blocks() > 1 && areOfScratchType();
  }
  /// The worker's memory holds one type.
  bool areOfScratchType() const {
    return llvm::all_of(getReductions(kernel),
                        [&](linalg::GenericOp reduction) {
                          return getElementTypeOrSelf(reduction.getType(0)) ==
                                 getScratchElement(kernel);
                        });
  }
  bool walksRows() const { return chunk > 1; }
  int64_t blockWidth() const { return kVectors * lanes; }
  int64_t blocks() const { return llvm::divideCeil(width, blockWidth()); }
  int64_t chunkWidth() const { return chunk * blockWidth(); }
  int64_t chunks() const { return llvm::divideCeil(blocks(), chunk); }

  /// The blocks of a chunk, from number `first` on, and their columns.
  void forEachBlock(TileEmitter &e, Value first,
                    llvm::function_ref<void(Value, int64_t)> emit) {
    int64_t last = width - (blocks() - 1) * blockWidth();
    auto emitOne = [&](Value block) {
      if (blocks() == 1 || last == blockWidth())
        return emit(block, last);
      whenLast(e, block, blocks(),
               [&](bool isLast) { emit(block, isLast ? last : blockWidth()); });
    };
    if (chunk == 1)
      return emitOne(first);
    Value end = arith::MinUIOp::create(e.b, e.loc, e.add(first, chunk),
                                       e.constant(blocks()));
    emitLoop(e.b, e.loc, first, end, 1, {},
             [&](Value block, ValueRange) -> SmallVector<Value> {
               TileEmitter::Scope scope(e);
               emitOne(block);
               return {};
             });
  }

  /// The places of a block's vectors among the results.
  SmallVector<Coords> getPlaces(TileEmitter &e, const Coords &outerPlace,
                                Value block, int64_t columns) {
    SmallVector<Coords> places;
    Value start = e.mul(block, blockWidth());
    for (int64_t at = 0; at < columns; at += lanes) {
      places.push_back(outerPlace);
      places.back().append(kept.size() - outer.size() - 1, {e.constant(0), 0});
      places.back().push_back({e.add(start, at), 1});
    }
    return places;
  }

  void emitBlock(KernelBody &body, const Coords &place, Value first,
                 Value block, int64_t columns) {
    TileEmitter &e = body.e;
    TileEmitter::Scope scope(e);
    SmallVector<Coords> places = getPlaces(e, place, block, columns);
    for (auto [i, reduction] : llvm::enumerate(getReductions(kernel))) {
      SmallVector<Value> sums =
          walksRows() ? loadSums(body, getSumPlaces(body, i, first, block,
                                                    places.size()))
                      : sumColumns(e, reduction, places, columns);
      for (auto [at, sum] : llvm::zip_equal(places, sums))
        e.bindValue(reduction.getResult(0), at, sum);
    }
    for (auto [i, at] : llvm::enumerate(places)) {
      e.setMask(std::min(lanes, columns - int64_t(i) * lanes));
      emitResults(e, getResults(kernel), body.outputs, at);
    }
    e.setMask(lanes);
  }

  /// Where in the worker's memory a block's sums are.
  SmallVector<Coord> getSumPlaces(KernelBody &body, int64_t reduction,
                                  Value first, Value block, int64_t vectors) {
    TileEmitter &e = body.e;
    Value number = e.add(block, e.mul(first, -1));
    Value start = e.add(e.add(body.scratchBase, reduction * chunkWidth()),
                        e.mul(number, blockWidth()));
    SmallVector<Coord> places;
    for (int64_t v = 0; v < vectors; ++v)
      places.push_back({e.add(start, v * lanes), 1});
    return places;
  }

  static SmallVector<Value> loadSums(KernelBody &body, ArrayRef<Coord> places) {
    SmallVector<Value> sums;
    for (const Coord &place : places)
      sums.push_back(body.e.load(body.scratch, place));
    return sums;
  }

  /// Sums up the chunk's columns in the worker's memory.
  void sumRows(KernelBody &body, linalg::GenericOp reduction, int64_t number,
               const Coords &outerPlace, Value first) {
    TileEmitter &e = body.e;
    Combiner combiner(reduction);
    auto update = [&](Value start, int64_t rows) {
      forEachBlock(e, first, [&](Value block, int64_t columns) {
        SmallVector<Coords> places = getPlaces(e, outerPlace, block, columns);
        SmallVector<Coord> sumPlaces =
            getSumPlaces(body, number, first, block, places.size());
        SmallVector<Value> sums(places.size(), combiner.neutral(e));
        if (rows > 0)
          sums = addRows(e, reduction, places, columns,
                         loadSums(body, sumPlaces), start, rows);
        for (auto [place, sum] : llvm::zip_equal(sumPlaces, sums))
          e.storeLinear(sum, body.scratch, place);
      });
    };
    update(e.constant(0), 0);
    int64_t size = domain[reduced[0]], whole = size / kRows * kRows;
    emitLoop(e.b, e.loc, e.constant(0), e.constant(whole), kRows, {},
             [&](Value start, ValueRange) -> SmallVector<Value> {
               TileEmitter::Scope scope(e);
               update(start, kRows);
               return {};
             });
    if (whole < size)
      update(e.constant(whole), size - whole);
  }

  /// Sums of the columns at `places`, over all reduced dimensions.
  SmallVector<Value> sumColumns(TileEmitter &e, linalg::GenericOp reduction,
                                ArrayRef<Coords> places, int64_t columns) {
    return withSummation(e, reduction, places, columns,
                         [&](const Summation &sum) { return sumUp(sum, 0); });
  }

  /// `sums` and those of `rows` rows from `start` on.
  SmallVector<Value> addRows(TileEmitter &e, linalg::GenericOp reduction,
                             ArrayRef<Coords> places, int64_t columns,
                             ValueRange sums, Value start, int64_t rows) {
    return withSummation(e, reduction, places, columns, [&](Summation sum) {
      sum.fetchesNext = true;
      return combine(sum, sums, sumRange(sum, 0, start, rows));
    });
  }

  /// What the loops of a reduction have in common: the place that they are at,
  /// sums of nothing, and how the term at the place is added to sums.
  struct Summation {
    TileEmitter &e;
    const Combiner &combiner;
    Coords &at;
    ArrayRef<Value> none;
    llvm::function_ref<SmallVector<Value>(ValueRange)> addTerm;
    bool fetchesNext = false; ///< what the next block of columns reads
  };

  /// The block beside is read soon, but each of its rows is in another page.
  void fetchNext(const Summation &sum) {
    TileEmitter &e = sum.e;
    auto type = RankedTensorType::get(domain, e.b.getF32Type());
    Value place = e.linearize(sum.at, type).index;
    for (BlockArgument argument : kernel.getArguments()) {
      if (cast<RankedTensorType>(argument.getType()).getShape() !=
          ArrayRef(domain))
        continue;
      for (int64_t v = 1; v <= kVectors; ++v) {
        Value next =
            arith::MinUIOp::create(e.b, e.loc, e.add(place, v * lanes),
                                   e.constant(type.getNumElements() - 1));
        e.prefetch(e.getBuffer(argument), next);
      }
    }
  }

  SmallVector<Value> withSummation(
      TileEmitter &e, linalg::GenericOp reduction, ArrayRef<Coords> places,
      int64_t columns,
      llvm::function_ref<SmallVector<Value>(const Summation &)> emit) {
    Combiner combiner(reduction);
    Coords at(domain.size());
    auto addTerm = [&](ValueRange carried) {
      SmallVector<Value> next;
      for (auto [i, place] : llvm::enumerate(places)) {
        e.setMask(std::min(lanes, columns - int64_t(i) * lanes));
        for (auto [d, coord] : llvm::zip_equal(kept, place))
          at[d] = coord;
        Value value = e.splat(e.emit(reduction.getInputs()[0], at));
        next.push_back(combiner.combine(e, carried[i], value));
      }
      e.setMask(lanes);
      return next;
    };
    SmallVector<Value> none(places.size(), combiner.neutral(e));
    return emit({e, combiner, at, none, addTerm});
  }

  /// The sums over the reduced dimensions from number `depth` on. Each
  /// dimension, and each block of a long one, is summed up for itself: what is
  /// added has then about as many digits as what it is added to.
  SmallVector<Value> sumUp(const Summation &sum, size_t depth) {
    int64_t size = domain[reduced[depth]];
    if (depth + 1 < reduced.size() || size <= 2 * kRows)
      return sumRange(sum, depth, sum.e.constant(0), size);
    int64_t whole = size / kRows * kRows;
    SmallVector<Value> sums = emitLoop(
        sum.e.b, sum.e.loc, sum.e.constant(0), sum.e.constant(whole), kRows,
        sum.none, [&](Value start, ValueRange carried) {
          return combine(sum, carried, sumRange(sum, depth, start, kRows));
        });
    if (whole < size)
      sums = combine(sum, sums,
                     sumRange(sum, depth, sum.e.constant(whole), size - whole));
    return sums;
  }

  /// The same over `count` places from `start` on.
  SmallVector<Value> sumRange(const Summation &sum, size_t depth, Value start,
                              int64_t count) {
    TileEmitter &e = sum.e;
    return emitLoop(e.b, e.loc, start, e.add(start, count), 1, sum.none,
                    [&](Value index, ValueRange carried) {
                      TileEmitter::Scope scope(e);
                      sum.at[reduced[depth]] = {index, 0};
                      SmallVector<Value> next =
                          depth + 1 == reduced.size()
                              ? sum.addTerm(carried)
                              : combine(sum, carried, sumUp(sum, depth + 1));
                      // `at` is now that of the block's last vector.
                      if (sum.fetchesNext)
                        fetchNext(sum);
                      return next;
                    });
  }

  static SmallVector<Value> combine(const Summation &sum, ValueRange lhs,
                                    ValueRange rhs) {
    SmallVector<Value> result;
    for (auto [left, right] : llvm::zip_equal(lhs, rhs))
      result.push_back(sum.combiner.combine(sum.e, left, right));
    return result;
  }

  func::FuncOp kernel;
  int64_t lanes;
  SmallVector<unsigned> reduced, kept;
  SmallVector<int64_t> domain, outer;
  int64_t width = 1; ///< of the dimensions that blocks of columns are of
  int64_t chunk = 1; ///< blocks of columns of a tile
};

} // namespace

std::unique_ptr<LoopNest> planColumn(func::FuncOp kernel,
                                     const Target &target) {
  return std::make_unique<ColumnNest>(kernel, getReductions(kernel).front(),
                                      getLanes(kernel, target));
}

} // namespace mlc::codegen
