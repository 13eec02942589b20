//===-- AttentionGradientNest.cpp - attention's gradient ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile is one head of the key: all of its gradients are written here. Rows of
// queries are taken in blocks whose probabilities and their gradients fit into
// the cache; each block gives its rows of the query's gradient, and is added to
// the key's and the value's by products along the block.
//
//===----------------------------------------------------------------------===//

#include "codegen/AttentionTiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

/// Elements of each of the two score-sized matrices: both in a second-level
/// cache.
constexpr int64_t kBlockElements = 32 << 10;
constexpr int64_t kMostBlockRows = 128;

class AttentionGradientNest : public AttentionTiles {
public:
  AttentionGradientNest(func::FuncOp kernel, AttentionGradientOp op,
                        const AttentionInputs &in, const Target &target)
      : AttentionTiles(kernel, in, target), op(op) {
    int64_t most = std::min(kBlockElements / keysPadded, kMostBlockRows),
            all = llvm::alignTo(sizes.queries, rows);
    blockRows = std::clamp<int64_t>(llvm::alignTo(most, rows), rows, all);
    blocks = llvm::divideCeil(sizes.queries, blockRows);
    accumulates = blocks * sizes.share() > 1 || inputs.mask;
    keysTransposed = allocatePanels(steps(sizes.size), sizes.keys);
    valuesTransposed = allocatePanels(steps(sizes.valueSize), sizes.keys);
    keys = allocatePanels(steps(sizes.keys), sizes.size);
    queries = allocate(blockRows, scalarStride(sizes.size));
    cotangents = allocate(blockRows, scalarStride(sizes.valueSize));
    probabilities = allocate(steps(blockRows), keysPadded);
    gradients = allocate(steps(blockRows), keysPadded);
    queryVectors = queries;
    cotangentVectors = cotangents;
    gradientRows = gradients;
    if (isPaired)
      allocatePaired();
    sums = allocate(blockRows, 1);
    deltas = allocate(blockRows, 1);
    emptyRows = allocate(1, padded(sizes.valueSize));
  }

  int64_t getTiles() const override { return sizes.batch * sizes.keyHeads; }

  LogicalResult emit(KernelBody &kernelBody) override {
    body = &kernelBody;
    for (auto [result, output] :
         llvm::zip_equal(getResults(kernel), body->outputs))
      outputs[cast<OpResult>(result).getResultNumber()] = output;
    // A head whose rows are walked once.
    walkTiles({sizes.batch, sizes.keyHeads}, blocks * sizes.share() == 1,
              [&](Coords place) { emitHead(place[0], place[1]); });
    return success();
  }

private:
  /// What is read in two ways is there twice, paired along either dimension;
  /// and probabilities of a tile as floats.
  void allocatePaired() {
    queryVectors = allocatePanels(steps(blockRows), sizes.size);
    cotangentVectors = allocatePanels(steps(blockRows), sizes.valueSize);
    gradientRows = allocate(blockRows, scalarStride(keysPadded));
    tileProbabilities = allocate(rows, keyPanel);
  }

  /// A block of rows of one head: [begin, end).
  struct Block {
    HeadPlace place;
    Value begin, end;
  };

  Value zero() { return e().constant(0); }
  RankedTensorType typeOf(unsigned result) {
    return getTensorType(op->getResult(result));
  }
  Value from(Value row, Value first) {
    return e().b.createOrFold<arith::SubIOp>(e().loc, row, first);
  }

  void emitHead(Coord batch, Coord keyHead) {
    Value allKeys = e().constant(sizes.keys);
    packTransposed(inputs.key, batch, keyHead, keysTransposed);
    packTransposed(inputs.value, batch, keyHead, valuesTransposed);
    packVectors(inputs.key, batch, keyHead, zero(), allKeys, keys);
    if (accumulates)
      emitStart(batch, keyHead);
    loop(zero(), e().constant(sizes.share()), 1, [&](Value shared) {
      HeadPlace place = placeOf(batch, keyHead, shared);
      if (inputs.mask && isMaskShared)
        packMask(place, zero(), 1);
      loop(zero(), e().constant(blocks), 1, [&](Value index) {
        Value begin = e().mul(index, blockRows);
        Value end =
            minimum(e().add(begin, blockRows), e().constant(sizes.queries));
        emitBlock({place, begin, end}, index);
      });
    });
  }

  //===--- Rows that may look at nothing ----------------------------------===//

  /// What all blocks are added to: zero, and for the values what rows that may
  /// look at nothing bring evenly to all of them.
  void emitStart(Coord batch, Coord keyHead) {
    int64_t size = sizes.valueSize;
    if (outputs[2] && inputs.mask)
      sumEmptyRows(batch, keyHead);
    loop(zero(), e().constant(sizes.keys), 1, [&](Value key) {
      for (unsigned result : {1u, 2u}) {
        if (!outputs[result])
          continue;
        Value base = resultBase(typeOf(result), batch, key, keyHead);
        int64_t width = result == 1 ? sizes.size : size;
        walkColumns(width, lanes, [&](Value column, int64_t active) {
          Value first = splat(0);
          if (result == 2 && inputs.mask) {
            first = e().load(body->scratch, {at(emptyRows, zero(), column), 1});
            first = arith::MulFOp::create(e().b, e().loc, first,
                                          splat(1.0 / sizes.keys));
          }
          e().setMask(active);
          e().storeLinear(first, outputs[result], {e().add(base, column), 1});
          e().setMask(lanes);
        });
      }
    });
  }

  void sumEmptyRows(Coord batch, Coord keyHead) {
    walkColumns(padded(sizes.valueSize), lanes, [&](Value column, int64_t) {
      e().storeLinear(splat(0), body->scratch,
                      {at(emptyRows, zero(), column), 1});
    });
    loop(zero(), e().constant(sizes.share()), 1, [&](Value shared) {
      HeadPlace place = placeOf(batch, keyHead, shared);
      loop(zero(), e().constant(sizes.queries), 1, [&](Value row) {
        Value sum =
            e().emit(op.getLogsumexp(), {batch, place.head, Coord{row, 0}});
        choose(e(), isEmpty(sum), [&] { addEmptyRow(place, row); });
      });
    });
  }

  void addEmptyRow(const HeadPlace &place, Value row) {
    walkColumns(sizes.valueSize, lanes, [&](Value column, int64_t active) {
      Coord total{at(emptyRows, zero(), column), 1};
      Value value = loadRow(op.getCotangent(), place.batch, row, place.head,
                            column, active);
      value = arith::AddFOp::create(e().b, e().loc,
                                    e().load(body->scratch, total), value);
      e().storeLinear(value, body->scratch, total);
    });
  }

  Value isEmpty(Value sum) {
    return arith::CmpFOp::create(e().b, e().loc, arith::CmpFPredicate::OEQ, sum,
                                 number(-INFINITY));
  }

  //===--- A block of rows ------------------------------------------------===//

  void emitBlock(const Block &block, Value index) {
    const HeadPlace &place = block.place;
    packScalars(inputs.query, place.batch, place.head, block.begin, block.end,
                inputs.scale, queries);
    packScalars(op.getCotangent(), place.batch, place.head, block.begin,
                block.end, 1, cotangents);
    if (isPaired) {
      packVectors(inputs.query, place.batch, place.head, block.begin, block.end,
                  queryVectors);
      packVectors(op.getCotangent(), place.batch, place.head, block.begin,
                  block.end, cotangentVectors);
    }
    packStatistics(block);
    int64_t full = sizes.queries / rows * rows;
    loop(block.begin, minimum(block.end, e().constant(full)), rows,
         [&](Value row) { emitRows(block, row, rows); });
    if (full < sizes.queries)
      whenLast(e(), index, blocks, [&](bool isLast) {
        if (isLast)
          emitRows(block, e().constant(full), sizes.queries - full);
      });
    // Queries, or the scores' gradients, are scaled already.
    if (outputs[1])
      emitKeyGradient(block, 1, gradients, queryVectors);
    if (outputs[2])
      emitKeyGradient(block, 2, probabilities, cotangentVectors);
  }

  void packStatistics(const Block &block) {
    loop(block.begin, block.end, 1, [&](Value row) {
      Value to = from(row, block.begin);
      const HeadPlace &place = block.place;
      Value sum =
          e().emit(op.getLogsumexp(), {place.batch, place.head, Coord{row, 0}});
      // A row that may look at nothing: probabilities of zero, whatever the
      // scores.
      if (inputs.mask)
        sum = arith::SelectOp::create(e().b, e().loc, isEmpty(sum),
                                      number(-kHiddenScore), sum);
      Value delta =
          e().emit(op.getDelta(), {place.batch, Coord{row, 0}, place.head});
      e().storeLinear(sum, body->scratch, {at(sums, to, zero()), 0});
      e().storeLinear(delta, body->scratch, {at(deltas, to, zero()), 0});
    });
  }

  void emitRows(const Block &block, Value row, int64_t count) {
    if (inputs.mask && !isMaskShared)
      packMask(block.place, row, count);
    Value to = from(row, block.begin);
    walkKeys(row, [&](Value column, bool isChecked) {
      emitProbabilities(row, to, count, column, isChecked);
      emitScoreGradients(to, count, column);
    });
    if (outputs[0])
      emitQueryGradient(block, row, to, count);
  }

  void emitProbabilities(Value row, Value to, int64_t count, Value column,
                         bool isChecked) {
    int64_t vectors = keyPanel / lanes;
    Factor a{at(queries, to, zero()), queries.stride, 1};
    Factor b{at(keysTransposed, zero(), column), 0, keysTransposed.stride};
    SmallVector<Value> scores =
        product(a, b, {zero(), e().constant(sizes.size)}, count, vectors);
    for (int64_t r = 0; r < count; ++r) {
      Value sum = loadSplat(sums, e().add(to, r), zero());
      for (int64_t v = 0; v < vectors; ++v) {
        Value &p = scores[r * vectors + v];
        Value exponent = arith::SubFOp::create(e().b, e().loc, scaled(p), sum);
        p = math::ExpOp::create(e().b, e().loc, exponent);
        if (isChecked)
          p = arith::SelectOp::create(
              e().b, e().loc, isAllowed(row, r, e().add(column, v * lanes)), p,
              splat(0));
        if (isPaired)
          store(p, tileProbabilities, e().constant(r), e().constant(v * lanes));
      }
    }
    storeTile(scores, probabilities, to, column);
  }

  /// As scalars of sums over rows.
  void storeTile(ArrayRef<Value> tile, Matrix matrix, Value to, Value column) {
    size_t vectors = keyPanel / lanes;
    for (size_t v = 0; v < vectors; ++v) {
      SmallVector<Value> rowsAt;
      for (size_t i = v; i < tile.size(); i += vectors)
        rowsAt.push_back(tile[i]);
      storeColumn(rowsAt, matrix, to, e().add(column, v * lanes));
    }
  }

  Value loadProbability(Value to, int64_t r, Value column, int64_t v) {
    Value place =
        isPaired
            ? at(tileProbabilities, e().constant(r), e().constant(v * lanes))
            : at(probabilities, e().add(to, r), e().add(column, v * lanes));
    return e().load(body->scratch, {place, 1});
  }

  void emitScoreGradients(Value to, int64_t count, Value column) {
    int64_t vectors = keyPanel / lanes;
    Factor a{at(cotangents, to, zero()), cotangents.stride, 1};
    Factor b{at(valuesTransposed, zero(), column), 0, valuesTransposed.stride};
    SmallVector<Value> weights =
        product(a, b, {zero(), e().constant(sizes.valueSize)}, count, vectors);
    for (int64_t r = 0; r < count; ++r) {
      Value at0 = e().add(to, r), delta = loadSplat(deltas, at0, zero());
      for (int64_t v = 0; v < vectors; ++v) {
        Value &d = weights[r * vectors + v];
        Value centered = arith::SubFOp::create(e().b, e().loc, d, delta);
        d = scaled(arith::MulFOp::create(
            e().b, e().loc, loadProbability(to, r, column, v), centered));
      }
      if (isPaired)
        storePanel(ArrayRef(weights).slice(r * vectors, vectors), gradientRows,
                   at0, column);
    }
    storeTile(weights, gradients, to, column);
  }

  void emitQueryGradient(const Block &block, Value row, Value to,
                         int64_t count) {
    Value base =
        resultBase(typeOf(0), block.place.batch, row, block.place.head);
    walkColumns(
        sizes.size, panelOf(sizes.size), [&](Value column, int64_t active) {
          int64_t vectors = llvm::divideCeil(active, lanes);
          fetchTile(inputs.query, row, count, column, active);
          Factor a{at(gradientRows, to, zero()), gradientRows.stride, 1};
          Factor b{at(keys, zero(), column), 0, keys.stride};
          SmallVector<Value> tile =
              product(a, b, {zero(), keyBound(row)}, count, vectors);
          for (int64_t r = 0; r < count; ++r) {
            Value first =
                e().add(e().add(base, r * sizes.heads * sizes.size), column);
            forVectors(active, [&](int64_t v, int64_t done) {
              Value sum = tile[r * vectors + v];
              if (!isPaired) // else the scores' gradients are scaled
                sum = arith::MulFOp::create(e().b, e().loc, sum,
                                            splat(inputs.scale));
              e().storeLinear(sum, outputs[0], {e().add(first, done), 1});
            });
          }
        });
  }

  //===--- Keys and values ------------------------------------------------===//

  /// Columns of factors stay in the first-level cache while all keys pass.
  void emitKeyGradient(const Block &block, unsigned result, Matrix weights,
                       Matrix factors) {
    int64_t size = typeOf(result).getDimSize(3);
    walkColumns(size, panelOf(size), [&](Value column, int64_t active) {
      walkColumns(sizes.keys, keyRows, [&](Value key, int64_t count) {
        emitKeyTile(block, result, {key, count, column, active}, weights,
                    factors);
      });
    });
  }

  /// A register tile of a key's or a value's gradient.
  struct KeyTile {
    Value key;
    int64_t count;
    Value column;
    int64_t active;
  };

  void emitKeyTile(const Block &block, unsigned result, const KeyTile &place,
                   Matrix weights, Matrix factors) {
    SmallVector<Value> tile;
    if (result == 1)
      fetchTile(inputs.key, place.key, place.count, place.column, place.active);
    else
      for (Value tensor : {Value(inputs.value), Value(op.getCotangent())})
        fetchTile(tensor, place.key, place.count, place.column, place.active);
    if (accumulates)
      forTile(block, result, place, [&](int64_t, Coord at) {
        tile.push_back(e().load(outputs[result], at));
      });
    Factor a{at(weights, zero(), place.key), 1, weights.stride};
    Factor b{at(factors, zero(), place.column), 0, factors.stride};
    tile = product(a, b, queriesOf(block, place.key), place.count,
                   llvm::divideCeil(place.active, lanes), tile);
    forTile(block, result, place, [&](int64_t i, Coord at) {
      e().storeLinear(tile[i], outputs[result], at);
    });
  }

  /// With `causal`, rows before the key don't look at it.
  KRange queriesOf(const Block &block, Value key) {
    Value first = block.begin;
    if (inputs.causal)
      first = e().b.createOrFold<arith::MaxUIOp>(e().loc, first, key);
    return {from(minimum(first, block.end), block.begin),
            from(block.end, block.begin)};
  }

  void forTile(const Block &block, unsigned result, const KeyTile &tile,
               llvm::function_ref<void(int64_t, Coord)> emitBody) {
    RankedTensorType type = typeOf(result);
    Value base =
        resultBase(type, block.place.batch, tile.key, block.place.keyHead);
    int64_t vectors = llvm::divideCeil(tile.active, lanes),
            stride = type.getDimSize(2) * type.getDimSize(3);
    for (int64_t r = 0; r < tile.count; ++r) {
      Value first = e().add(e().add(base, r * stride), tile.column);
      forVectors(tile.active, [&](int64_t v, int64_t done) {
        emitBody(r * vectors + v, {e().add(first, done), 1});
      });
    }
  }

  AttentionGradientOp op;
  /// Where the gradients of query, key and value go; null: not wanted.
  std::array<Value, 3> outputs;
  int64_t blockRows, blocks;
  /// Keys get contributions from several blocks.
  bool accumulates;
  Matrix keysTransposed, valuesTransposed, keys, queries, cotangents,
      queryVectors, cotangentVectors, probabilities, gradients, gradientRows,
      tileProbabilities, sums, deltas, emptyRows;
};

} // namespace

std::unique_ptr<LoopNest> planAttentionGradient(func::FuncOp kernel,
                                                AttentionGradientOp op,
                                                const Target &target) {
  return std::make_unique<AttentionGradientNest>(
      kernel, op,
      AttentionInputs{op.getQuery(), op.getKey(), op.getValue(), op.getMask(),
                      op.getScale().convertToDouble(), op.getCausal(),
                      op.getBfloat16()},
      target);
}

} // namespace mlc::codegen
