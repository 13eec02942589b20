//===-- Layers.cpp - layers as ops ----------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Builders.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

Value LayerScope::variable(llvm::StringRef name) const {
  for (size_t i = 0; i < layer.variables.size(); ++i)
    if (layer.variables[i].name == name)
      return variables[i];
  return {};
}

static Values buildDense(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = matmul(e, e.getLoc(), layer.input(), layer.variable("kernel"));
  if (Value bias = layer.variable("bias"))
    x = e.add(x, broadcastTrailing(e, e.getLoc(), bias, getShape(x)));
  return {activate(e, x, layer.options(), "activation")};
}

static Values buildActivation(LayerScope &layer) {
  return {activate(layer.e, layer.input(), layer.options(), "activation")};
}

/// Flatten and Reshape: the inferred shape says it all.
static Values buildReshape(LayerScope &layer) {
  llvm::SmallVector<int64_t> shape{getShape(layer.input()).front()};
  llvm::append_range(shape, layer.layer.results.front().shape);
  return {layer.e.reshape(layer.input(), shape)};
}

static Values buildRescaling(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = e.convert(layer.input(), e.getFloatType());
  x = e.mul(x, layer.options().number("scale"));
  double offset = layer.options().number("offset");
  return {offset == 0 ? x : e.add(x, offset)};
}

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

llvm::ArrayRef<BuilderRow<LayerBuilder>> layerBuilders() {
  static const BuilderRow<LayerBuilder> rows[] = {
      {"Dense", buildDense},
      {"Activation", buildActivation},
      {"Flatten", buildReshape},
      {"Reshape", buildReshape},
      {"Rescaling", buildRescaling},
      {"Dropout", buildDropout},
      {"Add", buildAdd},
      {"Concatenate", buildConcatenate}};
  return rows;
}

} // namespace mlc::frontend
