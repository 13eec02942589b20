//===-- EvaluatorLoop.cpp - loops -----------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EvaluatorFamilies.h"

using namespace mlir;
using namespace mlc;

/// Element `step` along the first dimension.
static Tensor getStep(const Tensor &stacked, int64_t step) {
  Tensor slice{Sizes(SizesRef(stacked.shape).drop_front()), {}};
  int64_t count = getElementCount(slice.shape);
  auto first = stacked.values.begin() + step * count;
  slice.values.assign(first, first + count);
  return slice;
}

/// Runs the body for one step.
static void runStep(Evaluator &e, ScanOp op, int64_t step,
                    std::vector<Tensor> &carried,
                    std::vector<Tensor> &outputs) {
  for (auto [argument, tensor] : llvm::zip_equal(op.getCarried(), carried))
    e.set(argument, tensor);
  for (auto [argument, value] : llvm::zip_equal(op.getSlices(), op.getInputs()))
    e.set(argument, getStep(e.get(value), step));
  for (Operation &inner : op.getBody().front().without_terminator())
    e.run(inner);
  for (auto [tensor, value] : llvm::zip_equal(carried, op.getNext()))
    tensor = e.get(value);
  for (auto [tensor, value] : llvm::zip_equal(outputs, op.getOutputSlices())) {
    const std::vector<double> &slice = e.get(value).values;
    std::copy(slice.begin(), slice.end(),
              tensor.values.begin() + step * slice.size());
  }
}

static void runScan(Evaluator &e, ScanOp op) {
  int64_t length = op.getLength();
  std::vector<Tensor> carried, outputs;
  for (Value init : op.getInits())
    carried.push_back(e.get(init));
  for (Value output : op.getOutputs()) {
    Sizes shape(getShape(output));
    outputs.push_back({shape, std::vector<double>(getElementCount(shape))});
  }
  for (auto [argument, value] :
       llvm::zip_equal(op.getConstants(), op.getInvariants()))
    e.set(argument, Tensor(e.get(value)));
  for (int64_t count = 0; count < length; ++count)
    runStep(e, op, op.getReverse() ? length - 1 - count : count, carried,
            outputs);
  for (auto [result, tensor] : llvm::zip_equal(op.getFinals(), carried))
    e.set(result, std::move(tensor));
  for (auto [result, tensor] : llvm::zip_equal(op.getOutputs(), outputs))
    e.set(result, std::move(tensor));
}

bool mlc::evaluateLoop(Evaluator &e, Operation &op) {
  auto scan = dyn_cast<ScanOp>(op);
  if (scan)
    runScan(e, scan);
  return bool(scan);
}
