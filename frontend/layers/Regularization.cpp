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
      makeRandom("Dropout",
                 "Zeroes a random part while training, and scales up the rest.",
                 rateOption("Part to drop.")),
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
