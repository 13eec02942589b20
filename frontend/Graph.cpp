//===-- Graph.cpp - names to edges, order, shapes -------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Graph.h"
#include "frontend/Tables.h"

#include <algorithm>
#include <map>
#include <set>

using namespace mlc::frontend;

namespace {

/// Elements of a tensor, batch included: beyond this no machine helps, and
/// products of sizes come near to overflowing.
constexpr int64_t kMaximumElements = int64_t(1) << 40;

/// Nodes are the inputs, then the layers in the file's order.
class GraphBuilder {
public:
  GraphBuilder(std::vector<DraftLayer> &drafts, bool inputsAreKnown,
               Model &model, Diagnostics &diagnostics)
      : drafts(drafts), inputsAreKnown(inputsAreKnown), model(model),
        diagnostics(diagnostics), inputCount(model.inputs.size()) {}

  bool nameNodes();
  bool connect();
  bool sort();
  void infer();
  void limitIds();
  void makeOutputs(const std::vector<Reference> &outputs);
  void checkUse();

private:
  std::optional<ValueId> find(const Reference &reference, size_t firstNode);
  bool checkResult(const Reference &reference, ValueId id);
  bool declare(size_t node, const std::string &name, const Location &location);
  void reportCycle(const std::set<size_t> &cyclic);
  bool checkInputCount(const Layer &layer);
  bool isKnown(ValueId id) const {
    if (id.producer < inputCount)
      return inputsAreKnown && id.result == 0;
    return id.result < model.layers[id.producer - inputCount].results.size();
  }
  void inferLayer(Layer &layer);
  bool checkSize(const Layer &layer, const std::string &what, int64_t elements);
  bool checkInitializer(const Layer &layer, const Variable &variable);
  void reportInference(const Layer &layer, const LayerInference &inference);
  const std::string &nameOf(size_t node) const {
    return node < inputCount ? model.inputs[node].name
                             : drafts[node - inputCount].layer.name;
  }
  const Location &locationOf(size_t node) const {
    return node < inputCount ? model.inputs[node].location
                             : drafts[node - inputCount].layer.location;
  }

  std::vector<DraftLayer> &drafts;
  bool inputsAreKnown;
  Model &model;
  Diagnostics &diagnostics;
  size_t inputCount;
  std::map<std::string, size_t, std::less<>> nodes; ///< by name
  std::vector<size_t> order;                        ///< of the drafts
  std::vector<bool> isUsed;                         ///< of the nodes
};

bool GraphBuilder::declare(size_t node, const std::string &name,
                           const Location &location) {
  auto [first, isNew] = nodes.emplace(name, node);
  if (!isNew)
    diagnostics.error(location, "the name \"" + name + "\" is taken")
        .note(locationOf(first->second), "by this");
  return isNew;
}

bool GraphBuilder::nameNodes() {
  bool good = true;
  for (size_t i = 0; i < inputCount; ++i)
    good &= declare(i, model.inputs[i].name, model.inputs[i].location);
  for (size_t i = 0; i < drafts.size(); ++i)
    good &=
        declare(inputCount + i, drafts[i].layer.name, drafts[i].layer.location);
  return good;
}

/// The result that "name:2" is, or "name", which is the first one; whether the
/// layer has it, is known later. Nodes from `firstNode` on are suggested for a
/// wrong name.
std::optional<ValueId> GraphBuilder::find(const Reference &reference,
                                          size_t firstNode) {
  size_t colon = reference.name.find(':');
  std::string number =
      colon == std::string::npos ? "0" : reference.name.substr(colon + 1);
  bool isNumber = !number.empty() && number.size() < 6 &&
                  number.find_first_not_of("0123456789") == std::string::npos;
  auto found = nodes.find(reference.name.substr(0, colon));
  if (found != nodes.end() && isNumber)
    return ValueId{found->second, std::stoul(number)};
  std::vector<std::string> names;
  for (const auto &[name, node] : nodes)
    if (node >= firstNode)
      names.push_back(name);
  diagnostics.error(reference.location, "there is no input or layer \"" +
                                            reference.name + "\"" +
                                            didYouMean(reference.name, names));
  return std::nullopt;
}

/// Resolves what the layers refer to; false where something is missing.
bool GraphBuilder::connect() {
  bool good = true;
  for (DraftLayer &draft : drafts)
    for (const Reference &reference : draft.inputs) {
      std::optional<ValueId> id = find(reference, 0);
      good &= id.has_value();
      if (id)
        draft.layer.inputs.push_back(*id);
    }
  return good;
}

/// Orders the layers so that each follows its inputs, otherwise as in the
/// file; false if they go in a circle.
bool GraphBuilder::sort() {
  std::vector<size_t> waiting(drafts.size());
  std::vector<std::vector<size_t>> users(drafts.size());
  std::set<size_t> ready, left;
  for (size_t i = 0; i < drafts.size(); ++i) {
    for (ValueId input : drafts[i].layer.inputs)
      if (input.producer >= inputCount) {
        users[input.producer - inputCount].push_back(i);
        ++waiting[i];
      }
    left.insert(i);
    if (!waiting[i])
      ready.insert(i);
  }
  while (!ready.empty()) {
    size_t next = *ready.begin();
    ready.erase(ready.begin());
    left.erase(next);
    order.push_back(next);
    for (size_t user : users[next])
      if (--waiting[user] == 0)
        ready.insert(user);
  }
  if (!left.empty())
    reportCycle(left);
  return left.empty();
}

/// Every layer of `cyclic` waits for another one of them: going from one to
/// what it waits for must come back.
void GraphBuilder::reportCycle(const std::set<size_t> &cyclic) {
  std::vector<size_t> path;
  size_t at = *cyclic.begin();
  while (std::find(path.begin(), path.end(), at) == path.end()) {
    path.push_back(at);
    for (ValueId input : drafts[at].layer.inputs)
      if (input.producer >= inputCount &&
          cyclic.count(input.producer - inputCount)) {
        at = input.producer - inputCount;
        break;
      }
  }
  path.erase(path.begin(), std::find(path.begin(), path.end(), at));
  std::rotate(path.begin(), std::min_element(path.begin(), path.end()),
              path.end());
  const Layer &layer = drafts[path.front()].layer;
  Diagnostic &error = diagnostics.error(
      layer.location, "layer \"" + layer.name + "\" depends on its own result");
  for (size_t i = 0; i < path.size(); ++i) {
    size_t next = path[(i + 1) % path.size()];
    error.note(drafts[path[i]].layer.location,
               "\"" + drafts[path[i]].layer.name + "\" takes \"" +
                   drafts[next].layer.name + "\"");
  }
}

bool GraphBuilder::checkInputCount(const Layer &layer) {
  const LayerRule &rule = layerRule(layer.component);
  size_t count = layer.inputs.size();
  if (count >= rule.minimumInputs && count <= rule.maximumInputs)
    return true;
  bool exact = rule.minimumInputs == rule.maximumInputs;
  diagnostics.error(layer.location,
                    layer.component.type + " \"" + layer.name + "\" takes " +
                        (exact ? "" : "at least ") +
                        std::to_string(rule.minimumInputs) +
                        (rule.minimumInputs == 1 ? " input" : " inputs") +
                        ", found " + std::to_string(count));
  return false;
}

bool GraphBuilder::checkSize(const Layer &layer, const std::string &what,
                             int64_t elements) {
  if (elements <= kMaximumElements)
    return true;
  diagnostics.error(layer.location, what + " of \"" + layer.name +
                                        "\" is too large: more than 2^40 "
                                        "elements");
  return false;
}

bool GraphBuilder::checkInitializer(const Layer &layer,
                                    const Variable &variable) {
  const InitializerRule &rule = initializerRule(variable.initializer);
  size_t rank = variable.shape.size();
  if (rank >= rule.minimumRank && rank <= rule.maximumRank)
    return true;
  diagnostics.error(variable.initializer.location,
                    "initializer " + rule.name + " makes " + rule.makes +
                        ", but the " + variable.name + " of \"" + layer.name +
                        "\" has " + std::to_string(rank) +
                        (rank == 1 ? " dimension" : " dimensions"));
  return false;
}

void GraphBuilder::reportInference(const Layer &layer,
                                   const LayerInference &inference) {
  Diagnostic &error = diagnostics.error(
      inference.errorLocation,
      layer.component.type + " \"" + layer.name + "\": " + inference.error);
  std::set<size_t> noted;
  for (ValueId input : layer.inputs)
    if (noted.insert(input.producer).second)
      error.note(input.producer < inputCount
                     ? model.inputs[input.producer].location
                     : model.layers[input.producer - inputCount].location,
                 "\"" + model.producerName(input) + "\" is made here");
}

/// Fails if the producer is known not to have this result.
bool GraphBuilder::checkResult(const Reference &reference, ValueId id) {
  size_t count = 1;
  if (id.producer >= inputCount) {
    count = model.layers[id.producer - inputCount].results.size();
    if (count == 0)
      return true; // something was wrong with it, and said
  }
  if (id.result < count)
    return true;
  diagnostics.error(
      reference.location,
      "\"" + model.producerName(id) + "\" has " + std::to_string(count) +
          (count == 1 ? " result" : " results") +
          ", counted from 0: there is no \"" + reference.name + "\"");
  return false;
}

/// Results and variables, unless something before them is unknown already.
void GraphBuilder::inferLayer(Layer &layer) {
  std::vector<TensorType> types;
  std::vector<std::string> texts;
  for (ValueId input : layer.inputs) {
    if (!isKnown(input))
      return;
    const TensorType &type = model.type(input);
    types.push_back(type);
    texts.push_back("\"" + model.producerName(input) + "\" of shape " +
                    shapeText(type.shape) +
                    (type.dtype == DType::I32 ? " and type int32" : ""));
  }
  if (!checkInputCount(layer))
    return;
  LayerInference inference{layer.component, types, texts, {}, {}, {}, {}};
  layerRule(layer.component).infer(inference);
  if (!inference.error.empty())
    return reportInference(layer, inference);
  for (const TensorType &type : inference.results) {
    Shape whole = type.shape;
    whole.push_back(model.batchSize);
    if (!checkSize(layer, "the result", elementCount(whole)))
      return;
  }
  for (const Variable &variable : inference.variables)
    if (!checkSize(layer, "the " + variable.name,
                   elementCount(variable.shape)) ||
        !checkInitializer(layer, variable))
      return;
  layer.results = std::move(inference.results);
  layer.variables = std::move(inference.variables);
  layer.idRange = inference.idRange;
}

void GraphBuilder::infer() {
  std::vector<size_t> position(drafts.size());
  for (size_t i = 0; i < order.size(); ++i)
    position[order[i]] = i;
  for (size_t i : order) {
    Layer layer = drafts[i].layer;
    for (ValueId &input : layer.inputs)
      if (input.producer >= inputCount)
        input.producer = inputCount + position[input.producer - inputCount];
    // A layer without "inputs" follows others' first results, which are there.
    for (size_t k = 0; k < layer.inputs.size(); ++k)
      checkResult(drafts[i].inputs[k], layer.inputs[k]);
    if (drafts[i].isValid && drafts[i].isConnected)
      inferLayer(layer);
    model.layers.push_back(std::move(layer));
  }
  for (auto &[name, node] : nodes)
    if (node >= inputCount)
      node = inputCount + position[node - inputCount];
}

/// Finds the inputs that reach a layer as ids: the smallest range holds.
void GraphBuilder::limitIds() {
  std::vector<int64_t> ranges(inputCount + model.layers.size());
  for (size_t i = model.layers.size(); i-- > 0;) {
    const Layer &layer = model.layers[i];
    int64_t range = layer.idRange;
    if (!layer.results.empty() && layerRule(layer.component).movesElements)
      range = ranges[inputCount + i];
    if (range == 0)
      continue;
    for (ValueId input : layer.inputs) {
      int64_t &known = ranges[input.producer];
      known = known ? std::min(known, range) : range;
    }
  }
  for (size_t i = 0; i < inputCount; ++i)
    if (model.inputs[i].type.dtype == DType::I32)
      model.inputs[i].range = ranges[i];
}

void GraphBuilder::makeOutputs(const std::vector<Reference> &outputs) {
  for (const Reference &reference : outputs) {
    std::optional<ValueId> id = find(reference, inputCount);
    if (!id)
      continue;
    if (id->producer < inputCount) {
      diagnostics.error(reference.location,
                        "\"" + reference.name +
                            "\" is an input, not a layer: it cannot be an "
                            "output");
      continue;
    }
    Output output;
    output.name = reference.name;
    output.location = reference.location;
    output.value = *id;
    if (!checkResult(reference, *id))
      continue;
    if (isKnown(output.value))
      output.type = model.type(output.value);
    model.outputs.push_back(std::move(output));
  }
}

/// Layers and inputs that no output depends on are a slip of the pen.
void GraphBuilder::checkUse() {
  for (const DraftLayer &draft : drafts)
    if (!draft.isConnected)
      return;
  isUsed.resize(inputCount + model.layers.size());
  for (const Output &output : model.outputs)
    isUsed[output.value.producer] = true;
  for (size_t i = model.layers.size(); i-- > 0;)
    if (isUsed[inputCount + i])
      for (ValueId input : model.layers[i].inputs)
        isUsed[input.producer] = true;
  for (size_t i = 0; i < inputCount; ++i)
    if (!isUsed[i])
      diagnostics.error(model.inputs[i].location,
                        "no output depends on input \"" + model.inputs[i].name +
                            "\"");
  for (size_t i = 0; i < model.layers.size(); ++i)
    if (!isUsed[inputCount + i])
      diagnostics.error(model.layers[i].location,
                        "no output depends on layer \"" + model.layers[i].name +
                            "\"");
}

} // namespace

void mlc::frontend::connectLayers(std::vector<DraftLayer> drafts,
                                  const std::vector<Reference> &outputs,
                                  bool inputsAreKnown, Model &model,
                                  Diagnostics &diagnostics) {
  GraphBuilder builder(drafts, inputsAreKnown, model, diagnostics);
  if (!builder.nameNodes() || !builder.connect() || !builder.sort())
    return;
  builder.infer();
  builder.limitIds();
  size_t before = diagnostics.errorCount();
  builder.makeOutputs(outputs);
  if (diagnostics.errorCount() == before)
    builder.checkUse();
}
