//===-- AttentionNest.cpp - attention without its scores in memory --------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For each head of the key: its keys transposed and its values into scratch
// memory, then each of the heads that share it, a few rows at a time: scores
// of the rows, their softmax, their sum of values.
//
//===----------------------------------------------------------------------===//

#include "codegen/AttentionTiles.h"
#include "codegen/Pairs.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class AttentionNest : public AttentionTiles {
public:
  AttentionNest(func::FuncOp kernel, AttentionOp op, const AttentionInputs &in,
                const Target &target)
      : AttentionTiles(kernel, in, target), op(op) {
    keys = allocatePanels(steps(sizes.size), sizes.keys);
    values = allocatePanels(steps(sizes.keys), sizes.valueSize);
    queries = allocate(rows, scalarStride(sizes.size));
    scores = allocate(rows, keysPadded);
    weights = isPaired ? allocate(rows, scalarStride(keysPadded)) : scores;
    peaks = allocate(rows, lanes);
    inverses = allocate(rows, 1);
    chunkRows = sizes.queries;
    // Enough pieces to share out between threads, by the shape alone; each
    // copies keys and values for itself.
    int64_t heads = sizes.batch * sizes.keyHeads;
    if (heads < 16) {
      int64_t share = llvm::divideCeil(sizes.queries * heads, 16);
      int64_t least = llvm::alignTo(std::max<int64_t>(64, share), rows);
      chunkRows = std::min(sizes.queries, least);
    }
  }

  int64_t getTiles() const override {
    return sizes.batch * sizes.keyHeads * chunks();
  }

  LogicalResult emit(KernelBody &kernelBody) override {
    body = &kernelBody;
    // A head whose rows are walked once.
    walkTiles(
        {sizes.batch, sizes.keyHeads, chunks()}, chunks() * sizes.share() == 1,
        [&](Coords place) { emitChunk(place[0], place[1], place[2].index); });
    return success();
  }

private:
  int64_t chunks() const { return llvm::divideCeil(sizes.queries, chunkRows); }
  Value zero() { return e().constant(0); }
  /// Where a result of the op goes; null: nobody wants it.
  Value outputOf(Value result) {
    for (auto [returned, output] :
         llvm::zip_equal(getResults(kernel), body->outputs))
      if (returned == result)
        return output;
    return {};
  }

  void emitChunk(Coord batch, Coord keyHead, Value chunk) {
    packTransposed(inputs.key, batch, keyHead, keys);
    packVectors(inputs.value, batch, keyHead, zero(), e().constant(sizes.keys),
                values);
    Value start = e().mul(chunk, chunkRows);
    loop(zero(), e().constant(sizes.share()), 1, [&](Value shared) {
      HeadPlace place = placeOf(batch, keyHead, shared);
      if (inputs.mask && isMaskShared)
        packMask(place, zero(), 1);
      int64_t full = sizes.queries / rows * rows;
      Value end = minimum(e().add(start, chunkRows), e().constant(full));
      loop(start, end, rows, [&](Value row) { emitRows(place, row, rows); });
      if (full == sizes.queries)
        return;
      whenLast(e(), chunk, chunks(), [&](bool isLast) {
        if (isLast)
          emitRows(place, e().constant(full), sizes.queries - full);
      });
    });
  }

  void emitRows(const HeadPlace &place, Value row, int64_t count) {
    packScalars(inputs.query, place.batch, place.head, row, e().add(row, count),
                inputs.scale, queries);
    if (inputs.mask && !isMaskShared)
      packMask(place, row, count);
    for (int64_t r = 0; r < count; ++r)
      e().storeLinear(splat(kHiddenScore), body->scratch, peakPlace(r));
    walkKeys(row, [&](Value column, bool isChecked) {
      emitScores(row, count, column, isChecked);
    });
    Value bound = keyBound(row);
    emitSoftmax(place, row, count, bound);
    if (Value output = outputOf(op.getOutput())) {
      emitOutput(output, place, row, count, bound);
      if (inputs.mask)
        loop(zero(), e().constant(count), 1,
             [&](Value r) { emitEmptyRow(output, place, row, r); });
    }
  }

  void emitScores(Value row, int64_t count, Value column, bool isChecked) {
    int64_t vectors = keyPanel / lanes;
    Factor a{at(queries, zero(), zero()), queries.stride, 1};
    Factor b{at(keys, zero(), column), 0, keys.stride};
    SmallVector<Value> sums =
        product(a, b, {zero(), e().constant(sizes.size)}, count, vectors);
    for (int64_t r = 0; r < count; ++r) {
      Value peak = e().load(body->scratch, peakPlace(r));
      for (int64_t v = 0; v < vectors; ++v) {
        Value score = scaled(sums[r * vectors + v]);
        Value vectorColumn = e().add(column, v * lanes);
        if (isChecked)
          score = arith::SelectOp::create(e().b, e().loc,
                                          isAllowed(row, r, vectorColumn),
                                          score, splat(kHiddenScore));
        peak = larger(peak, score);
        e().storeLinear(score, body->scratch,
                        {at(scores, e().constant(r), vectorColumn), 1});
      }
      e().storeLinear(peak, body->scratch, peakPlace(r));
    }
  }

  /// The largest scores of row `r` so far, lane by lane.
  Coord peakPlace(int64_t r) { return {at(peaks, e().constant(r), zero()), 1}; }

  Value larger(Value lhs, Value rhs) {
    Value isLarger = arith::CmpFOp::create(e().b, e().loc,
                                           arith::CmpFPredicate::OGT, lhs, rhs);
    return arith::SelectOp::create(e().b, e().loc, isLarger, lhs, rhs);
  }

  /// Stores exponentials of the rows' scores less their peaks; returns the sums
  /// of each. All rows at once: one alone would mostly wait for itself.
  SmallVector<Value> emitExponentials(ArrayRef<Value> rowPeaks, Value bound) {
    OpBuilder &b = e().b;
    Location loc = e().loc;
    SmallVector<Value> splats, first(rowPeaks.size(), splat(0));
    for (Value peak : rowPeaks)
      splats.push_back(e().splat(peak));
    SmallVector<Value> sums = emitLoop(
        b, loc, zero(), bound, keyPanel, first,
        [&](Value column, ValueRange carried) {
          TileEmitter::Scope scope(e());
          SmallVector<Value> next(carried);
          for (auto [r, peak] : llvm::enumerate(splats)) {
            SmallVector<Value> panel;
            Value row = e().constant(r);
            for (int64_t v = 0; v < keyPanel / lanes; ++v) {
              Value at0 = e().add(column, v * lanes);
              Value score = e().load(body->scratch, {at(scores, row, at0), 1});
              panel.push_back(math::ExpOp::create(
                  b, loc, arith::SubFOp::create(b, loc, score, peak)));
              next[r] = arith::AddFOp::create(b, loc, next[r], panel.back());
            }
            storePanel(panel, weights, row, column);
          }
          return next;
        });
    for (Value &sum : sums)
      sum = combineLanes(e(), sum, [&](Value lhs, Value rhs) -> Value {
        return arith::AddFOp::create(b, loc, lhs, rhs);
      });
    return sums;
  }

  void emitSoftmax(const HeadPlace &place, Value row, int64_t count,
                   Value bound) {
    SmallVector<Value> rowPeaks, empty(count);
    for (int64_t r = 0; r < count; ++r) {
      Value peak = e().load(body->scratch, peakPlace(r));
      rowPeaks.push_back(combineLanes(
          e(), peak, [&](Value lhs, Value rhs) { return larger(lhs, rhs); }));
    }
    if (inputs.mask)
      for (auto [peak, isEmpty] : llvm::zip_equal(rowPeaks, empty)) {
        isEmpty =
            arith::CmpFOp::create(e().b, e().loc, arith::CmpFPredicate::OLE,
                                  peak, number(kHiddenScore / 2));
        peak =
            arith::SelectOp::create(e().b, e().loc, isEmpty, number(0), peak);
      }
    SmallVector<Value> sums = emitExponentials(rowPeaks, bound);
    for (int64_t r = 0; r < count; ++r)
      storeStatistics(place, row, e().constant(r), rowPeaks[r], sums[r],
                      empty[r]);
  }

  /// Of a row that may look at nothing, the inverse of the sum is set to 0.
  void storeStatistics(const HeadPlace &place, Value row, Value r, Value peak,
                       Value sum, Value isEmpty) {
    OpBuilder &b = e().b;
    Location loc = e().loc;
    Value inverse = arith::DivFOp::create(b, loc, number(1), sum);
    if (isEmpty)
      inverse = arith::SelectOp::create(b, loc, isEmpty, number(0), inverse);
    e().storeLinear(inverse, body->scratch, {at(inverses, r, zero()), 0});
    Value output = outputOf(op.getLogsumexp());
    if (!output)
      return;
    Value logarithm = math::LogOp::create(b, loc, sum);
    Value total = arith::AddFOp::create(b, loc, peak, logarithm);
    if (isEmpty)
      total =
          arith::SelectOp::create(b, loc, isEmpty, number(-INFINITY), total);
    Coord query{e().add(row, r), 0};
    e().store(total, output, getTensorType(op.getLogsumexp()),
              {place.batch, place.head, query});
  }

  void emitOutput(Value output, const HeadPlace &place, Value row,
                  int64_t count, Value bound) {
    int64_t size = sizes.valueSize;
    RankedTensorType type = getTensorType(op.getOutput());
    Value base = resultBase(type, place.batch, row, place.head);
    walkColumns(size, panelOf(size), [&](Value column, int64_t active) {
      int64_t vectors = llvm::divideCeil(active, lanes);
      for (Value tensor :
           {Value(inputs.query), Value(inputs.key), Value(inputs.value)})
        if (getShape(tensor)[3] == size)
          fetchTile(tensor, row, count, column, active);
      Factor a{at(weights, zero(), zero()), weights.stride, 1};
      Factor b{at(values, zero(), column), 0, values.stride};
      SmallVector<Value> sums = product(a, b, {zero(), bound}, count, vectors);
      for (int64_t r = 0; r < count; ++r) {
        Value inverse = loadSplat(inverses, e().constant(r), zero());
        Value first = e().add(base, r * sizes.heads * size);
        forVectors(active, [&](int64_t v, int64_t done) {
          Value sum = arith::MulFOp::create(e().b, e().loc,
                                            sums[r * vectors + v], inverse);
          e().storeLinear(sum, output,
                          {e().add(e().add(first, column), done), 1});
        });
      }
    });
  }

  /// A row that may look at nothing gets the mean of all values.
  void emitEmptyRow(Value output, const HeadPlace &place, Value row, Value r) {
    Value inverse = e().load(body->scratch, {at(inverses, r, zero()), 0});
    Value isEmpty = arith::CmpFOp::create(
        e().b, e().loc, arith::CmpFPredicate::OEQ, inverse, number(0));
    choose(e(), isEmpty, [&] { emitMean(output, place, row, r); });
  }

  void emitMean(Value output, const HeadPlace &place, Value row, Value r) {
    OpBuilder &b = e().b;
    Value base = resultBase(getTensorType(op.getOutput()), place.batch,
                            e().add(row, r), place.head);
    walkColumns(sizes.valueSize, lanes, [&](Value column, int64_t active) {
      Value sum = emitLoop(
          b, e().loc, zero(), e().constant(sizes.keys), 1, {splat(0)},
          [&](Value key, ValueRange carried) -> SmallVector<Value> {
            Value value = loadRow(inputs.value, place.batch, key, place.keyHead,
                                  column, active);
            return {arith::AddFOp::create(b, e().loc, carried[0], value)};
          })[0];
      Value mean =
          arith::MulFOp::create(b, e().loc, sum, splat(1.0 / sizes.keys));
      e().setMask(active);
      e().storeLinear(mean, output, {e().add(base, column), 1});
      e().setMask(lanes);
    });
  }

  AttentionOp op;
  int64_t chunkRows;
  /// What weighs the values: scores, once the softmax is done.
  Matrix keys, values, queries, scores, weights, peaks, inverses;
};

} // namespace

std::unique_ptr<LoopNest> planAttention(func::FuncOp kernel,
                                        const Target &target) {
  for (auto op : kernel.getOps<AttentionOp>()) {
    if (failed(verifyTarget(op, op.getBfloat16(), target)))
      return nullptr;
    return std::make_unique<AttentionNest>(
        kernel, op,
        AttentionInputs{op.getQuery(), op.getKey(), op.getValue(), op.getMask(),
                        op.getScale().convertToDouble(), op.getCausal(),
                        op.getBfloat16()},
        target);
  }
  for (auto op : kernel.getOps<AttentionGradientOp>()) {
    if (failed(verifyTarget(op, op.getBfloat16(), target)))
      return nullptr;
    return planAttentionGradient(kernel, op, target);
  }
  kernel.emitError("expected attention or its gradient in the kernel");
  return nullptr;
}

} // namespace mlc::codegen
