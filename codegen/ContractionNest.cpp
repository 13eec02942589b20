//===-- ContractionNest.cpp - kernels around a product --------------------===//
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

#include "codegen/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

/// Linear positions in A and B, coordinates in C and indices at borders, of the
/// indices that loops have fixed so far.
struct Base {
  Value a, b;
  Coords c;
  SmallVector<Value> borders;

  Base at(TileEmitter &e, const ContractionDim &dim, Value index) const {
    Base next = *this;
    next.a = e.add(a, e.mul(index, dim.a));
    next.b = e.add(b, e.mul(index, dim.b));
    if (dim.inC >= 0)
      next.c[dim.inC].index = e.add(c[dim.inC].index, e.mul(index, dim.cStep));
    if (dim.border >= 0)
      next.borders[dim.border] = index;
    return next;
  }
};

/// Some steps along `m`. `known` is where they start if they must be seen
/// exactly, being at the border.
struct Block {
  Value start;
  int64_t steps;
  std::optional<int64_t> known;
};

/// The loops of one plan.
class PlanLoops {
public:
  PlanLoops(func::FuncOp kernel, const ContractionPlan &plan, KernelBody &body)
      : kernel(kernel), plan(plan), body(body), e(body.e) {}

  void emitWorkTile(Value number) {
    tile = number;
    SmallVector<int64_t> sizes;
    for (const ContractionDim &dim : plan.outer)
      sizes.push_back(dim.size);
    // Chunks of rows before panels of columns: what one thread updates is
    // contiguous, so that caches of two don't fetch each other's lines.
    sizes.append({plan.chunks(), plan.panels()});
    Coords place = e.delinearize(tile, sizes);
    Base base{e.constant(plan.aOffset),
              e.constant(plan.bOffset),
              {},
              SmallVector<Value>(plan.borders.size())};
    for (int64_t offset : plan.cOffsets)
      base.c.push_back({e.constant(offset), 0});
    for (auto [dim, coord] : llvm::zip(plan.outer, place))
      base = base.at(e, dim, coord.index);
    chunk = place[plan.outer.size()].index;
    panel = place.back().index;
    int64_t last = plan.n.size - (plan.panels() - 1) * plan.columns();
    if (plan.panels() == 1 || last == plan.columns())
      return emitPanel(base, last);
    whenLast(e, panel, plan.panels(), [&](bool isLast) {
      emitPanel(base, isLast ? last : plan.columns());
    });
  }

private:
  void emitPanel(const Base &base, int64_t panelColumns) {
    columns = panelColumns;
    vectors = llvm::divideCeil(columns, plan.lanes);
    column = e.mul(panel, plan.columns());
    Base at = base;
    bBase = base.b;
    a = e.getBuffer(plan.a);
    b = e.getBuffer(plan.b);
    if (plan.packedRows)
      at.a = packRows(base);
    if (plan.packed) {
      if (plan.outerK.empty())
        at = packPanel(at);
    } else {
      at.a = e.add(at.a, e.mul(panel, plan.columns() / plan.repeat * plan.n.a));
      at.b = e.add(at.b, e.mul(column, plan.n.b));
    }
    if (!plan.outerK.empty())
      return emitSums(at);
    forEachInner(0, at, e.constant(0), [&](const Base &inner, Value) {
      forEachBlock([&](const Block &block) {
        emitEpilogues(inner, block, emitWholeTile(inner, block));
      });
    });
  }

  /// Packs the panel at `base`; what remains is to be read there.
  Base packPanel(const Base &base) {
    emitPackPanel(e, plan, e.getBuffer(plan.b), base.b, column, columns,
                  body.scratch, body.scratchBase);
    b = body.scratch;
    Base packed = base;
    packed.b = body.scratchBase;
    return packed;
  }

  /// Packs the chunk's rows, unless the tile before, of the same chunk, has;
  /// returns where a packed step 0 along `m` would be.
  Value packRows(const Base &base) {
    Value start = e.mul(chunk, plan.chunkSize);
    Value first =
        e.add(body.scratchBase, plan.packedElements() + plan.sumElements());
    Value origin = e.add(first, e.mul(start, -plan.rowStep()));
    Value isFirst = arith::OrIOp::create(
        e.b, e.loc, isEqual(panel, e.constant(0)), isEqual(tile, body.begin));
    auto ifFirst = scf::IfOp::create(e.b, e.loc, isFirst);
    OpBuilder::InsertionGuard guard(e.b);
    e.b.setInsertionPointToStart(ifFirst.thenBlock());
    forEach(e.constant(0), e.constant(plan.kSource.size), 1, [&](Value k) {
      Value from = e.add(base.a, e.mul(k, plan.kSource.a)),
            to = e.add(origin, e.mul(k, plan.blockSize()));
      forEachBlock([&](const Block &block) {
        emitPackRows(e, plan, e.add(from, block.start), block.steps,
                     body.scratch,
                     e.add(to, e.mul(block.start, plan.rowStep())));
      });
    });
    a = body.scratch;
    return origin;
  }

  Value isEqual(Value lhs, Value rhs) {
    return arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::eq, lhs,
                                 rhs);
  }

  //===--- Loops over M ---------------------------------------------------===//

  /// Calls `emit` at each place of plan.inner from number `depth` on; it also
  /// gets the number of the place.
  void forEachInner(size_t depth, const Base &base, Value number,
                    llvm::function_ref<void(const Base &, Value)> emit) {
    if (depth == plan.inner.size())
      return emit(base, number);
    const ContractionDim &dim = plan.inner[depth];
    forEach(e.constant(0), e.constant(dim.size), 1, [&](Value index) {
      forEachInner(depth + 1, base.at(e, dim, index),
                   e.add(e.mul(number, dim.size), index), emit);
    });
  }

  void forEach(Value begin, Value end, int64_t step,
               llvm::function_ref<void(Value)> emit) {
    emitLoop(e.b, e.loc, begin, end, step, {},
             [&](Value index, ValueRange) -> SmallVector<Value> {
               TileEmitter::Scope scope(e);
               emit(index);
               return {};
             });
  }

  void forEachBlock(llvm::function_ref<void(const Block &)> emit) {
    plan.m.border < 0 ? forEachBlockOfChunk(emit) : forEachBlockOfAll(emit);
  }

  void emitOnce(Value start, int64_t steps, std::optional<int64_t> known,
                llvm::function_ref<void(const Block &)> emit) {
    TileEmitter::Scope scope(e);
    emit({start, steps, known});
  }

  void forEachBlockOfChunk(llvm::function_ref<void(const Block &)> emit) {
    int64_t steps = plan.blockSize(), full = plan.m.size / steps * steps;
    Value start = e.mul(chunk, plan.chunkSize), end = e.constant(full);
    if (plan.chunks() > 1)
      end =
          arith::MinUIOp::create(e.b, e.loc, e.add(start, plan.chunkSize), end);
    if (full == steps && plan.chunks() == 1)
      emitOnce(e.constant(0), steps, {}, emit);
    else if (full > 0)
      forEach(start, end, steps, [&](Value step) { emit({step, steps, {}}); });
    auto emitRest = [&] {
      emitOnce(e.constant(full), plan.m.size - full, {}, emit);
    };
    if (full == plan.m.size)
      return;
    if (plan.chunks() == 1)
      return emitRest();
    whenLast(e, chunk, plan.chunks(), [&](bool isLast) {
      if (isLast)
        emitRest();
    });
  }

  /// Blocks that have nothing to do with the border of `m` are one loop; the
  /// others a variant each, or, if those are many, single steps.
  void forEachBlockOfAll(llvm::function_ref<void(const Block &)> emit) {
    constexpr int64_t mostVariants = 4;
    int64_t steps = plan.blockSize(), size = plan.m.size;
    auto [begin, end] = plan.getInterior();
    begin = llvm::alignTo(begin, steps);
    end = end / steps * steps;
    if (begin >= end)
      begin = end = 0;
    int64_t variants = begin / steps + llvm::divideCeil(size - end, steps);
    auto emitBorder = [&](int64_t from, int64_t to) {
      if (variants > mostVariants)
        return forEach(e.constant(from), e.constant(to), 1,
                       [&](Value step) { emit({step, 1, {}}); });
      for (; from < to; from += steps)
        emitOnce(e.constant(from), std::min(steps, to - from), from, emit);
    };
    if (begin > 0)
      emitBorder(0, begin);
    if (begin < end)
      forEach(e.constant(begin), e.constant(end), steps,
              [&](Value step) { emit({step, steps, {}}); });
    if (end < size)
      emitBorder(end, size);
  }

  //===--- Tiles ----------------------------------------------------------===//

  SmallVector<Value> zeros(int64_t steps) {
    Type element =
        cast<MemRefType>(e.getBuffer(plan.a).getType()).getElementType();
    Value zero = e.splat(e.constant(cast<TypedAttr>(e.b.getZeroAttr(element))));
    return SmallVector<Value>(
        steps * plan.rowsPerStep() * plan.gate.size * vectors, zero);
  }

  int64_t lanesOf(int64_t vector) const {
    return std::min(plan.lanes, columns - vector * plan.lanes);
  }

  TilePlace placeOf(const Base &base, const Block &block) {
    int64_t stride = plan.packedRows ? plan.rowStep() : plan.m.a;
    TilePlace place{a,           e.add(base.a, e.mul(block.start, stride)),
                    b,           base.b,
                    block.steps, block.known,
                    vectors,     lanesOf(vectors - 1),
                    base.borders};
    if (plan.m.border >= 0 && !block.known && block.steps == 1)
      place.borderIndices[plan.m.border] = block.start;
    return place;
  }

  SmallVector<Value> emitTile(const Base &base, const Block &block,
                              ValueRange sums) {
    return emitMicroKernel(e, plan, placeOf(base, block), sums);
  }

  /// The sum over all of K.
  SmallVector<Value> emitWholeTile(const Base &base, const Block &block) {
    SmallVector<Value> far = getFarTensors();
    bool fetches = plan.fetchesPanel || !far.empty();
    if (!fetches || !plan.inPieces || block.steps < plan.blockSize())
      return emitTile(base, block, zeros(block.steps));
    TilePlace place = placeOf(base, block);
    Value last = e.constant(block.steps - 1);
    return emitLoop(e.b, e.loc, e.constant(0), e.constant(plan.k[0].size), 1,
                    zeros(block.steps), [&](Value piece, ValueRange sums) {
                      if (plan.fetchesPanel)
                        prefetchPanel(block.start, piece);
                      Value row =
                          arith::MinUIOp::create(e.b, e.loc, piece, last);
                      if (!far.empty())
                        prefetchEpilogue(base, e.add(block.start, row), far);
                      return emitMicroKernel(e, plan, place, sums, piece);
                    });
  }

  /// Calls `emit` with the place in C of each vector of the block's tile, and
  /// the vector's row and number in it.
  void
  forEachVectorOfTile(const Base &base, const Block &block,
                      llvm::function_ref<void(Coords, int64_t, int64_t)> emit) {
    SmallVector<Coord> columnCoords, stepCoords;
    for (int64_t v = 0; plan.n.inC >= 0 && v < vectors; ++v)
      columnCoords.push_back(
          {e.add(base.c[plan.n.inC].index,
                 e.mul(e.add(column, v * plan.lanes), plan.n.cStep)),
           plan.n.cStep});
    for (int64_t step = 0; plan.m.inC >= 0 && step < block.steps; ++step)
      stepCoords.push_back(
          {e.add(base.c[plan.m.inC].index,
                 e.mul(e.add(block.start, step), plan.m.cStep)),
           0});
    for (auto [r, row] : llvm::enumerate(getRows(plan, block.steps))) {
      Coords at = base.c;
      if (plan.m.inC >= 0)
        at[plan.m.inC] = stepCoords[row.step];
      for (auto [dim, place] : llvm::zip_equal(plan.rowDims, row.places))
        at[dim.inC].index = e.add(at[dim.inC].index, place * dim.cStep);
      for (int64_t v = 0; v < vectors; ++v) {
        if (plan.n.inC >= 0)
          at[plan.n.inC] = columnCoords[v];
        emit(at, r, v);
      }
    }
  }

  void emitEpilogues(const Base &base, const Block &block, ValueRange sums) {
    forEachVectorOfTile(base, block, [&](Coords at, int64_t row, int64_t v) {
      e.setMask(lanesOf(v));
      for (int64_t g = 0; g < plan.gate.size; ++g)
        bindSum(at, g, sums[(row * plan.gate.size + g) * vectors + v]);
      emitEpilogue(at);
    });
    e.setMask(plan.lanes);
  }

  /// Fetches some rows of the next panel of B: all of them, once each block of
  /// the chunk has done each piece.
  void prefetchPanel(Value start, Value piece) {
    int64_t pieces = plan.k[0].size, rows = plan.kSize();
    int64_t blocks = std::min(plan.chunkSize, plan.m.size) / plan.blockSize();
    int64_t share =
        llvm::divideCeil(rows, std::max<int64_t>(blocks, 1) * pieces);
    Value next = arith::MinUIOp::create(e.b, e.loc, e.add(panel, 1),
                                        e.constant(plan.panels() - 1));
    Value from = e.add(bBase, e.mul(next, plan.columns()));
    Value block = arith::DivUIOp::create(
        e.b, e.loc, e.add(start, e.mul(e.mul(chunk, plan.chunkSize), -1)),
        e.constant(plan.blockSize()));
    Value first = e.mul(e.add(e.mul(block, pieces), piece), share);
    for (int64_t i = 0; i < share; ++i) {
      Value row = arith::MinUIOp::create(e.b, e.loc, e.add(first, i),
                                         e.constant(rows - 1));
      Value place = e.add(from, e.mul(row, plan.k.back().b));
      for (int64_t v = 0; v < plan.tile.vectors; ++v)
        prefetch(e.getBuffer(plan.b), e.add(place, v * plan.lanes));
    }
  }

  /// To the second-level cache.
  void prefetch(Value memory, Value place) {
    memref::PrefetchOp::create(e.b, e.loc, memory, place, /*isWrite=*/false,
                               /*localityHint=*/2, /*isDataCache=*/true);
  }

  /// Fetches what the epilogue will touch at the step of `m` into the
  /// second-level cache: pieces of rows, which the hardware does not foresee.
  void prefetchEpilogue(const Base &base, Value step, ValueRange tensors) {
    auto type = cast<RankedTensorType>(getResults(kernel)[0].getType());
    forEachVectorOfTile(base, {step, 1, {}}, [&](Coords at, int64_t, int64_t) {
      if (plan.gate.inC >= 0)
        at.erase(at.begin() + plan.gate.inC);
      Value place = e.linearize(at, type).index;
      for (Value tensor : tensors)
        prefetch(tensor, place);
    });
  }

  /// Where the kernel's inputs and results are that are like C and too large
  /// for the second-level cache. As many results as there are inputs take
  /// inputs' places.
  SmallVector<Value> getFarTensors() {
    SmallVector<Value> results = getResults(kernel), tensors;
    auto type = cast<RankedTensorType>(results[0].getType());
    if (plan.n.inC < 0 || plan.rowsPerStep() > 1 || !plan.isFar(results[0]))
      return {};
    for (BlockArgument argument : kernel.getArguments()) {
      auto like = cast<RankedTensorType>(argument.getType());
      if (like.getShape() == type.getShape() && argument != plan.a &&
          argument != plan.b && isReadInPlace(kernel, argument.getArgNumber()))
        tensors.push_back(e.getBuffer(argument));
    }
    for (size_t i = tensors.size(); i < results.size(); ++i)
      tensors.push_back(body.outputs[i]);
    return tensors;
  }

  void bindSum(Coords at, int64_t gate, Value sum) {
    if (plan.n.inC < 0) // a full sum: one lane
      sum = vector::ExtractOp::create(e.b, e.loc, sum, ArrayRef<int64_t>{0});
    if (plan.gate.inC >= 0)
      at[plan.gate.inC] = {e.constant(gate), 0};
    e.bindValue(plan.result, at, sum);
  }

  void emitEpilogue(Coords at) {
    if (plan.gate.inC >= 0)
      at.erase(at.begin() + plan.gate.inC);
    emitResults(e, getResults(kernel), body.outputs, at);
  }

  //===--- Sums in scratch memory -----------------------------------------===//

  void emitSums(const Base &base) {
    Value zero = zeros(1).front();
    forEach(e.constant(0), e.constant(plan.sumElements()), plan.lanes,
            [&](Value at) {
              e.storeLinear(zero, body.scratch, {e.add(sumsBase(), at), 1});
            });
    forEachOuterK(0, base, [&](const Base &block) {
      Base outer = plan.packed ? packPanel(block) : block;
      forEachInner(0, outer, e.constant(0),
                   [&](const Base &inner, Value number) {
                     forEachBlock([&](const Block &block) {
                       SmallVector<Coord> places = getSumPlaces(number, block);
                       SmallVector<Value> sums;
                       for (const Coord &place : places)
                         sums.push_back(e.load(body.scratch, place));
                       sums = emitTile(inner, block, sums);
                       for (auto [place, sum] : llvm::zip_equal(places, sums))
                         e.storeLinear(sum, body.scratch, place);
                     });
                   });
    });
    SmallVector<Value> far = getFarTensors();
    forEachInner(0, base, e.constant(0), [&](const Base &inner, Value number) {
      Value begin = e.mul(chunk, plan.chunkSize), end = e.constant(plan.m.size);
      if (plan.chunks() > 1)
        end = arith::MinUIOp::create(e.b, e.loc, e.add(begin, plan.chunkSize),
                                     end);
      forEach(begin, end, 1, [&](Value step) {
        Block block{step, 1, {}};
        if (!far.empty())
          prefetchEpilogue(inner, aheadOf(step), far);
        SmallVector<Value> sums;
        for (const Coord &place : getSumPlaces(number, block))
          sums.push_back(e.load(body.scratch, place));
        emitEpilogues(inner, block, sums);
      });
    });
  }

  /// A step along `m` whose epilogue comes some time after that of `step`.
  Value aheadOf(Value step) {
    constexpr int64_t ahead = 8;
    return arith::MinUIOp::create(e.b, e.loc, e.add(step, ahead),
                                  e.constant(plan.m.size - 1));
  }

  void forEachOuterK(size_t depth, const Base &base,
                     llvm::function_ref<void(const Base &)> emit) {
    if (depth == plan.outerK.size())
      return emit(base);
    const ContractionDim &dim = plan.outerK[depth];
    forEach(e.constant(0), e.constant(dim.size), 1, [&](Value index) {
      forEachOuterK(depth + 1, base.at(e, dim, index), emit);
    });
  }

  Value sumsBase() { return e.add(body.scratchBase, plan.packedElements()); }

  /// Where the sums of a block are, vector by vector.
  SmallVector<Coord> getSumPlaces(Value number, const Block &block) {
    Value step = e.add(e.mul(number, plan.m.size), block.start);
    Value first =
        e.add(sumsBase(), e.mul(step, plan.rowsPerStep() * plan.columns()));
    SmallVector<Coord> places;
    for (int64_t row = 0; row < block.steps * plan.rowsPerStep(); ++row)
      for (int64_t v = 0; v < vectors; ++v)
        places.push_back(
            {e.add(first, row * plan.columns() + v * plan.lanes), 1});
    return places;
  }

  func::FuncOp kernel;
  const ContractionPlan &plan;
  KernelBody &body;
  TileEmitter &e;
  /// The tile of work: its panel of N, how many columns and vectors that has,
  /// its chunk of M, and A and B or what was packed of them.
  Value tile, panel, column, chunk, a, b;
  Value bBase; ///< of B itself, at the outer indices
  int64_t columns = 0, vectors = 0;
};

class ContractionNest : public LoopNest {
public:
  ContractionNest(func::FuncOp kernel, std::vector<ContractionPlan> plans)
      : kernel(kernel), plans(std::move(plans)) {}

  int64_t getTiles() const override {
    int64_t tiles = 0;
    for (const ContractionPlan &plan : plans)
      tiles += plan.workTiles();
    return tiles;
  }
  int64_t getScratchElements() const override {
    int64_t elements = 0;
    for (const ContractionPlan &plan : plans)
      elements = std::max(elements, plan.scratchElements());
    return elements;
  }
  bool mayShare(unsigned, unsigned operand) const override {
    return isReadInPlace(kernel, operand);
  }

  LogicalResult emit(KernelBody &body) override {
    TileEmitter &e = body.e;
    int64_t first = 0;
    for (const ContractionPlan &plan : plans) {
      Value begin = body.begin, end = body.end;
      if (plans.size() > 1) {
        begin = arith::MaxUIOp::create(e.b, e.loc, begin, e.constant(first));
        end = arith::MinUIOp::create(e.b, e.loc, end,
                                     e.constant(first + plan.workTiles()));
      }
      emitLoop(
          e.b, e.loc, begin, end, 1, {},
          [&](Value tile, ValueRange) -> SmallVector<Value> {
            TileEmitter::Scope scope(e);
            PlanLoops(kernel, plan, body).emitWorkTile(e.add(tile, -first));
            return {};
          });
      first += plan.workTiles();
    }
    return success();
  }

private:
  func::FuncOp kernel;
  std::vector<ContractionPlan> plans;
};

} // namespace

std::unique_ptr<LoopNest> planContraction(func::FuncOp kernel,
                                          const Target &target) {
  FailureOr<std::vector<ContractionPlan>> plans = makePlans(kernel, target);
  if (failed(plans))
    return nullptr;
  return std::make_unique<ContractionNest>(kernel, std::move(*plans));
}

} // namespace mlc::codegen
