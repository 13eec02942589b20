//===-- ContractionLoops.cpp - panels and blocks of rows ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ContractionLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {

LoopPlace LoopPlace::at(TileEmitter &e, const ContractionDim &dim,
                        Value index) const {
  LoopPlace next = *this;
  next.a = e.add(a, e.mul(index, dim.a));
  next.b = e.add(b, e.mul(index, dim.b));
  if (dim.inC >= 0)
    next.c[dim.inC].index = e.add(c[dim.inC].index, e.mul(index, dim.cStep));
  if (dim.border >= 0)
    next.borders[dim.border] =
        dim.inC < 0 ? e.add(borders[dim.border], e.mul(index, dim.cStep))
                    : index;
  return next;
}

PlanLoops::PlanLoops(func::FuncOp kernel, const ContractionPlan &plan,
                     KernelBody &body)
    : kernel(kernel), plan(plan), body(body), e(body.e) {
  for (auto [result, output] :
       llvm::zip_equal(getResults(kernel), body.outputs)) {
    bool isOfColumns =
        plan.columnSums && getShape(result) == getShape(plan.columnSums);
    (isOfColumns ? columnResults : results).push_back(result);
    (isOfColumns ? columnOutputs : outputs).push_back(output);
  }
  // Vectors begin at a row's start, or lines from it.
  bool areRowsWhole = !plan.pooling && plan.n.c == 1 &&
                      plan.n.inC == int64_t(plan.cOffsets.size()) - 1;
  if (areRowsWhole)
    storeDistantPastCaches(body, kernel, results);
}

bool PlanLoops::hasAttr(Value result, StringRef name) {
  SmallVector<Value> all = getResults(kernel);
  return kernel.getResultAttr(llvm::find(all, result) - all.begin(), name) !=
         nullptr;
}

Coords PlanLoops::locate(Value number) {
  SmallVector<int64_t> sizes;
  for (const ContractionDim &dim : plan.outer)
    sizes.push_back(dim.size);
  // Chunks of rows before panels of columns: what one thread updates is
  // contiguous, so that caches of two don't fetch each other's lines.
  sizes.append({plan.chunks(), plan.groups()});
  return e.delinearize(number, sizes);
}

void PlanLoops::emitWorkTile(Value number) {
  tile = number;
  Coords place = locate(tile);
  LoopPlace base{e.constant(plan.aOffset),
                 e.constant(plan.bOffset),
                 {},
                 SmallVector<Value>(plan.borders.size())};
  for (int64_t offset : plan.cOffsets)
    base.c.push_back({e.constant(offset), 0});
  for (auto [dim, coord] : llvm::zip(plan.outer, place))
    base = base.at(e, dim, coord.index);
  chunk = place[plan.outer.size()].index;
  group = place.back().index;
  if (plan.panelsPerTile > 1)
    return emitPanels(base);
  withPanel(group, [&] { emitPanels(base); });
}

void PlanLoops::withPanel(Value number, llvm::function_ref<void()> emit) {
  panel = number;
  auto emitColumns = [&](int64_t count) {
    columns = count;
    vectors = llvm::divideCeil(columns, plan.lanes);
    column = e.mul(panel, plan.columns());
    emit();
  };
  int64_t last = plan.n.size - (plan.panels() - 1) * plan.columns();
  if (plan.panels() == 1 || last == plan.columns())
    return emitColumns(last);
  whenLast(e, panel, plan.panels(),
           [&](bool isLast) { emitColumns(isLast ? last : plan.columns()); });
}

Value PlanLoops::firstPanel() { return e.mul(group, plan.panelsPerTile); }

Value PlanLoops::endOfPanels() {
  Value end = e.add(firstPanel(), plan.panelsPerTile);
  if (plan.panels() % plan.panelsPerTile == 0)
    return end;
  return arith::MinUIOp::create(e.b, e.loc, end, e.constant(plan.panels()));
}

void PlanLoops::forEachPanel(llvm::function_ref<void()> emit) {
  if (plan.panelsPerTile == 1)
    return emit();
  forEach(firstPanel(), endOfPanels(), 1,
          [&](Value number) { withPanel(number, emit); });
}

void PlanLoops::emitPanels(const LoopPlace &base) {
  LoopPlace at = base;
  a = e.getBuffer(plan.a);
  if (!plan.panelSource)
    b = e.getBuffer(plan.b);
  if (plan.packedRows && !plan.packsBlocks)
    at.a = packRows(base, e.constant(0));
  if (plan.panelSource) {
    b = e.getBuffer(plan.panelSource);
    at.b = e.add(at.b,
                 e.mul(panel, plan.sizeOf(plan.outerK) * plan.panelElements()));
  } else if (plan.packed) {
    if (plan.outerK.empty())
      at = packPanel(at, e.constant(0));
  } else {
    at.a = e.add(at.a, e.mul(panel, plan.columns() / plan.repeat * plan.n.a));
    at.b = e.add(at.b, e.mul(column, plan.n.b));
  }
  if (!plan.outerK.empty())
    return emitSums(at);
  auto emitRows = [&](const LoopPlace &inner) {
    forEachBlock([&](const RowBlock &block) {
      if (plan.inMatrices)
        return emitMatrixTile(inner, block);
      emitEpilogues(inner, block, emitWholeTile(inner, block));
    });
  };
  if (plan.pooling)
    return forEachInnerOfBands(at, emitRows);
  forEachInner(plan.inner, at, e.constant(0),
               [&](const LoopPlace &inner, Value) { emitRows(inner); });
  if (plan.packsAhead)
    packRest();
  emitColumns(base, at.b);
}

LoopPlace PlanLoops::packPanel(const LoopPlace &base, Value block) {
  auto packTo = [&](Value to) {
    auto *pack = plan.isPaired() ? emitPackPairedPanel : emitPackPanel;
    pack(e, plan, e.getBuffer(plan.b), base.b, column, columns, body.scratch,
         to);
  };
  b = body.scratch;
  LoopPlace packed = base;
  packed.b = body.scratchBase;
  if (plan.packsAhead)
    packed.b = takeTurn(base, block, packTo);
  else
    packTo(packed.b);
  return packed;
}

Value PlanLoops::packRows(const LoopPlace &base, Value block) {
  Value first =
      e.add(body.scratchBase, plan.packedElements() + plan.sumElements());
  Value origin = e.add(first, e.mul(chunkStart(), -plan.rowStep()));
  auto pack = [&] {
    if (plan.isPaired())
      packPairedRows(base, origin);
    else if (plan.neighbourRows)
      packNeighbours(base, block, origin);
    else
      packWholeRows(base, block, origin);
  };
  if (plan.packsBlocks)
    pack();
  else
    choose(e, isFirstOfChunk(), pack);
  a = body.scratch;
  return origin;
}

void PlanLoops::packPairedRows(const LoopPlace &base, Value origin) {
  forEachBlock([&](const RowBlock &block) {
    Value from = e.add(base.a, e.mul(block.start, plan.mSource.a));
    emitPackPairedRows(e, plan, from, block.steps, body.scratch,
                       e.add(origin, e.mul(block.start, plan.rowStep())));
  });
}

void PlanLoops::packNeighbours(const LoopPlace &base, Value block,
                               Value origin) {
  int64_t all = plan.sizeOf(plan.kSource),
          count = plan.packsBlocks ? plan.kSize() : all;
  Value start = chunkStart();
  forEach(e.constant(0), e.constant(count), 1, [&](Value step) {
    Value k = e.add(e.mul(block, count), step);
    prefetchPackedRows(base, k, start);
    Value from = sourceOf(base, k),
          to = e.add(origin, e.mul(step, plan.blockSize()));
    forEachRun([&](Value row, int64_t count) {
      emitPackRows(e, plan, e.add(from, row), count, body.scratch,
                   e.add(to, e.mul(row, plan.rowStep())));
    });
  });
}

void PlanLoops::forEachRun(llvm::function_ref<void(Value, int64_t)> emit) {
  constexpr int64_t blocks = 4;
  int64_t step = plan.blockSize(), run = blocks * step,
          rest = plan.m.size % step;
  Value begin = chunkStart(), end = chunkEnd(plan.m.size - rest);
  Value runs = e.b.createOrFold<arith::DivUIOp>(
      e.loc, e.add(end, e.mul(begin, -1)), e.constant(run));
  Value last = e.add(begin, e.mul(runs, run));
  forEach(begin, last, run, [&](Value row) { emit(row, run); });
  if (plan.chunkSize % run != 0 || plan.m.size % run != 0)
    forEach(last, end, step, [&](Value row) { emit(row, step); });
  if (rest > 0)
    whenLast(e, chunk, plan.chunks(), [&](bool isLast) {
      if (isLast)
        emit(e.constant(plan.m.size - rest), rest);
    });
}

void PlanLoops::packWholeRows(const LoopPlace &base, Value block,
                              Value origin) {
  Value from = sourceOf(base, e.mul(block, plan.kSize()));
  forEach(chunkStart(), chunkEnd(plan.m.size), 1, [&](Value row) {
    emitPackWholeRow(e, plan, e.add(from, e.mul(row, plan.mSource.a)),
                     body.scratch, e.add(origin, e.mul(row, plan.rowStep())));
  });
}

Value PlanLoops::sourceOf(const LoopPlace &base, Value k) {
  SmallVector<int64_t> sizes;
  for (const ContractionDim &dim : plan.kSource)
    sizes.push_back(dim.size);
  Value from = base.a;
  for (auto [dim, coord] :
       llvm::zip_equal(plan.kSource, e.delinearize(k, sizes)))
    from = e.add(from, e.mul(coord.index, dim.a));
  return from;
}

void PlanLoops::prefetchPackedRows(const LoopPlace &base, Value k,
                                   Value start) {
  constexpr int64_t ahead = 8;
  Value last = e.constant(plan.sizeOf(plan.kSource) - 1);
  Value next = arith::MinUIOp::create(e.b, e.loc, e.add(k, ahead), last);
  Value from = e.add(sourceOf(base, next), start);
  int64_t count = std::min(plan.chunkSize, plan.m.size);
  for (int64_t row = 0; row < count; row += plan.lineElements)
    e.prefetch(e.getBuffer(plan.a), e.add(from, row));
}

Value PlanLoops::isEqual(Value lhs, Value rhs) {
  return arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::eq, lhs, rhs);
}

Value PlanLoops::isBelow(Value lhs, Value rhs) {
  return arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::ult, lhs, rhs);
}

Value PlanLoops::chunkStart() { return e.mul(chunk, plan.chunkSize); }

Value PlanLoops::chunkEnd(int64_t limit) {
  Value end = e.constant(limit);
  if (plan.chunks() == 1)
    return end;
  return arith::MinUIOp::create(e.b, e.loc, e.add(chunkStart(), plan.chunkSize),
                                end);
}

Value PlanLoops::isFirstOfChunk() {
  return arith::OrIOp::create(e.b, e.loc, isEqual(panel, e.constant(0)),
                              isEqual(tile, body.begin));
}

void PlanLoops::forEachInner(
    ArrayRef<ContractionDim> dims, const LoopPlace &base, Value number,
    llvm::function_ref<void(const LoopPlace &, Value)> emit) {
  if (dims.empty())
    return emit(base, number);
  const ContractionDim &dim = dims.front();
  forEach(e.constant(0), e.constant(dim.size), 1, [&](Value index) {
    forEachInner(dims.drop_front(), base.at(e, dim, index),
                 e.add(e.mul(number, dim.size), index), emit);
  });
}

void PlanLoops::forEach(Value begin, Value end, int64_t step,
                        llvm::function_ref<void(Value)> emit) {
  codegen::forEach(e, begin, end, step, emit);
}

void PlanLoops::forEachBlock(llvm::function_ref<void(const RowBlock &)> emit) {
  if (plan.m.border >= 0)
    return forEachBlockOfAll(emit);
  plan.evenBlocks ? forEachEvenBlock(emit) : forEachBlockOfChunk(emit);
}

void PlanLoops::forEachEvenBlock(
    llvm::function_ref<void(const RowBlock &)> emit) {
  int64_t size = plan.m.size, blocks = llvm::divideCeil(size, plan.blockSize());
  int64_t steps = size / blocks, larger = size % blocks;
  auto emitBlocks = [&](int64_t from, int64_t to, int64_t steps) {
    if (to - from == steps)
      emitOnce({e.constant(from), steps, {}}, emit);
    else if (from < to)
      forEach(e.constant(from), e.constant(to), steps,
              [&](Value step) { emit({step, steps, {}}); });
  };
  int64_t boundary = larger * (steps + 1);
  emitBlocks(0, boundary, steps + 1);
  emitBlocks(boundary, size, steps);
}

void PlanLoops::emitOnce(const RowBlock &block,
                         llvm::function_ref<void(const RowBlock &)> emit) {
  TileEmitter::Scope scope(e);
  emit(block);
}

void PlanLoops::forEachBlockOfChunk(
    llvm::function_ref<void(const RowBlock &)> emit) {
  int64_t steps = plan.blockSize(), full = plan.m.size / steps * steps;
  Value start = chunkStart(), end = chunkEnd(full);
  if (full == steps && plan.chunks() == 1)
    emitOnce({e.constant(0), steps, {}}, emit);
  else if (full > 0)
    forEach(start, end, steps, [&](Value step) { emit({step, steps, {}}); });
  auto emitRest = [&] {
    emitOnce({e.constant(full), plan.m.size - full, {}}, emit);
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

void PlanLoops::forEachBlockOfAll(
    llvm::function_ref<void(const RowBlock &)> emit) {
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
      emitOnce({e.constant(from), std::min(steps, to - from), from}, emit);
  };
  if (begin > 0)
    emitBorder(0, begin);
  if (begin < end)
    forEach(e.constant(begin), e.constant(end), steps,
            [&](Value step) { emit({step, steps, {}}); });
  if (end < size)
    emitBorder(end, size);
}

} // namespace mlc::codegen
