//===-- ContractionNest.cpp - kernels around a product --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Panels of N, then rows of M, then a register tile over all of K. What follows
// the product (bias, activation, its gradient, an optimizer's update) is
// applied to the tile while it is in registers.
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class ContractionNest : public LoopNest {
public:
  ContractionNest(func::FuncOp kernel, ContractionPlan plan)
      : kernel(kernel), plan(std::move(plan)) {}

  int64_t getTiles() const override {
    return plan.outerSize() * plan.panels() * plan.chunks();
  }
  int64_t getScratchElements() const override {
    return plan.packed ? plan.kSize() * plan.panelWidth() : 0;
  }
  bool mayShare(unsigned, unsigned operand) const override {
    return isReadInPlace(kernel, operand);
  }

  LogicalResult emit(KernelBody &body) override {
    TileEmitter &e = body.e;
    emitLoop(e.b, e.loc, body.begin, body.end, 1, {},
             [&](Value tile, ValueRange) -> SmallVector<Value> {
               TileEmitter::Scope scope(e);
               SmallVector<int64_t> sizes;
               for (const ContractionDim &dim : plan.outer)
                 sizes.push_back(dim.size);
               // Chunks of rows before panels of columns: what one thread
               // updates is contiguous, so that caches of two don't fetch each
               // other's lines.
               sizes.append({plan.chunks(), plan.panels()});
               Coords place = e.delinearize(tile, sizes);
               emitPanel(body, place);
               return {};
             });
    return success();
  }

private:
  /// Linear positions, and coordinates in C, of the outer indices.
  struct Base {
    Value a, b;
    Coords c;
  };

  Base outerBase(TileEmitter &e, const Coords &place) {
    Base base{e.constant(0), e.constant(0),
              Coords(plan.cRank, Coord{e.constant(0), 0})};
    for (auto [dim, coord] : llvm::zip(plan.outer, place)) {
      base.a = e.add(base.a, e.mul(coord.index, dim.a));
      base.b = e.add(base.b, e.mul(coord.index, dim.b));
      base.c[dim.inC] = coord;
    }
    return base;
  }

  /// Emits `make` for full panels and, where the last one is narrower, again
  /// for that.
  void emitPanel(KernelBody &body, const Coords &place) {
    TileEmitter &e = body.e;
    Base base = outerBase(e, place);
    Value chunk = place[plan.outer.size()].index, panel = place.back().index;
    int64_t last = plan.n.size - (plan.panels() - 1) * plan.columns();
    if (plan.panels() == 1 || last == plan.columns())
      return emitChunk(body, base, panel, chunk, last);
    whenLast(e, panel, plan.panels(), [&](bool isLast) {
      emitChunk(body, base, panel, chunk, isLast ? last : plan.columns());
    });
  }

  void emitChunk(KernelBody &body, const Base &base, Value panel, Value chunk,
                 int64_t columns) {
    TileEmitter &e = body.e;
    Value column = e.mul(panel, plan.columns());
    Value b = e.getBuffer(plan.b),
          bBase = e.add(base.b, e.mul(column, plan.n.b));
    if (plan.packed) {
      emitPackPanel(e, plan, b, base.b, column, columns, body.scratch,
                    body.scratchBase);
      b = body.scratch;
      bBase = body.scratchBase;
    }
    int64_t rows = plan.tile.rows, full = plan.m.size / rows * rows;
    auto emitRows = [&](Value row, int64_t count) {
      TileEmitter::Scope scope(e);
      emitTile(body, base, b, bBase, row, count, column, columns);
    };
    Value start = e.mul(chunk, plan.chunkRows);
    Value end =
        plan.chunks() == 1
            ? e.constant(full)
            : arith::MinUIOp::create(e.b, e.loc, e.add(start, plan.chunkRows),
                                     e.constant(full));
    if (full == rows && plan.chunks() == 1)
      emitRows(e.constant(0), rows);
    else if (full > 0)
      emitLoop(e.b, e.loc, start, end, rows, {},
               [&](Value row, ValueRange) -> SmallVector<Value> {
                 emitRows(row, rows);
                 return {};
               });
    if (full == plan.m.size)
      return;
    if (plan.chunks() == 1)
      return emitRows(e.constant(full), plan.m.size - full);
    whenLast(e, chunk, plan.chunks(), [&](bool isLast) {
      if (isLast)
        emitRows(e.constant(full), plan.m.size - full);
    });
  }

  void emitTile(KernelBody &body, const Base &base, Value b, Value bBase,
                Value row, int64_t rows, Value column, int64_t columns) {
    TileEmitter &e = body.e;
    int64_t vectors = llvm::divideCeil(columns, plan.lanes);
    int64_t lastLanes = columns - (vectors - 1) * plan.lanes;
    Value aBase = e.add(base.a, e.mul(row, plan.m.a));
    SmallVector<Value> sums =
        emitMicroKernel(e, plan, e.getBuffer(plan.a), aBase, b, bBase, rows,
                        vectors, lastLanes);
    SmallVector<Value> rowIndices, columnIndices;
    for (int64_t r = 0; r < rows; ++r)
      rowIndices.push_back(e.add(row, r));
    for (int64_t v = 0; v < vectors; ++v)
      columnIndices.push_back(e.add(column, v * plan.lanes));
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t v = 0; v < vectors; ++v) {
        e.setMask(v == vectors - 1 ? lastLanes : plan.lanes);
        Coords at = base.c;
        if (plan.m.inC >= 0)
          at[plan.m.inC] = {rowIndices[r], 0};
        if (plan.n.inC >= 0)
          at[plan.n.inC] = {columnIndices[v], 1};
        for (int64_t g = 0; g < plan.gate.size; ++g)
          bindSum(e, at, g, sums[(r * plan.gate.size + g) * vectors + v]);
        emitEpilogue(body, at);
      }
    e.setMask(plan.lanes);
  }

  void bindSum(TileEmitter &e, Coords at, int64_t gate, Value sum) {
    if (plan.n.inC < 0) // a full sum: one lane
      sum = vector::ExtractOp::create(e.b, e.loc, sum, ArrayRef<int64_t>{0});
    if (plan.gate.inC >= 0)
      at[plan.gate.inC] = {e.constant(gate), 0};
    e.bindValue(plan.op.getResult(0), at, sum);
  }

  void emitEpilogue(KernelBody &body, Coords at) {
    if (plan.gate.inC >= 0)
      at.erase(at.begin() + plan.gate.inC);
    emitResults(body.e, getResults(kernel), body.outputs, at);
  }

  func::FuncOp kernel;
  ContractionPlan plan;
};

} // namespace

std::unique_ptr<LoopNest> planContraction(func::FuncOp kernel,
                                          const Target &target) {
  FailureOr<ContractionPlan> plan = makePlan(kernel, target);
  if (failed(plan))
    return nullptr;
  return std::make_unique<ContractionNest>(kernel, std::move(*plan));
}

} // namespace mlc::codegen
