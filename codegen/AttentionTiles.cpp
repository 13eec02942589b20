//===-- AttentionTiles.cpp - what attention's kernels share ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/AttentionTiles.h"
#include "codegen/Contraction.h"
#include "codegen/Pairs.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <numeric>

using namespace mlir;

namespace mlc::codegen {

/// How many rows before it is copied a row is fetched: those of a tile.
constexpr int64_t kRowsAhead = 8;
/// Vectors of a row that are copied without a loop.
constexpr int64_t kUnrolledCopies = 8;

AttentionTiles::AttentionTiles(func::FuncOp kernel,
                               const AttentionInputs &inputs,
                               const Target &target)
    : inputs(inputs),
      sizes(getAttentionSizes(inputs.query, inputs.key, inputs.value)),
      lanes(getLanes(kernel, target)),
      lineElements(target.lineElements(
          getTensorType(inputs.query).getElementTypeBitWidth())),
      isPaired(inputs.bfloat16), kernel(kernel) {
  // Two vectors of accumulators a row, two of B, and a scalar must fit.
  int64_t most = target.vectorRegisters >= 32 ? 8 : target.hasFma ? 6 : 4;
  rows = std::min(most, sizes.queries);
  keyRows = std::min(most, sizes.keys);
  keyPanel = panelOf(sizes.keys);
  keysPadded = padded(sizes.keys);
  isMaskShared = false;
  if (inputs.mask) {
    ArrayRef<int64_t> shape = getShape(inputs.mask);
    isMaskShared = shape[1] == 1 && shape[2] == 1;
    maskRows = allocate(isMaskShared ? 1 : rows, keysPadded);
  }
}

Matrix AttentionTiles::allocate(int64_t rowCount, int64_t columns) {
  // Matrices begin at cache lines. Rows are an odd number of these apart: what
  // walks down a column finds its lines in all sets of the cache.
  int64_t stride = columns, line = lineElements;
  if (rowCount > 1 && stride % (2 * line) == 0)
    stride += line;
  Matrix matrix{scratchElements, stride};
  scratchElements += llvm::alignTo(rowCount * stride, line);
  return matrix;
}

Matrix AttentionTiles::allocatePanels(int64_t rowCount, int64_t columns) {
  int64_t panel = panelOf(columns);
  Matrix matrix{scratchElements, panel, rowCount * panel};
  scratchElements += llvm::alignTo(rowCount * padded(columns), lineElements);
  return matrix;
}

//===----------------------------------------------------------------------===//
// Places and loops
//===----------------------------------------------------------------------===//

Value AttentionTiles::at(Matrix matrix, Value row, Value column) {
  Value base = e().add(body->scratchBase, matrix.offset);
  if (matrix.panelElements > 0) {
    Value width = e().constant(matrix.stride),
          panel = e().b.createOrFold<arith::DivUIOp>(e().loc, column, width);
    column = e().b.createOrFold<arith::RemUIOp>(e().loc, column, width);
    base = e().add(base, e().mul(panel, matrix.panelElements));
  }
  return e().add(e().add(base, e().mul(row, matrix.stride)), column);
}

Value AttentionTiles::loadSplat(Matrix matrix, Value row, Value column) {
  return e().splat(e().load(body->scratch, {at(matrix, row, column), 0}));
}

Value AttentionTiles::number(double value) {
  Type element = getTensorType(inputs.query).getElementType();
  return e().constant(
      cast<TypedAttr>(Attribute(e().b.getFloatAttr(element, value))));
}

Value AttentionTiles::minimum(Value lhs, Value rhs) {
  return e().b.createOrFold<arith::MinUIOp>(e().loc, lhs, rhs);
}

Value AttentionTiles::scaled(Value score) {
  return isPaired
             ? arith::MulFOp::create(e().b, e().loc, score, splat(inputs.scale))
                   .getResult()
             : score;
}

void AttentionTiles::loop(Value lower, Value upper, int64_t step,
                          llvm::function_ref<void(Value)> emitBody) {
  emitLoop(e().b, e().loc, lower, upper, step, {},
           [&](Value index, ValueRange) -> SmallVector<Value> {
             TileEmitter::Scope scope(e());
             emitBody(index);
             return {};
           });
}

HeadPlace AttentionTiles::placeOf(Coord batch, Coord keyHead, Value shared) {
  Value head = e().add(e().mul(keyHead.index, sizes.share()), shared);
  return {batch, keyHead, {head, 0}};
}

void AttentionTiles::walkTiles(ArrayRef<int64_t> tileSizes, bool fetchesNext,
                               llvm::function_ref<void(Coords)> emitBody) {
  loop(body->begin, body->end, 1, [&](Value tile) {
    if (fetchesNext) {
      Value last = e().add(body->end, -1);
      Coords after =
          e().delinearize(minimum(e().add(tile, 1), last), tileSizes);
      next = placeOf(after[0], after[1], e().constant(0));
    }
    emitBody(e().delinearize(tile, tileSizes));
  });
}

void AttentionTiles::walkColumns(int64_t count, int64_t step,
                                 ColumnBody emitBody, int64_t unrolled) {
  int64_t full = count / step * step;
  if (full <= unrolled * step)
    for (int64_t column = 0; column < full; column += step)
      emitBody(e().constant(column), step);
  else
    loop(e().constant(0), e().constant(full), step,
         [&](Value column) { emitBody(column, step); });
  if (full == count)
    return;
  TileEmitter::Scope scope(e());
  emitBody(e().constant(full), count - full);
}

Value AttentionTiles::keyBound(Value row) {
  Value all = e().constant(sizes.keys);
  // Tiles of keys may reach further than the tile of rows.
  int64_t reach = std::max(rows, keyRows);
  return inputs.causal ? minimum(e().add(row, reach), all) : all;
}

void AttentionTiles::walkKeys(Value row,
                              llvm::function_ref<void(Value, bool)> emitBody) {
  auto walk = [&](Value from, Value to, bool isChecked) {
    loop(from, to, keyPanel,
         [&](Value column) { emitBody(column, isChecked); });
  };
  Value zero = e().constant(0), end = e().constant(keysPadded);
  int64_t full = inputs.mask ? 0 : sizes.keys / keyPanel;
  if (!inputs.causal) {
    Value fullEnd = e().constant(full * keyPanel);
    if (full > 0)
      walk(zero, fullEnd, false);
    if (full * keyPanel < keysPadded)
      walk(fullEnd, end, true);
    return;
  }
  auto panels = [&](Value keys) {
    return e().b.createOrFold<arith::DivUIOp>(e().loc, keys,
                                              e().constant(keyPanel));
  };
  Value bound = panels(e().add(keyBound(row), keyPanel - 1));
  Value boundEnd = e().mul(bound, keyPanel);
  if (full == 0)
    return walk(zero, boundEnd, true);
  Value visible = minimum(panels(e().add(row, 1)), e().constant(full));
  Value visibleEnd = e().mul(visible, keyPanel);
  walk(zero, visibleEnd, false);
  walk(visibleEnd, boundEnd, true);
}

//===----------------------------------------------------------------------===//
// Copies into scratch memory
//===----------------------------------------------------------------------===//

Value AttentionTiles::stepOf(Value index) {
  return isPaired ? e().b.createOrFold<arith::DivUIOp>(e().loc, index,
                                                       e().constant(2))
                  : index;
}

Value AttentionTiles::loadRow(Value tensor, Coord batch, Value row, Coord head,
                              Value column, int64_t active) {
  e().setMask(active);
  Value value = e().splat(
      e().emit(tensor, {batch, Coord{row, 0}, head, Coord{column, 1}}));
  e().setMask(lanes);
  return value;
}

/// Pairs of `active` elements of a row, at most two vectors, then zeros.
Value AttentionTiles::loadRowPairs(Value tensor, Coord batch, Value row,
                                   Coord head, Value column, int64_t active) {
  auto load = [&](Value from, int64_t count) {
    if (count <= 0)
      return splat(0);
    Value value =
        loadRow(tensor, batch, row, head, from, std::min(count, lanes));
    return count < lanes ? e().keepActive(value, splat(0), count) : value;
  };
  Value low = load(column, active);
  return pairNeighbours(e(), low, load(e().add(column, lanes), active - lanes));
}

void AttentionTiles::storeColumn(ArrayRef<Value> vectors, Matrix to, Value row,
                                 Value column) {
  if (!isPaired) {
    for (auto [r, vector] : llvm::enumerate(vectors))
      store(vector, to, e().add(row, r), column);
    return;
  }
  Value first = stepOf(row);
  for (size_t r = 0; r < vectors.size(); r += 2) {
    Value second = r + 1 < vectors.size() ? vectors[r + 1] : splat(0);
    store(pairLanes(e(), vectors[r], second), to, e().add(first, r / 2),
          column);
  }
}

void AttentionTiles::storePanel(ArrayRef<Value> vectors, Matrix to, Value row,
                                Value column) {
  if (isPaired) {
    Value high = vectors.size() > 1 ? vectors[1] : splat(0);
    return store(pairNeighbours(e(), vectors[0], high), to, row,
                 stepOf(column));
  }
  for (auto [v, vector] : llvm::enumerate(vectors))
    store(vector, to, row, e().add(column, v * lanes));
}

void AttentionTiles::packBlock(Value tensor, Coord batch, Coord head,
                               ArrayRef<Value> from, Value column,
                               int64_t count, Matrix to, Value toColumn) {
  SmallVector<Value> block;
  for (Value row : from)
    block.push_back(isPaired
                        ? loadRowPairs(tensor, batch, row, head, column, count)
                        : loadRow(tensor, batch, row, head, column, count));
  transposeInRegisters(e(), block);
  Value first = stepOf(column);
  for (int64_t i = 0; i < steps(count); ++i)
    store(block[i], to, e().add(first, i), toColumn);
}

void AttentionTiles::fetchRow(Value tensor, Coord batch, Coord head, Value row,
                              Value column, int64_t active, uint32_t locality) {
  Value memory = e().getBuffer(tensor);
  if (!memory)
    return;
  RankedTensorType type = getTensorType(tensor);
  Value last = e().constant(type.getDimSize(1) - 1);
  Value from =
      e().add(resultBase(type, batch, minimum(row, last), head), column);
  for (int64_t i = 0; i < active; i += lineElements)
    e().prefetch(memory, e().add(from, i), locality);
}

void AttentionTiles::fetchSoon(Value tensor, Coord batch, Coord head,
                               Value row) {
  fetchRow(tensor, batch, head, row, e().constant(0), getShape(tensor)[3],
           /*locality=*/3);
}

void AttentionTiles::fetchTile(Value tensor, Value row, int64_t count,
                               Value column, int64_t active) {
  if (!next)
    return;
  for (int64_t r = 0; r < count; ++r)
    fetchRow(tensor, next->batch, next->head, e().add(row, r), column, active,
             /*locality=*/2);
}

void AttentionTiles::packTransposed(Value tensor, Coord batch, Coord head,
                                    Matrix to) {
  int64_t count = getShape(tensor)[1], width = getShape(tensor)[3];
  loop(e().constant(0), e().constant(llvm::alignTo(count, lanes)), lanes,
       [&](Value first) {
         // Beyond the last row, it is read again: nobody looks at the copies.
         SmallVector<Value> from;
         for (int64_t i = 0; i < lanes; ++i) {
           Value row = e().add(first, i);
           fetchSoon(tensor, batch, head, e().add(row, lanes));
           from.push_back(count % lanes == 0
                              ? row
                              : minimum(row, e().constant(count - 1)));
         }
         int64_t block = isPaired ? 2 * lanes : lanes;
         walkColumns(width, block, [&](Value column, int64_t active) {
           packBlock(tensor, batch, head, from, column, active, to, first);
         });
       });
}

void AttentionTiles::packRows(Value tensor, Coord batch, Coord head,
                              Value first, Value end, double factor,
                              Matrix to) {
  loop(first, end, 1, [&](Value row) {
    fetchSoon(tensor, batch, head, e().add(row, kRowsAhead));
    Value toRow = e().b.createOrFold<arith::SubIOp>(e().loc, row, first);
    walkColumns(
        getShape(tensor)[3], lanes,
        [&](Value column, int64_t active) {
          Value value = loadRow(tensor, batch, row, head, column, active);
          if (factor != 1)
            value = arith::MulFOp::create(e().b, e().loc, value, splat(factor));
          store(value, to, toRow, column);
        },
        kUnrolledCopies);
  });
}

void AttentionTiles::packScalars(Value tensor, Coord batch, Coord head,
                                 Value first, Value end, double factor,
                                 Matrix to) {
  if (!isPaired)
    return packRows(tensor, batch, head, first, end, factor, to);
  loop(first, end, 1, [&](Value row) {
    Value toRow = e().b.createOrFold<arith::SubIOp>(e().loc, row, first);
    walkColumns(getShape(tensor)[3], 2 * lanes,
                [&](Value column, int64_t active) {
                  store(loadRowPairs(tensor, batch, row, head, column, active),
                        to, toRow, stepOf(column));
                });
  });
}

void AttentionTiles::packVectors(Value tensor, Coord batch, Coord head,
                                 Value first, Value end, Matrix to) {
  if (!isPaired)
    return packRows(tensor, batch, head, first, end, 1, to);
  auto pack = [&](Value row, bool isWhole) {
    Value toRow = e().b.createOrFold<arith::SubIOp>(e().loc, row, first);
    walkColumns(getShape(tensor)[3], lanes, [&](Value column, int64_t active) {
      Value low = loadRow(tensor, batch, row, head, column, active), high;
      if (isWhole)
        high = loadRow(tensor, batch, e().add(row, 1), head, column, active);
      else
        high = splat(0);
      store(pairLanes(e(), low, high), to, stepOf(toRow), column);
    });
  };
  Value last = e().b.createOrFold<arith::SubIOp>(e().loc, end, e().constant(1));
  loop(first, last, 2, [&](Value row) { pack(row, true); });
  // Of an odd number of rows the last one has no other.
  Value count = e().b.createOrFold<arith::SubIOp>(e().loc, end, first);
  Value half = e().mul(stepOf(count), 2);
  loop(e().add(first, half), end, 2, [&](Value row) { pack(row, false); });
}

void AttentionTiles::packMask(const HeadPlace &place, Value row,
                              int64_t count) {
  ArrayRef<int64_t> shape = getShape(inputs.mask);
  Coord zero{e().constant(0), 0};
  Coord batch = shape[0] == 1 ? zero : place.batch;
  Coord head = shape[1] == 1 ? zero : place.head;
  loop(e().constant(0), e().constant(count), 1, [&](Value r) {
    Coord query = shape[2] == 1 ? zero : Coord{e().add(row, r), 0};
    walkColumns(sizes.keys, lanes, [&](Value column, int64_t active) {
      e().setMask(active);
      Value allowed = e().splat(
          e().emit(inputs.mask, {batch, head, query, Coord{column, 1}}));
      e().setMask(lanes);
      Value as =
          arith::SelectOp::create(e().b, e().loc, allowed, splat(1), splat(0));
      e().storeLinear(as, body->scratch, {at(maskRows, r, column), 1});
    });
  });
}

Value AttentionTiles::isAllowed(Value row, int64_t r, Value column) {
  Value last = e().constant(sizes.keys - 1);
  if (inputs.causal)
    last = minimum(e().add(row, r), last);
  // The first lane may be beyond the last key: the difference is signed.
  Value room = arith::SubIOp::create(e().b, e().loc, last, column);
  Type i32 = e().b.getI32Type();
  room = e().splat(arith::IndexCastOp::create(e().b, e().loc, i32, room));
  SmallVector<int32_t> numbers(lanes);
  std::iota(numbers.begin(), numbers.end(), 0);
  Value lane = arith::ConstantOp::create(
      e().b, e().loc,
      DenseElementsAttr::get(VectorType::get({lanes}, i32),
                             ArrayRef<int32_t>(numbers)));
  Value allowed = arith::CmpIOp::create(e().b, e().loc,
                                        arith::CmpIPredicate::sle, lane, room);
  if (!inputs.mask)
    return allowed;
  Value maskRow = e().constant(isMaskShared ? 0 : r);
  Value mask = e().load(body->scratch, {at(maskRows, maskRow, column), 1});
  Value isSet = arith::CmpFOp::create(e().b, e().loc, arith::CmpFPredicate::ONE,
                                      mask, splat(0));
  return arith::AndIOp::create(e().b, e().loc, allowed, isSet);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

SmallVector<Value> AttentionTiles::product(Factor a, Factor b, KRange k,
                                           int64_t rowCount, int64_t vectors,
                                           ArrayRef<Value> sums) {
  SmallVector<Value> first(sums);
  if (first.empty())
    first.assign(rowCount * vectors, splat(0));
  auto stepBehind = [&](Value index) {
    return isPaired ? stepOf(e().add(index, 1)) : index;
  };
  Value begin = stepBehind(k.begin);
  auto startOf = [&](const Factor &factor) {
    return e().add(factor.base, e().mul(begin, factor.kStride));
  };
  return emitSum(
      e(), begin, stepBehind(k.end), {startOf(a), startOf(b)},
      {a.kStride, b.kStride}, first,
      [&](ValueRange places, ValueRange carried) {
        TileEmitter::Scope scope(e());
        auto *combine = isPaired ? multiplyAddPairs : multiplyAdd;
        SmallVector<Value> columns, next;
        for (int64_t v = 0; v < vectors; ++v)
          columns.push_back(
              e().load(body->scratch, {e().add(places[1], v * lanes), 1}));
        for (int64_t r = 0; r < rowCount; ++r) {
          Value scalar = e().splat(e().load(
              body->scratch, {e().add(places[0], r * a.rowStride), 0}));
          for (int64_t v = 0; v < vectors; ++v)
            next.push_back(
                combine(e(), scalar, columns[v], carried[r * vectors + v]));
        }
        return next;
      });
}

Value AttentionTiles::resultBase(RankedTensorType type, Coord batch, Value row,
                                 Coord head) {
  Coord zero{e().constant(0), 0};
  return e().linearize({batch, Coord{row, 0}, head, zero}, type).index;
}

void AttentionTiles::forVectors(
    int64_t active, llvm::function_ref<void(int64_t, int64_t)> emitBody) {
  for (int64_t done = 0; done < active; done += lanes) {
    e().setMask(std::min(lanes, active - done));
    emitBody(done / lanes, done);
  }
  e().setMask(lanes);
}

} // namespace mlc::codegen
