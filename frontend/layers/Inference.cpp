//===-- Inference.cpp - what rules of layers share ------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Inference.h"

namespace mlc::frontend {

Variable makeVariable(std::string name, Shape shape, const Component &options) {
  Variable variable;
  variable.initializer = options.component(name + "_initializer");
  if (options.has(name + "_regularizer"))
    variable.regularizer = options.component(name + "_regularizer");
  variable.name = std::move(name);
  variable.shape = std::move(shape);
  return variable;
}

void inferSame(LayerInference &layer) { layer.results = {layer.inputs[0]}; }

void inferSameFloat(LayerInference &layer) {
  if (layer.expectInputs(DType::F32))
    inferSame(layer);
}

} // namespace mlc::frontend
