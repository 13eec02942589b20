//===-- Layers.cpp - the table of layers ----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names, options, defaults and the names and shapes of weights are Keras's. The
// rows are in frontend/layers/, one file for each family.
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"

#include <algorithm>

using namespace mlc::frontend;

namespace {

/// All families, in the order of the schema.
constexpr std::vector<LayerRule> (*kFamilies[])() = {
    coreLayers,          convolutionLayers,    activationLayers,
    normalizationLayers, regularizationLayers, reshapingLayers,
    resizingLayers,      mergingLayers,        embeddingLayers,
    poolingLayers,       recurrentLayers,      wrappingLayers,
    attentionLayers,     positionLayers,       spectrogramLayers,
};

std::vector<LayerRule> makeLayerRules() {
  std::vector<LayerRule> rules;
  for (auto *family : kFamilies)
    for (LayerRule &rule : family())
      rules.push_back(std::move(rule));
  return rules;
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

bool LayerInference::checkPerAxis(std::string_view option, size_t count) {
  size_t found = options.get(option).items.value_or(count);
  if (found == count)
    return true;
  fail('"' + std::string(option) + "\" must be an integer or a list of " +
           std::to_string(count) + ", found a list of " + std::to_string(found),
       option);
  return false;
}

bool LayerInference::checkActivation(std::string_view option,
                                     const Shape &shape) {
  Shape result = shape;
  if (!applyActivation(option, result))
    return false;
  if (result == shape)
    return true;
  fail(options.component(option).type +
           " changes the shape: it belongs into an Activation layer",
       option);
  return false;
}

bool LayerInference::applyActivation(std::string_view option, Shape &shape) {
  if (!options.has(option))
    return true;
  const Component &activation = options.component(option);
  auto axisOption =
      std::find_if(activation.options.begin(), activation.options.end(),
                   [](const Option &o) { return o.name == "axis"; });
  if (axisOption == activation.options.end())
    return true;
  int64_t given = activation.integer("axis");
  int64_t axis = normalizeAxis(given, int64_t(shape.size()) + 1);
  bool halves = activationRule(activation).halvesAxis;
  if (axis < 1)
    error = activation.type + " needs an axis of " + shapeText(shape) +
            " other than the batch, found " + std::to_string(given);
  else if (halves && shape[axis - 1] % 2 != 0)
    error = activation.type + " halves axis " + std::to_string(axis) + " of " +
            shapeText(shape) + ", whose size is odd";
  else if (halves)
    shape[axis - 1] /= 2;
  errorLocation = axisOption->value.location;
  return error.empty();
}

bool mlc::frontend::drawsRandom(const Component &layer) {
  const LayerRule &rule = layerRule(layer);
  return rule.random && (!rule.drawsRandom || rule.drawsRandom(layer));
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
