//===-- Embedding.cpp - rows of tables, and masks of steps, as ops --------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/Families.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

/// Ids in the table. What comes straight from an input is checked before the
/// function runs, and the bounds are simplified away.
static Values buildEmbedding(LayerScope &layer) {
  Emitter &e = layer.e;
  Value table = layer.variable("embeddings");
  int64_t rows = getShape(table)[0], columns = getShape(table)[1];
  Value ids = e.minimum(e.maximum(layer.input(), 0), double(rows - 1));
  llvm::SmallVector<int64_t> shape(getShape(ids));
  shape.push_back(columns);
  return {
      GatherOp::create(e, e.tensorType(shape, e.getFloatType()), table, ids)};
}

static Value maskEmbedding(LayerScope &layer) {
  if (!layer.options().flag("mask_zero"))
    return {};
  Value ids = layer.input();
  return layer.e.compare(Predicate::ne, ids, layer.e.splat(ids, 0));
}

/// Whether any feature of a step differs from the value.
static Value maskMasking(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = layer.input();
  Value value = e.splat(x, layer.options().number("mask_value"));
  Value differs = e.convert(e.compare(Predicate::ne, x, value), e.getI32Type());
  int64_t last = getTensorType(x).getRank() - 1;
  Value any = e.reduce(ReduceKind::max, differs, last);
  return e.convert(any, e.getI1Type());
}

static Values buildMasking(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = layer.input(), mask = maskMasking(layer);
  auto shape = getShape(x);
  Value isKept = e.expand(mask, shape, int64_t(shape.size()) - 1);
  return {e.select(isKept, x, e.splat(x, 0))};
}

LayerRows embeddingLayerRows() {
  static const LayerRow rows[] = {{"Embedding", buildEmbedding, maskEmbedding},
                                  {"Masking", buildMasking, maskMasking}};
  return rows;
}

} // namespace mlc::frontend
