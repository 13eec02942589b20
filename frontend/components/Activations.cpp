//===-- Activations.cpp - activations of a model file ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/components/Components.h"

using namespace mlc::frontend;

const std::vector<ComponentRule> &mlc::frontend::activationRules() {
  static const std::vector<ComponentRule> rules = {
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
