//===-- Optimizers.cpp - optimizers of a model file -----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/components/Components.h"

using namespace mlc::frontend;

static std::vector<ComponentRule> makeOptimizerRules() {
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

const std::vector<ComponentRule> &mlc::frontend::optimizerRules() {
  static const std::vector<ComponentRule> rules = makeOptimizerRules();
  return rules;
}
