//===-- Embedding.cpp - rows of tables, and masks of steps ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

using namespace mlc::frontend;

namespace {

void inferEmbedding(LayerInference &layer) {
  if (layer.inputs[0].dtype != DType::I32)
    return layer.fail("expected ids of type int32, found " +
                      layer.inputTexts[0] +
                      "; an input has them with \"dtype\": \"int32\"");
  Shape shape = layer.inputs[0].shape;
  int64_t rows = layer.options.integer("input_dim");
  int64_t columns = layer.options.integer("output_dim");
  if (elementCount({rows, columns}) > kCount.high)
    return layer.fail("a table of " + std::to_string(rows) + " x " +
                          std::to_string(columns) +
                          " has more than 2^31 elements",
                      "input_dim");
  layer.variables.push_back(
      makeVariable("embeddings", {rows, columns}, layer.options));
  layer.idRange = rows;
  shape.push_back(columns);
  layer.results = {{shape, DType::F32}};
}

void inferMasking(LayerInference &layer) {
  if (!layer.expectInputs(DType::F32))
    return;
  if (layer.inputs[0].shape.empty())
    return layer.fail("expected steps of features, (batch, ..., n), found " +
                      layer.inputTexts[0]);
  inferSame(layer);
}

} // namespace

std::vector<LayerRule> mlc::frontend::embeddingLayers() {
  return {
      {{"Embedding",
        {},
        "Rows of a table, by number: each id becomes a vector.",
        {{"input_dim", OptionKind::Integer, "", "Rows: ids are below.", kCount},
         {"output_dim", OptionKind::Integer, "", "Size of a row.", kCount},
         {"embeddings_initializer", OptionKind::Initializer, "\"uniform\"",
          "First values of the table."},
         {"embeddings_regularizer", OptionKind::Regularizer, "null",
          "Penalty on the table, added to the loss."},
         {"mask_zero", OptionKind::Flag, "false",
          "Whether id 0 is padding, to be masked."}}},
       1,
       1,
       inferEmbedding},
      {{"Masking",
        {},
        "Masks steps whose features all have one value.",
        {{"mask_value", OptionKind::Number, "0.0", "The value."}}},
       1,
       1,
       inferMasking},
  };
}
