//===-- Normalization.cpp - layers that normalize -------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/ComponentReader.h"
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

#include <algorithm>

using namespace mlc::frontend;

namespace {

/// Factor and summand, as far as the layer has them.
void addScaleAndOffset(LayerInference &layer, const Shape &shape) {
  if (layer.options.flag("scale"))
    layer.variables.push_back(makeVariable("gamma", shape, layer.options));
  if (layer.options.flag("center"))
    layer.variables.push_back(makeVariable("beta", shape, layer.options));
}

void addStatistic(LayerInference &layer, const char *name, int64_t size) {
  Variable variable = makeVariable(name, {size}, layer.options);
  variable.statistic = true;
  layer.variables.push_back(std::move(variable));
}

void inferBatchNormalization(LayerInference &layer) {
  inferSameFloat(layer);
  int64_t axis = resolveAxis(layer, "axis");
  if (!layer.error.empty())
    return;
  int64_t size = layer.inputs[0].shape[axis - 1];
  addScaleAndOffset(layer, {size});
  addStatistic(layer, "moving_mean", size);
  addStatistic(layer, "moving_variance", size);
}

/// Sizes along the axes that an option lists, in the order in which Keras has
/// them: that of the numbers, negative ones first.
Shape sizesAlong(const LayerInference &layer, std::vector<int64_t> axes) {
  std::sort(axes.begin(), axes.end());
  const Shape &input = layer.inputs[0].shape;
  Shape sizes;
  for (int64_t axis : axes)
    sizes.push_back(input[normalizeAxis(axis, 1 + int64_t(input.size())) - 1]);
  return sizes;
}

void inferLayerNormalization(LayerInference &layer) {
  inferSameFloat(layer);
  const std::vector<int64_t> &axes = layer.options.integers("axis");
  resolveAxes(layer, "axis", axes);
  if (layer.error.empty())
    addScaleAndOffset(layer, sizesAlong(layer, axes));
}

/// Keras broadcasts the scale from the last axis, so that it fits only there.
void inferRmsNormalization(LayerInference &layer) {
  inferSameFloat(layer);
  const std::vector<int64_t> &given = layer.options.integers("axis");
  std::vector<int64_t> axes = resolveAxes(layer, "axis", given);
  if (!layer.error.empty())
    return;
  int64_t rank = 1 + int64_t(layer.inputs[0].shape.size());
  if (axes.front() + int64_t(axes.size()) != rank)
    return layer.fail("expected the last axis, or the last ones, of " +
                          layer.inputTexts[0],
                      "axis");
  Variable scale;
  scale.name = "scale";
  scale.shape = sizesAlong(layer, given);
  scale.initializer =
      defaultComponent(Family::Initializer, "ones", layer.options.location);
  layer.variables.push_back(std::move(scale));
}

void inferGroupNormalization(LayerInference &layer) {
  inferSameFloat(layer);
  int64_t axis = resolveAxis(layer, "axis");
  if (!layer.error.empty())
    return;
  int64_t size = layer.inputs[0].shape[axis - 1];
  int64_t groups = layer.options.integer("groups");
  if (groups == 0 || (groups > 0 && size % groups != 0))
    return layer.fail("\"groups\" must divide the " + std::to_string(size) +
                          " channels of " + layer.inputTexts[0] +
                          ", or be -1 for a group each; found " +
                          std::to_string(groups),
                      "groups");
  addScaleAndOffset(layer, {size});
}

void inferUnitNormalization(LayerInference &layer) {
  inferSameFloat(layer);
  resolveAxes(layer, "axis", layer.options.integers("axis"));
}

/// The options that normalizations with a scale and an offset share.
std::vector<OptionRule> withScaleAndOffset(std::vector<OptionRule> options) {
  const OptionKind initializer = OptionKind::Initializer;
  const OptionKind regularizer = OptionKind::Regularizer;
  for (OptionRule option : std::initializer_list<OptionRule>{
           {"center", OptionKind::Flag, "true", "Whether to add beta."},
           {"scale", OptionKind::Flag, "true", "Whether to multiply by gamma."},
           {"beta_initializer", initializer, "\"zeros\"",
            "First values of beta."},
           {"gamma_initializer", initializer, "\"ones\"",
            "First values of gamma."},
           {"beta_regularizer", regularizer, "null",
            "Penalty on beta, added to the loss."},
           {"gamma_regularizer", regularizer, "null",
            "Penalty on gamma, added to the loss."}})
    options.push_back(option);
  return options;
}

OptionRule epsilonOption(const char *value) {
  return {"epsilon", OptionKind::Number, value,
          "Added to the variance, so that nothing is divided by 0.",
          kNotNegative};
}

LayerRule makeBatchNormalization() {
  std::vector<OptionRule> options = withScaleAndOffset(
      {{"axis", OptionKind::Integer, "-1",
        "The axis that keeps its statistics apart: the channels."},
       {"momentum",
        OptionKind::Number,
        "0.99",
        "Part that a moving statistic keeps of itself in a step.",
        {0, 1}},
       epsilonOption("0.001")});
  options.push_back({"moving_mean_initializer", OptionKind::Initializer,
                     "\"zeros\"", "First values of the moving mean."});
  options.push_back({"moving_variance_initializer", OptionKind::Initializer,
                     "\"ones\"", "First values of the moving variance."});
  return {{"BatchNormalization",
           {},
           "Mean 0 and variance 1 in each channel, over the batch while "
           "training (with moving averages kept), by these averages otherwise, "
           "or if not trainable; then scaled and shifted.",
           options},
          1,
          1,
          inferBatchNormalization};
}

} // namespace

std::vector<LayerRule> mlc::frontend::normalizationLayers() {
  const OptionKind axes = OptionKind::IntegerOrIntegers;
  return {
      makeBatchNormalization(),
      {{"LayerNormalization",
        {},
        "Mean 0 and variance 1 along some axes of each row, then scaled and "
        "shifted.",
        withScaleAndOffset({{"axis", axes, "-1", "Axis or axes to go along."},
                            epsilonOption("0.001")})},
       1,
       1,
       inferLayerNormalization},
      {{"RMSNormalization",
        {},
        "Divided by the root mean square along the last axis or axes, then "
        "scaled.",
        {{"axis", axes, "-1", "Axis or axes to go along."},
         epsilonOption("1e-6")}},
       1,
       1,
       inferRmsNormalization},
      {{"GroupNormalization",
        {},
        "Mean 0 and variance 1 in each group of channels of each row, then "
        "scaled and shifted.",
        withScaleAndOffset(
            {{"groups",
              OptionKind::Integer,
              "32",
              "Number of groups; -1: as many as channels.",
              {-1, kCount.high}},
             {"axis", OptionKind::Integer, "-1", "The axis of the channels."},
             epsilonOption("0.001")})},
       1,
       1,
       inferGroupNormalization},
      {{"UnitNormalization",
        {},
        "Divided by the root of the sum of squares along some axes.",
        {{"axis", axes, "-1", "Axis or axes to go along."}}},
       1,
       1,
       inferUnitNormalization},
  };
}
