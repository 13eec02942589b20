//===-- SteppingTest.cpp - models that go position by position ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// @generate_step, called for one position after another, says what @predict
// says of the whole sequence.
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include "frontend/Tables.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

using namespace mlc;
using frontend::Diagnostics;
using frontend::Model;

namespace {

constexpr int64_t kLength = 7, kIds = 11, kFeatures = 6, kBatch = 2;

std::string number(int64_t value) { return std::to_string(value); }

/// Ids, embedded in 6 features, through `layers`, to a score for each id.
std::string modelText(const std::string &layers,
                      const std::string &embedding = "") {
  return R"({"inputs": [{"name": "ids", "shape": [)" + number(kLength) +
         R"(], "dtype": "int32"}], "layers": [
    {"type": "Embedding", "name": "e", "input_dim": )" +
         number(kIds) + R"(, "output_dim": )" + number(kFeatures) + embedding +
         "},\n" + layers + (layers.empty() ? "" : ",\n") +
         R"({"type": "Dense", "name": "scores", "units": )" + number(kIds) +
         R"(}], "training": {"loss": "sparse_categorical_crossentropy",
        "optimizer": "sgd", "batch_size": )" +
         number(kBatch) + "}}";
}

std::optional<Model> read(const std::string &text) {
  Diagnostics diagnostics;
  auto model = frontend::readModel(text, "m.json", diagnostics);
  EXPECT_TRUE(model) << diagnostics.str();
  return model;
}

struct StepCase {
  const char *name, *layers, *embedding = "";
};

const StepCase kCases[] = {
    {"Attention", R"({"type": "MultiHeadAttention", "num_heads": 2,
      "key_dim": 5, "value_dim": 3, "use_causal_mask": true})"},
    {"Windows", R"({"type": "MultiHeadAttention", "num_heads": 2,
      "key_dim": 4, "use_causal_mask": true, "sliding_window": 3},
      {"type": "MultiHeadAttention", "num_heads": 1,
      "key_dim": 4, "use_causal_mask": true, "sliding_window": 1})"},
    {"Groups", R"({"type": "GroupQueryAttention", "head_dim": 3,
      "num_query_heads": 4, "num_key_value_heads": 2, "use_gate": true,
      "use_causal_mask": true})"},
    {"MaskedAttention", R"({"type": "MultiHeadAttention", "num_heads": 2,
      "key_dim": 5, "use_causal_mask": true})",
     R"(, "mask_zero": true)"},
    {"TrainedPositions",
     R"({"type": "PositionEmbedding", "name": "p", "sequence_length": 9,
      "inputs": ["e"]}, {"type": "Add", "inputs": ["e", "p"]})"},
    {"Waves", R"({"type": "SinePositionEncoding", "name": "p",
      "inputs": ["e"]}, {"type": "Subtract", "inputs": ["e", "p"]})"},
    {"Rotation", R"({"type": "RotaryEmbedding", "scaling_factor": 2.0})"},
    {"Lstm", R"({"type": "LSTM", "units": 5, "return_sequences": true},
      {"type": "LSTM", "units": 4, "return_sequences": true})"},
    {"MaskedLstm", R"({"type": "LSTM", "units": 5, "return_sequences": true})",
     R"(, "mask_zero": true)"},
    {"Gru", R"({"type": "GRU", "units": 5, "return_sequences": true,
      "reset_after": false})"},
    {"Simple",
     R"({"type": "SimpleRNN", "units": 5, "return_sequences": true})"},
    {"SharedRecurrence", R"({"type": "SimpleRNN", "name": "r", "units": 6,
      "return_sequences": true}, {"shared": "r"})"},
    {"Normalizations", R"({"type": "LayerNormalization"},
      {"type": "RMSNormalization"}, {"type": "UnitNormalization"},
      {"type": "BatchNormalization"})"},
    {"Activations", R"({"type": "Activation", "activation": "gelu"},
      {"type": "Rescaling", "scale": 2.0, "offset": 0.1}, {"type": "ELU"},
      {"type": "LeakyReLU"}, {"type": "PReLU", "shared_axes": [1]},
      {"type": "Softmax"}, {"type": "ReLU"}, {"type": "Masking"})"},
    {"Random", R"({"type": "Dropout", "rate": 0.5},
      {"type": "SpatialDropout1D", "rate": 0.5},
      {"type": "GaussianDropout", "rate": 0.5},
      {"type": "GaussianNoise", "stddev": 0.5},
      {"type": "AlphaDropout", "rate": 0.5})"},
    {"Merges", R"({"type": "Dense", "name": "a", "units": 6},
      {"type": "Dense", "name": "b", "units": 6, "inputs": ["e"]},
      {"type": "Multiply", "name": "c", "inputs": ["a", "b"]},
      {"type": "Average", "name": "d", "inputs": ["a", "c"]},
      {"type": "Maximum", "name": "f", "inputs": ["d", "b"]},
      {"type": "Minimum", "name": "g", "inputs": ["f", "e"]},
      {"type": "Concatenate", "inputs": ["g", "a"]})"},
    {"Distributed", R"({"type": "TimeDistributed",
      "layer": {"type": "Dense", "units": 4, "activation": "tanh"}})"},
};

/// Both functions, in double precision, with the same weights.
class Pair {
public:
  explicit Pair(const StepCase &test)
      : model(*read(modelText(test.layers, test.embedding))) {
    Diagnostics diagnostics;
    stepped = frontend::makeStepped(model, diagnostics);
    EXPECT_TRUE(stepped) << diagnostics.str();
    frontend::LoweringOptions options;
    options.doublePrecision = true;
    options.stepped = stepped ? &*stepped : nullptr;
    program.emplace(model, options);
    program->init(3);
    spoilCaches();
  }

  Tensor predict(const Tensor &ids) {
    return program->run("predict", {{"ids", ids}}).at("scores");
  }
  Tensor step(double id, int64_t position) {
    return program
        ->run("generate_step", {{"ids", {{1, 1}, {id}}},
                                {"position", {{1}, {double(position)}}}})
        .at("scores");
  }

private:
  /// Whatever was there before the first position must not matter.
  void spoilCaches() {
    for (auto [layer, caches] :
         llvm::zip_equal(stepped->model.layers, stepped->caches))
      for (const frontend::Cache &cache : caches)
        program->state[layer.name + "/" + cache.name] = {
            Sizes(cache.shape.begin(), cache.shape.end()),
            std::vector<double>(frontend::elementCount(cache.shape), NAN)};
  }

  Model model;
  std::optional<frontend::SteppedModel> stepped;
  std::optional<Program> program;
};

class Stepping : public testing::TestWithParam<StepCase> {};

TEST_P(Stepping, SaysWhatPredictSays) {
  Pair pair(GetParam());
  Tensor ids{{kBatch, kLength}, {}};
  for (int64_t i = 0; i < kBatch * kLength; ++i)
    ids.values.push_back(double(i * 5 % 7 + i / 9));
  Tensor wanted = pair.predict(ids);
  bool hasMask = llvm::StringRef(GetParam().embedding).contains("mask_zero");
  for (int64_t row = 0; row < kBatch; ++row)
    for (int64_t position = 0; position < kLength; ++position) {
      int64_t place = row * kLength + position;
      Tensor found = pair.step(ids.values[place], position);
      // What masked positions say is of no meaning, and nobody's agreement.
      if (hasMask && ids.values[place] == 0)
        continue;
      for (int64_t id = 0; id < kIds; ++id)
        ASSERT_NEAR(found.values[id], wanted.values[place * kIds + id], 1e-11)
            << "row " << row << ", position " << position;
    }
}

INSTANTIATE_TEST_SUITE_P(All, Stepping, testing::ValuesIn(kCases),
                         [](const auto &test) {
                           return std::string(test.param.name);
                         });

TEST(SteppingTable, EachLayerThatCanStepIsTried) {
  std::set<std::string> tried;
  for (const StepCase &test : kCases) {
    Model model = *read(modelText(test.layers, test.embedding));
    for (const frontend::Layer &layer : model.layers)
      tried.insert(layer.component.type);
  }
  for (const frontend::LayerRule &rule : frontend::layerRules())
    EXPECT_EQ(frontend::canStep(rule.name), tried.count(rule.name) > 0)
        << rule.name;
}

struct Refusal {
  const char *name, *layers, *message;
};

const Refusal kRefusals[] = {
    {"LaterPositions",
     R"({"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 5})",
     "\"use_causal_mask\" must be true"},
    {"AnotherSequence",
     R"({"type": "Dense", "name": "d", "units": 6},
        {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 5,
         "use_causal_mask": true, "inputs": ["d", "e"]})",
     "attends to another sequence"},
    {"Backwards",
     R"({"type": "LSTM", "units": 5, "return_sequences": true,
         "go_backwards": true})",
     "from the last position to the first"},
    {"OneResult", R"({"type": "LSTM", "units": 5},
        {"type": "RepeatVector", "n": 7})",
     "its result has none for each position"},
    {"AllAtOnce",
     R"({"type": "Conv1D", "filters": 6, "kernel_size": 3,
         "padding": "causal"})",
     "it takes all positions at once"},
    {"AlongPositions", R"({"type": "Softmax", "axis": 1})",
     "goes along the positions"},
    {"ActivationAlongPositions",
     R"({"type": "Activation",
         "activation": {"type": "softmax", "axis": 1}})",
     "its activation goes along the positions"},
    {"SlopeOfEach", R"({"type": "PReLU"})",
     "its alpha differs from position to position"},
};

class SteppingRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(SteppingRefusal, SaysWhatIsInTheWay) {
  auto model = read(modelText(GetParam().layers));
  Diagnostics diagnostics;
  EXPECT_FALSE(frontend::makeStepped(*model, diagnostics));
  ASSERT_EQ(diagnostics.errorCount(), 1u);
  EXPECT_NE(diagnostics.str().find(GetParam().message), std::string::npos)
      << diagnostics.str();
  EXPECT_GT(diagnostics.all()[0].location.line, 0u);
}

INSTANTIATE_TEST_SUITE_P(All, SteppingRefusal, testing::ValuesIn(kRefusals),
                         [](const auto &test) {
                           return std::string(test.param.name);
                         });

TEST(SteppingEnds, TakeIdsAndScoreThem) {
  for (const char *text :
       {R"({"inputs": [{"name": "x", "shape": [7, 3]}],
            "layers": [{"type": "Dense", "units": 4}]})",
        R"({"inputs": [{"name": "x", "shape": [7], "dtype": "int32"}],
            "layers": [{"type": "Embedding", "input_dim": 4, "output_dim": 4},
                       {"type": "Flatten"}, {"type": "Dense", "units": 4}]})",
        R"({"inputs": [{"name": "x", "shape": [7], "dtype": "int32"}],
            "layers": [{"type": "Embedding", "input_dim": 4, "output_dim": 4},
                       {"type": "Dense", "units": 5}]})"}) {
    Diagnostics diagnostics;
    EXPECT_FALSE(frontend::makeStepped(*read(text), diagnostics));
    EXPECT_EQ(diagnostics.errorCount(), 1u) << diagnostics.str();
  }
}

} // namespace
