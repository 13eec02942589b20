//===-- Merging.cpp - several inputs made one -----------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

using namespace mlc::frontend;

namespace {

/// All inputs of one type.
void inferElementwise(LayerInference &layer) {
  for (size_t i = 1; i < layer.inputs.size(); ++i)
    if (!(layer.inputs[i] == layer.inputs[0]))
      return layer.fail("inputs must have one shape and type, found " +
                        layer.inputTexts[0] + " and " + layer.inputTexts[i]);
  inferSame(layer);
}

void inferConcatenate(LayerInference &layer) {
  TensorType result = layer.inputs[0];
  int64_t rank = 1 + int64_t(result.shape.size());
  int64_t axis = normalizeAxis(layer.options.integer("axis"), rank);
  if (axis < 1)
    return layer.fail(axis == 0
                          ? std::string("cannot join along the batch")
                          : "axis out of bounds for " + layer.inputTexts[0],
                      "axis");
  for (size_t i = 1; i < layer.inputs.size(); ++i) {
    TensorType other = layer.inputs[i];
    bool fits = other.shape.size() == result.shape.size();
    int64_t size = fits ? other.shape[axis - 1] : 0;
    if (fits)
      other.shape[axis - 1] = result.shape[axis - 1];
    if (!(other == result))
      return layer.fail("inputs must agree but along axis " +
                        std::to_string(axis) + ", found " +
                        layer.inputTexts[0] + " and " + layer.inputTexts[i]);
    result.shape[axis - 1] += size;
  }
  layer.results = {result};
}

} // namespace

std::vector<LayerRule> mlc::frontend::mergingLayers() {
  return {
      {{"Add", {}, "Sum of inputs of one shape.", {}},
       2,
       kAnyNumberOfInputs,
       inferElementwise},
      {{"Concatenate",
        {},
        "Inputs side by side along an axis.",
        {{"axis", OptionKind::Integer, "-1",
          "Axis to join along; the batch is axis 0."}}},
       2,
       kAnyNumberOfInputs,
       inferConcatenate},
  };
}
