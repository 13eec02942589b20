//===-- Layers.cpp - the table of layers ----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names, options, defaults and the names and shapes of weights are Keras's.
//
//===----------------------------------------------------------------------===//
#include "frontend/Tables.h"

using namespace mlc::frontend;

namespace {

constexpr size_t kAnyNumberOfInputs = std::numeric_limits<size_t>::max();

Variable makeVariable(std::string name, Shape shape, const Component &options) {
  Variable variable;
  variable.initializer = options.component(name + "_initializer");
  if (options.has(name + "_regularizer"))
    variable.regularizer = options.component(name + "_regularizer");
  variable.name = std::move(name);
  variable.shape = std::move(shape);
  return variable;
}

void inferSame(LayerInference &layer) { layer.results = {layer.inputs[0]}; }

void inferSameFloat(LayerInference &layer) {
  if (layer.expectInputs(DType::F32))
    inferSame(layer);
}

void inferActivation(LayerInference &layer) {
  if (layer.checkActivation("activation", layer.inputs[0].shape))
    inferSameFloat(layer);
}

void inferFloat(LayerInference &layer) {
  layer.results = {{layer.inputs[0].shape, DType::F32}};
}

void inferDense(LayerInference &layer) {
  if (!layer.expectInputs(DType::F32))
    return;
  Shape shape = layer.inputs[0].shape;
  if (shape.empty())
    return layer.fail("expected an input with features, (batch, ..., n), "
                      "found " +
                      layer.inputTexts[0]);
  int64_t units = layer.options.integer("units");
  layer.variables.push_back(
      makeVariable("kernel", {shape.back(), units}, layer.options));
  if (layer.options.flag("use_bias"))
    layer.variables.push_back(makeVariable("bias", {units}, layer.options));
  shape.back() = units;
  if (!layer.checkActivation("activation", shape))
    return;
  layer.results = {{shape, DType::F32}};
}

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

std::vector<LayerRule> makeLayerRules() {
  const OptionKind activation = OptionKind::Activation;
  const OptionKind initializer = OptionKind::Initializer;
  const OptionKind regularizer = OptionKind::Regularizer;
  return {
      {{"Dense",
        {},
        "Product with a kernel over the last axis, plus a bias.",
        {{"units", OptionKind::Integer, "", "Size of the result's last axis.",
          kCount},
         {"activation", activation, "null", "Applied to the result."},
         {"use_bias", OptionKind::Flag, "true", "Whether to add a bias."},
         {"kernel_initializer", initializer, "\"glorot_uniform\"",
          "First values of the kernel."},
         {"bias_initializer", initializer, "\"zeros\"",
          "First values of the bias."},
         {"kernel_regularizer", regularizer, "null",
          "Penalty on the kernel, added to the loss."},
         {"bias_regularizer", regularizer, "null",
          "Penalty on the bias, added to the loss."}}},
       1,
       1,
       inferDense},
      {{"Activation",
        {},
        "An activation function on its own.",
        {{"activation", activation, "", "The function."}}},
       1,
       1,
       inferActivation},
      {{"Flatten", {}, "All axes but the batch made one.", {}},
       1,
       1,
       inferFlatten},
      {{"Reshape",
        {},
        "The same elements in another shape.",
        {{"target_shape", OptionKind::Integers, "",
          "Sizes without the batch; one may be -1: what is left."}}},
       1,
       1,
       inferReshape},
      {{"Rescaling",
        {},
        "x * scale + offset; integers become floats.",
        {{"scale", OptionKind::Number, "", "Factor."},
         {"offset", OptionKind::Number, "0.0", "Added to the product."}}},
       1,
       1,
       inferFloat},
      {{"Dropout",
        {},
        "Zeroes a random part while training, and scales up the rest.",
        {{"rate", OptionKind::Number, "", "Part to drop.", kFraction},
         {"seed", OptionKind::Integer, "null",
          "Makes its random numbers other ones.", kNotNegative}}},
       1,
       1,
       inferSameFloat,
       /*random=*/true},
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

} // namespace

void LayerInference::fail(std::string message, std::string_view option) {
  error = std::move(message);
  errorLocation =
      option.empty() ? options.location : options.get(option).location;
}

bool LayerInference::expectInputs(DType dtype) {
  for (size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].dtype != dtype) {
      fail(std::string("expected ") + dtypeName(dtype) + " input, found " +
           inputTexts[i]);
      return false;
    }
  return true;
}

bool LayerInference::checkActivation(std::string_view option,
                                     const Shape &shape) {
  if (!options.has(option))
    return true;
  const Component &activation = options.component(option);
  for (const Option &o : activation.options)
    if (o.name == "axis" && normalizeAxis(activation.integer("axis"),
                                          int64_t(shape.size()) + 1) < 1) {
      error = activation.type + " needs an axis of " + shapeText(shape) +
              " other than the batch, found " +
              std::to_string(activation.integer("axis"));
      errorLocation = o.value.location;
      return false;
    }
  return true;
}

int64_t mlc::frontend::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return -1;
  return axis < 0 ? axis + rank : axis;
}

const std::vector<LayerRule> &mlc::frontend::layerRules() {
  static const std::vector<LayerRule> rules = makeLayerRules();
  return rules;
}
