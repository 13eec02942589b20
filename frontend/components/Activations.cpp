//===-- Activations.cpp - activations of a model file ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/components/Components.h"

using namespace mlc::frontend;

namespace {

OptionRule number(const char *name, const char *value, const char *description,
                  Range range = kAnyNumber) {
  return {name, OptionKind::Number, value, description, range};
}

OptionRule axisOption(const char *description) {
  return {"axis", OptionKind::Integer, "-1", description};
}

std::vector<ActivationRule> makeRectifiers() {
  return {
      {{"relu",
        {},
        "max(x, 0); with options cut at the top, or with a slope below the "
        "threshold.",
        {number("negative_slope", "0.0", "Slope below the threshold."),
         number("max_value", "null", "The most that it can be."),
         number("threshold", "0.0", "Where it begins.")}}},
      {{"relu6", {}, "min(max(x, 0), 6)", {}}},
      {{"leaky_relu",
        {},
        "x, times a slope where it is negative.",
        {number("negative_slope", "0.2", "The slope.")}}},
      {{"elu",
        {},
        "x, and alpha (e^x - 1) where it is negative.",
        {number("alpha", "1.0", "The limit's distance from 0.")}}},
      {{"selu", {}, "elu scaled so that it keeps mean 0 and variance 1.", {}}},
      {{"celu",
        {},
        "x, and alpha (e^(x / alpha) - 1) where it is negative.",
        {number("alpha", "1.0", "The limit's distance from 0.", kPositive)}}},
      {{"softplus", {}, "log(1 + e^x)", {}}},
      {{"squareplus",
        {},
        "(x + sqrt(x^2 + b)) / 2",
        {number("b", "4.0", "How smooth it is.", kNotNegative)}}},
      {{"sparse_plus",
        {},
        "x from 1 on, 0 up to -1, and (x + 1)^2 / 4 between.",
        {}}},
      {{"gelu",
        {},
        "x times the normal distribution function of x.",
        {{"approximate", OptionKind::Flag, "false",
          "Whether to use the approximation by tanh."}}}},
      {{"silu", {"swish"}, "x / (1 + e^-x)", {}}},
      {{"hard_silu", {"hard_swish"}, "x times hard_sigmoid(x)", {}}},
      {{"mish", {}, "x tanh(softplus(x))", {}}},
      {{"glu",
        {},
        "The first half along an axis times the sigmoid of the second.",
        {axisOption("Axis to halve.")}},
       /*halvesAxis=*/true},
  };
}

std::vector<ActivationRule> makeSigmoids() {
  return {
      {{"sigmoid", {}, "1 / (1 + e^-x)", {}}},
      {{"hard_sigmoid", {}, "x / 6 + 1 / 2, between 0 and 1.", {}}},
      {{"sparse_sigmoid", {}, "(x + 1) / 2, between 0 and 1.", {}}},
      {{"log_sigmoid", {}, "log(1 / (1 + e^-x))", {}}},
      {{"tanh", {}, "Hyperbolic tangent.", {}}},
      {{"hard_tanh", {}, "x, between -1 and 1.", {}}},
      {{"softsign", {}, "x / (1 + |x|)", {}}},
  };
}

std::vector<ActivationRule> makeShrinkers() {
  return {
      {{"tanh_shrink", {}, "x - tanh(x)", {}}},
      {{"soft_shrink",
        {},
        "x nearer to 0 by the threshold, and 0 within it.",
        {number("threshold", "0.5", "The threshold.")}}},
      {{"hard_shrink",
        {},
        "x, and 0 within the threshold.",
        {number("threshold", "0.5", "The threshold.")}}},
      {{"threshold",
        {},
        "x above the threshold, another value otherwise.",
        {number("threshold", "", "The threshold."),
         number("default_value", "", "The other value.")}}},
      {{"exponential", {}, "e^x", {}}},
  };
}

std::vector<ActivationRule> makeAlongAxes() {
  return {
      {{"softmax",
        {},
        "e^x over its sum along an axis.",
        {axisOption("Axis to sum along.")}}},
      {{"log_softmax",
        {},
        "Logarithm of the softmax.",
        {axisOption("Axis to sum along.")}}},
      {{"sparsemax",
        {},
        "The point nearest to x among those that are not negative and add up "
        "to 1 along an axis.",
        {axisOption("Axis to sum along.")}}},
  };
}

std::vector<ActivationRule> makeActivationRules() {
  std::vector<ActivationRule> rules = {{{"linear", {}, "x", {}}}};
  for (auto *make :
       {makeRectifiers, makeSigmoids, makeShrinkers, makeAlongAxes})
    for (ActivationRule &rule : make())
      rules.push_back(std::move(rule));
  return rules;
}

} // namespace

const std::vector<ActivationRule> &mlc::frontend::activationRules() {
  static const std::vector<ActivationRule> rules = makeActivationRules();
  return rules;
}
