//===-- Attention.cpp - layers that look at other positions ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Inputs are those of Keras's calls, in its order: query, value (left out: the
// query), key (left out: the value), and with `use_attention_mask` the mask.
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Attention.h"
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

using namespace mlc::frontend;

AttentionArguments mlc::frontend::attentionArguments(const Component &options,
                                                     size_t inputs) {
  AttentionArguments arguments;
  if (options.flag("use_attention_mask"))
    arguments.mask = --inputs;
  arguments.value = inputs > 1 ? 1 : 0;
  arguments.key = inputs > 2 ? 2 : arguments.value;
  return arguments;
}

namespace {

/// The layer's parts, as Keras names them, and the heads of each.
struct Heads {
  int64_t query, key, size, valueSize;
};

/// A sequence of features, and a mask that fits, or an error.
bool checkInputs(LayerInference &layer, const AttentionArguments &arguments,
                 int64_t heads) {
  size_t sequences = layer.inputs.size() - (arguments.mask ? 1 : 0);
  if (sequences < 1 || sequences > 3) {
    layer.fail("expected query, value and key, and with "
               "\"use_attention_mask\" the mask: found " +
               std::to_string(layer.inputs.size()) + " inputs");
    return false;
  }
  for (size_t i = 0; i < sequences; ++i)
    if (layer.inputs[i].shape.size() != 2 ||
        layer.inputs[i].dtype != DType::F32) {
      layer.fail("expected sequences of features, float32 of shape (batch, "
                 "time, features), found " +
                 layer.inputTexts[i]);
      return false;
    }
  const Shape &value = layer.inputs[arguments.value].shape;
  if (layer.inputs[arguments.key].shape[0] != value[0]) {
    layer.fail("key and value must be of one length, found " +
               layer.inputTexts[arguments.key] + " and " +
               layer.inputTexts[arguments.value]);
    return false;
  }
  if (!arguments.mask)
    return true;
  const Shape &mask = layer.inputs[*arguments.mask].shape;
  Shape full{heads, layer.inputs[0].shape[0], value[0]};
  bool fits = mask.size() == 2 || mask.size() == 3;
  for (size_t i = 0; fits && i < mask.size(); ++i) {
    int64_t size = mask[mask.size() - 1 - i];
    fits = size == 1 || size == full[2 - i];
  }
  if (!fits)
    layer.fail("expected a mask of shape (batch, " + std::to_string(full[1]) +
               ", " + std::to_string(full[2]) + ") or (batch, " +
               std::to_string(full[0]) + ", " + std::to_string(full[1]) + ", " +
               std::to_string(full[2]) +
               "), any of whose sizes may be 1; found " +
               layer.inputTexts[*arguments.mask]);
  return fits;
}

/// PART/kernel and PART/bias, by the layer's options.
void addProjection(LayerInference &layer, const std::string &part, Shape kernel,
                   Shape bias) {
  auto add = [&](const std::string &name, Shape shape) {
    Variable variable = makeVariable(name, std::move(shape), layer.options);
    variable.name = part + "/" + name;
    layer.variables.push_back(std::move(variable));
  };
  add("kernel", std::move(kernel));
  if (layer.options.flag("use_bias"))
    add("bias", std::move(bias));
}

void addProjections(LayerInference &layer, const AttentionArguments &arguments,
                    const Heads &heads, const Shape &output) {
  int64_t query = layer.inputs[0].shape[1];
  int64_t key = layer.inputs[arguments.key].shape[1];
  int64_t value = layer.inputs[arguments.value].shape[1];
  addProjection(layer, "query", {query, heads.query, heads.size},
                {heads.query, heads.size});
  addProjection(layer, "key", {key, heads.key, heads.size},
                {heads.key, heads.size});
  if (layer.options.flag("use_gate"))
    addProjection(layer, "gate", {query, heads.query, heads.valueSize},
                  {heads.query, heads.valueSize});
  addProjection(layer, "value", {value, heads.key, heads.valueSize},
                {heads.key, heads.valueSize});
  Shape kernel{heads.query, heads.valueSize};
  kernel.insert(kernel.end(), output.begin(), output.end());
  addProjection(layer, "attention_output", kernel, output);
  Shape result{layer.inputs[0].shape[0]};
  result.insert(result.end(), output.begin(), output.end());
  layer.results = {{result, DType::F32}};
}

void inferMultiHeadAttention(LayerInference &layer) {
  const Component &options = layer.options;
  AttentionArguments arguments =
      attentionArguments(options, layer.inputs.size());
  int64_t heads = options.integer("num_heads");
  if (!checkInputs(layer, arguments, heads))
    return;
  if (options.has("attention_axes") &&
      options.integers("attention_axes") != std::vector<int64_t>{1})
    return layer.fail("attention goes along axis 1 of (batch, time, "
                      "features); other axes are not supported",
                      "attention_axes");
  Shape output{layer.inputs[0].shape[1]};
  if (options.has("output_shape")) {
    output = options.integers("output_shape");
    for (int64_t size : output)
      if (!kCount.contains(double(size)))
        return layer.fail("sizes of the output must be at least 1, found " +
                              std::to_string(size),
                          "output_shape");
    if (output.empty())
      return layer.fail("expected a size for the output at least",
                        "output_shape");
  }
  int64_t size = options.integer("key_dim");
  addProjections(
      layer, arguments,
      {heads, heads, size,
       options.has("value_dim") ? options.integer("value_dim") : size},
      output);
}

void inferGroupQueryAttention(LayerInference &layer) {
  const Component &options = layer.options;
  AttentionArguments arguments =
      attentionArguments(options, layer.inputs.size());
  int64_t heads = options.integer("num_query_heads"),
          groups = options.integer("num_key_value_heads"),
          size = options.integer("head_dim");
  if (heads % groups != 0)
    return layer.fail("\"num_query_heads\" must be a multiple of "
                      "\"num_key_value_heads\", " +
                          std::to_string(groups) + "; found " +
                          std::to_string(heads),
                      "num_query_heads");
  if (!checkInputs(layer, arguments, heads))
    return;
  int64_t features = layer.inputs[0].shape[1];
  if (layer.inputs[arguments.value].shape[1] != features)
    return layer.fail("query and value must have as many features, found " +
                      layer.inputTexts[0] + " and " +
                      layer.inputTexts[arguments.value]);
  addProjections(layer, arguments, {heads, groups, size, size}, {features});
}

/// What both layers have besides their heads.
std::vector<OptionRule> withCommon(std::vector<OptionRule> options) {
  std::vector<OptionRule> common = {
      {"dropout", OptionKind::Number, "0.0",
       "Part of the probabilities that is zeroed while training.", kFraction},
      {"use_bias", OptionKind::Flag, "true",
       "Whether the projections add biases."},
      {"use_gate", OptionKind::Flag, "false",
       "Whether a sigmoid of another projection of the query multiplies what "
       "is attended to."},
      {"sliding_window", OptionKind::Integer, "null",
       "Only positions less than this far away are attended to.", kCount},
      {"use_causal_mask", OptionKind::Flag, "false",
       "Whether positions attend to none after them."},
      {"use_attention_mask", OptionKind::Flag, "false",
       "Whether the last input is a mask: 0 where a query must not attend to "
       "a key."},
      {"kernel_initializer", OptionKind::Initializer, "\"glorot_uniform\"",
       "First values of the kernels."},
      {"bias_initializer", OptionKind::Initializer, "\"zeros\"",
       "First values of the biases."},
      {"kernel_regularizer", OptionKind::Regularizer, "null",
       "Penalty on the kernels, added to the loss."},
      {"bias_regularizer", OptionKind::Regularizer, "null",
       "Penalty on the biases, added to the loss."},
      {"seed", OptionKind::Integer, "null",
       "Makes the dropout's random numbers other ones.", kNotNegative}};
  options.insert(options.end(), common.begin(), common.end());
  return options;
}

bool hasDropout(const Component &layer) { return layer.number("dropout") > 0; }

} // namespace

std::vector<LayerRule> mlc::frontend::attentionLayers() {
  return {
      {{"MultiHeadAttention",
        {},
        "Softmax of products of queries and keys, by which values are summed, "
        "for several heads.",
        withCommon(
            {{"num_heads", OptionKind::Integer, "", "Number of heads.", kCount},
             {"key_dim", OptionKind::Integer, "",
              "Size of each head of query and key.", kCount},
             {"value_dim", OptionKind::Integer, "null",
              "Size of each head of the value; left out: key_dim.", kCount},
             {"output_shape", OptionKind::Integers, "null",
              "Sizes of the result after (batch, time); left out: the "
              "query's."},
             {"attention_axes", OptionKind::Integers, "null",
              "Axes to attend along: [1], the only one."}})},
       1,
       4,
       inferMultiHeadAttention,
       /*random=*/true,
       /*movesElements=*/false,
       hasDropout},
      {{"GroupQueryAttention",
        {"GroupedQueryAttention"},
        "The same, where several heads of the query share one of key and "
        "value.",
        withCommon({{"head_dim", OptionKind::Integer, "", "Size of each head.",
                     kCount},
                    {"num_query_heads", OptionKind::Integer, "",
                     "Number of heads of the query.", kCount},
                    {"num_key_value_heads", OptionKind::Integer, "",
                     "Number of heads of key and value.", kCount}})},
       1,
       4,
       inferGroupQueryAttention,
       /*random=*/true,
       /*movesElements=*/false,
       hasDropout},
  };
}
