//===-- WeightReader.cpp - how much rows and classes count, from JSON -----===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/ComponentReader.h"
#include "frontend/ModelReader.h"

#include <algorithm>
#include <charconv>

using namespace mlc::frontend;
using Kind = JsonNode::Kind;

namespace {

class ClassWeightReader {
public:
  ClassWeightReader(OutputScope &outputs, Diagnostics &diagnostics)
      : outputs(outputs), diagnostics(diagnostics) {}
  void read(const JsonNode &weights);

private:
  void readOne(Output &output, const JsonNode &weights);
  bool expectClasses(const Output &output, const JsonNode &weights);
  void readWeight(Output &output, const JsonMember &member);

  OutputScope &outputs;
  Diagnostics &diagnostics;
};

/// Labels say how many classes there are; vectors have one for each element,
/// and a single number is 0 or 1.
int64_t countClasses(const Output &output) {
  if (output.targetRange)
    return output.targetRange;
  const Shape &shape = output.target.shape;
  return shape.empty() || shape.back() == 1 ? 2 : shape.back();
}

/// Do values of the loss belong to a class each?
bool ClassWeightReader::expectClasses(const Output &output,
                                      const JsonNode &weights) {
  if (isLossAlongLastAxis(output))
    return true;
  diagnostics.error(weights.location,
                    "\"class_weight\" needs a loss along the last axis, which "
                    "is that of the classes; " +
                        output.loss->type + " of " + describeOutput(output) +
                        " is along another");
  return false;
}

void ClassWeightReader::readWeight(Output &output, const JsonMember &member) {
  int64_t label = -1, classes = int64_t(output.classWeights.size());
  const char *end = member.key.data() + member.key.size();
  auto parsed = std::from_chars(member.key.data(), end, label);
  bool isLabel = parsed.ec == std::errc() && parsed.ptr == end;
  if (!isLabel || label < 0 || label >= classes) {
    diagnostics.error(member.location, "\"class_weight\" for \"" + member.key +
                                           "\", which is no class of " +
                                           describeOutput(output) +
                                           "; classes are \"0\" to \"" +
                                           std::to_string(classes - 1) + "\"");
    return;
  }
  OptionRule rule{member.key, OptionKind::Number, "", "", kNotNegative};
  if (auto value =
          readValue(member.value, rule, "\"class_weight\"", diagnostics))
    output.classWeights[size_t(label)] = std::get<double>(value->data);
}

void ClassWeightReader::readOne(Output &output, const JsonNode &weights) {
  if (!weights.is(Kind::Object))
    return expected(weights, "\"class_weight\"",
                    "an object with a weight for each class by its number",
                    diagnostics);
  if (!outputs.hasType(output) || !output.loss ||
      !expectClasses(output, weights))
    return;
  output.classWeights.assign(size_t(countClasses(output)), 1.0);
  for (const JsonMember &member : weights.members)
    readWeight(output, member);
}

void ClassWeightReader::read(const JsonNode &weights) {
  bool byName =
      weights.is(Kind::Object) && !weights.members.empty() &&
      std::all_of(weights.members.begin(), weights.members.end(),
                  [](auto &member) { return member.value.is(Kind::Object); });
  if (byName) {
    for (const JsonMember &member : weights.members)
      if (Output *output = outputs.findWithLoss(member, "\"class_weight\"", ""))
        readOne(*output, member.value);
    return;
  }
  if (outputs.countLosses() > 1) {
    diagnostics.error(weights.location,
                      "with several losses, \"class_weight\" must be an "
                      "object of class weights for some outputs by name");
    return;
  }
  outputs.forEach(/*withLoss=*/true,
                  [&](Output &output) { readOne(output, weights); });
}

} // namespace

void mlc::frontend::readClassWeights(const JsonNode &weights,
                                     OutputScope &outputs,
                                     Diagnostics &diagnostics) {
  ClassWeightReader(outputs, diagnostics).read(weights);
}

void mlc::frontend::expectSampleWeights(Output &output, const Location &where,
                                        Diagnostics &diagnostics) {
  if (!output.classWeights.empty())
    diagnostics.error(where, "output \"" + output.name +
                                 "\" has a \"class_weight\" already; Keras "
                                 "takes either that or sample weights");
  output.sampleWeights = true;
}
