//===-- Components.cpp - tables of what layers and training name ----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activations, initializers, regularizers, losses, metrics and optimizers.
// Both of Keras's spellings are accepted; the first is the one used here.
//
//===----------------------------------------------------------------------===//
#include "frontend/Tables.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace mlc::frontend;

namespace {

using Rules = std::vector<ComponentRule>;

const Rules &activationRules() {
  static const Rules rules = {
      {"linear", {}, "x", {}},
      {"relu", {}, "max(x, 0)", {}},
      {"sigmoid", {}, "1 / (1 + e^-x)", {}},
      {"tanh", {}, "Hyperbolic tangent.", {}},
      {"gelu",
       {},
       "x times the normal distribution function of x.",
       {{"approximate", OptionKind::Flag, "false",
         "Whether to use the approximation by tanh."}}},
      {"softmax",
       {},
       "e^x over its sum along an axis.",
       {{"axis", OptionKind::Integer, "-1", "Axis to sum along."}}},
  };
  return rules;
}

const Rules &initializerRules() {
  static const Rules rules = {
      {"zeros", {"Zeros"}, "All 0.", {}},
      {"ones", {"Ones"}, "All 1.", {}},
      {"constant",
       {"Constant"},
       "All one value.",
       {{"value", OptionKind::Number, "0.0", "The value."}}},
      {"random_uniform",
       {"RandomUniform"},
       "Uniform between bounds.",
       {{"minval", OptionKind::Number, "-0.05", "Lower bound."},
        {"maxval", OptionKind::Number, "0.05", "Upper bound."}}},
      {"random_normal",
       {"RandomNormal"},
       "Normal.",
       {{"mean", OptionKind::Number, "0.0", "Mean."},
        {"stddev", OptionKind::Number, "0.05", "Standard deviation.",
         kNotNegative}}},
      {"truncated_normal",
       {"TruncatedNormal"},
       "Normal, within two standard deviations.",
       {{"mean", OptionKind::Number, "0.0", "Mean."},
        {"stddev", OptionKind::Number, "0.05",
         "Standard deviation before truncation.", kNotNegative}}},
      {"glorot_uniform",
       {"GlorotUniform"},
       "Uniform with variance 2 / (fan in + fan out).",
       {}},
      {"glorot_normal",
       {"GlorotNormal"},
       "Truncated normal with variance 2 / (fan in + fan out).",
       {}},
      {"he_uniform", {"HeUniform"}, "Uniform with variance 2 / fan in.", {}},
      {"he_normal",
       {"HeNormal"},
       "Truncated normal with variance 2 / fan in.",
       {}},
  };
  return rules;
}

const Rules &regularizerRules() {
  static const Rules rules = {
      {"L2",
       {"l2"},
       "Sum of squares times a factor.",
       {{"l2", OptionKind::Number, "0.01", "The factor.", kNotNegative}}},
  };
  return rules;
}

Rules makeOptimizerRules() {
  const OptionRule decay = {"weight_decay", OptionKind::Number, "null",
                            "Part of each weight taken off per unit of rate.",
                            kNotNegative};
  auto rate = [](const char *value) -> OptionRule {
    return {"learning_rate", OptionKind::Number, value, "Size of a step.",
            kNotNegative};
  };
  std::vector<OptionRule> adam = {
      rate("0.001"),
      {"beta_1", OptionKind::Number, "0.9", "Decay of the first moment.",
       kFraction},
      {"beta_2", OptionKind::Number, "0.999", "Decay of the second moment.",
       kFraction},
      {"epsilon", OptionKind::Number, "1e-07", "Keeps the divisor from zero.",
       kPositive},
      {"amsgrad", OptionKind::Flag, "false",
       "Whether to divide by the largest second moment so far."},
      decay};
  std::vector<OptionRule> adamW = adam;
  adamW.back().defaultText = "0.004";
  return {
      {"sgd",
       {"SGD"},
       "Gradient descent, with momentum if asked for.",
       {rate("0.01"),
        {"momentum",
         OptionKind::Number,
         "0.0",
         "Part of the last step to repeat.",
         {0, 1, false, false}},
        {"nesterov", OptionKind::Flag, "false",
         "Whether to look ahead along the momentum."},
        decay}},
      {"adam", {"Adam"}, "Steps scaled by moments of the gradient.", adam},
      {"adamw", {"AdamW"}, "Adam with decoupled weight decay.", adamW},
  };
}

const Rules &optimizerRules() {
  static const Rules rules = makeOptimizerRules();
  return rules;
}

/// Class labels: one integer in place of the scores along the last axis.
void inferLabels(TargetInference &loss) {
  if (loss.output.shape.empty() || loss.output.dtype != DType::F32) {
    loss.error = "expects an output with a float32 score per class, "
                 "(batch, ..., classes)";
    return;
  }
  loss.target = {loss.output.shape, DType::I32};
  loss.target.shape.pop_back();
  loss.range = loss.output.shape.back();
}

void inferSameAsOutput(TargetInference &loss) {
  if (loss.output.dtype != DType::F32)
    loss.error = "expects a float32 output";
  loss.target = loss.output;
}

bool isLabelOf(const TensorType &output, const TensorType &target) {
  return target.dtype == DType::I32 &&
         target.shape.size() + 1 == output.shape.size();
}

bool isLikeOutput(const TensorType &output, const TensorType &target) {
  return output == target && output.dtype == DType::F32;
}

bool hasAccuracy(const TensorType &output, const TensorType &target) {
  return isLabelOf(output, target) || isLikeOutput(output, target);
}

std::string kindOfAccuracy(const TensorType &output, const TensorType &target) {
  if (isLabelOf(output, target))
    return "sparse_categorical_accuracy";
  bool single = output.shape.empty() || output.shape.back() == 1;
  return single ? "binary_accuracy" : "categorical_accuracy";
}

std::vector<MetricRule> makeMetricRules() {
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

/// In the order of enum Frame.
std::vector<FrameRule> makeFrameRules() {
  return {
      {"a model",
       {{"$schema", "Where an editor finds the schema; ignored."},
        {"name", "The model's name, a C identifier: the prefix of the compiled "
                 "symbols. By default from the file's name."},
        {"inputs", "What the model is given.", true},
        {"layers",
         "What it computes. A layer without \"inputs\" follows the one before "
         "it.",
         true},
        {"outputs", "Layers whose results the model returns; by default the "
                    "last one."},
        {"batch_size", "Rows of a call; may stand in \"training\" instead."},
        {"training", "How it is trained. A model without only predicts."},
        {"data", "Files of inputs and targets."}}},
      {"an input",
       {{"name", "Its name, unique among inputs and layers.", true},
        {"shape", "Sizes without the batch.", true},
        {"dtype", "Type of its elements."}}},
      {"a layer",
       {{"type", "What kind of layer.", true},
        {"name", "Its name, unique among inputs and layers. By default from "
                 "its type: dense, dense_1, ..."},
        {"inputs", "Names of the inputs or layers that it takes; by default "
                   "the layer before it."},
        {"trainable", "Whether training changes its weights."}}},
      {"\"training\"",
       {{"loss",
         "What to minimize: one loss, or an object with one for each "
         "output by name.",
         true},
        {"loss_weights", "Factors of the losses by output name."},
        {"optimizer", "How weights follow from gradients.", true},
        {"metrics", "What else to report: a list, or an object with a list "
                    "for each output by name."},
        {"batch_size", "Rows of a step."},
        {"epochs", "Passes over the training data."},
        {"seed", "Of initial weights, dropout and shuffling."}}},
      {"\"data\"",
       {{"train", "To train with."},
        {"validation", "To evaluate after each epoch."},
        {"test", "To evaluate the trained model."}}},
      {"a split of the data",
       {{"inputs",
         "A file, or an object with one for each input by name. Relative paths "
         "start at the model's directory.",
         true},
        {"targets", "A file, or an object with one for each output by name."}}},
      {"a source of data",
       {{"file", "An IDX, npy, npz or CSV file.", true},
        {"key", "The array within an npz file; also \"file.npz:key\"."},
        {"columns", "Names of the columns of a CSV file; by default all."}}},
  };
}

template <typename Rule>
std::vector<const ComponentRule *> addresses(const std::vector<Rule> &rules) {
  std::vector<const ComponentRule *> result;
  for (const Rule &rule : rules)
    result.push_back(&rule);
  return result;
}

template <typename Rule>
const Rule &findChecked(const std::vector<Rule> &rules,
                        const std::string &type) {
  return *std::find_if(rules.begin(), rules.end(),
                       [&](const Rule &rule) { return rule.name == type; });
}

std::string numberText(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

} // namespace

const char *mlc::frontend::familyName(Family family) {
  switch (family) {
  case Family::Layer:
    return "layer";
  case Family::Activation:
    return "activation";
  case Family::Initializer:
    return "initializer";
  case Family::Regularizer:
    return "regularizer";
  case Family::Loss:
    return "loss";
  case Family::Metric:
    return "metric";
  case Family::Optimizer:
    return "optimizer";
  }
  return "";
}

bool Range::contains(double value) const {
  return (openLow ? value > low : value >= low) &&
         (openHigh ? value < high : value <= high);
}

std::string Range::expectation(double value) const {
  if (std::isfinite(low) && high < kCount.high)
    return std::string("in ") + (openLow ? "(" : "[") + numberText(low) + ", " +
           numberText(high) + (openHigh ? ")" : "]");
  if (value <= low)
    return (openLow ? "greater than " : "at least ") + numberText(low);
  return (openHigh ? "less than " : "at most ") + numberText(high);
}

const FrameRule &mlc::frontend::frameRule(Frame frame) {
  static const std::vector<FrameRule> rules = makeFrameRules();
  return rules[size_t(frame)];
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

const std::vector<MetricRule> &mlc::frontend::metricRules() {
  static const std::vector<MetricRule> rules = makeMetricRules();
  return rules;
}

std::vector<const ComponentRule *> mlc::frontend::rulesOf(Family family) {
  switch (family) {
  case Family::Layer:
    return addresses(layerRules());
  case Family::Activation:
    return addresses(activationRules());
  case Family::Initializer:
    return addresses(initializerRules());
  case Family::Regularizer:
    return addresses(regularizerRules());
  case Family::Loss:
    return addresses(lossRules());
  case Family::Metric:
    return addresses(metricRules());
  case Family::Optimizer:
    return addresses(optimizerRules());
  }
  return {};
}

const ComponentRule *mlc::frontend::findRule(Family family,
                                             std::string_view name) {
  for (const ComponentRule *rule : rulesOf(family))
    if (rule->name == name ||
        std::find(rule->aliases.begin(), rule->aliases.end(), name) !=
            rule->aliases.end())
      return rule;
  return nullptr;
}

std::vector<std::string> mlc::frontend::namesOf(Family family) {
  std::vector<std::string> names;
  for (const ComponentRule *rule : rulesOf(family)) {
    names.push_back(rule->name);
    names.insert(names.end(), rule->aliases.begin(), rule->aliases.end());
  }
  return names;
}

const LayerRule &mlc::frontend::layerRule(const Component &layer) {
  return findChecked(layerRules(), layer.type);
}
const LossRule &mlc::frontend::lossRule(const Component &loss) {
  return findChecked(lossRules(), loss.type);
}
const MetricRule &mlc::frontend::metricRule(const Component &metric) {
  return findChecked(metricRules(), metric.type);
}
