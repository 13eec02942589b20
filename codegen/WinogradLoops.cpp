//===-- WinogradLoops.cpp - tiles and products of Winograd ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/WinogradLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

bool hasAllPlaces(const WinogradAxis &axis, int64_t tile) {
  return axis.insideOf(tile) == std::pair<int64_t, int64_t>(0, kTileIn);
}

bool hasAllResults(const WinogradAxis &axis, int64_t tile) {
  return axis.resultsOf(tile) == kTileOut;
}

/// Calls `emit` with the row of tiles if it is one at a border that has to be
/// seen, else with nothing.
void WinogradLoops::chooseRow(
    IsWholeTile isWhole, Value row,
    llvm::function_ref<void(std::optional<int64_t>)> emit) {
  int64_t last = form.vertical().tiles() - 1;
  auto chooseAt = [&](int64_t known, llvm::function_ref<void()> rest) {
    if (isWhole(form.vertical(), known))
      return rest();
    if (last == 0)
      return emit(known);
    Value isHere = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::eq,
                                         row, e.constant(known));
    choose(e, isHere, [&] { emit(known); }, rest);
  };
  chooseAt(0, [&] { chooseAt(last, [&] { emit({}); }); });
}

void WinogradLoops::forEachColumn(
    IsWholeTile isWhole,
    llvm::function_ref<void(Value, std::optional<int64_t>)> emit) {
  const WinogradAxis &axis = form.horizontal();
  int64_t tiles = axis.tiles(), begin = isWhole(axis, 0) ? 0 : 1,
          end = isWhole(axis, tiles - 1) ? tiles : tiles - 1;
  auto emitAt = [&](int64_t column) {
    TileEmitter::Scope scope(e);
    emit(e.constant(column), column);
  };
  if (begin > 0)
    emitAt(0);
  if (begin < end)
    forEach(e, e.constant(begin), e.constant(end), 1,
            [&](Value column) { emit(column, {}); });
  if (end < tiles && tiles > 1)
    emitAt(tiles - 1);
}

void WinogradLoops::forEachTile(
    IsWholeTile isWhole, Value firstRow, int64_t rows, Value firstNumber,
    llvm::function_ref<void(const WinogradTile &)> emit) {
  forEach(e, e.constant(0), e.constant(rows), 1, [&](Value index) {
    Value row = e.add(firstRow, index);
    Value first = e.add(firstNumber, e.mul(index, form.horizontal().tiles()));
    chooseRow(isWhole, row, [&](std::optional<int64_t> knownRow) {
      forEachColumn(
          isWhole, [&](Value column, std::optional<int64_t> knownColumn) {
            emit({row, column, e.add(first, column), knownRow, knownColumn});
          });
    });
  });
}

void WinogradLoops::forEachResult(
    Value image, const WinogradTile &tile, Coord filter,
    llvm::function_ref<void(int64_t, const Coords &)> emit) {
  auto resultsOf = [](const WinogradAxis &axis, std::optional<int64_t> known) {
    return known ? axis.resultsOf(*known) : kTileOut;
  };
  int64_t rows = resultsOf(form.vertical(), tile.knownRow),
          columns = resultsOf(form.horizontal(), tile.knownColumn);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      emit(i * kTileOut + j, {{image, 0},
                              {e.add(e.mul(tile.row, kTileOut), i), 0},
                              {e.add(e.mul(tile.column, kTileOut), j), 0},
                              filter});
}

//===----------------------------------------------------------------------===//
// Transforms
//===----------------------------------------------------------------------===//

Value WinogradLoops::rowOf(const WinogradMatrices &matrices, Value row) {
  return e.add(e.add(body.scratchBase, matrices.begin),
               e.mul(row, matrices.columns));
}

void WinogradLoops::storeAll(const WinogradMatrices &to, Value row,
                             Coord column, ArrayRef<Value> values) {
  Value at = e.add(rowOf(to, row), column.index);
  for (auto [i, value] : llvm::enumerate(values))
    e.storeLinear(value ? value : e.zeros(body.scratch), body.scratch,
                  {e.add(at, i * to.stride()), 1});
}

SmallVector<Value> WinogradLoops::loadAll(const WinogradMatrices &from,
                                          Value row, Coord column) {
  Value at = e.add(rowOf(from, row), column.index);
  SmallVector<Value> values;
  for (int64_t i = 0; i < kProducts; ++i)
    values.push_back(e.load(body.scratch, {e.add(at, i * from.stride()), 1}));
  return values;
}

void WinogradLoops::emitImage(const WinogradMatrices &to, Value image,
                              const WinogradTile &tile, Value firstChannel,
                              int64_t channels) {
  auto insideOf = [](const WinogradAxis &axis, std::optional<int64_t> known) {
    return known ? axis.insideOf(*known)
                 : std::pair<int64_t, int64_t>(0, kTileIn);
  };
  std::pair<int64_t, int64_t> rows = insideOf(form.vertical(), tile.knownRow),
                              columns =
                                  insideOf(form.horizontal(), tile.knownColumn);
  auto type = cast<RankedTensorType>(form.image.getType());
  Value row = e.add(e.mul(tile.row, kTileOut), -form.vertical().low);
  Value column = e.add(e.mul(tile.column, kTileOut), -form.horizontal().low);
  forEachVector(e, channels, 1, [&](Coord channel) {
    Vectors places(kProducts);
    for (int64_t i = rows.first; i < rows.second; ++i)
      for (int64_t j = columns.first; j < columns.second; ++j) {
        Coords at{{image, 0},
                  {e.add(row, i), 0},
                  {e.add(column, j), 0},
                  {e.add(firstChannel, channel.index), channel.laneStride}};
        places[i * kTileIn + j] =
            e.load(e.getBuffer(form.image), e.linearize(at, type));
      }
    storeAll(to, tile.number, channel, transformImage(e, places));
  });
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

namespace {

/// The products of one pair of matrices.
class ProductLoops {
public:
  ProductLoops(KernelBody &body, const ContractionPlan &product, bool adds)
      : body(body), e(body.e), product(product), adds(adds) {}

  /// From where A, B and the sums begin.
  void emit(Value a, Value b, Value sums) {
    int64_t width = product.columns(), columns = product.n.size,
            full = columns / width * width;
    if (full > 0)
      forEach(e, e.constant(0), e.constant(full / width), 1, [&](Value panel) {
        Value column = e.mul(panel, width);
        emitPanel(a, e.add(b, column), e.add(sums, column), width);
      });
    if (full < columns)
      emitPanel(a, e.add(b, full), e.add(sums, full), columns - full);
  }

private:
  void emitPanel(Value a, Value b, Value sums, int64_t columns) {
    forEachBlock(
        e, product.m.size, product.tile.rows, [&](Value row, int64_t rows) {
          emitTile(e.add(a, e.mul(row, product.m.a)), b,
                   e.add(sums, e.mul(row, product.m.c)), columns, rows);
        });
  }

  void emitTile(Value a, Value b, Value to, int64_t columns, int64_t rows) {
    int64_t vectors = llvm::divideCeil(columns, product.lanes),
            lastLanes = columns - (vectors - 1) * product.lanes;
    TilePlace place{body.scratch, a,       body.scratch, b, rows,
                    {},           vectors, lastLanes,    {}};
    SmallVector<Value> sums = emitMicroKernel(
        e, product, place,
        SmallVector<Value>(rows * vectors, e.zeros(body.scratch)));
    for (auto [i, sum] : llvm::enumerate(sums)) {
      int64_t vector = int64_t(i) % vectors;
      e.setMask(vector == vectors - 1 ? lastLanes : product.lanes);
      Coord at{e.add(to, int64_t(i) / vectors * product.m.c +
                             vector * product.lanes),
               1};
      if (adds)
        sum = arith::AddFOp::create(e.b, e.loc, e.load(body.scratch, at), sum);
      e.storeLinear(sum, body.scratch, at);
    }
    e.setMask(product.lanes);
  }

  KernelBody &body;
  TileEmitter &e;
  const ContractionPlan &product;
  bool adds;
};

} // namespace

void WinogradLoops::emitProducts(const ContractionPlan &product,
                                 const WinogradMatrices &a,
                                 const WinogradMatrices &b,
                                 const WinogradMatrices &sums, bool adds) {
  Value none = e.constant(0);
  forEach(e, none, e.constant(kProducts), 1, [&](Value number) {
    auto matrixOf = [&](const WinogradMatrices &matrices) {
      return e.add(rowOf(matrices, none), e.mul(number, matrices.stride()));
    };
    ProductLoops(body, product, adds)
        .emit(matrixOf(a), matrixOf(b), matrixOf(sums));
  });
}

} // namespace mlc::codegen
