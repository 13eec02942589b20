//===-- ScatterNest.cpp - kernels that add to rows of a table -------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each tile owns a block of the table's columns, and a range of its rows where
// columns are too few for all threads. It walks all ids in their order and adds
// to what it owns: no two tiles write one element, and the order of its sums is
// that of the ids, however the table is divided. Columns come first because ids
// are rarely spread evenly over the rows.
//
// Where the memory plan lets the result take the table's place, only the rows
// that ids name are touched. Else the tile first copies what it owns.
//
//===----------------------------------------------------------------------===//

#include "codegen/LoopNest.h"
#include "ir/MlcDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class ScatterNest : public LoopNest {
public:
  ScatterNest(ScatterAddOp op, int64_t lanes, int64_t threads)
      : op(op), type(cast<RankedTensorType>(op.getType())),
        ids(cast<RankedTensorType>(op.getIds().getType()).getShape()) {
    auto table = dyn_cast<BlockArgument>(op.getTable());
    if (table && table.hasOneUse())
      tableNumber = table.getArgNumber();
    outer.assign(type.getShape().begin() + 1, type.getShape().end());
    if (!outer.empty())
      columns = outer.pop_back_val();
    int64_t vectors = llvm::divideCeil(columns, lanes);
    blockWidth = llvm::divideCeil(vectors, std::min(threads, vectors)) * lanes;
    int64_t wanted = llvm::divideCeil(threads, blocks());
    rangeHeight = llvm::divideCeil(rows(), std::min(wanted, rows()));
  }

  int64_t getTiles() const override { return ranges() * blocks(); }

  // The table is only read where, and before, the result is written.
  bool mayShare(unsigned, unsigned operand) const override {
    return operand == tableNumber;
  }

  LogicalResult emit(KernelBody &body) override {
    TileEmitter &e = body.e;
    output = body.outputs[0];
    forEachTile(body, [&](Value tile) {
      Coords place = e.delinearize(tile, {ranges(), blocks()});
      emitTile(e, place[0].index, place[1].index);
    });
    return success();
  }

private:
  /// What one tile owns: rows [first, last), `count` columns from `column` on.
  struct Block {
    Value first, last, column;
    int64_t count;
  };

  int64_t rows() const { return type.getDimSize(0); }
  int64_t blocks() const { return llvm::divideCeil(columns, blockWidth); }
  int64_t ranges() const { return llvm::divideCeil(rows(), rangeHeight); }

  void emitTile(TileEmitter &e, Value range, Value block) {
    Value first = e.mul(range, rangeHeight);
    Value last = arith::MinUIOp::create(e.b, e.loc, e.add(first, rangeHeight),
                                        e.constant(rows()));
    Value column = e.mul(block, blockWidth);
    int64_t rest = columns - (blocks() - 1) * blockWidth;
    auto emitBlock = [&](int64_t count) {
      Block owned{first, last, column, count};
      emitBase(e, owned);
      emitUpdates(e, owned);
    };
    if (blocks() == 1 || rest == blockWidth)
      return emitBlock(rest);
    whenLast(e, block, blocks(),
             [&](bool isLast) { emitBlock(isLast ? rest : blockWidth); });
  }

  /// Calls `body` with each place in `sizes`, behind `at`.
  void forEachPlace(TileEmitter &e, ArrayRef<int64_t> sizes, const Coords &at,
                    llvm::function_ref<void(const Coords &)> body) {
    if (sizes.empty())
      return body(at);
    emitLoop(e.b, e.loc, e.constant(0), e.constant(sizes[0]), 1, {},
             [&](Value index, ValueRange) -> SmallVector<Value> {
               TileEmitter::Scope scope(e);
               Coords next = at;
               next.push_back({index, 0});
               forEachPlace(e, sizes.drop_front(), next, body);
               return {};
             });
  }

  /// Calls `body` with the places of a row's elements that the block owns.
  void forEachElement(TileEmitter &e, const Block &owned,
                      llvm::function_ref<void(const Coords &)> body) {
    if (type.getRank() == 1)
      return body({});
    forEachPlace(e, outer, {}, [&](const Coords &inRow) {
      forEachVector(e, owned.count, unroll, [&](Coord at) {
        Coords place = inRow;
        place.push_back({e.add(owned.column, at.index), at.laneStride});
        body(place);
      });
    });
  }

  static Coords join(Coords front, const Coords &back) {
    front.append(back);
    return front;
  }

  /// Copies the table, unless the result has its memory.
  void emitBase(TileEmitter &e, const Block &owned) {
    auto emitCopy = [&] {
      emitLoop(e.b, e.loc, owned.first, owned.last, 1, {},
               [&](Value row, ValueRange) -> SmallVector<Value> {
                 TileEmitter::Scope scope(e);
                 forEachElement(e, owned, [&](const Coords &inRow) {
                   Coords at = join({{row, 0}}, inRow);
                   e.store(e.emit(op.getTable(), at), output, type, at);
                 });
                 return {};
               });
    };
    if (!tableNumber) // such as zeros, which need no memory to come from
      return emitCopy();
    Value from = addressOf(e, e.getBuffer(op.getTable())),
          to = addressOf(e, output);
    Value isElsewhere =
        arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::ne, from, to);
    choose(e, isElsewhere, emitCopy);
  }

  static Value addressOf(TileEmitter &e, Value memref) {
    return memref::ExtractAlignedPointerAsIndexOp::create(e.b, e.loc, memref);
  }

  void emitUpdates(TileEmitter &e, const Block &owned) {
    forEachPlace(e, ids, {}, [&](const Coords &place) {
      Value row = arith::IndexCastOp::create(e.b, e.loc, e.b.getIndexType(),
                                             e.emit(op.getIds(), place));
      if (ranges() == 1)
        return emitRow(e, owned, place, row);
      Value offset = arith::SubIOp::create(e.b, e.loc, row, owned.first);
      Value height = arith::SubIOp::create(e.b, e.loc, owned.last, owned.first);
      Value isOwned = arith::CmpIOp::create(
          e.b, e.loc, arith::CmpIPredicate::ult, offset, height);
      choose(e, isOwned, [&] { emitRow(e, owned, place, row); });
    });
  }

  /// Adds the update at `place` to its row.
  void emitRow(TileEmitter &e, const Block &owned, const Coords &place,
               Value row) {
    forEachElement(e, owned, [&](const Coords &inRow) {
      Coords at = join({{row, 0}}, inRow);
      Value update = e.emit(op.getUpdates(), join(place, inRow));
      Value old = e.load(output, e.linearize(at, type));
      if (isa<VectorType>(old.getType()))
        update = e.splat(update);
      Value sum = arith::AddFOp::create(e.b, e.loc, old, update);
      e.store(sum, output, type, at);
    });
  }

  static constexpr int64_t unroll = 4;
  ScatterAddOp op;
  RankedTensorType type;
  SmallVector<int64_t> ids;
  SmallVector<int64_t> outer; ///< a row's dimensions but for the last
  int64_t columns = 1, blockWidth, rangeHeight;
  std::optional<unsigned> tableNumber; ///< an argument that nothing else reads
  Value output;
};

} // namespace

std::unique_ptr<LoopNest> planScatter(func::FuncOp kernel,
                                      const Target &target) {
  auto op = getResults(kernel)[0].getDefiningOp<ScatterAddOp>();
  if (!op) {
    kernel.emitError("expected a kernel whose result is that of a scatter");
    return nullptr;
  }
  return std::make_unique<ScatterNest>(op, getLanes(kernel, target),
                                       target.threads);
}

} // namespace mlc::codegen
