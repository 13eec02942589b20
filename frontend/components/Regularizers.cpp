//===-- Regularizers.cpp - regularizers of a model file -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/components/Components.h"

using namespace mlc::frontend;

const std::vector<ComponentRule> &mlc::frontend::regularizerRules() {
  static const std::vector<ComponentRule> rules = {
      {"L1",
       {"l1"},
       "Sum of sizes times a factor.",
       {{"l1", OptionKind::Number, "0.01", "The factor.", kNotNegative}}},
      {"L2",
       {"l2"},
       "Sum of squares times a factor.",
       {{"l2", OptionKind::Number, "0.01", "The factor.", kNotNegative}}},
      {"L1L2",
       {"l1_l2"},
       "Sum of sizes and sum of squares, each times a factor.",
       {{"l1", OptionKind::Number, "0.0", "Factor of the sizes.", kNotNegative},
        {"l2", OptionKind::Number, "0.0", "Factor of the squares.",
         kNotNegative}}},
  };
  return rules;
}
