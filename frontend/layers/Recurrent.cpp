//===-- Recurrent.cpp - layers that walk along time -----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

using namespace mlc::frontend;

namespace {

/// A cell of recurrence: how many products a step makes of the same tensors,
/// and how many states it carries.
struct Cell {
  int64_t gates, states;
};
constexpr Cell kSimple = {1, 1}, kLstm = {4, 2}, kGru = {3, 1};

/// A sequence, then all initial states or none.
bool checkInputs(LayerInference &layer, const Cell &cell) {
  if (!layer.expectInputs(DType::F32))
    return false;
  if (layer.inputs[0].shape.size() != 2) {
    layer.fail("expected an input of steps with features, (batch, time, n), "
               "found " +
               layer.inputTexts[0]);
    return false;
  }
  size_t given = layer.inputs.size() - 1, states = cell.states;
  if (given != 0 && given != states) {
    layer.fail("expected " + counted(states, "initial state") +
               " behind the sequence, or none, found " + std::to_string(given));
    return false;
  }
  Shape state = {layer.options.integer("units")};
  for (size_t i = 1; i < layer.inputs.size(); ++i)
    if (layer.inputs[i].shape != state) {
      layer.fail("expected an initial state of shape " + shapeText(state) +
                 ", found " + layer.inputTexts[i]);
      return false;
    }
  return true;
}

void addVariables(LayerInference &layer, const Cell &cell) {
  const Component &options = layer.options;
  int64_t units = options.integer("units"), all = cell.gates * units;
  layer.variables.push_back(
      makeVariable("kernel", {layer.inputs[0].shape[1], all}, options));
  layer.variables.push_back(
      makeVariable("recurrent_kernel", {units, all}, options, "recurrent"));
  if (!options.flag("use_bias"))
    return;
  bool hasTwo = cell.gates == kGru.gates && options.flag("reset_after");
  Shape shape = hasTwo ? Shape{2, all} : Shape{all};
  Variable bias = makeVariable("bias", shape, options);
  if (cell.gates == kLstm.gates && options.flag("unit_forget_bias")) {
    bias.onesBegin = units;
    bias.onesEnd = 2 * units;
  }
  layer.variables.push_back(std::move(bias));
}

void inferCell(LayerInference &layer, const Cell &cell) {
  const Component &options = layer.options;
  if (!checkInputs(layer, cell))
    return;
  if (options.flag("stateful"))
    return layer.fail("a state that stays between batches is not supported; "
                      "give it as an input, and take it from \"return_state\"",
                      "stateful");
  Shape state = {options.integer("units")};
  if (!layer.checkActivation("activation", state) ||
      (cell.gates > 1 && !layer.checkActivation("recurrent_activation", state)))
    return;
  addVariables(layer, cell);
  TensorType output{state, DType::F32};
  if (options.flag("return_sequences"))
    output.shape.insert(output.shape.begin(), layer.inputs[0].shape[0]);
  layer.results = {output};
  if (options.flag("return_state"))
    layer.results.insert(layer.results.end(), cell.states, {state, DType::F32});
}

void inferSimple(LayerInference &layer) { inferCell(layer, kSimple); }
void inferLstm(LayerInference &layer) { inferCell(layer, kLstm); }
void inferGru(LayerInference &layer) { inferCell(layer, kGru); }

bool hasDropout(const Component &layer) {
  return layer.number("dropout") > 0 || layer.number("recurrent_dropout") > 0;
}

using Options = std::vector<OptionRule>;

void append(Options &options, Options more) {
  for (OptionRule &option : more)
    options.push_back(std::move(option));
}

Options initializerOptions() {
  const OptionKind initializer = OptionKind::Initializer;
  return {{"kernel_initializer", initializer, "\"glorot_uniform\"",
           "First values of the input's kernel."},
          {"recurrent_initializer", initializer, "\"orthogonal\"",
           "First values of the state's kernel."},
          {"bias_initializer", initializer, "\"zeros\"",
           "First values of the bias."}};
}

Options dropoutOptions() {
  return {{"dropout", OptionKind::Number, "0.0",
           "Part of the input's features to drop while training, the same in "
           "each step.",
           kFraction},
          {"recurrent_dropout", OptionKind::Number, "0.0",
           "Part of the state to drop while training, the same in each step.",
           kFraction},
          {"seed", OptionKind::Integer, "null",
           "Makes its random numbers other ones.", kNotNegative}};
}

Options regularizerOptions() {
  const OptionKind regularizer = OptionKind::Regularizer;
  return {{"kernel_regularizer", regularizer, "null",
           "Penalty on the input's kernel, added to the loss."},
          {"recurrent_regularizer", regularizer, "null",
           "Penalty on the state's kernel, added to the loss."},
          {"bias_regularizer", regularizer, "null",
           "Penalty on the bias, added to the loss."}};
}

Options sequenceOptions() {
  const OptionKind flag = OptionKind::Flag;
  return {{"return_sequences", flag, "false",
           "Whether to return the outputs of all steps, not of the last."},
          {"return_state", flag, "false",
           "Whether to return the last states as further results."},
          {"go_backwards", flag, "false",
           "Whether to walk from the last step to the first; outputs come in "
           "the order of the walk."},
          {"stateful", flag, "false",
           "Must be false: states don't stay between batches."},
          {"unroll", flag, "false",
           "Without effect: steps are one loop, whatever their number."}};
}

Options makeOptions(const Cell &cell, Options special) {
  const OptionKind activation = OptionKind::Activation;
  Options options = {
      {"units", OptionKind::Integer, "", "Size of the state.", kCount},
      {"activation", activation, "\"tanh\"",
       "Applied to the new state; null: nothing."}};
  if (cell.gates > 1)
    options.push_back({"recurrent_activation", activation, "\"sigmoid\"",
                       "Applied to the gates; null: nothing."});
  for (OptionRule &option : options)
    option.mayBeNull = option.kind == activation;
  append(options,
         {{"use_bias", OptionKind::Flag, "true", "Whether to add a bias."}});
  append(options, initializerOptions());
  append(options, std::move(special));
  append(options, regularizerOptions());
  append(options, dropoutOptions());
  append(options, sequenceOptions());
  return options;
}

LayerRule makeRule(const char *name, const char *description, const Cell &cell,
                   Options special, void (*infer)(LayerInference &)) {
  LayerRule rule{{name, {}, description, makeOptions(cell, std::move(special))},
                 1,
                 1 + size_t(cell.states),
                 infer,
                 /*random=*/true};
  rule.drawsRandom = hasDropout;
  return rule;
}

} // namespace

std::vector<LayerRule> mlc::frontend::recurrentLayers() {
  return {
      makeRule("SimpleRNN", "Recurrence: the output is the next step's state.",
               kSimple, {}, inferSimple),
      makeRule("LSTM", "Recurrence with long short-term memory.", kLstm,
               {{"unit_forget_bias", OptionKind::Flag, "true",
                 "Whether the forget gate's bias begins as 1."}},
               inferLstm),
      makeRule("GRU", "Gated recurrent unit.", kGru,
               {{"reset_after", OptionKind::Flag, "true",
                 "Whether the reset gate is applied behind the product with "
                 "the state, not before."}},
               inferGru),
  };
}
