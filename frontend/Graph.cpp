//===-- Graph.cpp - names to edges, order, shapes -------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Graph.h"
#include "frontend/NodeNames.h"
#include "frontend/Tables.h"

#include <algorithm>
#include <numeric>
#include <set>

using namespace mlc::frontend;

namespace {

/// Elements of a tensor, batch included: beyond this no machine helps, and
/// products of sizes come near to overflowing.
constexpr int64_t kMaximumElements = int64_t(1) << 40;

/// "(3, 5)", without a batch.
std::string sizesText(const Shape &shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

/// Nodes are the inputs, then the layers in the file's order.
class GraphBuilder {
public:
  GraphBuilder(Draft &draft, bool inputsAreKnown, Model &model,
               Diagnostics &diagnostics)
      : drafts(draft.layers), aliases(draft.aliases),
        inputsAreKnown(inputsAreKnown), model(model), diagnostics(diagnostics),
        inputCount(model.inputs.size()), names(draft.aliases, diagnostics) {}

  bool nameNodes();
  bool connect();
  bool sort();
  void infer();
  void limitIds();
  void makeOutputs(const std::vector<Reference> &outputs);
  void checkUse();

private:
  bool checkResult(const Reference &reference, ValueId id);
  bool connectInputs(DraftLayer &draft);
  bool connectShared(size_t index);
  std::vector<size_t> dependencies(size_t index) const;
  void reportCycle(const std::set<size_t> &cyclic);
  bool checkInputCount(const Layer &layer);
  bool isKnown(ValueId id) const {
    if (id.producer < inputCount)
      return inputsAreKnown && id.result == 0;
    return id.result < model.layers[id.producer - inputCount].results.size();
  }
  void inferLayer(Layer &layer);
  bool checkShared(const Layer &layer, const std::vector<Variable> &needed);
  void spreadUse();
  void checkAliases();
  bool checkSize(const Layer &layer, const std::string &what, int64_t elements);
  bool checkInitializer(const Layer &layer, const Variable &variable);
  void reportInference(const Layer &layer, const LayerInference &inference);
  std::vector<DraftLayer> &drafts;
  const std::vector<Alias> &aliases;
  bool inputsAreKnown;
  Model &model;
  Diagnostics &diagnostics;
  size_t inputCount;
  NodeNames names;
  std::vector<size_t> order; ///< of the drafts
  std::vector<bool> isUsed;  ///< of the nodes
  /// Those to results that there aren't.
  std::set<const Reference *> reported;
};

bool GraphBuilder::nameNodes() {
  bool good = true;
  for (size_t i = 0; i < inputCount; ++i)
    good &=
        names.declareNode(model.inputs[i].name, i, model.inputs[i].location);
  for (size_t i = 0; i < drafts.size(); ++i)
    good &= names.declareNode(drafts[i].layer.name, inputCount + i,
                              drafts[i].layer.location);
  return names.declareAliases() && good;
}

bool GraphBuilder::connectInputs(DraftLayer &draft) {
  bool good = true;
  for (const Reference &reference : draft.inputs) {
    std::optional<ValueId> id = names.find(reference, 0);
    good &= id.has_value();
    if (id)
      draft.layer.inputs.push_back(*id);
  }
  return good;
}

/// Makes another call of a layer like that layer, which must stand above.
bool GraphBuilder::connectShared(size_t index) {
  DraftLayer &call = drafts[index];
  std::optional<size_t> node = names.findNode(call.shared->name);
  if (!node || *node < inputCount || *node - inputCount >= index) {
    std::vector<std::string> above;
    for (size_t i = 0; i < index; ++i)
      above.push_back(drafts[i].layer.name);
    diagnostics.error(call.shared->location,
                      "there is no layer or model \"" + call.shared->name +
                          "\" above to call again" +
                          didYouMean(call.shared->name, above));
    return false;
  }
  size_t owner = *node - inputCount;
  if (drafts[owner].layer.sharedWith)
    owner = *drafts[owner].layer.sharedWith;
  call.layer.sharedWith = owner;
  call.layer.component = drafts[owner].layer.component;
  call.layer.trainable = drafts[owner].layer.trainable;
  call.layer.policy = drafts[owner].layer.policy;
  call.isValid = drafts[owner].isValid;
  return true;
}

/// Resolves what the layers refer to; false where something is missing.
bool GraphBuilder::connect() {
  bool good = true;
  for (size_t i = 0; i < drafts.size(); ++i) {
    good &= connectInputs(drafts[i]);
    if (drafts[i].shared)
      good &= connectShared(i);
  }
  return good;
}

/// The layers that one waits for: its inputs, and the one that it calls again.
std::vector<size_t> GraphBuilder::dependencies(size_t index) const {
  std::vector<size_t> layers;
  for (ValueId input : drafts[index].layer.inputs)
    if (input.producer >= inputCount)
      layers.push_back(input.producer - inputCount);
  if (drafts[index].layer.sharedWith)
    layers.push_back(*drafts[index].layer.sharedWith);
  return layers;
}

/// Orders the layers so that each follows its inputs, otherwise as in the
/// file; false if they go in a circle.
bool GraphBuilder::sort() {
  std::vector<size_t> waiting(drafts.size());
  std::vector<std::vector<size_t>> users(drafts.size());
  std::set<size_t> ready, left;
  for (size_t i = 0; i < drafts.size(); ++i) {
    for (size_t dependency : dependencies(i)) {
      users[dependency].push_back(i);
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
    for (size_t dependency : dependencies(at))
      if (cyclic.count(dependency)) {
        at = dependency;
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
    const Layer &user = drafts[path[i]].layer;
    error.note(user.location,
               "\"" + user.name +
                   (user.sharedWith == next ? "\" calls \"" : "\" takes \"") +
                   drafts[next].layer.name + "\"");
  }
}

bool GraphBuilder::checkInputCount(const Layer &layer) {
  const LayerRule &rule = layerRule(layer.component);
  size_t count = layer.inputs.size();
  if (count >= rule.minimumInputs && count <= rule.maximumInputs)
    return true;
  bool exact = rule.minimumInputs == rule.maximumInputs;
  diagnostics.error(layer.location, layer.component.type + " \"" + layer.name +
                                        "\" takes " +
                                        (exact ? "" : "at least ") +
                                        counted(rule.minimumInputs, "input") +
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
                        "\" has " + counted(rank, "dimension"));
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
  const Reference &at = *names.followAliases(reference);
  if (reported.insert(&at).second)
    diagnostics.error(at.location, "\"" + model.producerName(id) + "\" has " +
                                       counted(count, "result") +
                                       ", counted from 0: there is no \"" +
                                       at.name + "\"");
  return false;
}

/// Results and variables, unless something before them is unknown already.
void GraphBuilder::inferLayer(Layer &layer) {
  if (layer.sharedWith && model.layers[*layer.sharedWith].results.empty())
    return; // an error was reported there
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
  if (layer.sharedWith && !checkShared(layer, inference.variables))
    return;
  layer.results = std::move(inference.results);
  layer.idRange = inference.idRange;
  if (!layer.sharedWith)
    layer.variables = std::move(inference.variables);
}

/// Another call needs the same variables as the first.
bool GraphBuilder::checkShared(const Layer &layer,
                               const std::vector<Variable> &needed) {
  const Layer &owner = model.layers[*layer.sharedWith];
  for (size_t i = 0; i < needed.size(); ++i) {
    const Variable &variable = owner.variables[i];
    if (variable.shape == needed[i].shape)
      continue;
    diagnostics
        .error(layer.location,
               "\"" + layer.name + "\" calls \"" + owner.name +
                   "\" on inputs of other shapes: its " + variable.name +
                   " has shape " + sizesText(variable.shape) +
                   ", this call needs " + sizesText(needed[i].shape))
        .note(owner.location, "\"" + owner.name + "\" is made here");
    return false;
  }
  return true;
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
    if (layer.sharedWith)
      layer.sharedWith = position[*layer.sharedWith];
    // A layer without "inputs" follows others' first results, which are there.
    for (size_t k = 0; k < layer.inputs.size(); ++k)
      checkResult(drafts[i].inputs[k], layer.inputs[k]);
    if (drafts[i].isValid && drafts[i].isConnected)
      inferLayer(layer);
    model.layers.push_back(std::move(layer));
  }
  std::vector<size_t> numbers(inputCount);
  std::iota(numbers.begin(), numbers.end(), 0);
  for (size_t place : position)
    numbers.push_back(inputCount + place);
  names.renumber(numbers);
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
    std::optional<ValueId> id = names.find(reference, inputCount);
    if (!id)
      continue;
    if (id->producer < inputCount) {
      diagnostics.error(reference.location,
                        "\"" + reference.name +
                            "\" is an input, not a layer: it cannot be an "
                            "output");
      continue;
    }
    auto same =
        std::find_if(model.outputs.begin(), model.outputs.end(),
                     [&](const Output &other) { return other.value == *id; });
    if (same != model.outputs.end()) {
      diagnostics.error(reference.location, "output \"" + reference.name +
                                                "\" is \"" + same->name +
                                                "\" too");
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

/// Marks all that what is used depends on.
void GraphBuilder::spreadUse() {
  for (size_t i = model.layers.size(); i-- > 0;) {
    if (!isUsed[inputCount + i])
      continue;
    for (ValueId input : model.layers[i].inputs)
      isUsed[input.producer] = true;
    if (model.layers[i].sharedWith)
      isUsed[inputCount + *model.layers[i].sharedWith] = true;
  }
}

/// Of the outputs of a model in the model, one must be used, and each of its
/// inputs by a layer of it.
void GraphBuilder::checkAliases() {
  for (size_t i = 0; i < aliases.size(); ++i) {
    const Alias &alias = aliases[i];
    if (!alias.isModel && !names.isUsed(i))
      diagnostics.error(alias.location,
                        "no layer takes \"" + alias.name + "\"");
    if (!alias.isModel)
      continue;
    std::vector<size_t> outputs;
    for (const Reference &target : alias.targets)
      if (std::optional<ValueId> id = names.find(target, inputCount))
        outputs.push_back(id->producer);
    if (std::none_of(outputs.begin(), outputs.end(),
                     [&](size_t node) { return isUsed[node]; }))
      diagnostics.error(alias.location,
                        "no output depends on model \"" + alias.name + "\"");
    for (size_t node : outputs)
      isUsed[node] = true;
  }
  spreadUse();
}

/// Layers and inputs that no output depends on are a slip of the pen.
void GraphBuilder::checkUse() {
  for (const DraftLayer &draft : drafts)
    if (!draft.isConnected)
      return;
  isUsed.resize(inputCount + model.layers.size());
  for (const Output &output : model.outputs)
    isUsed[output.value.producer] = true;
  spreadUse();
  checkAliases();
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

void mlc::frontend::connectLayers(Draft draft,
                                  const std::vector<Reference> &outputs,
                                  bool inputsAreKnown, Model &model,
                                  Diagnostics &diagnostics) {
  GraphBuilder builder(draft, inputsAreKnown, model, diagnostics);
  if (!builder.nameNodes() || !builder.connect() || !builder.sort())
    return;
  builder.infer();
  builder.limitIds();
  size_t before = diagnostics.errorCount();
  builder.makeOutputs(outputs);
  if (diagnostics.errorCount() == before)
    builder.checkUse();
}
