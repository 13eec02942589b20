//===-- Activation.cpp - activation functions as layers -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

using namespace mlc::frontend;

namespace {

void inferActivation(LayerInference &layer) {
  Shape shape = layer.inputs[0].shape;
  if (layer.expectInputs(DType::F32) &&
      layer.applyActivation("activation", shape))
    layer.results = {{shape, DType::F32}};
}

void inferSoftmax(LayerInference &layer) {
  inferSameFloat(layer);
  resolveAxes(layer, "axis", layer.options.integers("axis"));
}

/// A slope for each element of a row, or one along each shared axis.
void inferPrelu(LayerInference &layer) {
  inferSameFloat(layer);
  Shape shape = layer.inputs[0].shape;
  if (layer.options.has("shared_axes"))
    for (int64_t axis : resolveAxes(layer, "shared_axes",
                                    layer.options.integers("shared_axes")))
      shape[axis - 1] = 1;
  layer.variables.push_back(makeVariable("alpha", shape, layer.options));
}

LayerRule makeSimple(ComponentRule rule) {
  return {std::move(rule), 1, 1, inferSameFloat};
}

LayerRule makeRelu() {
  const OptionKind number = OptionKind::Number;
  return makeSimple(
      {"ReLU",
       {},
       "The activation relu as a layer.",
       {{"max_value", number, "null", "The most that it can be.", kNotNegative},
        {"negative_slope", number, "0.0", "Slope below the threshold.",
         kNotNegative},
        {"threshold", number, "0.0", "Where it begins.", kNotNegative}}});
}

} // namespace

std::vector<LayerRule> mlc::frontend::activationLayers() {
  const OptionKind number = OptionKind::Number;
  return {
      {{"Activation",
        {},
        "An activation function on its own.",
        {{"activation", OptionKind::Activation, "", "The function."}}},
       1,
       1,
       inferActivation},
      makeRelu(),
      makeSimple({"LeakyReLU",
                  {},
                  "The activation leaky_relu as a layer.",
                  {{"negative_slope", number, "0.3",
                    "Slope where it is negative.", kNotNegative}}}),
      makeSimple({"ELU",
                  {},
                  "The activation elu as a layer.",
                  {{"alpha", number, "1.0", "The limit's distance from 0."}}}),
      {{"PReLU",
        {},
        "x, times a trained slope where it is negative.",
        {{"alpha_initializer", OptionKind::Initializer, "\"zeros\"",
          "First values of the slopes."},
         {"alpha_regularizer", OptionKind::Regularizer, "null",
          "Penalty on the slopes, added to the loss."},
         {"shared_axes", OptionKind::IntegerOrIntegers, "null",
          "Axes along which there is one slope; the batch is axis 0.",
          kCount}}},
       1,
       1,
       inferPrelu},
      {{"Softmax",
        {},
        "e^x over its sum along some axes.",
        {{"axis", OptionKind::IntegerOrIntegers, "-1",
          "Axis or axes to sum along."}}},
       1,
       1,
       inferSoftmax},
  };
}
