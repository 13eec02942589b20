//===-- ContractionTiles.cpp - register tiles and their epilogues ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ContractionLoops.h"
#include "codegen/Strands.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mlc::codegen {

/// Rows of a long epilogue that are computed together.
static constexpr int64_t mostStrands = 4;

SmallVector<Value> PlanLoops::zeros(int64_t steps) {
  return SmallVector<Value>(steps * plan.rowsPerStep() * plan.gate.size *
                                vectors,
                            e.zeros(e.getBuffer(plan.a)));
}

int64_t PlanLoops::lanesOf(int64_t vector) const {
  return std::min(plan.lanes, columns - vector * plan.lanes);
}

TilePlace PlanLoops::placeOf(const LoopPlace &base, const RowBlock &block) {
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

SmallVector<Value> PlanLoops::emitTile(const LoopPlace &base,
                                       const RowBlock &block, ValueRange sums,
                                       ArrayRef<FarTensor> far) {
  bool doesMore = plan.packsAhead || plan.fetchesRows || !far.empty();
  bool isRest = !plan.evenBlocks && block.steps < plan.blockSize();
  TilePlace place = placeOf(base, block);
  if (!doesMore || !plan.inPieces || isRest)
    return emitMicroKernel(e, plan, place, sums);
  return emitLoop(e.b, e.loc, e.constant(0), e.constant(plan.k[0].size), 1,
                  sums, [&](Value piece, ValueRange carried) {
                    if (plan.packsAhead)
                      packInPiece(block.start, piece);
                    if (plan.fetchesRows)
                      prefetchNextRows(base, block, piece);
                    if (!far.empty())
                      prefetchEpilogueInPiece(base, block, piece, far);
                    return emitMicroKernel(e, plan, place, carried, piece);
                  });
}

SmallVector<Value> PlanLoops::emitWholeTile(const LoopPlace &base,
                                            const RowBlock &block) {
  SmallVector<FarTensor> far = getFarTensors();
  // Without pieces all is fetched at once, before the sum. Results alone need
  // not be: nothing waits for what is stored.
  bool readsFar = llvm::any_of(far, [](auto &tensor) { return tensor.isRead; });
  if (!plan.inPieces && readsFar)
    for (int64_t step = 0; step < block.steps; ++step)
      prefetchEpilogue(base, e.add(block.start, step), far);
  return emitTile(base, block, zeros(block.steps), far);
}

void PlanLoops::prefetchEpilogueInPiece(const LoopPlace &base,
                                        const RowBlock &block, Value piece,
                                        ArrayRef<FarTensor> tensors) {
  int64_t share = plan.vectorsPerPiece, count = block.steps * vectors;
  Value first = e.mul(piece, share);
  auto fetch = [&] {
    // Of whole rows the vectors' numbers are known.
    int64_t known = share % vectors == 0 ? vectors : 1;
    for (int64_t i = 0; i < share; i += known) {
      Coords place = e.delinearize(e.add(first, i), {block.steps, vectors});
      Value row = e.add(block.start, place[0].index),
            step = stepAhead(row, plan.fetchAhead);
      if (known > 1)
        prefetchEpilogue(base, step, tensors);
      else
        prefetchEpilogue(base, step, place[1].index, tensors);
    }
  };
  if (plan.k[0].size * share == count)
    return fetch();
  choose(e, isBelow(first, e.constant(count)), fetch);
}

Coord PlanLoops::columnsAt(const LoopPlace &base, Value vector) {
  Value place = e.mul(e.add(column, e.mul(vector, plan.lanes)), plan.n.cStep);
  return {e.add(base.c[plan.n.inC].index, place), plan.n.cStep};
}

void PlanLoops::forEachVectorOfTile(
    const LoopPlace &base, const RowBlock &block,
    llvm::function_ref<void(Coords, int64_t, int64_t)> emit) {
  SmallVector<Coord> columnCoords, stepCoords;
  for (int64_t v = 0; plan.n.inC >= 0 && v < vectors; ++v)
    columnCoords.push_back(columnsAt(base, e.constant(v)));
  for (int64_t step = 0; plan.m.inC >= 0 && step < block.steps; ++step)
    stepCoords.push_back({e.add(base.c[plan.m.inC].index,
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

void PlanLoops::emitEpilogues(const LoopPlace &base, const RowBlock &block,
                              ValueRange sums) {
  if (plan.isEpilogueLong && block.steps > 1)
    return emitLongEpilogues(base, block, sums);
  emitEpiloguesOfRows(base, block, sums);
}

void PlanLoops::emitEpiloguesOfRows(const LoopPlace &base,
                                    const RowBlock &block, ValueRange sums) {
  std::optional<Strands> strands;
  if (plan.isEpilogueLong)
    strands.emplace(e.b);
  forEachVectorOfTile(
      base, block, [&](const Coords &at, int64_t row, int64_t v) {
        if (strands)
          strands->begin();
        e.setMask(lanesOf(v));
        for (int64_t g = 0; g < plan.gate.size; ++g)
          bindSum(at, g, sums[(row * plan.gate.size + g) * vectors + v]);
        emitEpilogue(at);
        if (strands)
          strands->end();
      });
  e.setMask(plan.lanes);
  if (strands)
    strands->interleave();
}

void PlanLoops::emitLongEpilogues(const LoopPlace &base, const RowBlock &block,
                                  ValueRange sums) {
  for (auto [i, sum] : llvm::enumerate(sums))
    e.storeLinear(sum, body.scratch, {e.add(waitingBase(), i * plan.lanes), 1});
  emitWaitingEpilogues(base, block);
}

Value PlanLoops::waitingBase() {
  return e.add(body.scratchBase, plan.scratchElements() - plan.bandElements() -
                                     plan.waitingElements());
}

void PlanLoops::emitWaitingEpilogues(const LoopPlace &base,
                                     const RowBlock &block) {
  auto emitRows = [&](Value row, int64_t count) {
    int64_t perRow = plan.gate.size * vectors;
    Value first = e.add(waitingBase(), e.mul(row, perRow * plan.lanes));
    SmallVector<Value> waiting;
    for (int64_t i = 0; i < count * perRow; ++i)
      waiting.push_back(
          e.load(body.scratch, {e.add(first, i * plan.lanes), 1}));
    emitEpiloguesOfRows(base, {e.add(block.start, row), count, {}}, waiting);
  };
  codegen::forEachBlock(e, block.steps, mostStrands, emitRows);
}

void PlanLoops::prefetchNextRows(const LoopPlace &base, const RowBlock &block,
                                 Value piece) {
  choose(e, isFirstOfChunk(), [&] {
    Value start = e.add(block.start, block.steps),
          from = e.add(e.add(base.a, e.mul(start, plan.m.a)),
                       e.mul(piece, plan.k[0].a));
    for (const TileRow &row : getRows(plan, block.steps))
      for (int64_t k = 0; k < plan.k[1].size; k += plan.lineElements)
        e.prefetch(a, e.add(from, row.a + k));
  });
}

Value PlanLoops::stepAhead(Value step, int64_t ahead) {
  if (ahead == 0)
    return step;
  return arith::MinUIOp::create(e.b, e.loc, e.add(step, ahead),
                                e.constant(plan.m.size - 1));
}

void PlanLoops::prefetchEpilogue(const LoopPlace &base, Value step,
                                 Value vector, ArrayRef<FarTensor> tensors) {
  Coords at = base.c;
  if (plan.m.inC >= 0)
    at[plan.m.inC].index =
        e.add(at[plan.m.inC].index, e.mul(step, plan.m.cStep));
  at[plan.n.inC] = columnsAt(base, vector);
  prefetchAt(at, tensors);
}

void PlanLoops::prefetchEpilogue(const LoopPlace &base, Value step,
                                 ArrayRef<FarTensor> tensors) {
  forEachVectorOfTile(
      base, {step, 1, {}},
      [&](const Coords &at, int64_t, int64_t) { prefetchAt(at, tensors); });
}

void PlanLoops::prefetchAt(Coords at, ArrayRef<FarTensor> tensors) {
  if (plan.gate.inC >= 0)
    at.erase(at.begin() + plan.gate.inC);
  for (const FarTensor &tensor : tensors)
    prefetchAt(at, tensor);
}

void PlanLoops::prefetchAt(const Coords &at, const FarTensor &tensor) {
  int64_t count = tensor.added < 0 ? 1 : tensor.type.getDimSize(tensor.added);
  for (int64_t i = 0; i < count; ++i) {
    Coords place = at;
    if (tensor.added >= 0)
      place.insert(place.begin() + tensor.added, Coord{e.constant(i), 0});
    e.prefetch(tensor.memory, e.linearize(place, tensor.type).index,
               /*locality=*/2, tensor.isWritten);
  }
}

/// Does `slice` pick gates: part of one dimension, and all of the others?
static bool picksAlong(tensor::ExtractSliceOp slice, int64_t dimension) {
  ArrayRef<int64_t> from = slice.getSourceType().getShape();
  for (auto [i, size] : llvm::enumerate(slice.getStaticSizes()))
    if (int64_t(i) != dimension && size != from[i])
      return false;
  return true;
}

bool PlanLoops::isReadBesideSum(BlockArgument argument) const {
  return plan.gate.inC >= 0 && getShape(argument) == getShape(plan.result) &&
         llvm::all_of(argument.getUses(), [&](OpOperand &use) {
           if (auto slice = dyn_cast<tensor::ExtractSliceOp>(use.getOwner()))
             return picksAlong(slice, plan.gate.inC);
           auto generic = dyn_cast<linalg::GenericOp>(use.getOwner());
           return generic && generic.getNumReductionLoops() == 0 &&
                  generic.getMatchingIndexingMap(&use).isIdentity();
         });
}

SmallVector<FarTensor> PlanLoops::getFarTensors() {
  SmallVector<FarTensor> tensors;
  // Nothing is fetched for results of two shapes.
  if (plan.n.inC < 0 || plan.pooling)
    return {};
  size_t inPlace = 0;
  SizesRef places = getTypeOfPlaces(results[0]).getShape();
  for (BlockArgument argument : kernel.getArguments()) {
    unsigned number = argument.getArgNumber();
    bool isLikeC =
             getShape(argument) == places && isReadInPlace(kernel, number),
         hasGates = isReadBesideSum(argument),
         isStreamed = kernel.getArgAttr(number, kStreamed) != nullptr;
    if (argument == plan.a || argument == plan.b || !(isLikeC || hasGates))
      continue;
    inPlace += isLikeC && !isStreamed;
    tensors.push_back({e.getBuffer(argument), getTensorType(argument),
                       hasGates ? plan.gate.inC : -1, isStreamed,
                       /*isRead=*/true, /*isWritten=*/false});
  }
  if (inPlace <= results.size())
    for (FarTensor &tensor : tensors)
      tensor.isWritten = !tensor.isStreamed && tensor.added < 0;
  for (auto [i, result] : llvm::enumerate(results)) {
    tensor::ConcatOp stack = getStack(result);
    bool isStreamed = hasAttr(result, kStreamed);
    if (!e.isStoredPastCaches(outputs[i]) &&
        (isStreamed || stack || i >= inPlace))
      tensors.push_back({outputs[i], getTensorType(result),
                         stack ? int64_t(stack.getDim()) : -1, isStreamed,
                         /*isRead=*/false, /*isWritten=*/true});
  }
  int64_t bytes = 0;
  for (const FarTensor &tensor : tensors)
    bytes += bytesOf(tensor.type);
  if (bytes < plan.farBytes)
    llvm::erase_if(tensors, [](auto &tensor) { return !tensor.isStreamed; });
  return tensors;
}

void PlanLoops::bindSum(Coords at, int64_t gate, Value sum) {
  if (plan.n.inC < 0) // a full sum: one lane
    sum = vector::ExtractOp::create(e.b, e.loc, sum, ArrayRef<int64_t>{0});
  if (plan.gate.inC >= 0)
    at[plan.gate.inC] = {e.constant(gate), 0};
  e.bindValue(plan.result, at, sum);
}

void PlanLoops::emitEpilogue(Coords at) {
  if (plan.pooling)
    return band->emitElement(at);
  if (plan.gate.inC >= 0)
    at.erase(at.begin() + plan.gate.inC);
  emitResults(e, results, outputs, at);
}

} // namespace mlc::codegen
