//===-- Positions.cpp - layers that tell positions apart ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names, options and defaults are those of KerasHub.
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

using namespace mlc::frontend;

namespace {

/// (batch, ..., time, features).
bool checkSequence(LayerInference &layer) {
  if (!layer.expectInputs(DType::F32))
    return false;
  if (layer.inputs[0].shape.size() >= 2)
    return true;
  layer.fail("expected a sequence of features, (batch, time, features), "
             "found " +
             layer.inputTexts[0]);
  return false;
}

void inferPositionEmbedding(LayerInference &layer) {
  if (!checkSequence(layer))
    return;
  const Shape &shape = layer.inputs[0].shape;
  int64_t length = layer.options.integer("sequence_length"),
          time = shape[shape.size() - 2];
  if (time > length)
    return layer.fail("there are embeddings for " + std::to_string(length) +
                          " positions, and " + std::to_string(time) + " in " +
                          layer.inputTexts[0],
                      "sequence_length");
  Variable table =
      makeVariable("embeddings", {length, shape.back()}, layer.options);
  layer.variables.push_back(std::move(table));
  inferSame(layer);
}

void inferSine(LayerInference &layer) {
  if (checkSequence(layer))
    inferSame(layer);
}

/// Fails unless the option is an axis after the batch.
int64_t checkAxis(LayerInference &layer, std::string_view option) {
  int64_t axis = layer.options.integer(option);
  int64_t found = normalizeAxis(axis, layer.inputs[0].shape.size() + 1);
  if (found < 1)
    layer.fail("expected an axis of " + layer.inputTexts[0] +
                   " other than the batch, found " + std::to_string(axis),
               option);
  return found;
}

void inferRotary(LayerInference &layer) {
  if (!checkSequence(layer))
    return;
  int64_t sequence = checkAxis(layer, "sequence_axis");
  int64_t feature = sequence < 1 ? -1 : checkAxis(layer, "feature_axis");
  if (feature < 1)
    return;
  if (sequence == feature)
    return layer.fail("sequence and features must be two axes, both are " +
                          std::to_string(feature),
                      "feature_axis");
  if (layer.inputs[0].shape[feature - 1] % 2 != 0)
    return layer.fail("features are rotated in pairs: expected an even "
                      "number, found " +
                          layer.inputTexts[0],
                      "feature_axis");
  inferSame(layer);
}

const OptionRule kWavelength = {"max_wavelength", OptionKind::Number, "10000.0",
                                "Longest wave, over 2 pi.", kPositive};

} // namespace

std::vector<LayerRule> mlc::frontend::positionLayers() {
  return {
      {{"PositionEmbedding",
        {},
        "A trained vector for each position, whatever the input; to be added "
        "to it.",
        {{"sequence_length", OptionKind::Integer, "",
          "Positions that there are vectors for.", kCount},
         {"embeddings_initializer", OptionKind::Initializer,
          "\"glorot_uniform\"", "First values of the vectors."}}},
       1,
       1,
       inferPositionEmbedding},
      {{"SinePositionEncoding",
        {},
        "Sines and cosines of each position, whatever the input; to be added "
        "to it.",
        {kWavelength}},
       1,
       1,
       inferSine},
      {{"RotaryEmbedding",
        {},
        "Turns pairs of features by angles that grow with the position.",
        {kWavelength,
         {"scaling_factor", OptionKind::Number, "1.0",
          "Positions are divided by it.", kPositive},
         {"sequence_axis", OptionKind::Integer, "1", "Axis of positions."},
         {"feature_axis", OptionKind::Integer, "-1", "Axis of features."}}},
       1,
       1,
       inferRotary},
  };
}
