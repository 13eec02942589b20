//===-- WinogradFilterNest.cpp - gradients of filters by Winograd ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile of work is a block of the filter: some channels, some filters. It goes
// through all images, some tiles at a time: transforms those of the image and
// of the result's gradient, multiplies them, and adds the products to sums that
// stay in the worker's memory. What is left of these in the end is transformed
// to the filter's gradient.
//
//===----------------------------------------------------------------------===//

#include "codegen/WinogradLoops.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

struct FilterPlan : WinogradForm {
  int64_t lanes = 0;
  /// What is transformed at a time: images, of each so many rows of tiles.
  int64_t imagesAtOnce = 1, tileRows = 1;
  /// Channels and filters of a tile of work.
  int64_t channelBlock = 0, filterBlock = 0;
  RegisterTile registers{};

  int64_t tiles() const {
    return imagesAtOnce * tileRows * horizontal().tiles();
  }
  int64_t channelBlocks() const { return channels / channelBlock; }
  int64_t filterBlocks() const { return filters / filterBlock; }
  int64_t workTiles() const { return channelBlocks() * filterBlocks(); }
  WinogradMatrices imageMatrices() const {
    return {0, tiles(), channelBlock, lanes};
  }
  WinogradMatrices gradientMatrices() const {
    return {imageMatrices().end(), tiles(), filterBlock, lanes};
  }
  WinogradMatrices sumMatrices() const {
    return {gradientMatrices().end(), channelBlock, filterBlock, lanes};
  }
};

/// The least divisor of `size` that is `least` or more.
int64_t divisorFrom(int64_t least, int64_t size) {
  while (least < size && size % least != 0)
    ++least;
  return std::min(least, size);
}

/// So many tiles that adding to the sums is little beside multiplying.
void chooseTiles(FilterPlan &plan) {
  constexpr int64_t enough = 32, most = 4 * enough;
  int64_t rows = plan.vertical().tiles(), columns = plan.horizontal().tiles();
  plan.tileRows = divisorFrom(llvm::divideCeil(enough, columns), rows);
  int64_t ofImage = plan.tileRows * columns;
  plan.imagesAtOnce =
      divisorFrom(llvm::divideCeil(enough, ofImage), plan.images);
  // Rather few tiles than all of a number of images that has no divisors.
  if (plan.imagesAtOnce > 1 && plan.tiles() > most)
    plan.imagesAtOnce = 1;
}

/// Cycles that all tiles of work take, `threads` at a time.
double estimateCycles(const FilterPlan &plan, const Target &target) {
  constexpr double perSums = 2, perCycle = 2, far = 1.5;
  double tiles = double(plan.tiles()),
         channels = double(llvm::divideCeil(plan.channelBlock, plan.lanes)),
         filters = double(llvm::divideCeil(plan.filterBlock, plan.lanes));
  double step = estimateCycles(target, plan.registers, plan.channelBlock,
                               plan.filterBlock, plan.lanes);
  double products = kProducts * (tiles * step +
                                 perSums * filters * double(plan.channelBlock));
  constexpr int64_t floatBytes = 4;
  if (plan.sumMatrices().end() * floatBytes > target.l2.bytes)
    products *= far;
  double transforms =
      tiles * (kImageWork * channels + kGradientWork * filters) / perCycle;
  int64_t rounds = llvm::divideCeil(plan.workTiles(), target.threads);
  return (products + transforms) * double(rounds);
}

/// Each block transforms its part of images and gradients for itself.
void chooseBlocks(FilterPlan &plan, const Target &target) {
  double least = 0;
  FilterPlan best = plan;
  auto consider = [&](int64_t channels, int64_t filters) {
    plan.channelBlock = channels;
    plan.filterBlock = filters;
    plan.registers = chooseTile(target, channels, filters, plan.lanes);
    double cycles = estimateCycles(plan, target);
    if (least != 0 && cycles >= least)
      return;
    least = cycles;
    best = plan;
  };
  for (int64_t channels = plan.channels; channels > 0; --channels)
    for (int64_t filters = plan.filters; filters > 0; filters -= plan.lanes)
      if (plan.channels % channels == 0 && plan.filters % filters == 0)
        consider(channels, filters);
  plan = best;
}

class FilterLoops {
public:
  FilterLoops(func::FuncOp kernel, const FilterPlan &plan, KernelBody &body)
      : kernel(kernel), plan(plan), body(body), e(body.e), loops(plan, body) {}

  void emitWorkTile(Value tile) {
    Coords place =
        e.delinearize(tile, {plan.channelBlocks(), plan.filterBlocks()});
    firstChannel = e.mul(place[0].index, plan.channelBlock);
    firstFilter = e.mul(place[1].index, plan.filterBlock);
    clearSums();
    auto upTo = [&](int64_t count, llvm::function_ref<void(Value)> emit) {
      forEach(e, e.constant(0), e.constant(count), 1, emit);
    };
    upTo(plan.images / plan.imagesAtOnce, [&](Value images) {
      upTo(plan.vertical().tiles() / plan.tileRows, [&](Value rows) {
        upTo(plan.imagesAtOnce, [&](Value number) {
          emitTransforms(e.add(e.mul(images, plan.imagesAtOnce), number),
                         e.mul(rows, plan.tileRows), number);
        });
        emitProducts();
      });
    });
    emitFilter();
  }

private:
  void clearSums() {
    WinogradMatrices sums = plan.sumMatrices();
    Value zero = e.zeros(body.scratch);
    forEach(e, e.constant(sums.begin), e.constant(sums.end() - plan.lanes),
            plan.lanes, [&](Value at) {
              e.storeLinear(zero, body.scratch,
                            {e.add(body.scratchBase, at), 1});
            });
  }

  /// Transforms rows of tiles of the image, which is the `number`th of those
  /// that are transformed at once.
  void emitTransforms(Value image, Value firstRow, Value number) {
    Value first = e.mul(number, plan.tileRows * plan.horizontal().tiles());
    loops.forEachTile(hasAllPlaces, firstRow, plan.tileRows, first,
                      [&](const WinogradTile &tile) {
                        loops.emitImage(plan.imageMatrices(), image, tile,
                                        firstChannel, plan.channelBlock);
                      });
    loops.forEachTile(
        hasAllResults, firstRow, plan.tileRows, first,
        [&](const WinogradTile &tile) { emitGradient(image, tile); });
  }

  void emitGradient(Value image, const WinogradTile &tile) {
    auto type = cast<RankedTensorType>(plan.factor.getType());
    forEachVector(e, plan.filterBlock, 1, [&](Coord filter) {
      Vectors places(kTileOut * kTileOut);
      Coord source{e.add(firstFilter, filter.index), filter.laneStride};
      loops.forEachResult(
          image, tile, source, [&](int64_t place, const Coords &at) {
            places[place] =
                e.load(e.getBuffer(plan.factor), e.linearize(at, type));
          });
      loops.storeAll(plan.gradientMatrices(), tile.number, filter,
                     transformGradient(e, places));
    });
  }

  void emitProducts() {
    ContractionPlan product;
    product.lanes = plan.lanes;
    product.tile = plan.registers;
    product.m = {plan.channelBlock, 1, 0, plan.filterBlock, 0};
    product.n = {plan.filterBlock, 0, 1, 1, 1};
    product.k = {{plan.tiles(), plan.channelBlock, plan.filterBlock, 0}};
    loops.emitProducts(product, plan.imageMatrices(), plan.gradientMatrices(),
                       plan.sumMatrices(), /*adds=*/true);
  }

  void emitFilter() {
    forEach(e, e.constant(0), e.constant(plan.channelBlock), 1,
            [&](Value channel) {
              forEachVector(e, plan.filterBlock, 1,
                            [&](Coord filter) { emitTaps(channel, filter); });
            });
  }

  void emitTaps(Value channel, Coord filter) {
    Vectors taps = transformFilterSums(
        e, loops.loadAll(plan.sumMatrices(), channel, filter));
    for (int64_t i = 0; i < kTaps; ++i)
      for (int64_t j = 0; j < kTaps; ++j) {
        Coords at{{e.constant(i), 0},
                  {e.constant(j), 0},
                  {e.add(firstChannel, channel), 0},
                  {e.add(firstFilter, filter.index), filter.laneStride}};
        e.bindValue(plan.op->getResult(0), at, taps[i * kTaps + j]);
        emitResults(e, getResults(kernel), body.outputs, at);
      }
  }

  func::FuncOp kernel;
  const FilterPlan &plan;
  KernelBody &body;
  TileEmitter &e;
  WinogradLoops loops;
  Value firstChannel, firstFilter;
};

class WinogradFilterNest : public LoopNest {
public:
  WinogradFilterNest(func::FuncOp kernel, const WinogradForm &form,
                     const Target &target)
      : kernel(kernel) {
    static_cast<WinogradForm &>(plan) = form;
    plan.lanes = getLanes(kernel, target);
    chooseTiles(plan);
    chooseBlocks(plan, target);
  }

  int64_t getTiles() const override { return plan.workTiles(); }
  int64_t getScratchElements() const override {
    return plan.sumMatrices().end();
  }
  bool mayShare(unsigned, unsigned operand) const override {
    return isReadInPlace(kernel, operand);
  }
  LogicalResult emit(KernelBody &body) override {
    FilterLoops loops(kernel, plan, body);
    forEachTile(body, [&](Value tile) { loops.emitWorkTile(tile); });
    return success();
  }

private:
  func::FuncOp kernel;
  FilterPlan plan;
};

} // namespace

std::unique_ptr<LoopNest> planWinogradFilter(func::FuncOp kernel,
                                             const WinogradForm &form,
                                             const Target &target) {
  return std::make_unique<WinogradFilterNest>(kernel, form, target);
}

} // namespace mlc::codegen
