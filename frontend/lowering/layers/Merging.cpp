//===-- Merging.cpp - several inputs made one, as ops ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/Families.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

static Values buildAdd(LayerScope &layer) {
  Value sum = layer.input();
  for (Value input : layer.inputs.drop_front())
    sum = layer.e.add(sum, input);
  return {sum};
}

static Values buildConcatenate(LayerScope &layer) {
  int64_t rank = getTensorType(layer.input()).getRank();
  int64_t axis = normalizeAxis(layer.options().integer("axis"), rank);
  return {concatenate(layer.e, layer.e.getLoc(), layer.inputs, axis)};
}

LayerRows mergingLayerRows() {
  static const BuilderRow<LayerBuilder> rows[] = {
      {"Add", buildAdd}, {"Concatenate", buildConcatenate}};
  return rows;
}

} // namespace mlc::frontend
