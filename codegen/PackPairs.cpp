//===-- PackPairs.cpp - panels and rows of pairs of bfloat16 --------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operands are rounded while they are packed. Pairs follow the innermost K
// index: where an operand is contiguous along it, neighbours in memory are
// pairs, and columns of B are transposed as pairs; else two rows at a time are
// interleaved.
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"
#include "codegen/Pairs.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

/// `elements` places of the innermost K index at one place of the others.
class Packing {
public:
  Packing(TileEmitter &e, const ContractionPlan &plan, Value memory,
          Value scratch, int64_t elements)
      : e(e), plan(plan), memory(memory), scratch(scratch), elements(elements) {
  }

  /// Calls `emit` at each place of the outer K indices, with what it adds to
  /// the linear index `from` of an operand whose strides are `stride`, and its
  /// number.
  void forEachOuter(Value from, int64_t ContractionDim::*stride,
                    llvm::function_ref<void(Value, Value)> emit) {
    ArrayRef<ContractionDim> outer = ArrayRef(plan.kSource).drop_back();
    SmallVector<int64_t> sizes;
    for (const ContractionDim &dim : outer)
      sizes.push_back(dim.size);
    loop(plan.sizeOf(outer), 1, [&](Value number) {
      Value at = from;
      for (auto [coord, dim] :
           llvm::zip_equal(e.delinearize(number, sizes), outer))
        at = e.add(at, e.mul(coord.index, dim.*stride));
      emit(at, number);
    });
  }

  /// Two rows at a time, `step` apart: vectors of columns at `offsets` of the
  /// first and of `masks` lanes go to `targets`, of rows `toStep` apart.
  void interleaveRows(Value from, int64_t step, Value to, int64_t toStep,
                      ArrayRef<int64_t> offsets, ArrayRef<int64_t> masks,
                      ArrayRef<int64_t> targets) {
    auto emit = [&](Value pair, bool isWhole) {
      interleave(e.add(from, e.mul(pair, 2 * step)), step,
                 e.add(to, e.mul(pair, toStep)), offsets, masks, targets,
                 isWhole);
    };
    loop(elements / 2, 1, [&](Value pair) { emit(pair, true); });
    if (elements % 2)
      emit(e.constant(elements / 2), false);
  }

  /// One pair of rows; not `isWhole`: the second one is of zeros.
  void interleave(Value source, int64_t step, Value target,
                  ArrayRef<int64_t> offsets, ArrayRef<int64_t> masks,
                  ArrayRef<int64_t> targets, bool isWhole) {
    for (auto [offset, mask, place] :
         llvm::zip_equal(offsets, masks, targets)) {
      e.setMask(mask);
      Value at = e.add(source, offset);
      Value first = e.load(memory, {at, 1});
      Value second =
          isWhole ? e.load(memory, {e.add(at, step), 1}) : zeroLike(first);
      e.setMask(e.getLanes());
      e.storeLinear(pairLanes(e, first, second), scratch,
                    {e.add(target, place), 1});
    }
  }

  /// Columns `columnStep` apart of elements `step` apart: a block of as many
  /// pairs as lanes of each at a time.
  void transposeColumns(Value from, int64_t step, int64_t columnStep,
                        int64_t columns, Value to, int64_t toStep) {
    auto emit = [&](Value source, Value target, int64_t count) {
      SmallVector<Value> rows;
      for (int64_t i = 0; i < e.getLanes(); ++i)
        rows.push_back(loadPairs(e, memory, e.add(source, i * columnStep), step,
                                 i < columns ? count : 0));
      transposeInRegisters(e, rows);
      for (int64_t i = 0; 2 * i < count; ++i)
        e.storeLinear(rows[i], scratch, {e.add(target, i * toStep), 1});
    };
    forEachBlock(from, step, to, toStep, emit);
  }

  /// Rows that are neighbours, of elements `step` apart: as many pairs as lanes
  /// of as many rows at a time.
  void transposeRows(Value from, int64_t step, int64_t rows, Value to,
                     int64_t toStep) {
    for (int64_t first = 0; first < rows; first += e.getLanes()) {
      int64_t count = std::min(e.getLanes(), rows - first);
      forEachBlock(e.add(from, first), step, e.add(to, first * toStep), 1,
                   [&](Value source, Value target, int64_t size) {
                     SmallVector<Value> pairs =
                         loadPairedRows(source, step, count, size);
                     transposeInRegisters(e, pairs);
                     for (int64_t i = 0; i < count; ++i)
                       e.storeLinear(pairs[i], scratch,
                                     {e.add(target, i * toStep), 1});
                   });
    }
  }

  /// Elements `step` apart. What a vector writes too much, the next one, or
  /// that of the next row, corrects.
  void copyRow(Value from, int64_t step, Value to) {
    forEachBlock(from, step, to, 1,
                 [&](Value source, Value target, int64_t size) {
                   e.storeLinear(loadPairs(e, memory, source, step, size),
                                 scratch, {target, 1});
                 });
  }

  /// Vectors of zeros at `places` of each of `rows` rows.
  void clear(Value to, int64_t rows, int64_t toStep, ArrayRef<int64_t> places) {
    loop(rows, 1, [&](Value row) {
      for (int64_t place : places)
        e.storeLinear(zeroPairs(e), scratch,
                      {e.add(e.add(to, e.mul(row, toStep)), place), 1});
    });
  }

  void loop(int64_t end, int64_t step, llvm::function_ref<void(Value)> emit) {
    if (end == 0)
      return;
    if (end <= step)
      return emit(e.constant(0));
    emitLoop(e.b, e.loc, e.constant(0), e.constant(end), step, {},
             [&](Value index, ValueRange) -> SmallVector<Value> {
               emit(index);
               return {};
             });
  }

  int64_t pairs() const { return llvm::divideCeil(elements, 2); }

private:
  /// Two vectors' elements at a time, those `step` apart, and where their pairs
  /// go, which are `toStep` apart; then those that are left.
  void forEachBlock(Value from, int64_t step, Value to, int64_t toStep,
                    llvm::function_ref<void(Value, Value, int64_t)> emit) {
    int64_t block = 2 * e.getLanes(), full = elements / block * block;
    loop(full, block, [&](Value index) {
      emit(e.add(from, e.mul(index, step)),
           e.add(to, e.mul(half(index), toStep)), block);
    });
    if (full < elements)
      emit(e.add(from, full * step), e.add(to, full / 2 * toStep),
           elements - full);
  }

  /// As many vectors as lanes: pairs of `size` elements, `step` apart, of
  /// `count` neighbours; zeros follow.
  SmallVector<Value> loadPairedRows(Value from, int64_t step, int64_t count,
                                    int64_t size) {
    auto load = [&](int64_t i) {
      e.setMask(count);
      Value row = e.load(memory, {e.add(from, i * step), 1});
      e.setMask(e.getLanes());
      return row;
    };
    SmallVector<Value> pairs;
    for (int64_t i = 0; i < size; i += 2) {
      Value first = load(i),
            second = i + 1 < size ? load(i + 1) : zeroLike(first);
      pairs.push_back(pairLanes(e, first, second));
    }
    pairs.resize(e.getLanes(), zeroPairs(e));
    return pairs;
  }

  Value half(Value index) {
    return arith::DivUIOp::create(e.b, e.loc, index, e.constant(2));
  }
  Value zeroLike(Value value) {
    return e.constant(cast<TypedAttr>(e.b.getZeroAttr(value.getType())));
  }

  TileEmitter &e;
  const ContractionPlan &plan;
  Value memory, scratch;
  int64_t elements;
};

} // namespace

/// Pairs of all of K, behind which matrix tiles are filled up.
static int64_t fillStart(const ContractionPlan &plan) {
  return plan.sizeOf(ArrayRef(plan.kSource).drop_back()) *
         llvm::divideCeil(plan.kSource.back().size, 2);
}

void emitPackRowPair(TileEmitter &e, const ContractionPlan &plan, Value b,
                     Value from, Value scratch, Value to, int64_t count) {
  PanelVectors vectors(plan, count);
  int64_t step = plan.kSource.back().b;
  Packing(e, plan, b, scratch, 2)
      .interleave(from, step, to, vectors.offsets, vectors.masks,
                  vectors.targets,
                  /*isWhole=*/true);
  constexpr int64_t pairsAhead = 4;
  for (int64_t row : {0, 1})
    vectors.prefetch(e, b, e.add(from, (2 * pairsAhead + row) * step));
}

void emitPackPairedPanel(TileEmitter &e, const ContractionPlan &plan, Value b,
                         Value bBase, Value column, int64_t count,
                         Value scratch, Value scratchBase) {
  // Where the sum is cut into blocks, each has a panel of its own.
  int64_t elements =
      plan.outerK.empty() ? plan.kSource.back().size : 2 * plan.kSize();
  Packing packing(e, plan, b, scratch, elements);
  int64_t step = plan.kSource.back().b, width = plan.panelWidth();
  PanelVectors vectors(plan, count);
  if (plan.inMatrices)
    packing.clear(e.add(scratchBase, fillStart(plan) * width),
                  plan.kSize() - fillStart(plan), width, vectors.targets);
  Value first = e.add(bBase, e.mul(column, plan.n.b));
  packing.forEachOuter(
      first, &ContractionDim::b, [&](Value from, Value number) {
        Value to = e.add(scratchBase, e.mul(number, packing.pairs() * width));
        if (plan.n.b == 1)
          return packing.interleaveRows(from, step, to, width, vectors.offsets,
                                        vectors.masks, vectors.targets);
        for (auto [offset, columns, target] :
             llvm::zip_equal(vectors.offsets, vectors.masks, vectors.targets))
          packing.transposeColumns(e.add(from, offset), step, plan.n.b, columns,
                                   e.add(to, target), width);
      });
}

void emitPackPairedRows(TileEmitter &e, const ContractionPlan &plan, Value from,
                        int64_t count, Value scratch, Value to) {
  Packing packing(e, plan, e.getBuffer(plan.a), scratch,
                  plan.kSource.back().size);
  int64_t step = plan.kSource.back().a;
  SmallVector<int64_t> places, masks;
  for (int64_t row = 0; row < count; row += plan.lanes) {
    places.push_back(row);
    masks.push_back(std::min(plan.lanes, count - row));
  }
  int64_t rowStep = plan.neighbourRows ? plan.blockSize() : 1;
  bool isTransposed =
      plan.inMatrices && plan.mSource.a == 1 && step != 1 && count > 1;
  // Before the rows: they may write zeros behind what they end with.
  if (plan.inMatrices && fillStart(plan) < plan.kSize())
    packing.clear(to, count, plan.rowStep(), {fillStart(plan)});
  packing.forEachOuter(
      from, &ContractionDim::a, [&](Value source, Value number) {
        Value target = e.add(to, e.mul(number, packing.pairs() * rowStep));
        if (plan.neighbourRows)
          return packing.interleaveRows(source, step, target, rowStep, places,
                                        masks, places);
        if (isTransposed)
          return packing.transposeRows(source, step, count, target,
                                       plan.rowStep());
        packing.loop(count, 1, [&](Value row) {
          packing.copyRow(e.add(source, e.mul(row, plan.mSource.a)), step,
                          e.add(target, e.mul(row, plan.rowStep())));
        });
      });
}

} // namespace mlc::codegen
