//===-- Reshaping.cpp - the same elements in other shapes -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

#include <algorithm>

using namespace mlc::frontend;

namespace {

void inferFlatten(LayerInference &layer) {
  const TensorType &input = layer.inputs[0];
  layer.results = {{{elementCount(input.shape)}, input.dtype}};
}

void inferReshape(LayerInference &layer) {
  Shape shape = layer.options.integers("target_shape");
  const TensorType &input = layer.inputs[0];
  int64_t *open = nullptr;
  for (int64_t &size : shape) {
    if (size == -1 && !open)
      open = &(size = 1);
    else if (size < 1)
      return layer.fail("sizes must be positive, but for one -1",
                        "target_shape");
  }
  int64_t known = elementCount(shape), count = elementCount(input.shape);
  if (open && count % known == 0)
    *open = count / known;
  if (open ? count % known != 0 : known != count)
    return layer.fail(
        "cannot reshape " + layer.inputTexts[0] + " (" + std::to_string(count) +
            " elements) to " +
            shapeText(layer.options.integers("target_shape")) +
            (open ? "" : " (" + std::to_string(known) + " elements)"),
        "target_shape");
  layer.results = {{shape, input.dtype}};
}

void inferPermute(LayerInference &layer) {
  const TensorType &input = layer.inputs[0];
  const std::vector<int64_t> &dims = layer.options.integers("dims");
  std::vector<int64_t> sorted = dims;
  std::sort(sorted.begin(), sorted.end());
  bool fits = dims.size() == input.shape.size();
  for (size_t i = 0; fits && i < sorted.size(); ++i)
    fits = sorted[i] == int64_t(i) + 1;
  if (!fits)
    return layer.fail("expected each axis of " + layer.inputTexts[0] +
                          " but the batch once: 1 to " +
                          std::to_string(input.shape.size()),
                      "dims");
  Shape shape;
  for (int64_t axis : dims)
    shape.push_back(input.shape[axis - 1]);
  layer.results = {{shape, input.dtype}};
}

void inferRepeatVector(LayerInference &layer) {
  const TensorType &input = layer.inputs[0];
  if (expectRank(layer, 1))
    layer.results = {
        {{layer.options.integer("n"), input.shape[0]}, input.dtype}};
}

} // namespace

std::vector<LayerRule> mlc::frontend::reshapingLayers() {
  return {
      {{"Flatten", {}, "All axes but the batch made one.", {}},
       1,
       1,
       inferFlatten,
       /*random=*/false,
       /*movesElements=*/true},
      {{"Reshape",
        {},
        "The same elements in another shape.",
        {{"target_shape", OptionKind::Integers, "",
          "Sizes without the batch; one may be -1: what is left."}}},
       1,
       1,
       inferReshape,
       /*random=*/false,
       /*movesElements=*/true},
      {{"Permute",
        {},
        "Axes in another order.",
        {{"dims", OptionKind::Integers, "",
          "Which axis comes first, second ...; the batch, axis 0, stays."}}},
       1,
       1,
       inferPermute,
       /*random=*/false,
       /*movesElements=*/true},
      {{"RepeatVector",
        {},
        "The vector of each row several times: (n) to (times, n).",
        {{"n", OptionKind::Integer, "", "How many times.", kCount}}},
       1,
       1,
       inferRepeatVector,
       /*random=*/false,
       /*movesElements=*/true},
  };
}
