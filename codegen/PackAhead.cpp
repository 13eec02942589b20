//===-- PackAhead.cpp - the next panel of a product -----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rows of B that are whole pages apart meet the same few lines of the caches:
// they can't be fetched and left there until they are packed. So each piece of
// a tile packs a unit of the next panel, into one of two places in turn, and
// asks for one that is packed a little later.
//
//===----------------------------------------------------------------------===//

#include "codegen/ContractionLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {

Value PlanLoops::takeTurn(const LoopPlace &base, Value block,
                          llvm::function_ref<void(Value)> packTo) {
  Value number = numberOfTurn(block);
  auto placeOf = [&](Value number) {
    Value turn = arith::AndIOp::create(e.b, e.loc, number, e.constant(1));
    return e.add(body.scratchBase, e.mul(turn, plan.panelElements()));
  };
  Value here = placeOf(number);
  choose(e, isFirstTurn(block), [&] { packTo(here); });
  next = findNext(base, block);
  next.to = placeOf(e.add(number, 1));
  return here;
}

Value PlanLoops::numberOfTurn(Value block) {
  int64_t blocks = plan.sizeOf(plan.outerK);
  if (plan.panelsPerTile == 1)
    return e.add(e.mul(tile, blocks), block);
  int64_t rest = plan.workTiles() / plan.groups();
  Value whole = e.delinearize(tile, {rest, plan.groups()})[0].index,
        first = firstPanel(),
        before = e.add(e.mul(whole, plan.panels()), first),
        count = e.add(endOfPanels(), e.mul(first, -1));
  Value ofBlock = arith::MulIOp::create(e.b, e.loc, block, count);
  return e.add(e.add(e.mul(before, blocks), ofBlock), placeOfPanel(1));
}

Value PlanLoops::isFirstTurn(Value block) {
  Value isFirst = isEqual(tile, body.begin);
  auto require = [&](Value condition) {
    isFirst = arith::AndIOp::create(e.b, e.loc, isFirst, condition);
  };
  if (!plan.outerK.empty())
    require(isEqual(block, e.constant(0)));
  if (plan.panelsPerTile > 1)
    require(isEqual(panel, firstPanel()));
  return isFirst;
}

NextPanel PlanLoops::findNext(const LoopPlace &base, Value block) {
  int64_t blocks = plan.sizeOf(plan.outerK),
          panelStep = plan.columns() * plan.n.b;
  Value nextTile = e.add(tile, 1);
  Coords place = locate(nextTile);
  Value from = e.constant(plan.bOffset),
        nextPanel = e.mul(place.back().index, plan.panelsPerTile);
  for (auto [dim, coord] : llvm::zip(plan.outer, place))
    from = e.add(from, e.mul(coord.index, dim.b));
  from = e.add(from, e.mul(nextPanel, panelStep));
  Value isThere = isBelow(nextTile, body.end);
  // Panel `number` of what begins at `start` comes first, if `condition`.
  auto prefer = [&](Value condition, Value start, Value number) {
    Value at = e.add(start, e.mul(number, panelStep));
    from = arith::SelectOp::create(e.b, e.loc, condition, at, from);
    nextPanel =
        arith::SelectOp::create(e.b, e.loc, condition, number, nextPanel);
    isThere = arith::OrIOp::create(e.b, e.loc, condition, isThere);
  };
  if (blocks > 1)
    prefer(isBelow(block, e.constant(blocks - 1)),
           e.add(base.b, plan.outerK[0].b), firstPanel());
  if (plan.panelsPerTile > 1) {
    Value following = e.add(panel, 1);
    prefer(isBelow(following, endOfPanels()), base.b, following);
  }
  return {from, {}, isThere, isEqual(nextPanel, e.constant(plan.panels() - 1))};
}

int64_t PlanLoops::packingStride() const {
  if (!plan.evenBlocks)
    return plan.blockSize();
  return llvm::divideCeil(plan.m.size,
                          llvm::divideCeil(plan.m.size, plan.blockSize()));
}

int64_t PlanLoops::packingBlocks() const {
  int64_t size = plan.m.size, stride = packingStride();
  if (!plan.evenBlocks)
    return std::min(plan.chunkSize, size) / stride;
  int64_t blocks = llvm::divideCeil(size, plan.blockSize()),
          last = size - size / blocks;
  return last / stride + 1;
}

int64_t PlanLoops::unitsPerPiece() const {
  return llvm::divideCeil(plan.packUnits(), packingBlocks() * plan.k[0].size);
}

void PlanLoops::packInPiece(Value start, Value piece) {
  int64_t share = unitsPerPiece(), whole = plan.packUnits() / share;
  Value row = e.add(start, e.mul(chunkStart(), -1));
  Value block =
      e.b.createOrFold<arith::DivUIOp>(e.loc, row, e.constant(packingStride()));
  Value number = e.add(e.mul(block, plan.k[0].size), piece);
  Value isLeft = arith::AndIOp::create(e.b, e.loc, next.isThere,
                                       isBelow(number, e.constant(whole)));
  choose(e, isLeft, [&] {
    for (int64_t i = 0; i < share; ++i)
      packUnit(e.add(e.mul(number, share), i));
  });
}

void PlanLoops::packRest() {
  int64_t share = unitsPerPiece(), whole = plan.packUnits() / share;
  Value pieces = e.constant(packingBlocks() * plan.k[0].size);
  if (plan.m.size % plan.chunkSize != 0) {
    // The last chunk has fewer blocks.
    Value rows = e.add(chunkEnd(plan.m.size), e.mul(chunkStart(), -1));
    Value blocks =
        arith::DivUIOp::create(e.b, e.loc, rows, e.constant(packingStride()));
    pieces = e.mul(blocks, plan.k[0].size);
  }
  Value done =
      e.mul(e.b.createOrFold<arith::MinUIOp>(e.loc, pieces, e.constant(whole)),
            share);
  if (getConstantIntValue(done) == plan.packUnits())
    return;
  choose(e, next.isThere, [&] {
    forEach(done, e.constant(plan.packUnits()), 1,
            [&](Value unit) { packUnit(unit); });
  });
}

void PlanLoops::packUnit(Value unit) {
  if (plan.n.b != 1)
    return packTransposed(unit);
  auto pack = [&](int64_t count) {
    auto *emit = plan.isPaired() ? emitPackRowPair : emitPackRow;
    emit(e, plan, e.getBuffer(plan.b),
         e.add(next.from, e.mul(unit, plan.k.back().b)), body.scratch,
         e.add(next.to, e.mul(unit, plan.panelWidth())), count);
  };
  int64_t last = plan.n.size - (plan.panels() - 1) * plan.columns();
  if (last == plan.columns())
    return pack(last);
  choose(e, next.isLast, [&] { pack(last); }, [&] { pack(plan.columns()); });
}

void PlanLoops::packTransposed(Value unit) {
  int64_t lanes = plan.lanes;
  Coords place = e.delinearize(unit, {plan.tile.vectors, plan.kSize() / lanes});
  Value first = e.mul(place[0].index, lanes),
        step = e.mul(place[1].index, lanes);
  auto pack = [&] { packTransposed(first, step); };
  int64_t last = plan.n.size % plan.columns();
  if (last == 0)
    return pack();
  Value count = arith::SelectOp::create(
      e.b, e.loc, next.isLast, e.constant(last), e.constant(plan.columns()));
  choose(e, isBelow(first, count), pack);
}

void PlanLoops::packTransposed(Value first, Value step) {
  constexpr int64_t blocksAhead = 2;
  int64_t lanes = plan.lanes;
  Value from = e.add(e.add(next.from, e.mul(first, plan.n.b)), step);
  Value to = e.add(e.add(next.to, first), e.mul(step, plan.panelWidth()));
  Value source = e.getBuffer(plan.b);
  emitPackBlock(e, plan, source, from, body.scratch, to, lanes, lanes);
  for (int64_t i = 0; i < lanes; ++i)
    e.prefetch(source, e.add(from, i * plan.n.b + blocksAhead * lanes),
               /*locality=*/3);
}

} // namespace mlc::codegen
