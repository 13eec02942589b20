//===-- TrainingReader.cpp - how a model is trained, from JSON ------------===//
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

class TrainingReader {
public:
  TrainingReader(const JsonNode &node, bool outputsAreKnown, Model &model,
                 Diagnostics &diagnostics)
      : node(node), outputsAreKnown(outputsAreKnown), model(model),
        diagnostics(diagnostics) {}
  void read();

private:
  void readLosses(const JsonNode &losses);
  void setLoss(Output &output, const JsonNode &loss);
  void readWeights(const JsonNode &weights);
  void readMetrics(const JsonNode &metrics);
  void addMetrics(Output &output, const JsonNode &metrics);
  void addMetric(Output &output, const JsonNode &metric);
  int64_t readInteger(const char *key, Range range, int64_t otherwise);
  Output *findOutput(const JsonMember &member, const std::string &what);

  const JsonNode &node;
  bool outputsAreKnown;
  Model &model;
  Diagnostics &diagnostics;
  /// Stands in for outputs that are not known: what is read is still checked.
  Output unknown;
};

/// Its layer may have had errors.
bool hasType(const Model &model, const Output &output) {
  size_t inputs = model.inputs.size();
  return output.value.producer >= inputs &&
         !model.layers[output.value.producer - inputs].results.empty();
}

std::string describeOutput(const Output &output) {
  return "output \"" + output.name + "\" of shape " +
         shapeText(output.type.shape) +
         (output.type.dtype == DType::I32 ? " and type int32" : "");
}

/// The output that a key names.
Output *TrainingReader::findOutput(const JsonMember &member,
                                   const std::string &what) {
  if (!outputsAreKnown)
    return &unknown;
  std::vector<std::string> names;
  for (Output &output : model.outputs) {
    if (output.name == member.key)
      return &output;
    names.push_back(output.name);
  }
  diagnostics.error(member.location,
                    what + " for \"" + member.key +
                        "\", which is no output; outputs are " +
                        listNames(names));
  return nullptr;
}

void TrainingReader::setLoss(Output &output, const JsonNode &node) {
  std::optional<Component> loss =
      readComponent(node, Family::Loss, diagnostics);
  if (!loss)
    return;
  if (hasType(model, output)) {
    TargetInference inference{*loss, output.type, {}, 0, {}};
    lossRule(*loss).infer(inference);
    if (!inference.error.empty()) {
      diagnostics
          .error(node.location, loss->type + " " + inference.error +
                                    ", found " + describeOutput(output))
          .note(output.location, "the output is named here");
      return;
    }
    output.target = inference.target;
    output.targetRange = inference.range;
  }
  output.loss = std::move(loss);
}

/// One loss for all outputs, or one for each by name.
void TrainingReader::readLosses(const JsonNode &losses) {
  if (!losses.is(Kind::Object) || losses.find("type")) {
    if (!outputsAreKnown)
      return setLoss(unknown, losses);
    for (Output &output : model.outputs) {
      unsigned before = diagnostics.errorCount();
      setLoss(output, losses);
      if (diagnostics.errorCount() != before)
        return; // not the same error for each
    }
    return;
  }
  if (losses.members.empty())
    expected(losses, "\"loss\"", "a loss, or one for each output by name",
             diagnostics);
  for (const JsonMember &member : losses.members)
    if (Output *output = findOutput(member, "a loss"))
      setLoss(*output, member.value);
}

void TrainingReader::readWeights(const JsonNode &weights) {
  if (!weights.is(Kind::Object))
    return expected(weights, "\"loss_weights\"",
                    "an object with a number for each output by name",
                    diagnostics);
  for (const JsonMember &member : weights.members) {
    Output *output = findOutput(member, "a loss weight");
    OptionRule rule{member.key, OptionKind::Number, "", "", kNotNegative};
    std::optional<OptionValue> value =
        readValue(member.value, rule, "\"loss_weights\"", diagnostics);
    if (!output || !value)
      continue;
    output->lossWeight = std::get<double>(value->data);
    if (outputsAreKnown && !output->loss)
      diagnostics.error(member.location,
                        "output \"" + member.key + "\" has no loss");
  }
}

void TrainingReader::addMetric(Output &output, const JsonNode &node) {
  std::optional<Component> metric =
      readComponent(node, Family::Metric, diagnostics);
  if (!metric)
    return;
  const MetricRule &rule = metricRule(*metric);
  std::string name = rule.name;
  if (model.outputs.size() > 1)
    name = output.name + "_" + name;
  for (const Metric &other : output.metrics)
    if (other.name == name) {
      diagnostics.error(node.location,
                        "metric \"" + rule.name + "\" is listed twice");
      return;
    }
  if (hasType(model, output) && output.loss) {
    if (!rule.fits(output.type, output.target)) {
      diagnostics.error(node.location,
                        rule.name + " expects " + rule.expectation +
                            ", which " + output.loss->type + " of " +
                            describeOutput(output) + " does not give");
      return;
    }
    if (rule.standsFor)
      metric = defaultComponent(Family::Metric,
                                rule.standsFor(output.type, output.target),
                                node.location);
  }
  output.metrics.push_back({std::move(name), std::move(*metric)});
}

void TrainingReader::addMetrics(Output &output, const JsonNode &metrics) {
  if (!metrics.is(Kind::List))
    return addMetric(output, metrics);
  for (const JsonNode &metric : metrics.items)
    addMetric(output, metric);
}

/// A list for all outputs that have a loss, or one for each by name.
void TrainingReader::readMetrics(const JsonNode &metrics) {
  if (metrics.is(Kind::Object) && !metrics.find("type")) {
    for (const JsonMember &member : metrics.members) {
      Output *output = findOutput(member, "metrics");
      if (output && outputsAreKnown && !output->loss)
        diagnostics.error(member.location,
                          "output \"" + member.key +
                              "\" has no loss, and so nothing to be compared "
                              "with");
      else if (output)
        addMetrics(*output, member.value);
    }
    return;
  }
  if (!metrics.is(Kind::List))
    return expected(metrics, "\"metrics\"",
                    "a list, or an object with one for each output by name",
                    diagnostics);
  if (!outputsAreKnown)
    return addMetrics(unknown, metrics);
  for (Output &output : model.outputs) {
    unsigned before = diagnostics.errorCount();
    if (output.loss)
      addMetrics(output, metrics);
    if (diagnostics.errorCount() != before)
      return; // not the same error for each
  }
}

int64_t TrainingReader::readInteger(const char *key, Range range,
                                    int64_t otherwise) {
  const JsonNode *given = node.find(key);
  if (!given)
    return otherwise;
  OptionRule rule{key, OptionKind::Integer, "", "", range};
  std::optional<OptionValue> value =
      readValue(*given, rule, "\"training\"", diagnostics);
  return value ? std::get<int64_t>(value->data) : otherwise;
}

void TrainingReader::read() {
  checkFrame(node, Frame::Training, diagnostics);
  if (!node.is(Kind::Object))
    return;
  Training training;
  training.location = node.location;
  training.epochs = readInteger("epochs", kCount, 1);
  training.seed = uint64_t(readInteger("seed", kNotNegative, 0));
  if (const JsonNode *optimizer = node.find("optimizer"))
    training.optimizer =
        readComponent(*optimizer, Family::Optimizer, diagnostics)
            .value_or(Component{});
  if (const JsonNode *losses = node.find("loss"))
    readLosses(*losses);
  if (const JsonNode *weights = node.find("loss_weights"))
    readWeights(*weights);
  if (const JsonNode *metrics = node.find("metrics"))
    readMetrics(*metrics);
  model.training = std::move(training);
}

} // namespace

void mlc::frontend::readTraining(const JsonNode &node, bool outputsAreKnown,
                                 Model &model, Diagnostics &diagnostics) {
  TrainingReader(node, outputsAreKnown, model, diagnostics).read();
}
