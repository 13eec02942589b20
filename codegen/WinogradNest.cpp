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

#include "codegen/PooledBand.h"
#include "codegen/WinogradLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

struct WinogradPlan : WinogradForm {
  std::optional<WindowForm> pooling;
  int64_t lanes = 0;
  /// Images in a tile of work, rows of tiles of each, and tiles in all.
  int64_t imagesPerTile = 1, tileRows = 1, tiles = 0;
  RegisterTile registers{};

  int64_t blocks() const { return vertical().tiles() / tileRows; }
  int64_t workTiles() const { return images / imagesPerTile * blocks(); }
  WinogradMatrices filterMatrices() const {
    return {0, channels, filters, lanes};
  }
  WinogradMatrices imageMatrices() const {
    return {filterMatrices().end(), tiles, channels, lanes};
  }
  WinogradMatrices sumMatrices() const {
    return {imageMatrices().end(), tiles, filters, lanes};
  }
  SmallVector<int64_t> bandSizes() const {
    return {1, tileRows * kTileOut, horizontal().result,
            int64_t(llvm::alignTo(filters, lanes))};
  }
  int64_t bandBegin() const { return sumMatrices().end(); }
  int64_t scratchElements() const {
    return bandBegin() + (pooling ? getElementCount(bandSizes()) : 0);
  }
};

/// The least divisor of `size` of which so many parts, of `each` tiles, have
/// enough of them, or all.
int64_t divisorFor(int64_t size, int64_t each, int64_t enough) {
  int64_t divisor = 1;
  while (divisor < size && (size % divisor != 0 || divisor * each < enough))
    ++divisor;
  return divisor;
}

WinogradPlan makePlan(func::FuncOp kernel, const WinogradForm &form,
                      const Target &target) {
  // What isn't in cache is read for so many tiles at least; but images are
  // joined only as long as there are enough tiles of work.
  constexpr int64_t enoughNear = 7, enoughFar = 28, enoughWork = 4;
  WinogradPlan plan;
  static_cast<WinogradForm &>(plan) = form;
  plan.pooling = findWindow(kernel.getBody().front());
  plan.lanes = getLanes(kernel, target);
  Type element = getElementTypeOrSelf(plan.image.getType());
  int64_t filterBytes =
      plan.filterMatrices().elements() * element.getIntOrFloatBitWidth() / 8;
  bool isFar = !plan.pooling && filterBytes > target.l2.bytes;
  int64_t enough = isFar ? enoughFar : enoughNear;
  plan.tileRows =
      divisorFor(plan.vertical().tiles(), plan.horizontal().tiles(), enough);
  plan.tiles = plan.tileRows * plan.horizontal().tiles();
  if (isFar) {
    int64_t most = std::min(divisorFor(plan.images, plan.tiles, enough),
                            plan.images / enoughWork);
    plan.imagesPerTile = nearestDivisor(plan.images, 1, most, most);
  }
  plan.tiles *= plan.imagesPerTile;
  plan.registers = chooseTile(target, plan.tiles, plan.filters, plan.lanes);
  return plan;
}

/// The code of one kernel.
class ConvolutionLoops {
public:
  ConvolutionLoops(func::FuncOp kernel, const WinogradPlan &plan,
                   KernelBody &body)
      : kernel(kernel), plan(plan), body(body), e(body.e), loops(plan, body) {}

  void emitWorkTile(Value tile) {
    Coords place =
        e.delinearize(tile, {plan.images / plan.imagesPerTile, plan.blocks()});
    firstImage = e.mul(place[0].index, plan.imagesPerTile);
    firstRow = e.mul(place[1].index, plan.tileRows);
    Value isFirst = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::eq,
                                          tile, body.begin);
    choose(e, isFirst, [&] { emitFilters(); });
    forEachTile(hasAllPlaces, [&](const WinogradTile &each) {
      loops.emitImage(plan.imageMatrices(), image, each, e.constant(0),
                      plan.channels);
    });
    emitProducts();
    if (plan.pooling) {
      band.emplace(kernel, *plan.pooling, body, plan.bandSizes(), 1,
                   e.add(body.scratchBase, plan.bandBegin()));
      band->begin(e.mul(firstRow, kTileOut), e.constant(0));
    }
    forEachTile(hasAllResults,
                [&](const WinogradTile &each) { emitResultsOfTile(each); });
    if (plan.pooling)
      emitWindows(place[1].index);
  }

private:
  void forEachTile(IsWholeTile isWhole,
                   llvm::function_ref<void(const WinogradTile &)> emit) {
    int64_t tilesOfImage = plan.tiles / plan.imagesPerTile;
    auto emitTiles = [&](Value index) {
      image = e.add(firstImage, index);
      loops.forEachTile(isWhole, firstRow, plan.tileRows,
                        e.mul(index, tilesOfImage), emit);
    };
    if (plan.imagesPerTile == 1)
      return emitTiles(e.constant(0));
    forEach(e, e.constant(0), e.constant(plan.imagesPerTile), 1, emitTiles);
  }

  /// A tap for a channel of the image and filters from `filter` on.
  Value loadTap(int64_t i, int64_t j, Value channel, Value filter) {
    Value memory = e.getBuffer(plan.factor);
    if (plan.kind == WinogradForm::Kind::input) { // [i][j][filter][channel]
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
        loops.storeAll(plan.filterMatrices(), channel, filter,
                       transformFilter(e, taps));
      });
    });
  }

  void emitProducts() {
    ContractionPlan product;
    product.lanes = plan.lanes;
    product.tile = plan.registers;
    product.m = {plan.tiles, plan.channels, 0, plan.filters, 0};
    product.n = {plan.filters, 0, 1, 1, 1};
    product.k = {{plan.channels, 1, plan.filters, 0}};
    loops.emitProducts(product, plan.imageMatrices(), plan.filterMatrices(),
                       plan.sumMatrices(), /*adds=*/false);
  }

  void emitResultsOfTile(const WinogradTile &tile) {
    forEachVector(e, plan.filters, 1, [&](Coord filter) {
      Vectors results = transformSums(
          e, loops.loadAll(plan.sumMatrices(), tile.number, filter));
      loops.forEachResult(image, tile, filter,
                          [&](int64_t place, const Coords &at) {
                            emitPlace(at, results[place]);
                          });
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

  func::FuncOp kernel;
  const WinogradPlan &plan;
  KernelBody &body;
  TileEmitter &e;
  WinogradLoops loops;
  Value firstImage, image, firstRow;
  std::optional<PooledBand> band;
};

class WinogradNest : public LoopNest {
public:
  WinogradNest(func::FuncOp kernel, const WinogradForm &form,
               const Target &target)
      : kernel(kernel), plan(makePlan(kernel, form, target)) {}

  int64_t getTiles() const override { return plan.workTiles(); }
  int64_t getScratchElements() const override { return plan.scratchElements(); }
  bool mayShare(unsigned, unsigned operand) const override {
    return isReadInPlace(kernel, operand);
  }
  LogicalResult emit(KernelBody &body) override {
    ConvolutionLoops loops(kernel, plan, body);
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
