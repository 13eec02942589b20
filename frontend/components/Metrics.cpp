//===-- Metrics.cpp - metrics of a model file -----------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/components/ComparisonOptions.h"

using namespace mlc::frontend;

static bool isLabelOf(const TensorType &output, const TensorType &target) {
  Shape labelled = target.shape;
  labelled.push_back(output.shape.empty() ? 0 : output.shape.back());
  return target.dtype == DType::I32 && labelled == output.shape;
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

static std::string classText(const Shape &shape) {
  return "the output has " + std::to_string(shape.back()) + " classes";
}

/// A class that there is, and no more of the best than there are.
static std::string checkConfusion(const Component &metric,
                                  const TensorType &output) {
  int64_t classes = output.shape.empty() ? 1 : output.shape.back();
  auto isAbove = [&](const char *option, int64_t most) {
    return metric.has(option) && metric.integer(option) > most;
  };
  if (isAbove("class_id", classes - 1))
    return "\"class_id\" must be at most " + std::to_string(classes - 1) +
           ": " + classText(output.shape);
  if (isAbove("top_k", classes))
    return "\"top_k\" must be at most " + std::to_string(classes) + ": " +
           classText(output.shape);
  return "";
}

static std::string checkMetricAxis(const Component &metric,
                                   const TensorType &output) {
  int64_t rank = int64_t(output.shape.size()) + 1;
  if (normalizeAxis(metric.integer("axis"), rank) > 0)
    return "";
  return "\"axis\" must be one of the output's but the batch's";
}

static std::string checkFScore(const Component &, const TensorType &output) {
  return output.shape.size() == 1
             ? ""
             : "it takes an output of shape (batch, classes)";
}

constexpr const char *kSame = "a target of the output's shape";
constexpr const char *kLabel = "class labels as target";

static std::vector<MetricRule> makeAccuracies() {
  const OptionRule k = {"k", OptionKind::Integer, "5",
                        "How many of the highest scores count.", kCount};
  return {
      {{"accuracy",
        {"acc"},
        "Part of right answers; sparse, categorical or binary, by the target.",
        {}},
       hasAccuracy,
       std::string(kLabel) + ", or " + kSame,
       kindOfAccuracy},
      {{"sparse_categorical_accuracy",
        {"SparseCategoricalAccuracy"},
        "Part whose highest score is the label's.",
        {}},
       isLabelOf,
       kLabel},
      {{"categorical_accuracy",
        {"CategoricalAccuracy"},
        "Part whose highest score is where the target's is.",
        {}},
       isLikeOutput,
       kSame},
      {{"binary_accuracy",
        {"BinaryAccuracy"},
        "Part of elements on the target's side of a threshold.",
        {{"threshold", OptionKind::Number, "0.5", "The threshold."}}},
       isLikeOutput,
       kSame},
      {{"top_k_categorical_accuracy",
        {"TopKCategoricalAccuracy"},
        "Part whose k highest scores have that where the target's highest is.",
        {k}},
       isLikeOutput,
       kSame},
      {{"sparse_top_k_categorical_accuracy",
        {"SparseTopKCategoricalAccuracy"},
        "Part whose k highest scores have the label's.",
        {k}},
       isLabelOf,
       kLabel},
  };
}

static MetricRule makeConfusion(const char *name, const char *alias,
                                const char *description) {
  return {{name,
           {alias},
           description,
           {{"thresholds", OptionKind::Number, "null",
             "Above which an output is yes; by default 0.5, and with "
             "\"top_k\" none.",
             kUnitInterval},
            {"top_k", OptionKind::Integer, "null",
             "Only the k highest scores may be yes.", kCount},
            {"class_id", OptionKind::Integer, "null",
             "The only class to look at.", kNotNegative}}},
          isLikeOutput,
          kSame,
          nullptr,
          checkConfusion};
}

static MetricRule makeFScore(const char *name, const char *alias,
                             const char *description) {
  const OptionRule average = {
      "average",
      OptionKind::Choice,
      "",
      "Over all answers (micro), over classes (macro), or over classes by "
      "their share of the targets (weighted).",
      kAnyNumber,
      {"micro", "macro", "weighted"}};
  const OptionRule threshold = {
      "threshold",
      OptionKind::Number,
      "null",
      "Above which an output is yes; by default the highest of a row is.",
      {0, 1, true, false}};
  return {{name, {alias}, description, {average, threshold}},
          isLikeOutput,
          kSame,
          nullptr,
          checkFScore};
}

static std::vector<MetricRule> makeDecisions() {
  std::vector<MetricRule> rules = {
      makeConfusion("precision", "Precision",
                    "Part of the answers of yes that are right."),
      makeConfusion("recall", "Recall",
                    "Part of the targets of yes that are answered so."),
      makeFScore("f1_score", "F1Score",
                 "Harmonic mean of precision and recall."),
      makeFScore("fbeta_score", "FBetaScore",
                 "The same, with recall beta times as important."),
      {{"auc",
        {"AUC"},
        "Area under the curve of recall over all thresholds.",
        {{"num_thresholds",
          OptionKind::Integer,
          "200",
          "How many thresholds, evenly spread.",
          {2, 10000, false, false}},
         {"thresholds", OptionKind::Numbers, "null",
          "The thresholds between 0 and 1, instead of evenly spread ones.",
          kUnitInterval},
         {"curve",
          OptionKind::Choice,
          "\"ROC\"",
          "Over the rate of false yes (ROC), or precision over recall (PR).",
          kAnyNumber,
          {"ROC", "PR"}},
         {"summation_method",
          OptionKind::Choice,
          "\"interpolation\"",
          "How the area between two thresholds is taken.",
          kAnyNumber,
          {"interpolation", "minoring", "majoring"}},
         fromLogits()}},
       isLikeOutput,
       kSame},
  };
  rules[3].options.insert(
      rules[3].options.begin() + 1,
      {"beta", OptionKind::Number, "1.0", "Importance of recall.", kPositive});
  return rules;
}

static std::vector<MetricRule> makeCrossentropies() {
  return {
      {{"sparse_categorical_crossentropy",
        {"SparseCategoricalCrossentropy"},
        "-log of the probability of the label.",
        {fromLogits(), ignoreClass()}},
       isLabelOf,
       kLabel},
      {{"categorical_crossentropy",
        {"CategoricalCrossentropy"},
        "-log of the probabilities, weighted by those of the target.",
        {fromLogits(), labelSmoothing(), classAxis()}},
       isLikeOutput,
       kSame,
       nullptr,
       checkMetricAxis},
      {{"binary_crossentropy",
        {"BinaryCrossentropy"},
        "-log of the probability of yes or no, for each element.",
        {fromLogits(), labelSmoothing()}},
       isLikeOutput,
       kSame},
      {{"perplexity",
        {"Perplexity"},
        "e to the mean cross-entropy of a token.",
        {fromLogits(),
         {"mask_token_id", OptionKind::Integer, "null",
          "A token that counts for nothing.", kLabels}}},
       isLabelOf,
       kLabel},
      {{"kl_divergence",
        {"KLDivergence", "kld", "KLD", "kullback_leibler_divergence"},
        "Sum of target log(target / output).",
        {}},
       isLikeOutput,
       kSame},
      {{"poisson", {"Poisson"}, "Mean of output - target log(output).", {}},
       isLikeOutput,
       kSame},
  };
}

static std::vector<MetricRule> makeDistances() {
  struct Row {
    const char *name;
    std::vector<std::string> aliases;
    const char *description;
  };
  std::vector<MetricRule> rules;
  for (Row &row : std::vector<Row>{
           {"mean_squared_error",
            {"MeanSquaredError", "mse", "MSE"},
            "Mean of (output - target)^2."},
           {"root_mean_squared_error",
            {"RootMeanSquaredError"},
            "Root of the mean of (output - target)^2."},
           {"mean_absolute_error",
            {"MeanAbsoluteError", "mae", "MAE"},
            "Mean of |output - target|."},
           {"mean_absolute_percentage_error",
            {"MeanAbsolutePercentageError", "mape", "MAPE"},
            "100 times the mean of |(target - output) / target|."},
           {"mean_squared_logarithmic_error",
            {"MeanSquaredLogarithmicError", "msle", "MSLE"},
            "Mean of (log(1 + output) - log(1 + target))^2."},
           {"logcosh",
            {"LogCoshError", "log_cosh"},
            "Mean of log(cosh(output - target))."},
           {"hinge", {"Hinge"}, "Mean of max(1 - target output, 0)."},
           {"squared_hinge",
            {"SquaredHinge"},
            "Mean of max(1 - target output, 0)^2."},
           {"categorical_hinge",
            {"CategoricalHinge"},
            "max(largest wrong score - right score + 1, 0)."}})
    rules.push_back({{row.name, std::move(row.aliases), row.description, {}},
                     isLikeOutput,
                     kSame});
  rules.push_back(
      {{"cosine_similarity",
        {"CosineSimilarity"},
        "Cosine of the angle between output and target.",
        {{"axis", OptionKind::Integer, "-1", "Axis of the vectors."}}},
       isLikeOutput,
       kSame,
       nullptr,
       checkMetricAxis});
  return rules;
}

const std::vector<MetricRule> &mlc::frontend::metricRules() {
  static const std::vector<MetricRule> rules = [] {
    std::vector<MetricRule> all;
    for (std::vector<MetricRule> family :
         {makeAccuracies(), makeDecisions(), makeCrossentropies(),
          makeDistances()})
      for (MetricRule &rule : family)
        all.push_back(std::move(rule));
    return all;
  }();
  return rules;
}
