//===-- EvaluatorWindow.cpp - pooling and its gradients -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EvaluatorFamilies.h"

using namespace mlir;
using namespace mlc;

namespace {

/// Calls `body` with the place of each element of the window at `window` that
/// lies inside of `full`, row-major.
template <typename Op>
void forEachElement(Op op, SizesRef full, const Index &window,
                    function_ref<void(const Index &)> body) {
  forEachIndex(op.getWindow(), [&](const Index &offset) {
    Index place = window;
    for (size_t d = 0; d < place.size(); ++d) {
      place[d] = window[d] * op.getStrides()[d] - op.getLow()[d] + offset[d];
      if (place[d] < 0 || place[d] >= full[d])
        return;
    }
    body(place);
  });
}

/// Where the keys of a window have their first extremum.
template <typename Op>
Index findExtremum(Evaluator &e, Op op, const Index &window) {
  std::optional<Index> best;
  forEachElement(op, getShape(op.getKeys()), window, [&](const Index &place) {
    if (!best) {
      best = place;
      return;
    }
    double key = e.at(op.getKeys(), place), other = e.at(op.getKeys(), *best);
    if (op.getKind() == ReduceKind::max ? key > other : key < other)
      best = place;
  });
  return *best;
}

void reduceWindow(Evaluator &e, ReduceWindowOp op) {
  e.fill(*op, [&](const Index &window) {
    bool isSum = op.getKind() == ReduceKind::add;
    std::optional<double> result;
    forEachElement(
        op, getShape(op.getOperand()), window, [&](const Index &place) {
          double x = e.at(op.getOperand(), place);
          if (!result)
            result = x;
          else if (isSum)
            result = *result + x;
          else
            result = op.getKind() == ReduceKind::max ? std::max(*result, x)
                                                     : std::min(*result, x);
        });
    return *result;
  });
}

/// Adds each element of `windowed` to the places that `visit` names.
template <typename Op>
void scatterAdd(
    Evaluator &e, Op op,
    function_ref<void(const Index &, function_ref<void(const Index &)>)>
        visit) {
  Tensor result{Sizes(getShape(op.getResult())), {}};
  result.values.assign(getElementCount(result.shape), 0);
  forEachIndex(getShape(op.getOperand()), [&](const Index &window) {
    visit(window, [&](const Index &place) {
      result.values[getOffset(result.shape, place)] +=
          e.at(op.getOperand(), window);
    });
  });
  e.set(op.getResult(), std::move(result));
}

} // namespace

bool mlc::evaluateWindow(Evaluator &e, Operation &op) {
  using Visit = function_ref<void(const Index &)>;
  if (auto reduce = dyn_cast<ReduceWindowOp>(op))
    reduceWindow(e, reduce);
  else if (auto spread = dyn_cast<SpreadWindowOp>(op))
    scatterAdd(e, spread, [&](const Index &window, Visit add) {
      forEachElement(spread, getShape(spread.getResult()), window, add);
    });
  else if (auto select = dyn_cast<SelectWindowOp>(op))
    scatterAdd(e, select, [&](const Index &window, Visit add) {
      add(findExtremum(e, select, window));
    });
  else if (auto picked = dyn_cast<PickWindowOp>(op))
    e.fill(op, [&](const Index &window) {
      return e.at(picked.getOperand(), findExtremum(e, picked, window));
    });
  else
    return false;
  return true;
}
