//===-- Core.cpp - layers that most models are made of --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

using namespace mlc::frontend;

namespace {

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
  if (!layer.applyActivation("activation", shape))
    return;
  layer.results = {{shape, DType::F32}};
}

void inferFloat(LayerInference &layer) {
  layer.results = {{layer.inputs[0].shape, DType::F32}};
}

} // namespace

std::vector<LayerRule> mlc::frontend::coreLayers() {
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
      {{"Rescaling",
        {},
        "x * scale + offset; integers become floats.",
        {{"scale", OptionKind::Number, "", "Factor."},
         {"offset", OptionKind::Number, "0.0", "Added to the product."}}},
       1,
       1,
       inferFloat},
  };
}
