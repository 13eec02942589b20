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
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class AttentionNest : public AttentionTiles {
public:
  AttentionNest(func::FuncOp kernel, AttentionOp op, const AttentionInputs &in,
                const Target &target)
      : AttentionTiles(kernel, in, target), op(op) {
    keys = allocate(steps(sizes.size), keysPadded);
    values = allocate(steps(sizes.keys), padded(sizes.valueSize));
    queries = allocate(rows, scalarStride(sizes.size));
    scores = allocate(rows, keysPadded);
    weights = isPaired ? allocate(rows, scalarStride(keysPadded)) : scores;
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
    loop(body->begin, body->end, 1, [&](Value tile) {
      Coords place =
          e().delinearize(tile, {sizes.batch, sizes.keyHeads, chunks()});
      emitChunk(place[0], place[1], place[2].index);
    });
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
    walkKeys(row, [&](Value column, bool isChecked) {
      emitScores(row, count, column, isChecked);
    });
    Value bound = keyBound(row);
    loop(zero(), e().constant(count), 1,
         [&](Value r) { emitSoftmax(place, row, r, bound); });
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
    for (int64_t r = 0; r < count; ++r)
      for (int64_t v = 0; v < vectors; ++v) {
        Value score = scaled(sums[r * vectors + v]);
        Value vectorColumn = e().add(column, v * lanes);
        if (isChecked)
          score = arith::SelectOp::create(e().b, e().loc,
                                          isAllowed(row, r, vectorColumn),
                                          score, splat(kHiddenScore));
        e().storeLinear(score, body->scratch,
                        {at(scores, e().constant(r), vectorColumn), 1});
      }
  }

  /// Walks the scores of row `r` in panels; each vector of a panel has its own
  /// accumulator. Returns all lanes of all of them combined.
  Value reduceScores(
      Value r, Value bound, Value neutral,
      llvm::function_ref<void(MutableArrayRef<Value> panel, Value column)>
          change,
      llvm::function_ref<Value(Value, Value)> combine) {
    int64_t vectors = keyPanel / lanes;
    SmallVector<Value> first(vectors, neutral);
    SmallVector<Value> sums = emitLoop(
        e().b, e().loc, zero(), bound, keyPanel, first,
        [&](Value column, ValueRange carried) {
          TileEmitter::Scope scope(e());
          SmallVector<Value> panel;
          for (int64_t v = 0; v < vectors; ++v)
            panel.push_back(e().load(
                body->scratch, {at(scores, r, e().add(column, v * lanes)), 1}));
          change(panel, column);
          for (auto [value, sum] : llvm::zip_equal(panel, carried))
            value = combine(sum, value);
          return panel;
        });
    Value all = sums[0];
    for (Value sum : llvm::drop_begin(sums))
      all = combine(all, sum);
    return combineLanes(e(), all, combine);
  }

  void emitSoftmax(const HeadPlace &place, Value row, Value r, Value bound) {
    OpBuilder &b = e().b;
    Location loc = e().loc;
    Value peak = reduceScores(
        r, bound, splat(kHiddenScore), [](MutableArrayRef<Value>, Value) {},
        [&](Value lhs, Value rhs) {
          Value isLarger = arith::CmpFOp::create(
              b, loc, arith::CmpFPredicate::OGT, lhs, rhs);
          return arith::SelectOp::create(b, loc, isLarger, lhs, rhs)
              .getResult();
        });
    Value isEmpty;
    if (inputs.mask) {
      isEmpty = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLE, peak,
                                      number(kHiddenScore / 2));
      peak = arith::SelectOp::create(b, loc, isEmpty, number(0), peak);
    }
    Value peaks = e().splat(peak);
    Value sum = reduceScores(
        r, bound, splat(0),
        [&](MutableArrayRef<Value> panel, Value column) {
          for (Value &score : panel) {
            Value shifted = arith::SubFOp::create(b, loc, score, peaks);
            score = math::ExpOp::create(b, loc, shifted);
          }
          storePanel(panel, weights, r, column);
        },
        [&](Value lhs, Value rhs) {
          return arith::AddFOp::create(b, loc, lhs, rhs).getResult();
        });
    storeStatistics(place, row, r, peak, sum, isEmpty);
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
    OpBuilder &b = e().b;
    Value inverse = e().load(body->scratch, {at(inverses, r, zero()), 0});
    Value isEmpty = arith::CmpFOp::create(b, e().loc, arith::CmpFPredicate::OEQ,
                                          inverse, number(0));
    auto choice = scf::IfOp::create(b, e().loc, isEmpty);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(choice.thenBlock());
    TileEmitter::Scope scope(e());
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
  Matrix keys, values, queries, scores, weights, inverses;
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
