//===-- Activation.cpp - activation functions as layers -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

using namespace mlc::frontend;

namespace {

void inferActivation(LayerInference &layer) {
  if (layer.checkActivation("activation", layer.inputs[0].shape))
    inferSameFloat(layer);
}

} // namespace

std::vector<LayerRule> mlc::frontend::activationLayers() {
  const OptionKind activation = OptionKind::Activation;
  return {
      {{"Activation",
        {},
        "An activation function on its own.",
        {{"activation", activation, "", "The function."}}},
       1,
       1,
       inferActivation},
  };
}
