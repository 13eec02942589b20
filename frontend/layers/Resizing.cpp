//===-- Resizing.cpp - sequences and images of other sizes ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

using namespace mlc::frontend;

namespace {

/// The data format of a layer that may have none.
int64_t firstAxis(const Component &options) {
  for (const Option &option : options.options)
    if (option.name == "data_format")
      return firstSpatialAxis(options);
  return 1;
}

template <size_t axes> void inferZeroPadding(LayerInference &layer) {
  if (!layer.expectInputs(DType::F32) || !expectRank(layer, axes + 1))
    return;
  auto margins = getMargins(layer, "padding", axes);
  Shape shape = layer.inputs[0].shape;
  int64_t first = firstAxis(layer.options);
  for (size_t i = 0; i < margins.size(); ++i)
    shape[first - 1 + i] += margins[i].first + margins[i].second;
  layer.results = {{shape, DType::F32}};
}

template <size_t axes> void inferCropping(LayerInference &layer) {
  if (!expectRank(layer, axes + 1))
    return;
  auto margins = getMargins(layer, "cropping", axes);
  TensorType result = layer.inputs[0];
  int64_t first = firstAxis(layer.options);
  for (size_t i = 0; i < margins.size(); ++i) {
    int64_t &size = result.shape[first - 1 + i];
    size -= margins[i].first + margins[i].second;
    if (size < 1)
      return layer.fail("nothing is left of axis " +
                            std::to_string(first + int64_t(i)) + " of " +
                            layer.inputTexts[0],
                        "cropping");
  }
  layer.results = {result};
}

void inferUpSampling1D(LayerInference &layer) {
  if (!expectRank(layer, 2))
    return;
  TensorType result = layer.inputs[0];
  result.shape[0] *= layer.options.integer("size");
  layer.results = {result};
}

/// Weights of an interpolation along an axis; they are a constant of the code.
constexpr int64_t kMaximumWeights = int64_t(1) << 24;

void inferUpSampling2D(LayerInference &layer) {
  if (!layer.expectInputs(DType::F32) || !expectRank(layer, 3))
    return;
  if (!layer.checkPerAxis("size", 2))
    return;
  std::vector<int64_t> sizes = layer.options.perAxis("size", 2);
  TensorType result = layer.inputs[0];
  int64_t first = firstSpatialAxis(layer.options);
  bool isNearest = layer.options.text("interpolation") == "nearest";
  for (size_t i = 0; i < 2; ++i) {
    int64_t &size = result.shape[first - 1 + i];
    int64_t times = sizes[i];
    if (!isNearest && elementCount({size, size, times}) > kMaximumWeights)
      return layer.fail("axis " + std::to_string(first + int64_t(i)) + " of " +
                            layer.inputTexts[0] +
                            " is too long to interpolate, for that takes a "
                            "weight for each pair of elements",
                        "interpolation");
    size *= times;
  }
  layer.results = {result};
}

/// Sizes that can be added to one another without overflow.
constexpr Range kMargin = {0, 1073741823, false, false};

LayerRule makeWithMargins(const char *name, const char *description,
                          const char *option, const char *value,
                          void (*infer)(LayerInference &), bool hasDataFormat) {
  LayerRule rule{{name,
                  {},
                  description,
                  {{option, OptionKind::Margins, value,
                    "How much at either end: one number for all; or one for "
                    "each axis; or a pair, before and behind, for each.",
                    kMargin}}},
                 1,
                 1,
                 infer};
  rule.movesElements = true;
  if (hasDataFormat)
    rule.options.push_back(dataFormatOption());
  return rule;
}

LayerRule makeUpSampling2D() {
  OptionRule interpolation{"interpolation", OptionKind::Choice, "\"nearest\"",
                           "What is between the elements."};
  interpolation.choices = {"nearest", "bilinear", "bicubic", "lanczos3",
                           "lanczos5"};
  return {{"UpSampling2D",
           {},
           "Images larger by whole factors.",
           {{"size", OptionKind::IntegerOrIntegers, "[2, 2]",
             "The factor, or that of each axis.", kCount},
            dataFormatOption(),
            interpolation}},
          1,
          1,
          inferUpSampling2D};
}

} // namespace

std::vector<LayerRule> mlc::frontend::resizingLayers() {
  return {
      makeWithMargins("ZeroPadding1D", "Zeros at the ends of sequences.",
                      "padding", "1", inferZeroPadding<1>, true),
      makeWithMargins("ZeroPadding2D", "Zeros around images.", "padding",
                      "[1, 1]", inferZeroPadding<2>, true),
      makeWithMargins("Cropping1D", "Sequences without their ends.", "cropping",
                      "[1, 1]", inferCropping<1>, false),
      makeWithMargins("Cropping2D", "Images without their margins.", "cropping",
                      "[[0, 0], [0, 0]]", inferCropping<2>, true),
      {{"UpSampling1D",
        {},
        "Each step of a sequence several times.",
        {{"size", OptionKind::Integer, "2", "How many times.", kCount}}},
       1,
       1,
       inferUpSampling1D,
       /*random=*/false,
       /*movesElements=*/true},
      makeUpSampling2D(),
  };
}
