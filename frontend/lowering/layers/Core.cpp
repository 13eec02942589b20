//===-- Core.cpp - layers that most models are made of, as ops ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/Families.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

static Values buildDense(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = e.matmul(layer.input(), layer.variable("kernel"));
  if (Value bias = layer.variable("bias"))
    x = e.add(x, broadcastTrailing(e, e.getLoc(), bias, getShape(x)));
  return {activate(e, x, layer.options(), "activation")};
}

static Values buildRescaling(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = e.convert(layer.input(), e.getFloatType());
  x = e.mul(x, layer.options().number("scale"));
  double offset = layer.options().number("offset");
  return {offset == 0 ? x : e.add(x, offset)};
}

LayerRows coreLayerRows() {
  static const LayerRow rows[] = {{"Dense", buildDense, passMask},
                                  {"Rescaling", buildRescaling, passMask}};
  return rows;
}

} // namespace mlc::frontend
