//===-- ColumnNest.cpp - kernels that reduce down their columns -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Gradients of biases, statistics over a batch: the last dimension is kept, so
// each lane sums its own column. What is computed from the sums (an optimizer's
// update) follows at once.
//
//===----------------------------------------------------------------------===//

#include "codegen/LoopNest.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class ColumnNest : public LoopNest {
public:
  ColumnNest(func::FuncOp kernel, linalg::GenericOp first, int64_t lanes)
      : kernel(kernel), lanes(lanes) {
    SmallVector<int64_t> loops = first.getStaticLoopRanges();
    for (auto [d, kind] : llvm::enumerate(first.getIteratorTypesArray()))
      (kind == utils::IteratorType::reduction ? reduced : kept).push_back(d);
    domain = loops;
    for (unsigned d : ArrayRef(kept).drop_back())
      outer.push_back(loops[d]);
    width = loops[kept.back()];
  }

  int64_t getTiles() const override {
    int64_t tiles = blocks();
    for (int64_t size : outer)
      tiles *= size;
    return tiles;
  }

  // Only what is read after the reductions, at the place of the result.
  bool mayShare(unsigned, unsigned operand) const override {
    return isReadInPlace(kernel, operand);
  }

  LogicalResult emit(KernelBody &body) override {
    TileEmitter &e = body.e;
    forEachTile(body, [&](Value tile) {
      SmallVector<int64_t> sizes(outer);
      sizes.push_back(blocks());
      Coords place = e.delinearize(tile, sizes);
      Value block = place.pop_back_val().index;
      int64_t last = width - (blocks() - 1) * blockWidth();
      if (blocks() == 1 || last == blockWidth()) {
        emitBlock(body, place, block, last);
        return;
      }
      whenLast(e, block, blocks(), [&](bool isLast) {
        emitBlock(body, place, block, isLast ? last : blockWidth());
      });
    });
    return success();
  }

private:
  int64_t blockWidth() const { return 4 * lanes; }
  int64_t blocks() const { return llvm::divideCeil(width, blockWidth()); }

  void emitBlock(KernelBody &body, const Coords &place, Value block,
                 int64_t columns) {
    TileEmitter &e = body.e;
    TileEmitter::Scope scope(e);
    SmallVector<Coords> keptPlaces;
    Value start = e.mul(block, blockWidth());
    for (int64_t at = 0; at < columns; at += lanes) {
      keptPlaces.push_back(place);
      keptPlaces.back().push_back({e.add(start, at), 1});
    }
    for (linalg::GenericOp reduction : getReductions(kernel))
      emitReduction(e, reduction, keptPlaces, columns);
    for (auto [i, at] : llvm::enumerate(keptPlaces)) {
      e.setMask(std::min(lanes, columns - int64_t(i) * lanes));
      emitResults(e, getResults(kernel), body.outputs, at);
    }
    e.setMask(lanes);
  }

  void emitReduction(TileEmitter &e, linalg::GenericOp reduction,
                     ArrayRef<Coords> keptPlaces, int64_t columns) {
    Combiner combiner(reduction);
    Coords at(domain.size());
    auto addTerm = [&](ValueRange carried) {
      SmallVector<Value> next;
      for (auto [i, kept] : llvm::enumerate(keptPlaces)) {
        e.setMask(std::min(lanes, columns - int64_t(i) * lanes));
        for (auto [d, coord] : llvm::zip_equal(this->kept, kept))
          at[d] = coord;
        Value value = e.splat(e.emit(reduction.getInputs()[0], at));
        next.push_back(combiner.combine(e, carried[i], value));
      }
      e.setMask(lanes);
      return next;
    };
    SmallVector<Value> none(keptPlaces.size(), combiner.neutral(e));
    SmallVector<Value> sums = sumUp({e, combiner, at, none, addTerm}, 0);
    for (auto [kept, sum] : llvm::zip_equal(keptPlaces, sums))
      e.bindValue(reduction.getResult(0), kept, sum);
  }

  /// What the loops of a reduction have in common: the place that they are at,
  /// sums of nothing, and how the term at the place is added to sums.
  struct Summation {
    TileEmitter &e;
    const Combiner &combiner;
    Coords &at;
    ArrayRef<Value> none;
    llvm::function_ref<SmallVector<Value>(ValueRange)> addTerm;
  };

  /// The sums over the reduced dimensions from number `depth` on. Each
  /// dimension, and each block of a long one, is summed up for itself: what is
  /// added has then about as many digits as what it is added to.
  SmallVector<Value> sumUp(const Summation &sum, size_t depth) {
    constexpr int64_t block = 32;
    int64_t size = domain[reduced[depth]];
    if (depth + 1 < reduced.size() || size <= 2 * block)
      return sumRange(sum, depth, sum.e.constant(0), size);
    int64_t whole = size / block * block;
    SmallVector<Value> sums = emitLoop(
        sum.e.b, sum.e.loc, sum.e.constant(0), sum.e.constant(whole), block,
        sum.none, [&](Value start, ValueRange carried) {
          return combine(sum, carried, sumRange(sum, depth, start, block));
        });
    if (whole < size)
      sums = combine(sum, sums,
                     sumRange(sum, depth, sum.e.constant(whole), size - whole));
    return sums;
  }

  /// The same over `count` places from `start` on.
  SmallVector<Value> sumRange(const Summation &sum, size_t depth, Value start,
                              int64_t count) {
    TileEmitter &e = sum.e;
    return emitLoop(e.b, e.loc, start, e.add(start, count), 1, sum.none,
                    [&](Value index, ValueRange carried) {
                      TileEmitter::Scope scope(e);
                      sum.at[reduced[depth]] = {index, 0};
                      return depth + 1 == reduced.size()
                                 ? sum.addTerm(carried)
                                 : combine(sum, carried, sumUp(sum, depth + 1));
                    });
  }

  static SmallVector<Value> combine(const Summation &sum, ValueRange lhs,
                                    ValueRange rhs) {
    SmallVector<Value> result;
    for (auto [left, right] : llvm::zip_equal(lhs, rhs))
      result.push_back(sum.combiner.combine(sum.e, left, right));
    return result;
  }

  func::FuncOp kernel;
  int64_t lanes;
  SmallVector<unsigned> reduced, kept;
  SmallVector<int64_t> domain, outer;
  int64_t width;
};

} // namespace

std::unique_ptr<LoopNest> planColumn(func::FuncOp kernel,
                                     const Target &target) {
  return std::make_unique<ColumnNest>(kernel, getReductions(kernel).front(),
                                      getLanes(kernel, target));
}

} // namespace mlc::codegen
