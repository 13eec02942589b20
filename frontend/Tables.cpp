//===-- Tables.cpp - what a model file may name ---------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Tables.h"

#include "frontend/components/Components.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace mlc::frontend;

namespace {

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
  case Family::Schedule:
    return "schedule";
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
  case Family::Schedule:
    return addresses(scheduleRules());
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

const InitializerRule &
mlc::frontend::initializerRule(const Component &initializer) {
  return findChecked(initializerRules(), initializer.type);
}
const ActivationRule &
mlc::frontend::activationRule(const Component &activation) {
  return findChecked(activationRules(), activation.type);
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
