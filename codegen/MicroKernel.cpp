//===-- MicroKernel.cpp - a register tile of a product, and its panels ----===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mlc::codegen {

Value multiplyAdd(TileEmitter &e, Value lhs, Value rhs, Value sum) {
  // `contract` lets the target fuse the two where it has the instruction.
  auto flags = arith::FastMathFlags::contract;
  Value product = arith::MulFOp::create(e.b, e.loc, lhs, rhs, flags);
  return arith::AddFOp::create(e.b, e.loc, product, sum, flags);
}

namespace {
/// Linear positions in A and B while the loops over K go deeper.
struct Position {
  Value a, b;
};
} // namespace

static SmallVector<Value>
emitKLoops(TileEmitter &e, const ContractionPlan &plan, size_t depth,
           Position at, ValueRange sums,
           llvm::function_ref<SmallVector<Value>(Position, ValueRange)> body) {
  if (depth == plan.k.size())
    return body(at, sums);
  const ContractionDim &dim = plan.k[depth];
  // A packed panel has one row for each step along all of K.
  int64_t panelStep = plan.panelWidth();
  for (size_t inner = depth + 1; inner < plan.k.size(); ++inner)
    panelStep *= plan.k[inner].size;
  return emitLoop(
      e.b, e.loc, e.constant(0), e.constant(dim.size), 1, sums,
      [&](Value index, ValueRange inner) {
        Position next{
            e.add(at.a, e.mul(index, dim.a)),
            e.add(at.b, e.mul(index, plan.packed ? panelStep : dim.b))};
        return emitKLoops(e, plan, depth + 1, next, inner, body);
      });
}

SmallVector<Value> emitMicroKernel(TileEmitter &e, const ContractionPlan &plan,
                                   Value a, Value aBase, Value b, Value bBase,
                                   int64_t rows, int64_t vectors,
                                   int64_t lastLanes) {
  Type element = cast<MemRefType>(a.getType()).getElementType();
  Value zero = e.splat(e.constant(cast<TypedAttr>(e.b.getZeroAttr(element))));
  int64_t gateStep = plan.packed ? plan.columns() : plan.gate.b;
  SmallVector<Value> sums(rows * plan.gate.size * vectors, zero);
  return emitKLoops(
      e, plan, 0, {aBase, bBase}, sums, [&](Position at, ValueRange carried) {
        SmallVector<Value> columns, next;
        for (int64_t g = 0; g < plan.gate.size; ++g)
          for (int64_t v = 0; v < vectors; ++v) {
            bool isMasked = !plan.packed && v == vectors - 1;
            e.setMask(isMasked ? lastLanes : plan.lanes);
            Value from = e.add(at.b, g * gateStep + v * plan.lanes);
            columns.push_back(e.load(b, {from, 1}));
          }
        e.setMask(plan.lanes);
        for (int64_t r = 0; r < rows; ++r) {
          Value scalar = e.splat(e.load(a, {e.add(at.a, r * plan.m.a), 0}));
          for (Value column : columns)
            next.push_back(
                multiplyAdd(e, scalar, column, carried[next.size()]));
        }
        return next;
      });
}

/// Transposes `rows` (as many vectors as lanes) by exchanging halves, quarters,
/// ... between pairs of rows.
void transposeInRegisters(TileEmitter &e, SmallVector<Value> &rows) {
  int64_t lanes = e.getLanes();
  for (int64_t width = lanes / 2; width > 0; width /= 2) {
    SmallVector<int64_t> low(lanes), high(lanes);
    for (int64_t i = 0; i < lanes; ++i) {
      bool second = i & width;
      low[i] = second ? lanes + i - width : i;
      high[i] = second ? lanes + i : i + width;
    }
    for (int64_t i = 0; i < lanes; ++i) {
      if (i & width)
        continue;
      Value lhs = rows[i], rhs = rows[i + width];
      rows[i] = vector::ShuffleOp::create(e.b, e.loc, lhs, rhs, low);
      rows[i + width] = vector::ShuffleOp::create(e.b, e.loc, lhs, rhs, high);
    }
  }
}

/// Packs a block of lanes x lanes: columns of B become rows of the panel.
static void packTransposed(TileEmitter &e, const ContractionPlan &plan, Value b,
                           Value from, Value scratch, Value to, int64_t columns,
                           int64_t count) {
  Type element = cast<MemRefType>(b.getType()).getElementType();
  Value zero = e.splat(e.constant(cast<TypedAttr>(e.b.getZeroAttr(element))));
  SmallVector<Value> rows;
  e.setMask(count);
  for (int64_t i = 0; i < plan.lanes; ++i)
    rows.push_back(i < columns
                       ? e.load(b, {e.add(from, i * plan.n.b), plan.k.back().b})
                       : zero);
  e.setMask(plan.lanes);
  transposeInRegisters(e, rows);
  for (int64_t i = 0; i < count; ++i)
    e.storeLinear(rows[i], scratch, {e.add(to, i * plan.panelWidth()), 1});
}

/// Packs lanes columns for all of the innermost K index.
static void packColumns(TileEmitter &e, const ContractionPlan &plan, Value b,
                        Value from, Value scratch, Value to, int64_t columns) {
  const ContractionDim &k = plan.k.back();
  int64_t full = k.size / plan.lanes * plan.lanes;
  if (full)
    emitLoop(e.b, e.loc, e.constant(0), e.constant(full), plan.lanes, {},
             [&](Value index, ValueRange) -> SmallVector<Value> {
               packTransposed(e, plan, b, e.add(from, e.mul(index, k.b)),
                              scratch,
                              e.add(to, e.mul(index, plan.panelWidth())),
                              columns, plan.lanes);
               return {};
             });
  if (full < k.size)
    packTransposed(e, plan, b, e.add(from, full * k.b), scratch,
                   e.add(to, full * plan.panelWidth()), columns, k.size - full);
}

void emitPackPanel(TileEmitter &e, const ContractionPlan &plan, Value b,
                   Value bBase, Value column, int64_t count, Value scratch,
                   Value scratchBase) {
  // `plan.k` has a dimension at least: the plan adds one of size 1.
  ArrayRef<ContractionDim> outerK = ArrayRef(plan.k).drop_back();
  int64_t repeats = plan.kSize() / plan.k.back().size;
  SmallVector<int64_t> sizes;
  for (const ContractionDim &dim : outerK)
    sizes.push_back(dim.size);
  emitLoop(e.b, e.loc, e.constant(0), e.constant(repeats), 1, {},
           [&](Value repeat, ValueRange) -> SmallVector<Value> {
             Value from = e.add(bBase, e.mul(column, plan.n.b));
             for (auto [coord, dim] :
                  llvm::zip_equal(e.delinearize(repeat, sizes), outerK))
               from = e.add(from, e.mul(coord.index, dim.b));
             Value to =
                 e.add(scratchBase,
                       e.mul(repeat, plan.k.back().size * plan.panelWidth()));
             for (int64_t g = 0; g < plan.gate.size; ++g)
               for (int64_t v = 0; v < plan.tile.vectors; ++v) {
                 int64_t columns =
                     std::clamp<int64_t>(count - v * plan.lanes, 0, plan.lanes);
                 int64_t first = v * plan.lanes;
                 if (columns > 0)
                   packColumns(e, plan, b,
                               e.add(from, g * plan.gate.b + first * plan.n.b),
                               scratch, e.add(to, g * plan.columns() + first),
                               columns);
               }
             return {};
           });
}

} // namespace mlc::codegen
