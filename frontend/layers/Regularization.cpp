//===-- Regularization.cpp - layers that are random while training --------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

using namespace mlc::frontend;

namespace {

/// A whole map of features is kept or dropped: channels of `rank` axes, of
/// which `axes` are in space.
template <size_t axes> void inferSpatialDropout(LayerInference &layer) {
  inferSameFloat(layer);
  expectRank(layer, axes + 1);
}

/// An entry for each axis: all of it, or 1.
void inferDropout(LayerInference &layer) {
  inferSameFloat(layer);
  if (!layer.error.empty() || !layer.options.has("noise_shape"))
    return;
  const std::vector<int64_t> &noise = layer.options.integers("noise_shape");
  const Shape &shape = layer.inputs[0].shape;
  if (noise.size() != shape.size() + 1)
    return layer.fail("expected an entry for each axis of " +
                          layer.inputTexts[0] + ", the batch first, found " +
                          std::to_string(noise.size()) + " for " +
                          std::to_string(shape.size() + 1) + " axes",
                      "noise_shape");
  if (noise[0] > 1)
    return layer.fail("the batch's entry must be null or 1, found " +
                          std::to_string(noise[0]),
                      "noise_shape");
  for (size_t i = 0; i < shape.size(); ++i)
    if (noise[i + 1] > 1 && noise[i + 1] != shape[i])
      return layer.fail("the entry of axis " + std::to_string(i + 1) +
                            " must be null, 1 or " + std::to_string(shape[i]) +
                            ", found " + std::to_string(noise[i + 1]),
                        "noise_shape");
}

OptionRule seedOption() {
  return {"seed", OptionKind::Integer, "null",
          "Makes its random numbers other ones.", kNotNegative};
}

LayerRule makeRandom(const char *name, const char *description,
                     OptionRule strength,
                     void (*infer)(LayerInference &) = inferSameFloat) {
  return {{name, {}, description, {std::move(strength), seedOption()}},
          1,
          1,
          infer,
          /*random=*/true};
}

OptionRule rateOption(const char *description) {
  return {"rate", OptionKind::Number, "", description, kFraction};
}

LayerRule makeDropout() {
  LayerRule rule = makeRandom(
      "Dropout", "Zeroes a random part while training, and scales up the rest.",
      rateOption("Part to drop."), inferDropout);
  rule.options.push_back(
      {"noise_shape", OptionKind::SizesOrNulls, "null",
       "For each axis, the batch first: 1 to drop all or nothing along it; "
       "null or its size to drop each element by itself.",
       kCount});
  return rule;
}

LayerRule makeSpatialDropout2D() {
  LayerRule rule =
      makeRandom("SpatialDropout2D",
                 "Zeroes random channels of images while training, and scales "
                 "up the rest.",
                 rateOption("Part to drop."), inferSpatialDropout<2>);
  rule.options.push_back(dataFormatOption());
  return rule;
}

} // namespace

std::vector<LayerRule> mlc::frontend::regularizationLayers() {
  return {
      makeDropout(),
      makeRandom("SpatialDropout1D",
                 "Zeroes random channels of sequences while training, and "
                 "scales up the rest.",
                 rateOption("Part to drop."), inferSpatialDropout<1>),
      makeSpatialDropout2D(),
      makeRandom("GaussianNoise", "Adds normal noise while training.",
                 {"stddev",
                  OptionKind::Number,
                  "",
                  "Standard deviation of the noise.",
                  {0, 1}}),
      makeRandom("GaussianDropout",
                 "Multiplies by normal noise of mean 1 while training.",
                 rateOption("The noise's variance is rate / (1 - rate).")),
      makeRandom("AlphaDropout",
                 "Sets a random part to the limit of selu while training, and "
                 "scales and shifts so that mean and variance stay.",
                 rateOption("Part to drop.")),
  };
}
