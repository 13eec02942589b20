//===-- Initializers.cpp - initializers of a model file -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/components/Components.h"

using namespace mlc::frontend;

const std::vector<ComponentRule> &mlc::frontend::initializerRules() {
  static const std::vector<ComponentRule> rules = {
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
