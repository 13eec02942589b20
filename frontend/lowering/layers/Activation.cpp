//===-- Activation.cpp - activation functions as layers, as ops -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/Families.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

static Values buildActivation(LayerScope &layer) {
  return {activate(layer.e, layer.input(), layer.options(), "activation")};
}

/// A layer with the options of the activation `name`.
template <const char *name> static Values buildNamed(LayerScope &layer) {
  ActivationBuilder build = findBuilder(activationBuilders(), name);
  return {build(layer.e, layer.input(), layer.options())};
}
static constexpr char kRelu[] = "relu", kLeakyRelu[] = "leaky_relu",
                      kElu[] = "elu";

static Values buildPrelu(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = layer.input();
  Sizes dimensions =
      llvm::to_vector(llvm::seq<int64_t>(1, getTensorType(x).getRank()));
  Value slope = e.broadcast(layer.variable("alpha"), getShape(x), dimensions);
  Value positive = e.maximum(x, 0);
  Value negative = e.maximum(e.unary<NegOp>(x), 0);
  return {e.sub(positive, e.mul(slope, negative))};
}

static Values buildSoftmax(LayerScope &layer) {
  return {softmax(layer.e, layer.input(), getAxes(layer, "axis"))};
}

LayerRows activationLayerRows() {
  static const LayerRow rows[] = {
      {"Activation", buildActivation, passMask},
      {"ReLU", buildNamed<kRelu>, passMask},
      {"LeakyReLU", buildNamed<kLeakyRelu>, passMask},
      {"ELU", buildNamed<kElu>, passMask},
      {"PReLU", buildPrelu, passMask},
      {"Softmax", buildSoftmax, passMask}};
  return rows;
}

} // namespace mlc::frontend
