//===-- ContractionColumns.cpp - sums of the columns of B -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A panel of B is in the nearest cache when its last rows have been multiplied:
// its columns are summed up there, where it was packed. It costs a few vectors
// of loads for each step along K, beside all rows' multiplications.
//
//===----------------------------------------------------------------------===//

#include "codegen/ContractionLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {

/// Sums that are added up side by side: nothing waits for the one before.
static constexpr int64_t kStrands = 4;

SmallVector<Value> PlanLoops::addRowOfB(Value at, ValueRange sums) {
  SmallVector<Value> next;
  for (int64_t v = 0; v < vectors; ++v) {
    e.setMask(plan.packed ? plan.lanes : lanesOf(v));
    Value row = e.load(b, {e.add(at, v * plan.lanes), 1});
    next.push_back(arith::AddFOp::create(e.b, e.loc, sums[v], row));
  }
  e.setMask(plan.lanes);
  return next;
}

/// `kStrands` rows, and then as many again; their sums, pairwise.
SmallVector<Value> PlanLoops::sumRowsOfB(Value from, int64_t rows,
                                         int64_t step) {
  SmallVector<Value> none(vectors, e.zeros(e.getBuffer(plan.b)));
  SmallVector<Value> strands;
  for (int64_t i = 0; i < kStrands; ++i)
    strands.append(none);
  int64_t whole = rows / kStrands * kStrands;
  strands = emitLoop(e.b, e.loc, e.constant(0), e.constant(whole), kStrands,
                     strands, [&](Value row, ValueRange carried) {
                       TileEmitter::Scope scope(e);
                       SmallVector<Value> next;
                       for (int64_t i = 0; i < kStrands; ++i)
                         next.append(
                             addRowOfB(e.add(from, e.mul(e.add(row, i), step)),
                                       carried.slice(i * vectors, vectors)));
                       return next;
                     });
  for (int64_t row = whole; row < rows; ++row) {
    auto strand =
        MutableArrayRef(strands).slice((row - whole) * vectors, vectors);
    llvm::copy(addRowOfB(e.add(from, row * step), strand), strand.begin());
  }
  for (int64_t width = kStrands / 2; width > 0; width /= 2)
    for (int64_t i = 0; i < width * vectors; ++i)
      strands[i] = arith::AddFOp::create(e.b, e.loc, strands[i],
                                         strands[i + width * vectors]);
  strands.truncate(vectors);
  return strands;
}

SmallVector<Value> PlanLoops::sumColumns(Value from, size_t depth) {
  const ContractionDim &dim = plan.k[depth];
  if (plan.packed)
    return sumRowsOfB(from, plan.kSize(), plan.panelWidth());
  if (depth + 1 == plan.k.size())
    return sumRowsOfB(from, dim.size, dim.b);
  SmallVector<Value> none(vectors, e.zeros(e.getBuffer(plan.b)));
  return emitLoop(e.b, e.loc, e.constant(0), e.constant(dim.size), 1, none,
                  [&](Value index, ValueRange carried) {
                    TileEmitter::Scope scope(e);
                    SmallVector<Value> next =
                        sumColumns(e.add(from, e.mul(index, dim.b)), depth + 1);
                    for (auto [sum, before] : llvm::zip_equal(next, carried))
                      sum = arith::AddFOp::create(e.b, e.loc, before, sum);
                    return next;
                  });
}

void PlanLoops::forFirstRows(const LoopPlace &base,
                             llvm::function_ref<void()> emit) {
  Value isFirst;
  auto require = [&](Value index) {
    Value isZero = isEqual(index, e.constant(0));
    isFirst =
        isFirst ? arith::AndIOp::create(e.b, e.loc, isFirst, isZero).getResult()
                : isZero;
  };
  if (plan.chunks() > 1)
    require(chunk);
  for (const ContractionDim &dim : plan.outer)
    if (dim.b == 0)
      require(base.c[dim.inC].index);
  if (isFirst)
    return choose(e, isFirst, emit);
  TileEmitter::Scope scope(e);
  emit();
}

Value PlanLoops::columnSumsBase() {
  return e.add(body.scratchBase,
               plan.scratchElements() - plan.columnSumElements());
}

Coord PlanLoops::columnSumPlace(int64_t vector) {
  Value ofPanel = e.add(columnSumsBase(), placeOfPanel(plan.columns()));
  return {e.add(ofPanel, vector * plan.lanes), 1};
}

void PlanLoops::addColumnSums(const LoopPlace &base, Value from) {
  if (!plan.columnSums)
    return;
  forFirstRows(base, [&] {
    for (auto [v, sum] : llvm::enumerate(sumColumns(from))) {
      Coord place = columnSumPlace(v);
      Value before = e.load(body.scratch, place);
      e.storeLinear(arith::AddFOp::create(e.b, e.loc, before, sum),
                    body.scratch, place);
    }
  });
}

void PlanLoops::emitColumnResults(const LoopPlace &base, ValueRange sums) {
  size_t rank = getShape(plan.columnSums).size();
  for (auto [v, sum] : llvm::enumerate(sums)) {
    Coords at = base.c;
    at[plan.n.inC] = columnsAt(base, e.constant(v));
    at.erase(at.begin(), at.end() - rank);
    e.setMask(lanesOf(v));
    e.bindValue(plan.columnSums, at, sum);
    emitResults(e, columnResults, columnOutputs, at);
  }
  e.setMask(plan.lanes);
}

void PlanLoops::emitColumns(const LoopPlace &base, Value from) {
  if (plan.columnSums)
    forFirstRows(base, [&] { emitColumnResults(base, sumColumns(from)); });
}

void PlanLoops::emitColumnsOfBlocks(const LoopPlace &base) {
  if (plan.columnSums)
    forFirstRows(base, [&] {
      SmallVector<Value> sums;
      for (int64_t v = 0; v < vectors; ++v)
        sums.push_back(e.load(body.scratch, columnSumPlace(v)));
      emitColumnResults(base, sums);
    });
}

} // namespace mlc::codegen
