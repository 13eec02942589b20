//===-- Losses.cpp - losses of a model file -------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Tables.h"

using namespace mlc::frontend;

/// Class labels: one integer in place of the scores along the last axis.
static void inferLabels(TargetInference &loss) {
  if (loss.output.shape.empty() || loss.output.dtype != DType::F32) {
    loss.error = "expects an output with a float32 score per class, "
                 "(batch, ..., classes)";
    return;
  }
  loss.target = {loss.output.shape, DType::I32};
  loss.target.shape.pop_back();
  loss.range = loss.output.shape.back();
}

static void inferSameAsOutput(TargetInference &loss) {
  if (loss.output.dtype != DType::F32)
    loss.error = "expects a float32 output";
  loss.target = loss.output;
}

const std::vector<LossRule> &mlc::frontend::lossRules() {
  static const std::vector<LossRule> rules = {
      {{"sparse_categorical_crossentropy",
        {"SparseCategoricalCrossentropy"},
        "-log of the probability of the label.",
        {{"from_logits", OptionKind::Flag, "false",
          "Whether outputs are scores before a softmax, not probabilities."}}},
       inferLabels},
      {{"mean_squared_error",
        {"MeanSquaredError", "mse", "MSE"},
        "Mean of (output - target)^2.",
        {}},
       inferSameAsOutput},
  };
  return rules;
}
