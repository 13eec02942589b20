//===-- MetricReader.cpp - what is reported of outputs, from JSON ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/ComponentReader.h"
#include "frontend/ModelReader.h"

using namespace mlc::frontend;
using Kind = JsonNode::Kind;

namespace {

class MetricReader {
public:
  MetricReader(bool weighted, OutputScope &outputs, Diagnostics &diagnostics)
      : weighted(weighted), key(weighted ? "weighted_metrics" : "metrics"),
        outputs(outputs), diagnostics(diagnostics) {}
  void read(const JsonNode &metrics);

private:
  void addMetrics(Output &output, const JsonNode &metrics);
  void addMetric(Output &output, const JsonNode &metric);
  bool fits(const Output &output, const Component &metric);
  std::string readName(const JsonNode &node, const Component &metric);
  std::string nameFor(const Output &output, const std::string &name) const;
  static bool isTaken(const Output &output, const std::string &name);

  bool weighted;
  std::string key;
  OutputScope &outputs;
  Diagnostics &diagnostics;
};

/// Does the metric fit what its output is compared with?
bool MetricReader::fits(const Output &output, const Component &metric) {
  const MetricRule &rule = metricRule(metric);
  if (!rule.fits(output.type, output.target)) {
    diagnostics.error(metric.location,
                      rule.name + " expects " + rule.expectation + ", which " +
                          output.loss->type + " of " + describeOutput(output) +
                          " does not give");
    return false;
  }
  if (weighted && !isLossAlongLastAxis(output)) {
    diagnostics.error(
        metric.location,
        "weighted metrics need a loss along the last axis, as its "
        "weights are theirs; " +
            output.loss->type + " of " + describeOutput(output) +
            " is along another");
    return false;
  }
  std::string problem = rule.check ? rule.check(metric, output.type) : "";
  if (!problem.empty())
    diagnostics.error(metric.location, rule.name + " of " +
                                           describeOutput(output) + ": " +
                                           problem);
  return problem.empty();
}

/// As Keras reports it: by the option "name", or as it was written, or by its
/// type.
std::string MetricReader::readName(const JsonNode &node,
                                   const Component &metric) {
  if (node.is(Kind::Text))
    return node.text;
  const JsonNode *name = node.find("name");
  std::optional<std::string> given;
  if (name)
    given = mlc::frontend::readName(*name, "a metric", ".-", diagnostics);
  return given.value_or(metric.type);
}

bool MetricReader::isTaken(const Output &output, const std::string &name) {
  for (const Metric &other : output.metrics)
    if (other.name == name)
      return true;
  return false;
}

/// With the output's name, where there are several; where a metric without
/// weights has it already, "weighted_..." is what Keras makes of it.
std::string MetricReader::nameFor(const Output &output,
                                  const std::string &name) const {
  std::string prefix = outputs.hasSeveral() ? output.name + "_" : "";
  bool collides = weighted && isTaken(output, prefix + name);
  return prefix + (collides ? "weighted_" : "") + name;
}

void MetricReader::addMetric(Output &output, const JsonNode &node) {
  std::optional<Component> metric = readComponent(
      node, Family::Metric, diagnostics, &frameRule(Frame::Metric));
  if (!metric)
    return;
  std::string written = readName(node, *metric);
  std::string name = nameFor(output, written);
  if (isTaken(output, name)) {
    diagnostics.error(node.location,
                      "metric \"" + written +
                          "\" is listed twice; to have it with other options, "
                          "add a \"name\"");
    return;
  }
  if (outputs.hasType(output) && output.loss) {
    if (!fits(output, *metric))
      return;
    const MetricRule &rule = metricRule(*metric);
    if (rule.standsFor)
      metric = defaultComponent(Family::Metric,
                                rule.standsFor(output.type, output.target),
                                node.location);
  }
  output.metrics.push_back({std::move(name), std::move(*metric), weighted});
}

void MetricReader::addMetrics(Output &output, const JsonNode &metrics) {
  if (!metrics.is(Kind::List))
    return addMetric(output, metrics);
  for (const JsonNode &metric : metrics.items)
    addMetric(output, metric);
}

/// A list for all outputs that have a loss, or one for each by name.
void MetricReader::read(const JsonNode &metrics) {
  if (metrics.is(Kind::Object) && !metrics.find("type")) {
    for (const JsonMember &member : metrics.members)
      if (Output *output = outputs.findWithLoss(
              member, "metrics", ", and so nothing to be compared with"))
        addMetrics(*output, member.value);
    return;
  }
  if (!metrics.is(Kind::List))
    return expected(metrics, "\"" + key + "\"",
                    "a list, or an object with one for each output by name",
                    diagnostics);
  outputs.forEach(/*withLoss=*/true,
                  [&](Output &output) { addMetrics(output, metrics); });
}

} // namespace

void mlc::frontend::readMetrics(const JsonNode &metrics, bool weighted,
                                OutputScope &outputs,
                                Diagnostics &diagnostics) {
  MetricReader(weighted, outputs, diagnostics).read(metrics);
}
