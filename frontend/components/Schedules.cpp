//===-- Schedules.cpp - learning rate schedules of a model file -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/components/Components.h"

using namespace mlc::frontend;

static OptionRule makeFirstRate() {
  return {"initial_learning_rate", OptionKind::Number, "",
          "The rate of the first step.", kNotNegative};
}

static OptionRule makeSteps() {
  return {"decay_steps", OptionKind::Integer, "",
          "After how many steps it is decayed.", kCount};
}

static std::vector<OptionRule> makeDecay() {
  return {makeFirstRate(),
          makeSteps(),
          {"decay_rate", OptionKind::Number, "", "How much it is decayed.",
           kPositive},
          {"staircase", OptionKind::Flag, "false",
           "Whether it stays the same in between."}};
}

static std::vector<ComponentRule> makeSchedules() {
  return {
      {"ExponentialDecay",
       {},
       "initial_learning_rate * decay_rate^(step / decay_steps).",
       makeDecay()},
      {"InverseTimeDecay",
       {},
       "initial_learning_rate / (1 + decay_rate * step / decay_steps).",
       makeDecay()},
      {"PolynomialDecay",
       {},
       "From the first rate to the last, along a power of the steps left.",
       {makeFirstRate(),
        makeSteps(),
        {"end_learning_rate", OptionKind::Number, "0.0001", "The last rate.",
         kNotNegative},
        {"power", OptionKind::Number, "1.0", "The power.", kNotNegative},
        {"cycle", OptionKind::Flag, "false",
         "Whether it starts anew, more slowly, once it is at the end."}}},
      {"CosineDecay",
       {},
       "Half a cosine down to a part of the rate, after a linear warm-up.",
       {makeFirstRate(),
        makeSteps(),
        {"alpha", OptionKind::Number, "0.0", "The part that is left.",
         kUnitInterval},
        {"warmup_target", OptionKind::Number, "null",
         "The rate at the end of the warm-up; by default there is none.",
         kNotNegative},
        {"warmup_steps", OptionKind::Integer, "0", "Steps of the warm-up.",
         kNotNegative}}},
      {"PiecewiseConstantDecay",
       {},
       "A rate up to and with each of some steps.",
       {{"boundaries", OptionKind::Integers, "", "These steps, in order."},
        {"values", OptionKind::Numbers, "",
         "The rates: one more than there are boundaries."}}},
  };
}

const std::vector<ComponentRule> &mlc::frontend::scheduleRules() {
  static const std::vector<ComponentRule> rules = makeSchedules();
  return rules;
}
