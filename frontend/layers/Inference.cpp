//===-- Inference.cpp - what rules of layers share ------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Inference.h"

#include <algorithm>

namespace mlc::frontend {

bool isSet(const Component &options, std::string_view name) {
  return std::any_of(options.options.begin(), options.options.end(),
                     [&](const Option &option) {
                       return option.name == name && !option.value.isNull();
                     });
}

Variable makeVariable(std::string name, Shape shape, const Component &options,
                      std::string prefix) {
  if (prefix.empty())
    prefix = name;
  Variable variable;
  variable.initializer = options.component(prefix + "_initializer");
  std::string regularizer = prefix + "_regularizer";
  if (isSet(options, regularizer))
    variable.regularizer = options.component(regularizer);
  variable.name = std::move(name);
  variable.shape = std::move(shape);
  return variable;
}

std::vector<int64_t> resolveAxes(LayerInference &layer, std::string_view option,
                                 const std::vector<int64_t> &axes) {
  int64_t rank = 1 + int64_t(layer.inputs[0].shape.size());
  std::vector<int64_t> resolved;
  for (int64_t axis : axes) {
    int64_t place = normalizeAxis(axis, rank);
    if (place < 1) {
      layer.fail((place == 0
                      ? "the batch is no axis to choose"
                      : "axis " + std::to_string(axis) +
                            " is out of bounds for " + layer.inputTexts[0]),
                 option);
      return {};
    }
    if (std::count(resolved.begin(), resolved.end(), place)) {
      layer.fail("axis " + std::to_string(axis) + " is given twice", option);
      return {};
    }
    resolved.push_back(place);
  }
  std::sort(resolved.begin(), resolved.end());
  return resolved;
}

int64_t resolveAxis(LayerInference &layer, std::string_view option) {
  std::vector<int64_t> axes =
      resolveAxes(layer, option, {layer.options.integer(option)});
  return axes.empty() ? 0 : axes.front();
}

bool expectRank(LayerInference &layer, size_t rank) {
  if (layer.inputs[0].shape.size() == rank)
    return true;
  layer.fail("expected an input with " + std::to_string(rank) +
             " axes beside the batch, found " + layer.inputTexts[0]);
  return false;
}

OptionRule dataFormatOption() {
  OptionRule rule{"data_format", OptionKind::Choice, "null",
                  "Where the channels are; \"channels_last\" by default."};
  rule.choices = {"channels_last", "channels_first"};
  return rule;
}

bool isChannelsFirst(const Component &options) {
  return options.has("data_format") &&
         options.text("data_format") == "channels_first";
}

int64_t firstSpatialAxis(const Component &options) {
  return isChannelsFirst(options) ? 2 : 1;
}

std::vector<std::pair<int64_t, int64_t>>
readMargins(const Component &options, std::string_view option, size_t axes) {
  const std::vector<int64_t> &numbers = options.integers(option);
  std::optional<size_t> items = options.get(option).items;
  std::vector<std::pair<int64_t, int64_t>> margins(axes);
  // Along one axis, both ends are the items.
  if (items && *items != std::max<size_t>(axes, 2))
    return {};
  if (!items)
    margins.assign(axes, {numbers[0], numbers[0]});
  else if (numbers.size() == 2 * axes)
    for (size_t i = 0; i < axes; ++i)
      margins[i] = {numbers[2 * i], numbers[2 * i + 1]};
  else if (numbers.size() == axes)
    for (size_t i = 0; i < axes; ++i)
      margins[i] = {numbers[i], numbers[i]};
  else
    margins.clear();
  return margins;
}

std::vector<std::pair<int64_t, int64_t>>
getMargins(LayerInference &layer, std::string_view option, size_t axes) {
  auto margins = readMargins(layer.options, option, axes);
  if (margins.empty())
    layer.fail(axes == 1 ? std::string("expected one number, or two: before "
                                       "and behind")
                         : "expected one number, or " + std::to_string(axes) +
                               ", or as many pairs",
               option);
  return margins;
}

OptionRule channelsLastOption() {
  OptionRule rule{
      "data_format", OptionKind::Choice, "\"channels_last\"",
      "Order of the input's axes: (batch, ..., channels) is the only one."};
  rule.choices = {"channels_last"};
  rule.mayBeNull = true;
  rule.insteadOfOthers = "Permute can move the channels";
  return rule;
}

bool expectSpatial(LayerInference &layer, size_t axes) {
  size_t rank = layer.inputs[0].shape.size();
  if (rank == axes + 1)
    return true;
  static const char *const shapes[] = {"steps", "height, width",
                                       "depth, height, width"};
  layer.fail(std::string("expected an input of shape (batch, ") +
             shapes[axes - 1] + ", channels), found " + layer.inputTexts[0] +
             (rank == axes ? "; Reshape can add an axis of channels" : ""));
  return false;
}

void inferSame(LayerInference &layer) { layer.results = {layer.inputs[0]}; }

void inferSameFloat(LayerInference &layer) {
  if (layer.expectInputs(DType::F32))
    inferSame(layer);
}

} // namespace mlc::frontend
