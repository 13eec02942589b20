//===-- Metrics.cpp - metrics of a model file -----------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Tables.h"

using namespace mlc::frontend;

static bool isLabelOf(const TensorType &output, const TensorType &target) {
  return target.dtype == DType::I32 &&
         target.shape.size() + 1 == output.shape.size();
}

static bool isLikeOutput(const TensorType &output, const TensorType &target) {
  return output == target && output.dtype == DType::F32;
}

static bool hasAccuracy(const TensorType &output, const TensorType &target) {
  return isLabelOf(output, target) || isLikeOutput(output, target);
}

static std::string kindOfAccuracy(const TensorType &output,
                                  const TensorType &target) {
  if (isLabelOf(output, target))
    return "sparse_categorical_accuracy";
  bool single = output.shape.empty() || output.shape.back() == 1;
  return single ? "binary_accuracy" : "categorical_accuracy";
}

static std::vector<MetricRule> makeMetricRules() {
  const std::string same = "a target of the output's shape";
  const std::string labels = "class labels as target";
  return {
      {{"accuracy",
        {"acc"},
        "Part of right answers; sparse, categorical or binary, by the target.",
        {}},
       hasAccuracy,
       labels + ", or " + same,
       kindOfAccuracy},
      {{"sparse_categorical_accuracy",
        {"SparseCategoricalAccuracy"},
        "Part whose highest score is the label's.",
        {}},
       isLabelOf,
       labels},
      {{"categorical_accuracy",
        {"CategoricalAccuracy"},
        "Part whose highest score is where the target's is.",
        {}},
       isLikeOutput,
       same},
      {{"binary_accuracy",
        {"BinaryAccuracy"},
        "Part of elements on the target's side of a threshold.",
        {{"threshold", OptionKind::Number, "0.5", "The threshold."}}},
       isLikeOutput,
       same},
      {{"mean_squared_error",
        {"MeanSquaredError", "mse", "MSE"},
        "Mean of (output - target)^2.",
        {}},
       isLikeOutput,
       same},
      {{"mean_absolute_error",
        {"MeanAbsoluteError", "mae", "MAE"},
        "Mean of |output - target|.",
        {}},
       isLikeOutput,
       same},
  };
}

const std::vector<MetricRule> &mlc::frontend::metricRules() {
  static const std::vector<MetricRule> rules = makeMetricRules();
  return rules;
}
