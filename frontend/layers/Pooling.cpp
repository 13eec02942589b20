//===-- Pooling.cpp - layers that make one element of a window ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"
#include "frontend/layers/WindowPlaces.h"

using namespace mlc::frontend;

namespace {

template <size_t axes> void inferPooling(LayerInference &layer) {
  if (!layer.expectInputs(DType::F32) || !expectSpatial(layer, axes) ||
      !layer.checkPerAxis("pool_size", axes) ||
      (layer.options.has("strides") && !layer.checkPerAxis("strides", axes)))
    return;
  Shape shape = layer.inputs[0].shape;
  int64_t channels = shape.back();
  shape.pop_back();
  PoolingWindow window = getPoolingWindow(layer.options, shape);
  for (size_t i = 0; i < axes; ++i)
    if (window.output[i] < 1)
      return layer.fail("a window of " + std::to_string(window.window[i]) +
                            " does not fit into axis " + std::to_string(i + 1) +
                            " of " + layer.inputTexts[0] +
                            "; padding \"same\" lets it look beyond",
                        "pool_size");
  window.output.push_back(channels);
  layer.results = {{window.output, DType::F32}};
}

template <size_t axes> void inferGlobal(LayerInference &layer) {
  if (!layer.expectInputs(DType::F32) || !expectSpatial(layer, axes))
    return;
  Shape shape = {layer.inputs[0].shape.back()};
  if (layer.options.flag("keepdims"))
    shape.insert(shape.begin(), axes, 1);
  layer.results = {{shape, DType::F32}};
}

std::vector<OptionRule> windowOptions() {
  // Sizes far from where their products overflow.
  const Range size = {1, 32767, false, false};
  return {
      {"pool_size", OptionKind::IntegerOrIntegers, "2", "Size of the windows.",
       size},
      {"strides", OptionKind::IntegerOrIntegers, "null",
       "Steps from window to window; null: the windows' size.", size},
      {"padding",
       OptionKind::Choice,
       "\"valid\"",
       "Whether windows stay inside, or as many look beyond as make the result "
       "the input's size, divided by the strides and rounded up.",
       kAnyNumber,
       {"valid", "same"}},
      channelsLastOption()};
}

std::vector<OptionRule> globalOptions() {
  return {channelsLastOption(),
          {"keepdims", OptionKind::Flag, "false",
           "Whether the axes stay, with size 1."}};
}

/// `name` for a number of axes, with its short alias.
LayerRule makeRule(const std::string &name, const std::string &alias,
                   size_t axes, std::string description,
                   std::vector<OptionRule> options,
                   void (*infer)(LayerInference &)) {
  std::string suffix = std::to_string(axes) + "D";
  return {{name + suffix,
           {alias + suffix},
           std::move(description),
           std::move(options)},
          1,
          1,
          infer};
}

template <size_t axes> void addRules(std::vector<LayerRule> &rules) {
  static const char *const what[] = {"sequence", "image", "volume"};
  std::string windows = std::string("windows of a ") + what[axes - 1];
  std::string whole = std::string("a whole ") + what[axes - 1];
  rules.push_back(makeRule("MaxPooling", "MaxPool", axes,
                           "The largest elements of " + windows + ".",
                           windowOptions(), inferPooling<axes>));
  rules.push_back(
      makeRule("AveragePooling", "AvgPool", axes,
               "The means of " + windows + "; what lies beyond doesn't count.",
               windowOptions(), inferPooling<axes>));
  rules.push_back(
      makeRule("GlobalMaxPooling", "GlobalMaxPool", axes,
               "The largest element of " + whole + ", for each channel.",
               globalOptions(), inferGlobal<axes>));
  rules.push_back(makeRule("GlobalAveragePooling", "GlobalAvgPool", axes,
                           "The mean of " + whole + ", for each channel.",
                           globalOptions(), inferGlobal<axes>));
}

} // namespace

std::vector<LayerRule> mlc::frontend::poolingLayers() {
  std::vector<LayerRule> rules;
  addRules<1>(rules);
  addRules<2>(rules);
  addRules<3>(rules);
  return rules;
}
