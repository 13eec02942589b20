//===-- ContractionSums.cpp - sums in scratch memory ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ContractionLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {

void PlanLoops::emitSums(const LoopPlace &base) {
  clearSums();
  forEachOuterK(0, base, e.constant(0),
                [&](const LoopPlace &block, Value number) {
                  LoopPlace at = block;
                  if (plan.packsBlocks)
                    at.a = packRows(block, number);
                  forEachPanel([&] { addBlock(base, at, number); });
                });
  forEachPanel([&] {
    emitColumnsOfBlocks(base);
    emitEpiloguesOfSums(base);
  });
}

void PlanLoops::clearSums() {
  Value zero = e.zeros(e.getBuffer(plan.a));
  forEach(e.constant(0), e.constant(plan.sumElements()), plan.lanes,
          [&](Value at) {
            e.storeLinear(zero, body.scratch, {e.add(sumsBase(), at), 1});
          });
  for (int64_t at = 0; at < plan.columnSumElements(); at += plan.lanes)
    e.storeLinear(zero, body.scratch, {e.add(columnSumsBase(), at), 1});
}

void PlanLoops::addBlock(const LoopPlace &base, const LoopPlace &block,
                         Value number) {
  LoopPlace outer = plan.packsPanels() ? packPanel(block, number) : block;
  forEachInner(plan.inner, outer, e.constant(0),
               [&](const LoopPlace &inner, Value number) {
                 forEachBlock([&](const RowBlock &rows) {
                   SmallVector<Coord> places = getSumPlaces(number, rows);
                   SmallVector<Value> sums;
                   for (const Coord &place : places)
                     sums.push_back(e.load(body.scratch, place));
                   sums = emitTile(inner, rows, sums);
                   for (auto [place, sum] : llvm::zip_equal(places, sums))
                     e.storeLinear(sum, body.scratch, place);
                 });
               });
  if (plan.packsAhead)
    packRest();
  addColumnSums(base, outer.b);
}

void PlanLoops::emitEpiloguesOfSums(const LoopPlace &base) {
  constexpr int64_t ahead = 8; // epilogues follow one another at once
  SmallVector<FarTensor> far = getFarTensors();
  forEachInner(plan.inner, base, e.constant(0),
               [&](const LoopPlace &inner, Value number) {
                 Value end = chunkEnd(plan.m.size);
                 forEach(chunkStart(), end, 1, [&](Value step) {
                   RowBlock block{step, 1, {}};
                   if (!far.empty())
                     prefetchEpilogue(inner, stepAhead(step, ahead), far);
                   SmallVector<Value> sums;
                   for (const Coord &place : getSumPlaces(number, block))
                     sums.push_back(e.load(body.scratch, place));
                   emitEpilogues(inner, block, sums);
                 });
               });
}

void PlanLoops::forEachOuterK(
    size_t depth, const LoopPlace &base, Value number,
    llvm::function_ref<void(const LoopPlace &, Value)> emit) {
  if (depth == plan.outerK.size())
    return emit(base, number);
  const ContractionDim &dim = plan.outerK[depth];
  forEach(e.constant(0), e.constant(dim.size), 1, [&](Value index) {
    forEachOuterK(depth + 1, base.at(e, dim, index),
                  e.add(e.mul(number, dim.size), index), emit);
  });
}

Value PlanLoops::sumsBase() {
  return e.add(body.scratchBase, plan.packedElements());
}

Value PlanLoops::placeOfPanel(int64_t elements) {
  if (plan.panelsPerTile == 1)
    return e.constant(0);
  return e.mul(e.add(panel, e.mul(firstPanel(), -1)), elements);
}

SmallVector<Coord> PlanLoops::getSumPlaces(Value number,
                                           const RowBlock &block) {
  Value step = e.add(e.mul(number, plan.chunkSteps()),
                     e.add(block.start, e.mul(chunkStart(), -1)));
  Value first = e.add(e.add(sumsBase(), placeOfPanel(plan.panelSums())),
                      e.mul(step, plan.rowsPerStep() * plan.columns()));
  SmallVector<Coord> places;
  for (int64_t row = 0; row < block.steps * plan.rowsPerStep(); ++row)
    for (int64_t v = 0; v < vectors; ++v)
      places.push_back(
          {e.add(first, row * plan.columns() + v * plan.lanes), 1});
  return places;
}

} // namespace mlc::codegen
