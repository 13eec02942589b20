//===-- Losses.cpp - losses of a model file -------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/components/ComparisonOptions.h"

using namespace mlc::frontend;

/// What is left of the output where a loss has one value along an axis.
static Shape withoutAxis(const Shape &shape, int64_t axis) {
  Shape rest = shape;
  if (!rest.empty())
    rest.erase(rest.begin() + axis);
  return rest;
}

/// Class labels: one integer in place of the scores along the last axis.
static void inferLabels(TargetInference &loss) {
  const Shape &shape = loss.output.shape;
  if (shape.empty() || loss.output.dtype != DType::F32) {
    loss.error = "expects an output with a float32 score per class, "
                 "(batch, ..., classes)";
    return;
  }
  loss.values = withoutAxis(shape, int64_t(shape.size()) - 1);
  loss.target = {loss.values, DType::I32};
  loss.range = shape.back();
  if (loss.options.has("ignore_class"))
    loss.ignored = loss.options.integer("ignore_class");
}

/// Labels of one character for each step at most, with one value for the row.
static void inferCtc(TargetInference &loss) {
  const Shape &shape = loss.output.shape;
  if (shape.size() != 2 || loss.output.dtype != DType::F32) {
    loss.error = "expects an output with a float32 score per class and step, "
                 "(batch, time, classes)";
    return;
  }
  loss.target = {{loss.options.integer("max_label_length")}, DType::I32};
  loss.range = shape.back();
}

/// A target like the output, compared along the last axis.
static void inferSameAsOutput(TargetInference &loss) {
  const Shape &shape = loss.output.shape;
  if (loss.output.dtype != DType::F32)
    loss.error = "expects a float32 output";
  loss.target = loss.output;
  loss.values = withoutAxis(shape, int64_t(shape.size()) - 1);
}

/// The same, along the option "axis".
static void inferAlongAxis(TargetInference &loss) {
  inferSameAsOutput(loss);
  const Shape &shape = loss.output.shape;
  int64_t axis =
      normalizeAxis(loss.options.integer("axis"), int64_t(shape.size()) + 1);
  if (axis > 0)
    loss.values = withoutAxis(shape, axis - 1);
  else if (loss.error.empty())
    loss.error = "expects \"axis\" to be one of the output's but the batch's";
}

static OptionRule makeAlpha() {
  return {"alpha", OptionKind::Number, "0.25", "Weight of the classes.",
          kUnitInterval};
}

static OptionRule makeGamma() {
  return {"gamma", OptionKind::Number, "2.0",
          "The higher, the less what is answered well already weighs.",
          kNotNegative};
}

static OptionRule makeReduction() {
  return {"reduction",
          OptionKind::Choice,
          "\"sum_over_batch_size\"",
          "How one number is made of the values of a batch: their mean, their "
          "sum, or their sum over that of the weights.",
          kAnyNumber,
          {"sum_over_batch_size", "mean", "sum", "mean_with_sample_weight"}};
}

static std::vector<LossRule> makeCrossentropies() {
  return {
      {{"sparse_categorical_crossentropy",
        {"SparseCategoricalCrossentropy"},
        "-log of the probability of the label.",
        {fromLogits(), ignoreClass()}},
       inferLabels},
      {{"categorical_crossentropy",
        {"CategoricalCrossentropy"},
        "-log of the probabilities, weighted by those of the target.",
        {fromLogits(), labelSmoothing(), classAxis()}},
       inferAlongAxis},
      {{"binary_crossentropy",
        {"BinaryCrossentropy"},
        "-log of the probability of yes or no, for each element.",
        {fromLogits(), labelSmoothing(), classAxis()}},
       inferAlongAxis},
      {{"categorical_focal_crossentropy",
        {"CategoricalFocalCrossentropy"},
        "Categorical cross-entropy times alpha (1 - p)^gamma.",
        {makeAlpha(), makeGamma(), fromLogits(), labelSmoothing(),
         classAxis()}},
       inferAlongAxis},
      {{"binary_focal_crossentropy",
        {"BinaryFocalCrossentropy"},
        "Binary cross-entropy times (1 - p of the right answer)^gamma.",
        {{"apply_class_balancing", OptionKind::Flag, "false",
          "Whether yes weighs alpha, and no 1 - alpha."},
         makeAlpha(),
         makeGamma(),
         fromLogits(),
         labelSmoothing(),
         classAxis()}},
       inferAlongAxis},
      {{"kl_divergence",
        {"KLDivergence", "kld", "KLD", "kullback_leibler_divergence"},
        "Sum of target log(target / output).",
        {}},
       inferSameAsOutput},
      {{"poisson", {"Poisson"}, "Mean of output - target log(output).", {}},
       inferSameAsOutput},
  };
}

static std::vector<LossRule> makeSequenceLosses() {
  return {
      {{"ctc",
        {"CTC"},
        "-log of the probability that the steps spell the label, however they "
        "are stretched. Class 0 is the blank.",
        {{"max_label_length", OptionKind::Integer, "",
          "Size of the labels; shorter ones end in zeros.", kCount}}},
       inferCtc},
  };
}

static std::vector<LossRule> makeDistances() {
  return {
      {{"mean_squared_error",
        {"MeanSquaredError", "mse", "MSE"},
        "Mean of (output - target)^2.",
        {}},
       inferSameAsOutput},
      {{"mean_absolute_error",
        {"MeanAbsoluteError", "mae", "MAE"},
        "Mean of |output - target|.",
        {}},
       inferSameAsOutput},
      {{"mean_absolute_percentage_error",
        {"MeanAbsolutePercentageError", "mape", "MAPE"},
        "100 times the mean of |(target - output) / target|.",
        {}},
       inferSameAsOutput},
      {{"mean_squared_logarithmic_error",
        {"MeanSquaredLogarithmicError", "msle", "MSLE"},
        "Mean of (log(1 + output) - log(1 + target))^2.",
        {}},
       inferSameAsOutput},
      {{"huber",
        {"Huber"},
        "Half the squared error near the target, linear beyond delta.",
        {{"delta", OptionKind::Number, "1.0", "Where it becomes linear.",
          kPositive}}},
       inferSameAsOutput},
      {{"log_cosh",
        {"LogCosh", "logcosh"},
        "Mean of log(cosh(output - target)).",
        {}},
       inferSameAsOutput},
      {{"cosine_similarity",
        {"CosineSimilarity"},
        "Minus the cosine of the angle between output and target.",
        {{"axis", OptionKind::Integer, "-1", "Axis of the vectors."}}},
       inferAlongAxis},
  };
}

static std::vector<LossRule> makeHinges() {
  return {
      {{"hinge",
        {"Hinge"},
        "Mean of max(1 - target output, 0); targets are -1 or 1, or 0 or 1.",
        {}},
       inferSameAsOutput},
      {{"squared_hinge",
        {"SquaredHinge"},
        "Mean of max(1 - target output, 0)^2.",
        {}},
       inferSameAsOutput},
      {{"categorical_hinge",
        {"CategoricalHinge"},
        "max(largest wrong score - right score + 1, 0).",
        {}},
       inferSameAsOutput},
  };
}

static std::vector<LossRule> makeLossRules() {
  std::vector<LossRule> rules;
  for (std::vector<LossRule> family :
       {makeCrossentropies(), makeSequenceLosses(), makeDistances(),
        makeHinges()})
    for (LossRule &rule : family) {
      rule.options.push_back(makeReduction());
      rules.push_back(std::move(rule));
    }
  return rules;
}

const std::vector<LossRule> &mlc::frontend::lossRules() {
  static const std::vector<LossRule> rules = makeLossRules();
  return rules;
}
