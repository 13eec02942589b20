//===-- LayerReader.cpp - the layers of a model file ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model among the layers becomes its layers, under paths, and aliases: its
// own name stands for its output, and the names by which its layers know its
// inputs stand for these. To call it again is to call each of its layers again,
// with one part of the paths another.
//
//===----------------------------------------------------------------------===//
#include "frontend/LayerReader.h"
#include "frontend/ComponentReader.h"
#include "frontend/ModelReader.h"
#include "frontend/Names.h"

#include <algorithm>
#include <set>

using namespace mlc::frontend;
using Kind = JsonNode::Kind;

namespace {

constexpr size_t kMaximumLayers = 100000;

/// A model that was read: what a call of it again repeats.
struct NestedModel {
  std::string name; ///< its path
  std::vector<std::string> arguments;
  size_t firstLayer, endLayer; ///< of the draft's
  size_t firstAlias, endAlias; ///< the last one is its own name's
};

/// What the layers of one list can refer to.
struct Scope {
  std::string prefix; ///< of their paths: "encoder/"
  std::vector<std::string> inputs;
  bool trainable = true;
};

/// An entry of a list of layers, before the layers of models are read.
struct Entry {
  const JsonNode &node;
  std::string name;
  std::vector<Reference> inputs;
  bool isConnected = true;
};

class LayerReader {
public:
  LayerReader(Policy policy, Diagnostics &diagnostics)
      : policy(policy), diagnostics(diagnostics) {}
  /// The name of the last entry.
  std::string readList(const JsonNode &list, const Scope &scope);
  Draft draft;

private:
  std::vector<Entry> nameEntries(const JsonNode &list, const Scope &scope);
  void readInputs(Entry &entry, const Entry *before, const Scope &scope);
  void readEntry(const Entry &entry, const Scope &scope);
  void readLayer(const Entry &entry, const Scope &scope);
  void readShared(const Entry &entry, const Scope &scope);
  void repeat(const NestedModel &model, const Entry &entry);
  void repeatAliases(const NestedModel &model, const Entry &entry);
  void reportSize(const Location &location);
  void readModel(const Entry &entry, const Scope &scope);
  std::vector<std::string> readArguments(const Entry &entry,
                                         const Scope &scope);
  std::vector<Reference> readOutputs(const Entry &entry, const Scope &scope,
                                     const std::string &last);
  bool readTrainable(const JsonNode &node);

  Policy policy;
  Diagnostics &diagnostics;
  std::vector<NestedModel> models;
};

/// What an entry is by default named after.
std::string baseName(const JsonNode &node) {
  const JsonNode *shared = node.find("shared");
  if (shared && shared->is(Kind::Text))
    return shared->text.substr(shared->text.rfind('/') + 1);
  const JsonNode *type = node.find("type");
  if (!type || !type->is(Kind::Text))
    return "layer";
  const ComponentRule *rule = findRule(Family::Layer, type->text);
  return snakeCase(rule ? rule->name : type->text);
}

/// Names the unnamed as Keras does: dense, dense_1, ... but past those taken.
std::vector<Entry> LayerReader::nameEntries(const JsonNode &list,
                                            const Scope &scope) {
  std::vector<Entry> entries;
  std::set<std::string> taken(scope.inputs.begin(), scope.inputs.end());
  for (const JsonNode &item : list.items) {
    Entry entry{item, "", {}};
    const JsonNode *name = item.is(Kind::Object) ? item.find("name") : nullptr;
    if (name)
      entry.name =
          readName(*name, "a layer", kMoreInNames, diagnostics).value_or("");
    taken.insert(entry.name);
    entries.push_back(std::move(entry));
  }
  for (Entry &entry : entries) {
    if (!entry.name.empty())
      continue;
    std::string base = baseName(entry.node);
    if (base.empty())
      base = "layer";
    entry.name = base;
    for (int i = 1; !taken.insert(entry.name).second; ++i)
      entry.name = base + "_" + std::to_string(i);
  }
  for (Entry &entry : entries)
    entry.name = scope.prefix + entry.name;
  return entries;
}

/// Those given; by default the entry before, or a model's only input.
void LayerReader::readInputs(Entry &entry, const Entry *before,
                             const Scope &scope) {
  const Location &location = entry.node.location;
  if (const JsonNode *inputs = entry.node.find("inputs")) {
    unsigned errors = diagnostics.errorCount();
    entry.inputs =
        readReferences(*inputs, "\"inputs\" of a layer", diagnostics);
    entry.isConnected = diagnostics.errorCount() == errors;
    for (Reference &reference : entry.inputs)
      reference.name = scope.prefix + reference.name;
  } else if (before) {
    entry.inputs = {{before->name, location}};
  } else if (scope.inputs.size() == 1) {
    entry.inputs = {{scope.prefix + scope.inputs.front(), location}};
  } else {
    entry.isConnected = false;
    if (!scope.inputs.empty())
      diagnostics.error(location, "the first layer must name its \"inputs\", "
                                  "for the model has several");
  }
}

bool LayerReader::readTrainable(const JsonNode &node) {
  const JsonNode *trainable = node.find("trainable");
  if (!trainable)
    return true;
  OptionRule rule{"trainable", OptionKind::Flag, "true", "", {}};
  std::optional<OptionValue> value =
      readValue(*trainable, rule, "a layer", diagnostics);
  return !value || std::get<bool>(value->data);
}

void LayerReader::readLayer(const Entry &entry, const Scope &scope) {
  DraftLayer draftLayer;
  Layer &layer = draftLayer.layer;
  layer.location = entry.node.location;
  layer.name = entry.name;
  std::optional<Component> component = readComponent(
      entry.node, Family::Layer, diagnostics, &frameRule(Frame::Layer));
  draftLayer.isValid = component.has_value();
  if (component)
    layer.component = std::move(*component);
  draftLayer.inputs = entry.inputs;
  draftLayer.isConnected = entry.isConnected;
  layer.policy = policy;
  if (entry.node.is(Kind::Object)) {
    layer.trainable = readTrainable(entry.node) && scope.trainable;
    layer.policy =
        readPolicy(entry.node, "dtype", "a layer", policy, diagnostics);
  }
  draft.layers.push_back(std::move(draftLayer));
}

/// Another call of a layer, or of all layers of a model.
void LayerReader::readShared(const Entry &entry, const Scope &scope) {
  checkFrame(entry.node, Frame::SharedLayer, diagnostics);
  const JsonNode &shared = *entry.node.find("shared");
  DraftLayer call;
  call.layer.name = entry.name;
  call.layer.location = entry.node.location;
  call.inputs = entry.inputs;
  call.isConnected = entry.isConnected;
  if (!shared.is(Kind::Text)) {
    expected(shared, "\"shared\" of a layer", "the name of a layer",
             diagnostics);
    call.isValid = false;
    draft.layers.push_back(std::move(call));
    return;
  }
  std::string name = scope.prefix + shared.text;
  for (const NestedModel &model : models)
    if (model.name == name)
      return repeat(model, entry);
  call.shared = Reference{name, shared.location};
  draft.layers.push_back(std::move(call));
}

/// Models in models, each of which calls one twice, would double the layers
/// with every line of the file.
void LayerReader::reportSize(const Location &location) {
  diagnostics.error(location, "the model has more than " +
                                  std::to_string(kMaximumLayers) + " layers");
}

/// A name in `model` as it is in a call: what is under the model's path is
/// under the call's, and anything else is what it was.
std::string moved(const std::string &name, const NestedModel &model,
                  const Entry &call) {
  std::string path = model.name + "/";
  bool isInside = name.compare(0, path.size(), path) == 0;
  return isInside ? call.name + "/" + name.substr(path.size()) : name;
}

/// Calls each layer of `model` again.
void LayerReader::repeat(const NestedModel &model, const Entry &entry) {
  const Location &location = entry.node.location;
  size_t count = model.endLayer - model.firstLayer;
  if (draft.layers.size() + count > kMaximumLayers)
    return reportSize(location);
  if (entry.isConnected && entry.inputs.size() != model.arguments.size())
    diagnostics.error(location, "model \"" + model.name + "\" takes " +
                                    counted(model.arguments.size(), "input") +
                                    ", found " +
                                    std::to_string(entry.inputs.size()));
  repeatAliases(model, entry);
  for (size_t i = model.firstLayer; i < model.endLayer; ++i) {
    const DraftLayer &layer = draft.layers[i];
    DraftLayer call;
    call.layer.name = moved(layer.layer.name, model, entry);
    call.layer.location = location;
    call.shared = Reference{layer.layer.name, location};
    call.isConnected = layer.isConnected && entry.isConnected;
    for (const Reference &input : layer.inputs)
      call.inputs.push_back({moved(input.name, model, entry), location});
    draft.layers.push_back(std::move(call));
  }
}

/// The first aliases of a model are its inputs, which are the call's; the last
/// one is its own name.
void LayerReader::repeatAliases(const NestedModel &model, const Entry &entry) {
  for (size_t i = model.firstAlias; i < model.endAlias; ++i) {
    Alias alias = draft.aliases[i];
    size_t argument = i - model.firstAlias;
    alias.location = entry.node.location;
    alias.name =
        i + 1 == model.endAlias ? entry.name : moved(alias.name, model, entry);
    for (Reference &target : alias.targets)
      target = {moved(target.name, model, entry), alias.location};
    if (argument < std::min(model.arguments.size(), entry.inputs.size()))
      alias.targets = {entry.inputs[argument]};
    draft.aliases.push_back(std::move(alias));
  }
}

/// What the layers of a model call its inputs.
std::vector<std::string> LayerReader::readArguments(const Entry &entry,
                                                    const Scope &scope) {
  std::vector<std::string> names;
  const JsonNode *node = entry.node.find("arguments");
  if (!node) {
    for (const Reference &input : entry.inputs)
      names.push_back(input.name.substr(scope.prefix.size()));
    return names;
  }
  for (const Reference &name :
       readReferences(*node, "\"arguments\" of a model", diagnostics))
    names.push_back(name.name);
  if (entry.isConnected && names.size() != entry.inputs.size())
    diagnostics.error(node->location,
                      "model \"" + entry.name + "\" has " +
                          std::to_string(names.size()) + " \"arguments\" for " +
                          counted(entry.inputs.size(), "input"));
  return names;
}

std::vector<Reference> LayerReader::readOutputs(const Entry &entry,
                                                const Scope &scope,
                                                const std::string &last) {
  const JsonNode *node = entry.node.find("outputs");
  if (!node)
    return last.empty() ? std::vector<Reference>{}
                        : std::vector<Reference>{{last, entry.node.location}};
  std::vector<Reference> outputs;
  for (Reference &output :
       readReferences(*node, "\"outputs\" of a model", diagnostics)) {
    if (std::count(scope.inputs.begin(), scope.inputs.end(), output.name))
      diagnostics.error(output.location,
                        "\"" + output.name +
                            "\" is an input, not a layer: it cannot be an "
                            "output");
    else
      outputs.push_back({scope.prefix + output.name, output.location});
  }
  return outputs;
}

void LayerReader::readModel(const Entry &entry, const Scope &scope) {
  checkFrame(entry.node, Frame::NestedModel, diagnostics);
  Scope inner{entry.name + "/", readArguments(entry, scope),
              readTrainable(entry.node) && scope.trainable};
  NestedModel model{entry.name, inner.inputs,         draft.layers.size(),
                    0,          draft.aliases.size(), 0};
  for (size_t i = 0; i < inner.inputs.size(); ++i) {
    Alias alias{inner.prefix + inner.inputs[i], {}, entry.node.location};
    if (!entry.inputs.empty()) // too few were reported
      alias.targets = {entry.inputs[std::min(i, entry.inputs.size() - 1)]};
    draft.aliases.push_back(std::move(alias));
  }
  std::string last;
  if (const JsonNode *layers = entry.node.find("layers"))
    last = readList(*layers, inner);
  draft.aliases.push_back({entry.name, readOutputs(entry, inner, last),
                           entry.node.location, /*isModel=*/true});
  model.endLayer = draft.layers.size();
  model.endAlias = draft.aliases.size();
  models.push_back(std::move(model));
}

void LayerReader::readEntry(const Entry &entry, const Scope &scope) {
  const JsonNode *type =
      entry.node.is(Kind::Object) ? entry.node.find("type") : nullptr;
  if (entry.node.is(Kind::Object) && entry.node.find("shared"))
    readShared(entry, scope);
  else if (type && type->is(Kind::Text) && type->text == kNestedModel)
    readModel(entry, scope);
  else
    readLayer(entry, scope);
}

std::string LayerReader::readList(const JsonNode &list, const Scope &scope) {
  if (!list.is(Kind::List) || list.items.empty()) {
    expected(list, "\"layers\"", "a list of at least one layer", diagnostics);
    return "";
  }
  std::vector<Entry> entries = nameEntries(list, scope);
  for (size_t i = 0; i < entries.size(); ++i) {
    readInputs(entries[i], i ? &entries[i - 1] : nullptr, scope);
    readEntry(entries[i], scope);
  }
  return entries.back().name;
}

} // namespace

std::vector<Reference> mlc::frontend::readReferences(const JsonNode &node,
                                                     const std::string &what,
                                                     Diagnostics &diagnostics) {
  std::vector<Reference> references;
  if (!node.is(Kind::List) || node.items.empty()) {
    expected(node, what, "a list of at least one name", diagnostics);
    return references;
  }
  for (const JsonNode &item : node.items)
    if (item.is(Kind::Text))
      references.push_back({item.text, item.location});
    else
      expected(item, "each of " + what, "a name", diagnostics);
  return references;
}

Policy mlc::frontend::readPolicy(const JsonNode &node, const char *key,
                                 const std::string &owner, Policy otherwise,
                                 Diagnostics &diagnostics) {
  const JsonNode *name = node.find(key);
  if (!name)
    return otherwise;
  OptionRule rule{key, OptionKind::Choice, "", "", {}, policyNames()};
  std::optional<OptionValue> value = readValue(*name, rule, owner, diagnostics);
  if (!value)
    return otherwise;
  const std::vector<std::string> &names = policyNames();
  auto found =
      std::find(names.begin(), names.end(), std::get<std::string>(value->data));
  return Policy(found - names.begin());
}

Draft mlc::frontend::readLayers(const JsonNode &list,
                                const std::vector<std::string> &inputs,
                                Policy policy, std::string &last,
                                Diagnostics &diagnostics) {
  LayerReader reader(policy, diagnostics);
  last = reader.readList(list, {"", inputs, true});
  return std::move(reader.draft);
}
