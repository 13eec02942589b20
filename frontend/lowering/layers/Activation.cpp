//===-- Activation.cpp - activation functions as layers, as ops -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/Families.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

static Values buildActivation(LayerScope &layer) {
  return {activate(layer.e, layer.input(), layer.options(), "activation")};
}

LayerRows activationLayerRows() {
  static const BuilderRow<LayerBuilder> rows[] = {
      {"Activation", buildActivation}};
  return rows;
}

} // namespace mlc::frontend
