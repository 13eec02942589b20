//===-- Optimizers.cpp - optimizers of a model file -----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/components/Components.h"

using namespace mlc::frontend;

static OptionRule makeRate(const char *value) {
  return {"learning_rate", OptionKind::LearningRate, value,
          "Size of a step: a number, or a schedule.", kNotNegative};
}

static OptionRule makeBeta(const char *name, const char *value,
                           const char *description) {
  return {name, OptionKind::Number, value, description, kFraction};
}

static OptionRule makeEpsilon() {
  return {"epsilon", OptionKind::Number, "1e-07",
          "Keeps the divisor from zero.", kPositive};
}

static OptionRule makeMomentum() {
  return {"momentum", OptionKind::Number, "0.0",
          "Part of the last step to repeat.", kUnitInterval};
}

/// The rate, and moments of the gradient.
static std::vector<OptionRule> makeMoments() {
  return {makeRate("0.001"),
          makeBeta("beta_1", "0.9", "Decay of the first moment."),
          makeBeta("beta_2", "0.999", "Decay of the second moment."),
          makeEpsilon()};
}

static std::vector<OptionRule> makeAdamOptions() {
  std::vector<OptionRule> options = makeMoments();
  options.push_back({"amsgrad", OptionKind::Flag, "false",
                     "Whether to divide by the largest second moment so far."});
  return options;
}

/// What every optimizer has beside its own options.
static void addCommonOptions(ComponentRule &rule) {
  rule.options.push_back({"weight_decay", OptionKind::Number,
                          rule.name == "adamw" ? "0.004" : "null",
                          "Part of each weight taken off per unit of rate.",
                          kNotNegative});
  for (auto [name, description] :
       {std::pair("clipnorm", "The largest norm of a weight's gradient."),
        std::pair("clipvalue", "The largest element of a gradient."),
        std::pair("global_clipnorm",
                  "The largest norm of all gradients together.")})
    rule.options.push_back(
        {name, OptionKind::Number, "null", description, kPositive});
}

static std::vector<ComponentRule> makeOptimizers() {
  return {
      {"sgd",
       {"SGD"},
       "Gradient descent, with momentum if asked for.",
       {makeRate("0.01"),
        makeMomentum(),
        {"nesterov", OptionKind::Flag, "false",
         "Whether to look ahead along the momentum."}}},
      {"rmsprop",
       {"RMSprop"},
       "Steps scaled by the mean square of the gradient.",
       {makeRate("0.001"),
        makeBeta("rho", "0.9", "Decay of the mean square."),
        makeMomentum(),
        makeEpsilon(),
        {"centered", OptionKind::Flag, "false",
         "Whether to scale by the variance instead."}}},
      {"adam",
       {"Adam"},
       "Steps scaled by moments of the gradient.",
       makeAdamOptions()},
      {"adamw",
       {"AdamW"},
       "Adam with decoupled weight decay.",
       makeAdamOptions()},
      {"adamax",
       {"Adamax"},
       "Adam with the largest gradient in place of the second moment.",
       makeMoments()},
      {"nadam", {"Nadam"}, "Adam with Nesterov's momentum.", makeMoments()},
      {"adagrad",
       {"Adagrad"},
       "Steps scaled by the sum of the gradient's squares.",
       {makeRate("0.001"),
        {"initial_accumulator_value", OptionKind::Number, "0.1",
         "What the sum begins with.", kNotNegative},
        makeEpsilon()}},
      {"adadelta",
       {"Adadelta"},
       "Steps scaled by the mean squares of gradients and of past steps.",
       {makeRate("0.001"),
        makeBeta("rho", "0.95", "Decay of the mean squares."), makeEpsilon()}},
      {"lion",
       {"Lion"},
       "Steps of one size, along the sign of a mean of gradients.",
       {makeRate("0.001"),
        {"beta_1",
         OptionKind::Number,
         "0.9",
         "Part of the mean in the direction.",
         {0, 1, true, false}},
        makeBeta("beta_2", "0.99", "Decay of the mean.")}},
  };
}

const std::vector<ComponentRule> &mlc::frontend::optimizerRules() {
  static const std::vector<ComponentRule> rules = [] {
    std::vector<ComponentRule> all = makeOptimizers();
    for (ComponentRule &rule : all)
      addCommonOptions(rule);
    return all;
  }();
  return rules;
}
