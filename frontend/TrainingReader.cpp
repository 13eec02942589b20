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
      : node(node), outputs(model, outputsAreKnown, diagnostics), model(model),
        diagnostics(diagnostics) {}
  void read();

private:
  void readLosses(const JsonNode &losses);
  void setLoss(Output &output, const JsonNode &loss);
  void readWeights(const JsonNode &weights);
  void readSampleWeights(const JsonNode &flag);
  void checkClipping(const Component &optimizer);
  void checkSchedule(const Component &schedule);
  int64_t readInteger(const char *key, Range range, int64_t otherwise);

  const JsonNode &node;
  OutputScope outputs;
  Model &model;
  Diagnostics &diagnostics;
};

void TrainingReader::setLoss(Output &output, const JsonNode &node) {
  std::optional<Component> loss =
      readComponent(node, Family::Loss, diagnostics);
  if (!loss)
    return;
  if (outputs.hasType(output)) {
    TargetInference inference{*loss, output.type};
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
    output.ignoredTarget = inference.ignored;
    output.lossValues = inference.values;
  }
  output.loss = std::move(loss);
}

/// One loss for all outputs, or one for each by name.
void TrainingReader::readLosses(const JsonNode &losses) {
  if (!losses.is(Kind::Object) || losses.find("type"))
    return outputs.forEach(/*withLoss=*/false,
                           [&](Output &output) { setLoss(output, losses); });
  if (losses.members.empty())
    expected(losses, "\"loss\"", "a loss, or one for each output by name",
             diagnostics);
  for (const JsonMember &member : losses.members)
    if (Output *output = outputs.find(member, "a loss"))
      setLoss(*output, member.value);
}

void TrainingReader::readWeights(const JsonNode &weights) {
  if (!weights.is(Kind::Object))
    return expected(weights, "\"loss_weights\"",
                    "an object with a number for each output by name",
                    diagnostics);
  for (const JsonMember &member : weights.members) {
    Output *output = outputs.findWithLoss(member, "a loss weight", "");
    OptionRule rule{member.key, OptionKind::Number, "", "", kNotNegative};
    std::optional<OptionValue> value =
        readValue(member.value, rule, "\"loss_weights\"", diagnostics);
    if (output && value)
      output->lossWeight = std::get<double>(value->data);
  }
}

void TrainingReader::readSampleWeights(const JsonNode &flag) {
  OptionRule rule{"sample_weights", OptionKind::Flag, "", ""};
  std::optional<OptionValue> value =
      readValue(flag, rule, "\"training\"", diagnostics);
  if (value && std::get<bool>(value->data))
    outputs.forEach(/*withLoss=*/true, [&](Output &output) {
      expectSampleWeights(output, flag.location, diagnostics);
    });
}

/// At most one way of clipping.
void TrainingReader::checkClipping(const Component &optimizer) {
  std::string first;
  for (const char *option : {"clipnorm", "clipvalue", "global_clipnorm"}) {
    if (!optimizer.has(option))
      continue;
    if (!first.empty())
      diagnostics.error(optimizer.get(option).location,
                        std::string("\"") + option + "\" beside \"" + first +
                            "\": gradients are clipped in one way only");
    first = option;
  }
}

void TrainingReader::checkSchedule(const Component &schedule) {
  if (schedule.type != "PiecewiseConstantDecay")
    return;
  const auto &boundaries = schedule.integers("boundaries");
  const OptionValue &values = schedule.get("values");
  size_t count = std::get<std::vector<double>>(values.data).size();
  if (count != boundaries.size() + 1)
    diagnostics.error(values.location,
                      "\"values\" of PiecewiseConstantDecay must be one more "
                      "than \"boundaries\", " +
                          std::to_string(boundaries.size() + 1) + ", found " +
                          std::to_string(count));
  for (size_t i = 1; i < boundaries.size(); ++i)
    if (boundaries[i] <= boundaries[i - 1])
      diagnostics.error(schedule.get("boundaries").location,
                        "\"boundaries\" of PiecewiseConstantDecay must grow, "
                        "found " +
                            std::to_string(boundaries[i]) + " after " +
                            std::to_string(boundaries[i - 1]));
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
  if (!training.optimizer.type.empty()) {
    checkClipping(training.optimizer);
    const OptionValue &rate = training.optimizer.get("learning_rate");
    if (std::holds_alternative<std::shared_ptr<const Component>>(rate.data))
      checkSchedule(training.optimizer.component("learning_rate"));
  }
  if (const JsonNode *losses = node.find("loss"))
    readLosses(*losses);
  if (const JsonNode *weights = node.find("loss_weights"))
    readWeights(*weights);
  if (const JsonNode *metrics = node.find("metrics"))
    readMetrics(*metrics, /*weighted=*/false, outputs, diagnostics);
  if (const JsonNode *metrics = node.find("weighted_metrics"))
    readMetrics(*metrics, /*weighted=*/true, outputs, diagnostics);
  if (const JsonNode *weights = node.find("class_weight"))
    readClassWeights(*weights, outputs, diagnostics);
  if (const JsonNode *flag = node.find("sample_weights"))
    readSampleWeights(*flag);
  model.training = std::move(training);
}

} // namespace

void mlc::frontend::readTraining(const JsonNode &node, bool outputsAreKnown,
                                 Model &model, Diagnostics &diagnostics) {
  TrainingReader(node, outputsAreKnown, model, diagnostics).read();
}
