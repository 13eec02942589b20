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
      {"L2",
       {"l2"},
       "Sum of squares times a factor.",
       {{"l2", OptionKind::Number, "0.01", "The factor.", kNotNegative}}},
  };
  return rules;
}
