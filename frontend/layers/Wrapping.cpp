//===-- Wrapping.cpp - layers within layers -------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Wrapping.h"

#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

#include <algorithm>

using namespace mlc::frontend;

/// `prefix` before `name`, unless it is there.
static std::string withPrefix(const std::string &prefix,
                              const std::string &name) {
  return name.rfind(prefix, 0) == 0 ? name : prefix + name;
}

static Component turnedRound(Component layer) {
  for (Option &option : layer.options)
    if (option.name == "go_backwards")
      option.value.data = !std::get<bool>(option.value.data);
  return layer;
}

std::vector<WrappedLayer>
mlc::frontend::getDirections(const Component &bidirectional) {
  const Component &layer = bidirectional.component("layer");
  WrappedLayer forward{layer, withPrefix("forward_", layer.name)};
  if (!bidirectional.has("backward_layer"))
    return {forward, {turnedRound(layer), withPrefix("backward_", layer.name)}};
  const Component &backward = bidirectional.component("backward_layer");
  return {forward, {backward, backward.name}};
}

WrappedLayer mlc::frontend::getStepLayer(const Component &timeDistributed) {
  const Component &layer = timeDistributed.component("layer");
  return {layer, layer.name};
}

namespace {

bool isRecurrent(const Component &layer) {
  return std::any_of(layer.options.begin(), layer.options.end(),
                     [](const Option &o) { return o.name == "go_backwards"; });
}

/// Results of `inner` for inputs of `types`; its variables become `layer`'s.
/// Empty if it failed, and `layer` has then.
std::vector<TensorType> inferWrapped(LayerInference &layer,
                                     const WrappedLayer &inner,
                                     const std::vector<TensorType> &types) {
  LayerInference inference{
      inner.component, types, layer.inputTexts, {}, {}, {}, {}};
  layerRule(inner.component).infer(inference);
  if (!inference.error.empty()) {
    layer.error = inner.component.type + " in it: " + inference.error;
    layer.errorLocation = inference.errorLocation;
    return {};
  }
  for (Variable &variable : inference.variables) {
    variable.name = inner.name + "/" + variable.name;
    layer.variables.push_back(std::move(variable));
  }
  return std::move(inference.results);
}

/// Both directions must be recurrent, opposite, and return the same.
bool checkDirections(LayerInference &layer,
                     const std::vector<WrappedLayer> &directions) {
  for (const WrappedLayer &direction : directions)
    if (!isRecurrent(direction.component)) {
      layer.error =
          "expected a recurrent layer, found " + direction.component.type;
      layer.errorLocation = direction.component.location;
      return false;
    }
  const Component &forward = directions[0].component;
  const Component &backward = directions[1].component;
  bool given = layer.options.has("backward_layer");
  if (given ? forward.flag("go_backwards") == backward.flag("go_backwards")
            : forward.flag("go_backwards")) {
    layer.fail("the layer must go forwards, and the backward layer backwards",
               given ? "backward_layer" : "layer");
    return false;
  }
  for (const char *option : {"return_sequences", "return_state"})
    if (forward.flag(option) != backward.flag(option)) {
      layer.fail(std::string("both layers must have the same \"") + option +
                     "\"",
                 "backward_layer");
      return false;
    }
  if (directions[0].name == directions[1].name) {
    layer.fail("both layers are named \"" + directions[0].name + "\"",
               "backward_layer");
    return false;
  }
  return true;
}

/// The two outputs made one, by the mode; no mode: both.
std::vector<TensorType> mergeOutputs(LayerInference &layer, TensorType a,
                                     const TensorType &b) {
  if (!layer.options.has("merge_mode"))
    return {a, b};
  bool isConcat = layer.options.text("merge_mode") == "concat";
  if (isConcat)
    a.shape.back() += b.shape.back();
  else if (!(a == b)) {
    layer.fail("to merge by \"" + layer.options.text("merge_mode") +
                   "\", both outputs must have one shape, found " +
                   shapeText(a.shape) + " and " + shapeText(b.shape),
               "merge_mode");
    return {};
  }
  return {a};
}

void inferBidirectional(LayerInference &layer) {
  std::vector<WrappedLayer> directions = getDirections(layer.options);
  if (!checkDirections(layer, directions))
    return;
  size_t states = layer.inputs.size() - 1;
  if (states % 2 != 0)
    return layer.fail("expected as many initial states for each direction, "
                      "found " +
                      std::to_string(states));
  std::vector<std::vector<TensorType>> results;
  for (size_t i : {0, 1}) {
    auto begin = layer.inputs.begin() + 1 + std::ptrdiff_t(i * (states / 2));
    std::vector<TensorType> types = {layer.inputs[0]};
    types.insert(types.end(), begin, begin + std::ptrdiff_t(states / 2));
    results.push_back(inferWrapped(layer, directions[i], types));
    if (results.back().empty())
      return;
  }
  layer.results = mergeOutputs(layer, results[0][0], results[1][0]);
  if (layer.error.empty())
    for (const std::vector<TensorType> &side : results)
      layer.results.insert(layer.results.end(), side.begin() + 1, side.end());
}

void inferTimeDistributed(LayerInference &layer) {
  WrappedLayer inner = getStepLayer(layer.options);
  const LayerRule &rule = layerRule(inner.component);
  if (rule.minimumInputs > 1)
    return layer.fail(rule.name + " takes several inputs", "layer");
  TensorType type = layer.inputs[0];
  if (type.shape.size() < 2)
    return layer.fail("expected an input of steps, (batch, time, n ...), "
                      "found " +
                      layer.inputTexts[0]);
  int64_t steps = type.shape.front();
  type.shape.erase(type.shape.begin());
  layer.results = inferWrapped(layer, inner, {type});
  for (TensorType &result : layer.results)
    result.shape.insert(result.shape.begin(), steps);
  for (const Variable &variable : layer.variables)
    if (variable.statistic)
      return layer.fail("the statistics of " + rule.name +
                            " would move in each step; make it a layer of its "
                            "own, which sees all steps",
                        "layer");
}

bool wrapsRandom(const Component &layer) {
  for (const Option &option : layer.options)
    if (const auto *inner =
            std::get_if<std::shared_ptr<const Component>>(&option.value.data);
        inner && option.name.find("layer") != std::string::npos &&
        drawsRandom(**inner))
      return true;
  return false;
}

} // namespace

std::vector<LayerRule> mlc::frontend::wrappingLayers() {
  std::vector<LayerRule> rules = {
      {{"Bidirectional",
        {},
        "A recurrent layer walking both ways.",
        {{"layer", OptionKind::Layer, "", "The recurrent layer."},
         {"merge_mode",
          OptionKind::Choice,
          "\"concat\"",
          "How outputs are made one; null: they are two results.",
          kAnyNumber,
          {"concat", "sum", "mul", "ave"},
          /*mayBeNull=*/true},
         {"backward_layer", OptionKind::Layer, "null",
          "The layer that walks backwards, if it isn't \"layer\" with weights "
          "of its own."}}},
       1,
       5,
       inferBidirectional,
       /*random=*/true},
      {{"TimeDistributed",
        {},
        "A layer applied to each step, with the same weights.",
        {{"layer", OptionKind::Layer, "", "The layer."}}},
       1,
       1,
       inferTimeDistributed,
       /*random=*/true},
  };
  for (LayerRule &rule : rules)
    rule.drawsRandom = wrapsRandom;
  return rules;
}
