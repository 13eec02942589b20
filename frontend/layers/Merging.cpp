//===-- Merging.cpp - several inputs made one -----------------------------===//
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

/// Makes `shape` what it and `other` are repeated to, aligned at the last axes;
/// false if they don't fit.
bool broadcastWith(Shape &shape, Shape other) {
  if (other.size() > shape.size())
    std::swap(shape, other);
  size_t skipped = shape.size() - other.size();
  for (size_t i = 0; i < other.size(); ++i) {
    int64_t &size = shape[skipped + i];
    if (size != other[i] && size != 1 && other[i] != 1)
      return false;
    size = size == 1 ? other[i] : size;
  }
  return true;
}

/// Inputs of one type, which are repeated along axes of size 1 or missing.
void inferElementwise(LayerInference &layer) {
  TensorType result = layer.inputs[0];
  for (size_t i = 1; i < layer.inputs.size(); ++i) {
    const TensorType &input = layer.inputs[i];
    if (input.dtype != result.dtype ||
        !broadcastWith(result.shape, input.shape))
      return layer.fail("inputs must have one type, and one shape but for axes "
                        "of size 1; found " +
                        layer.inputTexts[0] + " and " + layer.inputTexts[i]);
  }
  layer.results = {result};
}

void inferAverage(LayerInference &layer) {
  if (layer.expectInputs(DType::F32))
    inferElementwise(layer);
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

/// What is left of both inputs without the axis that is summed over; at least
/// one axis.
void inferDot(LayerInference &layer) {
  if (!layer.expectInputs(DType::F32))
    return;
  const std::vector<int64_t> &axes = layer.options.integers("axes");
  if (axes.size() > 2)
    return layer.fail("expected an axis, or one for each of the two inputs, "
                      "found " +
                          std::to_string(axes.size()),
                      "axes");
  Shape left[2], result;
  int64_t sizes[2];
  for (size_t i = 0; i < 2; ++i) {
    left[i] = layer.inputs[i].shape;
    int64_t given = axes[axes.size() == 1 ? 0 : i];
    int64_t axis = normalizeAxis(given, 1 + int64_t(left[i].size()));
    if (axis < 1)
      return layer.fail("axis " + std::to_string(given) + " of " +
                            layer.inputTexts[i] +
                            (axis == 0 ? " is the batch's" : " isn't there"),
                        "axes");
    sizes[i] = left[i][axis - 1];
    left[i].erase(left[i].begin() + (axis - 1));
    result.insert(result.end(), left[i].begin(), left[i].end());
  }
  if (sizes[0] != sizes[1])
    return layer.fail(
        "the axes to sum over must have one size, found " +
            std::to_string(sizes[0]) + " of " + layer.inputTexts[0] + " and " +
            std::to_string(sizes[1]) + " of " + layer.inputTexts[1],
        "axes");
  if (result.empty())
    result = {1};
  layer.results = {{result, DType::F32}};
}

LayerRule makeElementwise(const char *name, const char *description,
                          size_t maximumInputs = kAnyNumberOfInputs,
                          void (*infer)(LayerInference &) = inferElementwise) {
  return {{name, {}, description, {}}, 2, maximumInputs, infer};
}

} // namespace

std::vector<LayerRule> mlc::frontend::mergingLayers() {
  return {
      makeElementwise("Add", "Sum of inputs, repeated to one shape."),
      makeElementwise("Subtract", "The first input less the second.", 2),
      makeElementwise("Multiply", "Product of inputs, element by element."),
      makeElementwise("Average", "Mean of inputs, element by element.",
                      kAnyNumberOfInputs, inferAverage),
      makeElementwise("Maximum", "The largest of each element."),
      makeElementwise("Minimum", "The smallest of each element."),
      {{"Concatenate",
        {},
        "Inputs side by side along an axis.",
        {{"axis", OptionKind::Integer, "-1",
          "Axis to join along; the batch is axis 0."}}},
       2,
       kAnyNumberOfInputs,
       inferConcatenate,
       /*random=*/false,
       /*movesElements=*/true},
      {{"Dot",
        {},
        "Sum of products along an axis of each of two inputs, row by row.",
        {{"axes", OptionKind::IntegerOrIntegers, "",
          "The axis, or that of each input; the batch is axis 0."},
         {"normalize", OptionKind::Flag, "false",
          "Whether to divide each input by its length along its axis first."}}},
       2,
       2,
       inferDot},
  };
}
