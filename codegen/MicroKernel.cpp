//===-- MicroKernel.cpp - a register tile of a product, and its panels ----===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"
#include "codegen/Pairs.h"

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

SmallVector<TileRow> getRows(const ContractionPlan &plan, int64_t steps) {
  SmallVector<TileRow> rows;
  for (int64_t step = 0; step < steps; ++step)
    rows.push_back({step * plan.m.a, step, {}});
  for (const ContractionDim &dim : plan.rowDims) {
    SmallVector<TileRow> outer = std::move(rows);
    rows.clear();
    for (const TileRow &row : outer)
      for (int64_t place = 0; place < dim.size; ++place) {
        rows.push_back(row);
        rows.back().a += place * dim.a;
        rows.back().places.push_back(place);
      }
  }
  return rows;
}

namespace {

/// Linear positions in A and B while the loops over K go deeper, and the rows
/// that have something to add there.
struct Position {
  Value a, b;
  SmallVector<int64_t> rows;
};

/// A part of a loop over K, for the same rows.
struct Range {
  Value begin, end;
  SmallVector<int64_t> rows;
};

class MicroKernel {
public:
  MicroKernel(TileEmitter &e, const ContractionPlan &plan,
              const TilePlace &place)
      : e(e), plan(plan), place(place), rows(getRows(plan, place.steps)) {}

  SmallVector<Value> emit(ValueRange sums, Value piece) {
    Position start{place.aBase, place.bBase, {}};
    for (size_t row = 0; row < rows.size(); ++row)
      start.rows.push_back(row);
    if (!piece)
      return emitLoops(0, start, sums);
    start.a = e.add(start.a, e.mul(piece, plan.k[0].a));
    start.b = e.add(start.b, e.mul(piece, stepOfB(0)));
    return emitLoops(1, start, sums);
  }

private:
  SmallVector<Value> emitLoops(size_t depth, const Position &at,
                               ValueRange sums) {
    if (depth == plan.k.size())
      return emitProducts(at, sums);
    SmallVector<Value> carried(sums);
    for (const Range &range : getRanges(plan.k[depth], at.rows))
      carried = emitRange(depth, range, at, carried);
    return carried;
  }

  /// How far a step along plan.k[depth] moves in a packed panel, which has one
  /// row for each step along all of K.
  int64_t stepOfPanel(size_t depth) const {
    int64_t step = plan.panelWidth();
    for (const ContractionDim &inner : ArrayRef(plan.k).drop_front(depth + 1))
      step *= inner.size;
    return step;
  }

  /// The same in what it reads of B.
  int64_t stepOfB(size_t depth) const {
    return plan.packed ? stepOfPanel(depth) : plan.k[depth].b;
  }

  /// One loop along plan.k[depth], or along that and the next where both move
  /// on evenly.
  SmallVector<Value> emitRange(size_t depth, const Range &range,
                               const Position &at, ValueRange sums) {
    ContractionDim dim = plan.k[depth];
    Value begin = range.begin, end = range.end;
    int64_t bStep = stepOfB(depth);
    if (depth + 1 < plan.k.size()) {
      const ContractionDim &next = plan.k[depth + 1];
      if (next.border < 0 && dim.a == next.a * next.size &&
          (plan.packed || dim.b == next.b * next.size)) {
        begin = e.mul(begin, next.size);
        end = e.mul(end, next.size);
        dim = next;
        bStep = stepOfB(++depth);
      }
    }
    auto positionOf = [&](Value index) -> Position {
      return {e.add(at.a, e.mul(index, dim.a)),
              e.add(at.b, e.mul(index, bStep)), range.rows};
    };
    std::optional<int64_t> first = getConstantIntValue(begin),
                           last = getConstantIntValue(end);
    if (first && last && *last - *first <= 1)
      return *first < *last ? emitLoops(depth + 1, positionOf(begin), sums)
                            : SmallVector<Value>(sums);
    if (depth + 1 == plan.k.size()) {
      Position start = positionOf(begin);
      return emitSum(e, begin, end, {start.a, start.b}, {dim.a, bStep}, sums,
                     [&](ValueRange places, ValueRange inner) {
                       return emitProducts({places[0], places[1], range.rows},
                                           inner);
                     });
    }
    return emitLoop(e.b, e.loc, begin, end, 1, sums,
                    [&](Value index, ValueRange inner) {
                      return emitLoops(depth + 1, positionOf(index), inner);
                    });
  }

  /// The parts of a loop along `dim` for those of `active` rows that are not
  /// beyond the border.
  SmallVector<Range> getRanges(const ContractionDim &dim,
                               ArrayRef<int64_t> active) {
    SmallVector<int64_t> all(active);
    if (dim.border < 0)
      return {{e.constant(0), e.constant(dim.size), all}};
    const Border &border = plan.borders[dim.border];
    if (Value index = place.borderIndices[dim.border])
      return {rangeWithin(border, dim.size, index, all)};
    if (plan.m.border == dim.border && !place.mStart)
      return {{e.constant(0), e.constant(dim.size), all}};
    SmallVector<Range> ranges;
    for (int64_t k = 0; k < dim.size; ++k) {
      SmallVector<int64_t> inside;
      for (int64_t row : active)
        if (border.contains(getBorderIndex(rows[row], dim.border), k))
          inside.push_back(row);
      if (inside.empty())
        continue;
      bool isSame = !ranges.empty() && ranges.back().rows == inside &&
                    getConstantIntValue(ranges.back().end) == k;
      if (!isSame)
        ranges.push_back({e.constant(k), {}, inside});
      ranges.back().end = e.constant(k + 1);
    }
    return ranges;
  }

  int64_t getBorderIndex(const TileRow &row, int64_t border) const {
    if (plan.m.border == border)
      return *place.mStart + row.step;
    for (auto [dim, position] : llvm::zip_equal(plan.rowDims, row.places))
      if (dim.border == border)
        return position;
    llvm_unreachable("a border has an index of C");
  }

  /// [begin, end) of `size` steps with offset + c * index + k * step within the
  /// border.
  Range rangeWithin(const Border &border, int64_t size, Value index,
                    ArrayRef<int64_t> active) {
    Value first = e.add(e.mul(index, border.c), border.offset);
    Value beyond = e.add(e.mul(first, -1), border.size);
    int64_t step = std::abs(border.k);
    // Steps until a position, downwards or upwards, is reached.
    auto ceilDiv = [&](Value distance) {
      // The division is of natural numbers: anything below is cut off anyway.
      Value natural =
          arith::MaxSIOp::create(e.b, e.loc, distance, e.constant(0));
      if (step == 1)
        return natural;
      return arith::DivUIOp::create(e.b, e.loc, e.add(natural, step - 1),
                                    e.constant(step))
          .getResult();
    };
    Value begin, end;
    if (border.k > 0) {
      begin = ceilDiv(e.mul(first, -1));
      end = ceilDiv(beyond);
    } else {
      begin = ceilDiv(e.add(e.mul(beyond, -1), 1));
      end = ceilDiv(e.add(first, 1));
    }
    end = arith::MinSIOp::create(e.b, e.loc, end, e.constant(size));
    return {begin, end, SmallVector<int64_t>(active)};
  }

  /// Of a row of B and a column of A's scalars, the shorter is held in
  /// registers, and what is read of the other is used at once: see
  /// countRegisters.
  SmallVector<Value> emitProducts(const Position &at, ValueRange carried) {
    int64_t columns = plan.gate.size * place.vectors;
    SmallVector<Value> held, next(carried);
    auto add = [&](int64_t row, int64_t column, Value factor, Value value) {
      Value &sum = next[row * columns + column];
      sum = plan.isPaired() ? multiplyAddPairs(e, factor, value, sum)
                            : multiplyAdd(e, factor, value, sum);
    };
    if (plan.n.a == 0 && int64_t(at.rows.size()) < columns) {
      for (int64_t row : at.rows)
        held.push_back(loadScalar(at, row));
      for (int64_t column = 0; column < columns; ++column) {
        Value value = loadColumn(at, column);
        for (auto [i, row] : llvm::enumerate(at.rows))
          add(row, column, held[i], value);
      }
      return next;
    }
    for (int64_t column = 0; column < columns; ++column)
      held.push_back(loadColumn(at, column));
    fetchSteps(at);
    for (int64_t row : at.rows) {
      Value scalar = plan.n.a == 0 ? loadScalar(at, row) : Value();
      for (auto [column, value] : llvm::enumerate(held))
        add(row, column, scalar ? scalar : loadFactors(at, row, column), value);
    }
    return next;
  }

  Value loadScalar(const Position &at, int64_t row) {
    return e.splat(e.load(place.a, {e.add(at.a, rows[row].a), 0}));
  }

  int64_t gateStep() const {
    return plan.packed ? plan.columns() : plan.gate.b;
  }

  /// Fetches what steps some way on need: A's scalars, a line at most if they
  /// are neighbours, and the lines of B's row.
  void fetchSteps(const Position &at) {
    constexpr uint32_t firstLevel = 3;
    constexpr int64_t scalarsAhead = 8, rowsAhead = 4;
    if (!plan.fetchesSteps)
      return;
    if (plan.m.a == 1)
      e.prefetch(place.a, e.add(at.a, scalarsAhead * plan.k.back().a),
                 firstLevel);
    Value row = e.add(at.b, rowsAhead * stepOfB(plan.k.size() - 1));
    for (int64_t gate = 0; gate < plan.gate.size; ++gate)
      for (int64_t column = 0; column < place.vectors * plan.lanes;
           column += plan.lineElements)
        e.prefetch(place.b, e.add(row, gate * gateStep() + column), firstLevel);
  }

  Value loadColumn(const Position &at, int64_t column) {
    int64_t gate = column / place.vectors, vector = column % place.vectors;
    int64_t step = plan.packed || plan.n.size == 1 ? 1 : plan.n.b;
    if (!plan.packed && vector == place.vectors - 1)
      e.setMask(place.lastLanes);
    Value from = e.add(at.b, gate * gateStep() + vector * plan.lanes * step);
    Value value = e.load(place.b, {from, step});
    e.setMask(plan.lanes);
    return value;
  }

  /// Depthwise: A has vectors as B has, or parts of them.
  Value loadFactors(const Position &at, int64_t row, int64_t vector) {
    Value from = e.add(at.a, rows[row].a);
    int64_t active = vector == place.vectors - 1 ? place.lastLanes : plan.lanes;
    e.setMask(llvm::divideCeil(active, plan.repeat));
    int64_t along = vector * plan.lanes / plan.repeat * plan.n.a;
    Value factors = e.load(place.a, {e.add(from, along), plan.n.a});
    e.setMask(plan.lanes);
    if (plan.repeat == 1)
      return factors;
    SmallVector<int64_t> sources;
    for (int64_t lane = 0; lane < plan.lanes; ++lane)
      sources.push_back(lane / plan.repeat);
    return vector::ShuffleOp::create(e.b, e.loc, factors, factors, sources);
  }

  TileEmitter &e;
  const ContractionPlan &plan;
  const TilePlace &place;
  SmallVector<TileRow> rows;
};

} // namespace

SmallVector<Value> emitMicroKernel(TileEmitter &e, const ContractionPlan &plan,
                                   const TilePlace &place, ValueRange sums,
                                   Value piece) {
  if (plan.kSize() == 0)
    return SmallVector<Value>(sums);
  return MicroKernel(e, plan, place).emit(sums, piece);
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

void emitPackBlock(TileEmitter &e, const ContractionPlan &plan, Value b,
                   Value from, Value scratch, Value to, int64_t columns,
                   int64_t count) {
  Value zero = e.zeros(b);
  SmallVector<Value> rows;
  e.setMask(count);
  // A splat where B is the same all along K.
  for (int64_t i = 0; i < plan.lanes; ++i)
    rows.push_back(i < columns ? e.splat(e.load(b, {e.add(from, i * plan.n.b),
                                                    plan.k.back().b}))
                               : zero);
  e.setMask(plan.lanes);
  transposeInRegisters(e, rows);
  for (int64_t i = 0; i < count; ++i)
    e.storeLinear(rows[i], scratch, {e.add(to, i * plan.panelWidth()), 1});
}

/// Packs lanes columns for all of `k`.
static void packColumns(TileEmitter &e, const ContractionPlan &plan,
                        const ContractionDim &k, Value b, Value from,
                        Value scratch, Value to, int64_t columns) {
  int64_t full = k.size / plan.lanes * plan.lanes;
  if (full)
    emitLoop(e.b, e.loc, e.constant(0), e.constant(full), plan.lanes, {},
             [&](Value index, ValueRange) -> SmallVector<Value> {
               emitPackBlock(e, plan, b, e.add(from, e.mul(index, k.b)),
                             scratch,
                             e.add(to, e.mul(index, plan.panelWidth())),
                             columns, plan.lanes);
               return {};
             });
  if (full < k.size)
    emitPackBlock(e, plan, b, e.add(from, full * k.b), scratch,
                  e.add(to, full * plan.panelWidth()), columns, k.size - full);
}

PanelVectors::PanelVectors(const ContractionPlan &plan, int64_t count) {
  for (int64_t g = 0; g < plan.gate.size; ++g)
    for (int64_t v = 0; v < count; v += plan.lanes) {
      offsets.push_back(g * plan.gate.b + v * plan.n.b);
      masks.push_back(std::min(plan.lanes, count - v));
      targets.push_back(g * plan.columns() + v);
      if (v % plan.lineElements == 0)
        lines.push_back(offsets.back());
    }
}

void PanelVectors::prefetch(TileEmitter &e, Value b, Value row) const {
  constexpr uint32_t firstLevel = 3;
  for (int64_t line : lines)
    e.prefetch(b, e.add(row, line), firstLevel);
}

void emitPackRow(TileEmitter &e, const ContractionPlan &plan, Value b,
                 Value from, Value scratch, Value to, int64_t count) {
  // Columns of all rows meet the same few lines of the caches: a row is fetched
  // just before its turn.
  constexpr int64_t rowsAhead = 4;
  PanelVectors vectors(plan, count);
  SmallVector<Value> row;
  for (auto [offset, mask] : llvm::zip_equal(vectors.offsets, vectors.masks)) {
    e.setMask(mask);
    row.push_back(e.load(b, {e.add(from, offset), 1}));
  }
  e.setMask(plan.lanes);
  vectors.prefetch(e, b, e.add(from, rowsAhead * plan.k.back().b));
  for (auto [value, target] : llvm::zip_equal(row, vectors.targets))
    e.storeLinear(value, scratch, {e.add(to, target), 1});
}

/// Copies `count` contiguous columns of each gate for all of `k`: whole pieces
/// of rows, as they are in memory.
static void copyRows(TileEmitter &e, const ContractionPlan &plan,
                     const ContractionDim &k, Value b, Value from,
                     Value scratch, Value to, int64_t count) {
  emitLoop(e.b, e.loc, e.constant(0), e.constant(k.size), 1, {},
           [&](Value index, ValueRange) -> SmallVector<Value> {
             emitPackRow(e, plan, b, e.add(from, e.mul(index, k.b)), scratch,
                         e.add(to, e.mul(index, plan.panelWidth())), count);
             return {};
           });
}

/// Transposes `count` columns of each gate.
static void transposeColumns(TileEmitter &e, const ContractionPlan &plan,
                             const ContractionDim &k, Value b, Value from,
                             Value scratch, Value to, int64_t count) {
  for (int64_t g = 0; g < plan.gate.size; ++g)
    for (int64_t v = 0; v < count; v += plan.lanes)
      packColumns(e, plan, k, b, e.add(from, g * plan.gate.b + v * plan.n.b),
                  scratch, e.add(to, g * plan.columns() + v),
                  std::min(plan.lanes, count - v));
}

void emitPackPanel(TileEmitter &e, const ContractionPlan &plan, Value b,
                   Value bBase, Value column, int64_t count, Value scratch,
                   Value scratchBase) {
  // `plan.k` has a dimension at least: the plan adds one of size 1. Those that
  // B walks as one are one here.
  ContractionDim k = plan.k.back();
  ArrayRef<ContractionDim> outerK = ArrayRef(plan.k).drop_back();
  while (!outerK.empty() && outerK.back().b == k.b * k.size) {
    k.size *= outerK.back().size;
    outerK = outerK.drop_back();
  }
  int64_t repeats = plan.kSize() / k.size;
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
                 e.add(scratchBase, e.mul(repeat, k.size * plan.panelWidth()));
             auto *pack = plan.n.b == 1 ? copyRows : transposeColumns;
             pack(e, plan, k, b, from, scratch, to, count);
             return {};
           });
}

void emitPackRows(TileEmitter &e, const ContractionPlan &plan, Value from,
                  int64_t count, Value scratch, Value to) {
  // What a vector writes too much, the next one corrects.
  int64_t block = plan.blockSize();
  for (int64_t first = 0; first < count; first += block)
    for (int64_t row = first; row < std::min(first + block, count);
         row += plan.lanes) {
      e.setMask(std::min(plan.lanes, std::min(first + block, count) - row));
      Value rows = e.load(e.getBuffer(plan.a), {e.add(from, row), 1});
      e.setMask(plan.lanes);
      int64_t place = first * plan.rowStep() + row - first;
      e.storeLinear(rows, scratch, {e.add(to, place), 1});
    }
}

void emitPackWholeRow(TileEmitter &e, const ContractionPlan &plan, Value from,
                      Value scratch, Value to) {
  constexpr int64_t unroll = 4, rowsAhead = 2;
  Value a = e.getBuffer(plan.a);
  forEachVector(e, plan.kSize(), unroll, [&](Coord k) {
    Value at = e.add(from, k.index);
    e.storeLinear(e.load(a, {at, 1}), scratch, {e.add(to, k.index), 1});
    e.prefetch(a, e.add(at, rowsAhead * plan.mSource.a));
  });
}

} // namespace mlc::codegen
