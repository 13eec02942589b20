//===-- EvaluatorIndexing.cpp - rows of tables ----------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EvaluatorFamilies.h"

using namespace mlir;
using namespace mlc;

/// The place in a table of the element at `index` of rows picked by `ids`.
static Index getTablePlace(const Tensor &ids, const Index &index) {
  Index place{0};
  size_t rank = ids.shape.size();
  Index idPlace(SizesRef(index).take_front(rank));
  place[0] = int64_t(ids.values[getOffset(ids.shape, idPlace)]);
  place.append(index.begin() + rank, index.end());
  return place;
}

static void runGather(Evaluator &e, GatherOp op) {
  const Tensor &ids = e.get(op.getIds());
  e.fill(*op, [&](const Index &index) {
    return e.at(op.getTable(), getTablePlace(ids, index));
  });
}

static void runScatterAdd(Evaluator &e, ScatterAddOp op) {
  Tensor result = e.get(op.getTable());
  const Tensor &ids = e.get(op.getIds());
  forEachIndex(getShape(op.getUpdates()), [&](const Index &index) {
    result.values[getOffset(result.shape, getTablePlace(ids, index))] +=
        e.at(op.getUpdates(), index);
  });
  e.set(op.getResult(), std::move(result));
}

static void runReverse(Evaluator &e, ReverseOp op) {
  e.fill(*op, [&](const Index &index) {
    Index from = index;
    for (int64_t d : op.getDimensions())
      from[d] = getShape(op.getResult())[d] - 1 - index[d];
    return e.at(op.getOperand(), from);
  });
}

bool mlc::evaluateIndexing(Evaluator &e, Operation &op) {
  if (auto gather = dyn_cast<GatherOp>(op))
    runGather(e, gather);
  else if (auto scatter = dyn_cast<ScatterAddOp>(op))
    runScatterAdd(e, scatter);
  else if (auto reverse = dyn_cast<ReverseOp>(op))
    runReverse(e, reverse);
  else
    return false;
  return true;
}
