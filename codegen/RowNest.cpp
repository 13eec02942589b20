//===-- RowNest.cpp - kernels that reduce along their rows ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Softmax, normalisations, losses: reductions over the last dimensions and what
// is computed from them, a row at a time. A short row stays in registers from
// the first reduction to the last store; a long one is walked once for each
// reduction and once for the results.
//
//===----------------------------------------------------------------------===//

#include "codegen/LoopNest.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class RowNest : public LoopNest {
public:
  RowNest(func::FuncOp kernel, linalg::GenericOp first, int64_t lanes)
      : kernel(kernel), lanes(lanes) {
    SmallVector<int64_t> loops = first.getStaticLoopRanges();
    int64_t parallel = first.getNumParallelLoops();
    rows.assign(loops.begin(), loops.begin() + parallel);
    reducedRank = loops.size() - parallel;
    for (int64_t size : ArrayRef(loops).drop_front(parallel))
      length *= size;
  }

  int64_t getTiles() const override {
    int64_t tiles = 1;
    for (int64_t size : rows)
      tiles *= size;
    return tiles;
  }

  // Within a tile, a later walk along the row may read again what an earlier
  // one has overwritten, unless the row stays in registers.
  bool mayShare(unsigned, unsigned operand) const override {
    return isShort() && isReadInPlace(kernel, operand);
  }

  LogicalResult emit(KernelBody &body) override {
    storeDistantPastCaches(body, kernel, getResultsOfRows());
    forEachTile(body, [&](Value tile) {
      Coords row = body.e.delinearize(tile, rows);
      positions.clear();
      for (linalg::GenericOp reduction : getReductions(kernel))
        emitReduction(body.e, reduction, row);
      emitResults(body, row);
    });
    return success();
  }

private:
  static constexpr int64_t unroll = 4;
  bool isShort() const { return length <= 16 * lanes; }

  /// The place `last` (linear along the reduced dimensions) in the row.
  Coords along(TileEmitter &e, const Coords &row, Coord last) {
    Coords at = row;
    for (int64_t d = 1; d < reducedRank; ++d)
      at.push_back({e.constant(0), 0});
    at.push_back(last);
    return at;
  }

  /// Walks a row. The positions of a short one are the same values each time,
  /// so that the emitter knows again what it has computed there.
  void walk(TileEmitter &e, llvm::function_ref<void(Coord, int64_t)> body) {
    if (positions.empty())
      for (int64_t at = 0; at < length; at += lanes)
        positions.push_back(e.constant(at));
    for (auto [i, position] : llvm::enumerate(positions)) {
      int64_t left = length - i * lanes;
      e.setMask(std::min(left, lanes));
      body({position, 1}, std::min(left, lanes));
    }
    e.setMask(lanes);
  }

  void emitReduction(TileEmitter &e, linalg::GenericOp reduction,
                     const Coords &row) {
    Combiner combiner(reduction);
    Value input = reduction.getInputs()[0];
    Value neutral = combiner.neutral(e), vector;
    if (isShort()) {
      walk(e, [&](Coord at, int64_t active) {
        Value value = e.splat(e.emit(input, along(e, row, at)));
        value = e.keepActive(value, neutral, active);
        vector = vector ? combiner.combine(e, vector, value) : value;
      });
    } else {
      vector = reduceVectors(
          e, length, unroll, neutral,
          [&](Coord at) { return e.splat(e.emit(input, along(e, row, at))); },
          [&](Value lhs, Value rhs) { return combiner.combine(e, lhs, rhs); });
    }
    e.bindValue(reduction.getResult(0), row, combiner.acrossLanes(e, vector));
  }

  bool isReduced(Value result) const {
    return cast<RankedTensorType>(result.getType()).getRank() ==
           int64_t(rows.size());
  }

  SmallVector<Value> getResultsOfRows() {
    SmallVector<Value> results = getResults(kernel);
    llvm::erase_if(results, [&](Value result) { return isReduced(result); });
    return results;
  }

  void emitResults(KernelBody &body, const Coords &row) {
    TileEmitter &e = body.e;
    SmallVector<Value> results[2], outputs[2]; // of whole rows, of reduced ones
    for (auto [result, output] :
         llvm::zip_equal(getResults(kernel), body.outputs)) {
      results[isReduced(result)].push_back(result);
      outputs[isReduced(result)].push_back(output);
    }
    auto emitWhere = [&](bool isReduced, const Coords &at) {
      codegen::emitResults(e, results[isReduced], outputs[isReduced], at);
    };
    if (isShort())
      walk(e, [&](Coord at, int64_t) { emitWhere(false, along(e, row, at)); });
    else
      forEachVector(e, length, unroll,
                    [&](Coord at) { emitWhere(false, along(e, row, at)); });
    emitWhere(true, row);
  }

  func::FuncOp kernel;
  int64_t lanes;
  SmallVector<int64_t> rows;
  int64_t reducedRank, length = 1;
  SmallVector<Value> positions;
};

} // namespace

std::unique_ptr<LoopNest> planRow(func::FuncOp kernel, const Target &target) {
  return std::make_unique<RowNest>(kernel, getReductions(kernel).front(),
                                   getLanes(kernel, target));
}

} // namespace mlc::codegen
