//===-- EvaluatorConvolution.cpp - three products of a window -------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EvaluatorFamilies.h"

using namespace mlir;
using namespace mlc;

namespace {

/// The places of one product of an input's and a filter's element.
struct Places {
  Index input, filter, output;
};

/// Calls `body` for each product that the three tensors take part in, the
/// filter's places the fastest.
template <typename Op>
void forEachProduct(Op op, function_ref<void(const Places &)> body) {
  SizesRef input = getShape(op.getInput()), filter = getShape(op.getFilter());
  ConvolutionWindow window = op.getWindow();
  int64_t spatial = window.strides.size(), channels = filter[spatial];
  int64_t groupFilters = filter.back() / window.groups;
  forEachIndex(getShape(op.getOutput()), [&](const Index &output) {
    int64_t group = output.back() / groupFilters;
    forEachIndex(filter.drop_back(), [&](const Index &tap) {
      Places places{output, tap, output};
      places.filter.push_back(output.back());
      for (int64_t d = 0; d < spatial; ++d) {
        int64_t &at = places.input[d + 1];
        at = output[d + 1] * window.strides[d] + tap[d] * window.dilations[d] -
             window.low[d];
        if (at < 0 || at >= input[d + 1])
          return;
      }
      places.input.back() = group * channels + tap[spatial];
      body(places);
    });
  });
}

template <typename Op>
void convolve(Evaluator &e, Op op, Index Places::*lhs, Index Places::*rhs,
              Index Places::*to) {
  Tensor result{Sizes(getShape(op.getResult())), {}};
  result.values.assign(getElementCount(result.shape), 0);
  forEachProduct(op, [&](const Places &places) {
    result.values[getOffset(result.shape, places.*to)] +=
        multiply(e.at(op.getLhs(), places.*lhs), e.at(op.getRhs(), places.*rhs),
                 op.getBfloat16());
  });
  e.set(op.getResult(), std::move(result));
}

} // namespace

bool mlc::evaluateConvolution(Evaluator &e, Operation &op) {
  if (auto typed = dyn_cast<ConvolutionOp>(op))
    convolve(e, typed, &Places::input, &Places::filter, &Places::output);
  else if (auto typed = dyn_cast<ConvolutionInputOp>(op))
    convolve(e, typed, &Places::output, &Places::filter, &Places::input);
  else if (auto typed = dyn_cast<ConvolutionFilterOp>(op))
    convolve(e, typed, &Places::input, &Places::output, &Places::filter);
  else
    return false;
  return true;
}
