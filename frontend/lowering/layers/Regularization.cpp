//===-- Regularization.cpp - layers that are random while training, as ops ===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/Families.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

/// The key under the layer's own seed, if it has one.
static Value seededKey(LayerScope &layer) {
  Value key = layer.random.key;
  if (!layer.options().has("seed"))
    return key;
  auto seed = uint64_t(layer.options().integer("seed")) + 1;
  auto words = mlir::DenseElementsAttr::get(
      getTensorType(key),
      llvm::ArrayRef<int32_t>{int32_t(seed), int32_t(seed >> 32)});
  return layer.e.add(key, ConstantOp::create(layer.e, key.getType(), words));
}

/// What is kept is scaled so that the expected sum stays the same.
static Values buildDropout(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = layer.input();
  double rate = layer.options().number("rate");
  if (!layer.training || rate == 0)
    return {x};
  Value random =
      e.random(seededKey(layer), layer.random.nextStream++, getShape(x));
  Value isKept = e.compare(Predicate::ge, random, e.splat(random, rate));
  return {e.select(isKept, e.mul(x, 1 / (1 - rate)), e.splat(x, 0))};
}

LayerRows regularizationLayerRows() {
  static const BuilderRow<LayerBuilder> rows[] = {{"Dropout", buildDropout}};
  return rows;
}

} // namespace mlc::frontend
