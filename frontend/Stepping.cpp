//===-- Stepping.cpp - a model on one position at a time ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each layer is inferred again, on sequences of length one. That its variables
// and, but for the length, its results stay what they were is asked of all;
// what else it takes is in the table below.
//
//===----------------------------------------------------------------------===//
#include "frontend/Stepping.h"
#include "frontend/Tables.h"
#include "frontend/layers/Attention.h"
#include "frontend/layers/Inference.h"

#include <algorithm>

namespace mlc::frontend {

namespace {

/// What a layer's rule sees, and what it fills in.
struct StepInference {
  const Layer &layer;
  const std::vector<TensorType> &inputs; ///< whole sequences
  bool hasMasks;                         ///< positions may be masked
  std::vector<Cache> caches = {};
  bool tellsPositions = false;
  std::string error = {};
  Location errorLocation = {};

  const Component &options() const { return layer.component; }
  int64_t length() const { return inputs[0].shape[0]; }
  /// Reports what is in the way, at the layer or at one of its options.
  void fail(std::string message, std::string_view option = {}) {
    error = std::move(message);
    errorLocation = option.empty() ? layer.component.location
                                   : options().get(option).location;
  }
};

using StepRule = void (*)(StepInference &);

std::vector<int64_t> axesOf(const Component &component) {
  const OptionValue &axis = component.get("axis");
  if (const auto *one = std::get_if<int64_t>(&axis.data))
    return {*one};
  return std::get<std::vector<int64_t>>(axis.data);
}

bool goesAlongPositions(const Component &component, size_t rank) {
  if (!isSet(component, "axis"))
    return false;
  std::vector<int64_t> axes = axesOf(component);
  return std::any_of(axes.begin(), axes.end(), [&](int64_t axis) {
    return normalizeAxis(axis, int64_t(rank) + 1) == 1;
  });
}

/// Each position on its own, unless an axis says otherwise.
void stepEach(StepInference &step) {
  size_t rank = step.inputs[0].shape.size();
  if (goesAlongPositions(step.options(), rank))
    return step.fail("goes along the positions", "axis");
  if (isSet(step.options(), "activation") &&
      goesAlongPositions(step.options().component("activation"), rank))
    step.fail("its activation goes along the positions", "activation");
}

/// Dense contracts the last axis, which must not be that of positions.
void stepDense(StepInference &step) {
  if (step.inputs[0].shape.size() < 2)
    return step.fail("takes all positions as one vector");
  stepEach(step);
}

void stepAttention(StepInference &step) {
  const Component &options = step.options();
  AttentionArguments arguments =
      attentionArguments(options, step.inputs.size());
  if (!options.flag("use_causal_mask"))
    return step.fail("each position attends to later ones: "
                     "\"use_causal_mask\" must be true",
                     "use_causal_mask");
  if (arguments.mask)
    return step.fail("its mask is for all positions at once",
                     "use_attention_mask");
  const std::vector<ValueId> &inputs = step.layer.inputs;
  if (std::any_of(inputs.begin(), inputs.end(),
                  [&](ValueId input) { return !(input == inputs[0]); }))
    return step.fail("attends to another sequence than the query's");
  const Layer &layer = step.layer;
  for (const char *part : {"key", "value"})
    for (const Variable &variable : layer.variables)
      if (variable.name == std::string(part) + "/kernel")
        step.caches.push_back(
            {std::string(part) + "_cache",
             {1, step.length(), variable.shape[1], variable.shape[2]}});
  if (step.hasMasks)
    step.caches.push_back({"mask_cache", {1, step.length()}});
  step.tellsPositions = true;
}

void stepRecurrence(StepInference &step) {
  const Component &options = step.options();
  if (options.flag("go_backwards"))
    return step.fail("goes from the last position to the first",
                     "go_backwards");
  if (step.inputs.size() > 1)
    return step.fail("its initial state is an input");
  if (options.flag("return_state"))
    return step.fail("its last state is a result", "return_state");
  Shape state{1, options.integer("units")};
  step.caches.push_back({"state", state});
  if (step.options().type == "LSTM")
    step.caches.push_back({"cell_state", state});
}

void stepPositions(StepInference &step) {
  if (step.inputs[0].shape.size() != 2)
    return step.fail("numbers the positions of another axis");
  step.tellsPositions = true;
}

void stepRotary(StepInference &step) {
  int64_t rank = int64_t(step.inputs[0].shape.size()) + 1;
  if (normalizeAxis(step.options().integer("sequence_axis"), rank) != 1)
    return step.fail("numbers the positions of another axis", "sequence_axis");
  step.tellsPositions = true;
}

struct Row {
  const char *type;
  StepRule rule;
};
constexpr Row kRows[] = {
    {"Activation", stepEach},
    {"Add", stepEach},
    {"AlphaDropout", stepEach},
    {"Average", stepEach},
    {"BatchNormalization", stepEach},
    {"Concatenate", stepEach},
    {"Dense", stepDense},
    {"Dropout", stepEach},
    {"ELU", stepEach},
    {"Embedding", stepEach},
    {"GRU", stepRecurrence},
    {"GaussianDropout", stepEach},
    {"GaussianNoise", stepEach},
    {"GroupQueryAttention", stepAttention},
    {"LSTM", stepRecurrence},
    {"LayerNormalization", stepEach},
    {"LeakyReLU", stepEach},
    {"Masking", stepEach},
    {"Maximum", stepEach},
    {"Minimum", stepEach},
    {"MultiHeadAttention", stepAttention},
    {"Multiply", stepEach},
    {"PReLU", stepEach},
    {"PositionEmbedding", stepPositions},
    {"RMSNormalization", stepEach},
    {"ReLU", stepEach},
    {"Rescaling", stepEach},
    {"RotaryEmbedding", stepRotary},
    {"SimpleRNN", stepRecurrence},
    {"SinePositionEncoding", stepPositions},
    {"Softmax", stepEach},
    {"SpatialDropout1D", stepEach},
    {"Subtract", stepEach},
    {"TimeDistributed", stepEach},
    {"UnitNormalization", stepEach},
};

StepRule findStepRule(std::string_view type) {
  for (const Row &row : kRows)
    if (row.type == type)
      return row.rule;
  return nullptr;
}

bool makesMask(const Layer &layer) {
  return layer.component.type == "Masking" ||
         (layer.component.type == "Embedding" &&
          layer.component.flag("mask_zero"));
}

/// The type on one position instead of all.
TensorType atOnePosition(TensorType type) {
  type.shape.front() = 1;
  return type;
}

class Stepper {
public:
  Stepper(const Model &model, Diagnostics &diagnostics)
      : model(model), diagnostics(diagnostics) {}
  std::optional<SteppedModel> run();

private:
  bool checkEnds();
  bool stepLayer(size_t index);
  bool infer(Layer &layer, const Layer &whole);
  bool refuse(const Layer &layer, const Location &location,
              const std::string &why);

  const Model &model;
  Diagnostics &diagnostics;
  SteppedModel stepped;
  bool hasMasks = false;
};

bool Stepper::refuse(const Layer &layer, const Location &location,
                     const std::string &why) {
  diagnostics.error(location, layer.component.type + " \"" + layer.name +
                                  "\" cannot go position by position, which "
                                  "it takes to generate: " +
                                  why);
  return false;
}

/// One input of ids, and one output with a score for each.
bool Stepper::checkEnds() {
  const std::string task = "to generate takes one input of ids, one for each "
                           "position, and one output with a score for each id";
  const Input &input = model.inputs.front();
  const Output &output = model.outputs.front();
  if (model.inputs.size() > 1 || input.type.dtype != DType::I32 ||
      input.type.shape.size() != 1 || input.range == 0) {
    diagnostics.error(model.inputs.size() > 1 ? model.inputs[1].location
                                              : input.location,
                      task);
    return false;
  }
  if (model.outputs.size() > 1 || output.type.shape.size() != 2 ||
      output.type.shape[0] != input.type.shape[0]) {
    diagnostics.error(
        model.outputs.size() > 1 ? model.outputs[1].location : output.location,
        task + "; found a result of shape " + shapeText(output.type.shape));
    return false;
  }
  if (output.type.shape[1] <= input.range)
    return true;
  diagnostics
      .error(output.location, "\"" + output.name + "\" scores " +
                                  std::to_string(output.type.shape[1]) +
                                  " ids, and \"" + input.name +
                                  "\" takes only those below " +
                                  std::to_string(input.range))
      .note(input.location, "\"" + input.name + "\" is here");
  return false;
}

/// Infers `layer` on one position, and compares with all of them at once.
bool Stepper::infer(Layer &layer, const Layer &whole) {
  std::vector<TensorType> types;
  std::vector<std::string> texts;
  for (ValueId input : layer.inputs) {
    types.push_back(stepped.model.type(input));
    texts.push_back("\"" + model.producerName(input) + "\"");
  }
  LayerInference inference{layer.component, types, texts, {}, {}, {}, {}};
  layerRule(layer.component).infer(inference);
  if (!inference.error.empty())
    return refuse(layer, inference.errorLocation, inference.error);
  bool fits = inference.results.size() == whole.results.size();
  for (size_t i = 0; fits && i < whole.results.size(); ++i) {
    const TensorType &type = whole.results[i];
    fits = !type.shape.empty() &&
           type.shape[0] == model.inputs[0].type.shape[0] &&
           inference.results[i] == atOnePosition(type);
  }
  if (!fits)
    return refuse(layer, layer.location,
                  "its result has none for each position");
  const Layer &owner =
      layer.sharedWith ? model.layers[*layer.sharedWith] : whole;
  for (size_t i = 0; i < owner.variables.size(); ++i)
    if (inference.variables[i].shape != owner.variables[i].shape)
      return refuse(layer, layer.location,
                    "its " + owner.variables[i].name +
                        " differs from position to position");
  layer.results = std::move(inference.results);
  return true;
}

bool Stepper::stepLayer(size_t index) {
  const Layer &whole = model.layers[index];
  Layer &layer = stepped.model.layers[index];
  StepRule rule = findStepRule(whole.component.type);
  if (!rule)
    return refuse(whole, whole.location, "it takes all positions at once");
  std::vector<TensorType> inputs;
  for (ValueId input : whole.inputs)
    inputs.push_back(model.type(input));
  StepInference step{whole, inputs, hasMasks};
  rule(step);
  if (!step.error.empty())
    return refuse(whole, step.errorLocation, step.error);
  stepped.isLimited |= step.tellsPositions;
  stepped.caches[index] = std::move(step.caches);
  return infer(layer, whole);
}

std::optional<SteppedModel> Stepper::run() {
  if (!checkEnds())
    return std::nullopt;
  stepped.model = model;
  stepped.length = model.inputs.front().type.shape.front();
  stepped.model.batchSize = 1;
  stepped.model.training.reset();
  for (Input &input : stepped.model.inputs)
    input.type = atOnePosition(input.type);
  for (Output &output : stepped.model.outputs)
    output.type = atOnePosition(output.type);
  stepped.caches.resize(model.layers.size());
  hasMasks = std::any_of(model.layers.begin(), model.layers.end(), makesMask);
  for (size_t i = 0; i < model.layers.size(); ++i)
    if (!stepLayer(i))
      return std::nullopt;
  return std::move(stepped);
}

} // namespace

bool canStep(std::string_view layerType) { return findStepRule(layerType); }

std::optional<SteppedModel> makeStepped(const Model &model,
                                        Diagnostics &diagnostics) {
  return Stepper(model, diagnostics).run();
}

} // namespace mlc::frontend
