//===-- Reshaping.cpp - the same elements in other shapes, as ops ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/Families.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

/// Flatten and Reshape: the inferred shape says it all.
static Values buildReshape(LayerScope &layer) {
  llvm::SmallVector<int64_t> shape{getShape(layer.input()).front()};
  llvm::append_range(shape, layer.layer.results.front().shape);
  return {layer.e.reshape(layer.input(), shape)};
}

static Values buildPermute(LayerScope &layer) {
  Sizes permutation{0};
  llvm::append_range(permutation, layer.options().integers("dims"));
  return {transpose(layer.e, layer.e.getLoc(), layer.input(), permutation)};
}

static Values buildRepeatVector(LayerScope &layer) {
  SizesRef shape = getShape(layer.input());
  int64_t times = layer.options().integer("n");
  return {
      layer.e.broadcast(layer.input(), {shape[0], times, shape[1]}, {0, 2})};
}

LayerRows reshapingLayerRows() {
  static const LayerRow rows[] = {{"Flatten", buildReshape},
                                  {"Reshape", buildReshape},
                                  {"Permute", buildPermute},
                                  {"RepeatVector", buildRepeatVector}};
  return rows;
}

} // namespace mlc::frontend
