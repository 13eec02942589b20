//===-- WinogradNest.cpp - kernels of Winograd convolutions ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile of work is a few rows of tiles of an image: as many as a register tile
// of the products has rows. What is transformed of the image, and the sums,
// stay in the nearest caches. The first tile of work of a thread transforms the
// filter.
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"
#include "codegen/PooledBand.h"
#include "codegen/Winograd.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

/// A matrix for each of the 16 products, in the worker's memory.
struct Matrices {
  int64_t begin, rows, columns, lanes;

  /// A vector lies between two, lest they compete for the same lines.
  int64_t stride() const { return rows * columns + lanes; }
  int64_t elements() const { return kProducts * stride(); }
};

struct WinogradPlan : WinogradForm {
  std::optional<WindowForm> pooling;
  int64_t lanes = 0;
  /// Rows of tiles in a tile of work, and tiles.
  int64_t tileRows = 1, tiles = 0;
  RegisterTile registers{};

  const WinogradAxis &vertical() const { return axes[0]; }
  const WinogradAxis &horizontal() const { return axes[1]; }
  int64_t blocks() const { return vertical().tiles() / tileRows; }
  Matrices filterMatrices() const { return {0, channels, filters, lanes}; }
  Matrices imageMatrices() const {
    return {filterMatrices().elements(), tiles, channels, lanes};
  }
  Matrices sumMatrices() const {
    Matrices image = imageMatrices();
    return {image.begin + image.elements(), tiles, filters, lanes};
  }
  SmallVector<int64_t> bandSizes() const {
    return {1, tileRows * kTileOut, horizontal().result,
            int64_t(llvm::alignTo(filters, lanes))};
  }
  int64_t bandBegin() const {
    return sumMatrices().begin + sumMatrices().elements();
  }
  int64_t scratchElements() const {
    return bandBegin() + (pooling ? getElementCount(bandSizes()) : 0);
  }
};

WinogradPlan makePlan(func::FuncOp kernel, const WinogradForm &form,
                      const Target &target) {
  constexpr int64_t enoughTiles = 7;
  WinogradPlan plan;
  static_cast<WinogradForm &>(plan) = form;
  plan.pooling = findWindow(kernel.getBody().front());
  plan.lanes = getLanes(kernel, target);
  int64_t rows = plan.vertical().tiles(), columns = plan.horizontal().tiles();
  while (plan.tileRows < rows &&
         (rows % plan.tileRows != 0 || plan.tileRows * columns < enoughTiles))
    ++plan.tileRows;
  plan.tiles = plan.tileRows * columns;
  plan.registers = chooseTile(target, plan.tiles, plan.filters, plan.lanes);
  return plan;
}

/// The code of one kernel.
class WinogradLoops {
public:
  WinogradLoops(func::FuncOp kernel, const WinogradPlan &plan, KernelBody &body)
      : kernel(kernel), plan(plan), body(body), e(body.e) {}

  void emitWorkTile(Value tile) {
    Coords place = e.delinearize(tile, {plan.images, plan.blocks()});
    image = place[0].index;
    firstRow = e.mul(place[1].index, plan.tileRows);
    Value isFirst = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::eq,
                                          tile, body.begin);
    choose(e, isFirst, [&] { emitFilters(); }, {});
    forEachTileOfImage(hasAllPlaces,
                       [&](const Tile &each) { emitImage(each); });
    emitProducts();
    if (plan.pooling) {
      band.emplace(kernel, *plan.pooling, body, plan.bandSizes(), 1,
                   e.add(body.scratchBase, plan.bandBegin()));
      band->begin(e.mul(firstRow, kTileOut), e.constant(0));
    }
    forEachTileOfImage(hasAllResults,
                       [&](const Tile &each) { emitResultsOfTile(each); });
    if (plan.pooling)
      emitWindows(place[1].index);
  }

private:
  /// A tile of the image: its place, where that is known, and its number among
  /// those of the tile of work.
  struct Tile {
    Value row, column, number;
    std::optional<int64_t> knownRow, knownColumn;
  };

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  /// Is there nothing at the border that has to be seen in such a tile?
  using IsWhole = bool (*)(const WinogradAxis &axis, int64_t tile);
  static bool hasAllPlaces(const WinogradAxis &axis, int64_t tile) {
    return axis.insideOf(tile) == std::pair<int64_t, int64_t>(0, kTileIn);
  }
  static bool hasAllResults(const WinogradAxis &axis, int64_t tile) {
    return axis.resultsOf(tile) == kTileOut;
  }

  /// Calls `emit` with the row of tiles if it is one at a border that has to be
  /// seen, else with nothing.
  void chooseRow(IsWhole isWhole, Value row,
                 llvm::function_ref<void(std::optional<int64_t>)> emit) {
    int64_t last = plan.vertical().tiles() - 1;
    auto chooseAt = [&](int64_t known, llvm::function_ref<void()> rest) {
      if (isWhole(plan.vertical(), known))
        return rest();
      if (last == 0)
        return emit(known);
      Value isHere = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::eq,
                                           row, e.constant(known));
      choose(e, isHere, [&] { emit(known); }, rest);
    };
    chooseAt(0, [&] { chooseAt(last, [&] { emit({}); }); });
  }

  void
  forEachColumn(IsWhole isWhole,
                llvm::function_ref<void(Value, std::optional<int64_t>)> emit) {
    const WinogradAxis &axis = plan.horizontal();
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

  void forEachTileOfImage(IsWhole isWhole,
                          llvm::function_ref<void(const Tile &)> emit) {
    forEach(e, e.constant(0), e.constant(plan.tileRows), 1, [&](Value index) {
      Value row = e.add(firstRow, index);
      chooseRow(isWhole, row, [&](std::optional<int64_t> knownRow) {
        forEachColumn(isWhole, [&](Value column,
                                   std::optional<int64_t> knownColumn) {
          Value number = e.add(e.mul(index, plan.horizontal().tiles()), column);
          emit({row, column, number, knownRow, knownColumn});
        });
      });
    });
  }

  //===--------------------------------------------------------------------===//
  // Transforms
  //===--------------------------------------------------------------------===//

  /// Where a row of the matrices begins, for the first product.
  Value rowOf(const Matrices &matrices, Value row) {
    return e.add(e.add(body.scratchBase, matrices.begin),
                 e.mul(row, matrices.columns));
  }

  void storeAll(const Matrices &matrices, Value row, Coord column,
                ArrayRef<Value> values) {
    Value at = e.add(rowOf(matrices, row), column.index);
    for (auto [i, value] : llvm::enumerate(values))
      e.storeLinear(value, body.scratch, {e.add(at, i * matrices.stride()), 1});
  }

  /// A tap for a channel of the image and filters from `filter` on.
  Value loadTap(int64_t i, int64_t j, Value channel, Value filter) {
    Value memory = e.getBuffer(plan.filter);
    if (plan.isTurned) { // [i][j][filter][channel]
      int64_t tap = (kTaps - 1 - i) * kTaps + (kTaps - 1 - j);
      Value at = e.add(e.mul(filter, plan.channels), channel);
      return e.load(memory, {e.add(at, tap * plan.channels * plan.filters),
                             plan.channels});
    }
    Value at = e.add(e.mul(channel, plan.filters), filter);
    return e.load(
        memory, {e.add(at, (i * kTaps + j) * plan.channels * plan.filters), 1});
  }

  void emitFilters() {
    forEach(e, e.constant(0), e.constant(plan.channels), 1, [&](Value channel) {
      forEachVector(e, plan.filters, 1, [&](Coord filter) {
        SmallVector<Value> taps;
        for (int64_t i = 0; i < kTaps; ++i)
          for (int64_t j = 0; j < kTaps; ++j)
            taps.push_back(loadTap(i, j, channel, filter.index));
        storeAll(plan.filterMatrices(), channel, filter,
                 transformFilter(e, taps));
      });
    });
  }

  static std::pair<int64_t, int64_t> insideOf(const WinogradAxis &axis,
                                              std::optional<int64_t> known) {
    return known ? axis.insideOf(*known)
                 : std::pair<int64_t, int64_t>(0, kTileIn);
  }

  void emitImage(const Tile &tile) {
    auto [top, bottom] = insideOf(plan.vertical(), tile.knownRow);
    auto [left, right] = insideOf(plan.horizontal(), tile.knownColumn);
    auto type = cast<RankedTensorType>(plan.image.getType());
    Value row = e.add(e.mul(tile.row, kTileOut), -plan.vertical().low);
    Value column = e.add(e.mul(tile.column, kTileOut), -plan.horizontal().low);
    forEachVector(e, plan.channels, 1, [&](Coord channel) {
      Vectors places(kProducts);
      for (int64_t i = top; i < bottom; ++i)
        for (int64_t j = left; j < right; ++j) {
          Coords at{
              {image, 0}, {e.add(row, i), 0}, {e.add(column, j), 0}, channel};
          places[i * kTileIn + j] =
              e.load(e.getBuffer(plan.image), e.linearize(at, type));
        }
      Vectors values = transformImage(e, places);
      for (Value &value : values)
        if (!value)
          value = e.zeros(body.scratch);
      storeAll(plan.imageMatrices(), tile.number, channel, values);
    });
  }

  void emitResultsOfTile(const Tile &tile) {
    auto resultsOf = [](const WinogradAxis &axis,
                        std::optional<int64_t> known) {
      return known ? axis.resultsOf(*known) : kTileOut;
    };
    int64_t rows = resultsOf(plan.vertical(), tile.knownRow),
            columns = resultsOf(plan.horizontal(), tile.knownColumn);
    Matrices matrices = plan.sumMatrices();
    forEachVector(e, plan.filters, 1, [&](Coord filter) {
      Value from = e.add(rowOf(matrices, tile.number), filter.index);
      SmallVector<Value> sums;
      for (int64_t i = 0; i < kProducts; ++i)
        sums.push_back(
            e.load(body.scratch, {e.add(from, i * matrices.stride()), 1}));
      Vectors results = transformSums(e, sums);
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < columns; ++j)
          emitPlace({{image, 0},
                     {e.add(e.mul(tile.row, kTileOut), i), 0},
                     {e.add(e.mul(tile.column, kTileOut), j), 0},
                     filter},
                    results[i * kTileOut + j]);
    });
  }

  void emitPlace(const Coords &at, Value value) {
    e.bindValue(plan.op->getResult(0), at, value);
    if (band)
      return band->emitElement(at);
    emitResults(e, getResults(kernel), body.outputs, at);
  }

  void emitWindows(Value block) {
    const WindowAxis &axis = plan.pooling->axes[1];
    int64_t windows = plan.tileRows * kTileOut / axis.stride;
    Value begin = e.mul(block, windows);
    Value end = minimum(e, e.add(begin, windows), e.constant(axis.windows));
    SmallVector<PooledBand::Columns> columns;
    for (int64_t column = 0; column < plan.filters; column += plan.lanes)
      columns.push_back({{e.constant(column), 1},
                         std::min(plan.lanes, plan.filters - column)});
    Coords at(plan.pooling->axes.size(), {e.constant(0), 0});
    at[0] = {image, 0};
    band->emitWindows(at, {begin, end}, columns);
  }

  //===--------------------------------------------------------------------===//
  // Products
  //===--------------------------------------------------------------------===//

  void emitProducts() {
    ContractionPlan product;
    product.lanes = plan.lanes;
    product.tile = plan.registers;
    product.m = {plan.tiles, plan.channels, 0, plan.filters, 0};
    product.n = {plan.filters, 0, 1, 1, 1};
    product.k = {{plan.channels, 1, plan.filters, 0}};
    forEach(e, e.constant(0), e.constant(kProducts), 1, [&](Value number) {
      int64_t width = product.columns(), full = plan.filters / width * width;
      if (full > 0)
        forEach(e, e.constant(0), e.constant(full / width), 1,
                [&](Value panel) {
                  emitPanel(product, number, e.mul(panel, width), width);
                });
      if (full < plan.filters)
        emitPanel(product, number, e.constant(full), plan.filters - full);
    });
  }

  void emitPanel(const ContractionPlan &product, Value number, Value column,
                 int64_t columns) {
    forEachBlock(e, plan.tiles, product.tile.rows,
                 [&](Value row, int64_t rows) {
                   emitTile(product, number, column, columns, row, rows);
                 });
  }

  void emitTile(const ContractionPlan &product, Value number, Value column,
                int64_t columns, Value row, int64_t rows) {
    auto placeOf = [&](const Matrices &matrices, Value row, Value column) {
      return e.add(e.add(rowOf(matrices, row), column),
                   e.mul(number, matrices.stride()));
    };
    int64_t vectors = llvm::divideCeil(columns, plan.lanes),
            lastLanes = columns - (vectors - 1) * plan.lanes;
    Value none = e.constant(0);
    TilePlace place{body.scratch,
                    placeOf(plan.imageMatrices(), row, none),
                    body.scratch,
                    placeOf(plan.filterMatrices(), none, column),
                    {},
                    {},
                    rows,
                    {},
                    vectors,
                    lastLanes,
                    {}};
    SmallVector<Value> sums = emitMicroKernel(
        e, product, place,
        SmallVector<Value>(rows * vectors, e.zeros(body.scratch)));
    Value to = placeOf(plan.sumMatrices(), row, column);
    for (auto [i, sum] : llvm::enumerate(sums)) {
      int64_t vector = int64_t(i) % vectors;
      e.setMask(vector == vectors - 1 ? lastLanes : plan.lanes);
      int64_t at = int64_t(i) / vectors * plan.filters + vector * plan.lanes;
      e.storeLinear(sum, body.scratch, {e.add(to, at), 1});
    }
    e.setMask(plan.lanes);
  }

  func::FuncOp kernel;
  const WinogradPlan &plan;
  KernelBody &body;
  TileEmitter &e;
  Value image, firstRow;
  std::optional<PooledBand> band;
};

class WinogradNest : public LoopNest {
public:
  WinogradNest(func::FuncOp kernel, const WinogradForm &form,
               const Target &target)
      : kernel(kernel), plan(makePlan(kernel, form, target)) {}

  int64_t getTiles() const override { return plan.images * plan.blocks(); }
  int64_t getScratchElements() const override { return plan.scratchElements(); }
  bool mayShare(unsigned, unsigned operand) const override {
    return isReadInPlace(kernel, operand);
  }
  LogicalResult emit(KernelBody &body) override {
    WinogradLoops loops(kernel, plan, body);
    forEachTile(body, [&](Value tile) { loops.emitWorkTile(tile); });
    return success();
  }

private:
  func::FuncOp kernel;
  WinogradPlan plan;
};

} // namespace

std::unique_ptr<LoopNest> planWinograd(func::FuncOp kernel,
                                       const WinogradForm &form,
                                       const Target &target) {
  return std::make_unique<WinogradNest>(kernel, form, target);
}

} // namespace mlc::codegen
