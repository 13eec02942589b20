//===-- ModelReaderTest.cpp - models from JSON ----------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Model.h"

#include <gtest/gtest.h>

using namespace mlc::frontend;

namespace {

/// Reads a model that must be good.
Model read(const std::string &text, const std::string &name = "m.json") {
  Diagnostics diagnostics;
  std::optional<Model> model = readModel(text, name, diagnostics);
  EXPECT_TRUE(model) << diagnostics.str();
  return model ? std::move(*model) : Model();
}

/// A model with these layers, of an input "x" of shape (batch, 4).
Model readLayers(const std::string &layers, const std::string &more = "") {
  return read(R"({"inputs": [{"name": "x", "shape": [4]}], "layers": [)" +
              layers + "]" + more + "}");
}

std::vector<std::string> layerNames(const Model &model) {
  std::vector<std::string> names;
  for (const Layer &layer : model.layers)
    names.push_back(layer.name);
  return names;
}

using Names = std::vector<std::string>;

TEST(ModelReader, ReadsTheDigitsExample) {
  Diagnostics diagnostics;
  std::string path = MLC_SOURCE_DIR "/examples/digits/model.json";
  std::optional<Model> model = readModelFile(path, diagnostics);
  ASSERT_TRUE(model) << diagnostics.str();
  EXPECT_EQ(model->name, "digits");
  EXPECT_EQ(model->batchSize, 32);
  EXPECT_EQ(layerNames(*model),
            (Names{"rescaling", "flatten", "hidden", "dropout", "logits"}));
  const Layer &hidden = model->layers[2];
  ASSERT_EQ(hidden.variables.size(), 2u);
  EXPECT_EQ(hidden.variables[0].name, "kernel");
  EXPECT_EQ(hidden.variables[0].shape, (Shape{64, 128}));
  EXPECT_EQ(hidden.variables[0].initializer.type, "glorot_uniform");
  EXPECT_EQ(hidden.variables[1].name, "bias");
  EXPECT_EQ(hidden.results[0].shape, (Shape{128}));
  ASSERT_EQ(model->outputs.size(), 1u);
  const Output &output = model->outputs[0];
  EXPECT_EQ(output.name, "logits");
  EXPECT_EQ(output.target, (TensorType{{}, DType::I32}));
  EXPECT_EQ(output.targetRange, 10);
  EXPECT_TRUE(output.loss->flag("from_logits"));
  EXPECT_EQ(output.metrics[0].name, "accuracy");
  EXPECT_EQ(output.metrics[0].component.type, "sparse_categorical_accuracy");
  EXPECT_EQ(model->training->optimizer.type, "adam");
  EXPECT_EQ(model->trainData->inputs[0].path,
            MLC_SOURCE_DIR "/examples/digits/train-images-idx3-ubyte");
}

TEST(ModelReader, ReportsFilesThatCannotBeRead) {
  Diagnostics diagnostics;
  EXPECT_FALSE(readModelFile("no/such.json", diagnostics));
  EXPECT_FALSE(readModelFile(MLC_SOURCE_DIR, diagnostics));
  EXPECT_EQ(diagnostics.str(),
            "no/such.json: error: cannot read the model: No such file or "
            "directory\n" MLC_SOURCE_DIR
            ": error: cannot read the model: Is a directory\n");
}

TEST(ModelReader, NamesLayersAsKerasDoes) {
  Model model = readLayers(R"({"type": "Dense", "units": 3},
      {"type": "Dense", "name": "dense_1", "units": 3},
      {"type": "Dense", "units": 3}, {"type": "Reshape", "target_shape": [3]},
      {"type": "Dense", "units": 3})");
  EXPECT_EQ(layerNames(model),
            (Names{"dense", "dense_1", "dense_2", "reshape", "dense_3"}));
}

TEST(ModelReader, NamesTheModelAfterItsFile) {
  const char *text = R"({"inputs": [{"name": "x", "shape": [4]}],
                         "layers": [{"type": "Flatten"}]})";
  EXPECT_EQ(read(text, "models/my-net.v2.json").name, "my_net");
  EXPECT_EQ(read(text, "2d.json").name, "model2d");
  EXPECT_EQ(read(text, ".json").name, "model");
}

TEST(ModelReader, OrdersLayersByTheirInputs) {
  Model model = readLayers(R"(
      {"type": "Add", "name": "sum", "inputs": ["b", "a"]},
      {"type": "Dense", "name": "a", "units": 3, "inputs": ["x"]},
      {"type": "Dense", "name": "b", "units": 3, "inputs": ["a"]})",
                           R"(, "outputs": ["sum"])");
  EXPECT_EQ(layerNames(model), (Names{"a", "b", "sum"}));
  EXPECT_EQ(model.producerName(model.layers[2].inputs[0]), "b");
  EXPECT_EQ(model.producerName(model.layers[2].inputs[1]), "a");
  EXPECT_EQ(model.producerName(model.layers[0].inputs[0]), "x");
  EXPECT_EQ(model.producerName(model.outputs[0].value), "sum");
}

TEST(ModelReader, KeepsPlaces) {
  Model model = readLayers("{\"type\": \"Flatten\"},\n  {\"type\": \"Dense\", "
                           "\"units\": 3}");
  EXPECT_EQ(model.layers[1].location.str(), "m.json:2:3");
  EXPECT_EQ(model.layers[1].component.get("units").location.column, 30u);
}

TEST(ModelReader, ReadsOptionsOfOptions) {
  Model model = readLayers(R"({"type": "Dense", "units": 3, "activation":
      {"type": "gelu", "approximate": true}, "kernel_initializer": "HeNormal",
      "kernel_regularizer": "l2", "bias_regularizer": null,
      "use_bias": false})");
  const Component &dense = model.layers[0].component;
  EXPECT_TRUE(dense.component("activation").flag("approximate"));
  EXPECT_EQ(dense.component("kernel_initializer").type, "he_normal");
  EXPECT_EQ(dense.component("kernel_regularizer").number("l2"), 0.01);
  EXPECT_FALSE(dense.has("bias_regularizer"));
  ASSERT_EQ(model.layers[0].variables.size(), 1u);
  EXPECT_EQ(model.layers[0].variables[0].regularizer->type, "L2");
}

TEST(ModelReader, InfersShapes) {
  auto shapeOf = [](const std::string &layers) {
    return readLayers(layers).layers.back().results[0].shape;
  };
  EXPECT_EQ(shapeOf(R"({"type": "Reshape", "target_shape": [2, -1]})"),
            (Shape{2, 2}));
  EXPECT_EQ(shapeOf(R"({"type": "Reshape", "target_shape": [2, 2]},
                       {"type": "Dense", "units": 5})"),
            (Shape{2, 5}));
  EXPECT_EQ(shapeOf(R"({"type": "Reshape", "target_shape": [2, 2]},
                       {"type": "Flatten"})"),
            (Shape{4}));
  EXPECT_EQ(shapeOf(R"({"type": "Concatenate", "inputs": ["x", "x", "x"]})"),
            (Shape{12}));
  EXPECT_EQ(shapeOf(R"({"type": "Concatenate", "inputs": ["x", "x"],
                        "axis": 1})"),
            (Shape{8}));
  EXPECT_EQ(shapeOf(R"({"type": "Add", "inputs": ["x", "x"]})"), (Shape{4}));
}

TEST(ModelReader, ReadsIntegerInputs) {
  Model model = read(R"({"inputs": [{"name": "x", "shape": [],
      "dtype": "int32"}], "layers": [{"type": "Flatten"},
      {"type": "Rescaling", "scale": 2}]})");
  EXPECT_EQ(model.layers[0].results[0], (TensorType{{1}, DType::I32}));
  EXPECT_EQ(model.layers[1].results[0], (TensorType{{1}, DType::F32}));
  EXPECT_FALSE(model.training);
  EXPECT_EQ(model.batchSize, 32);
}

TEST(ModelReader, ReadsTrainingOfSeveralOutputs) {
  Model model = readLayers(
      R"({"type": "Dense", "name": "kind", "units": 3},
         {"type": "Dense", "name": "size", "units": 1, "inputs": ["x"]},
         {"type": "Dense", "name": "code", "units": 2, "inputs": ["x"]})",
      R"(, "outputs": ["kind", "size", "code"], "training": {
         "loss": {"kind": "sparse_categorical_crossentropy", "size": "mse"},
         "loss_weights": {"size": 0.5}, "optimizer": "SGD", "batch_size": 7,
         "metrics": {"kind": ["accuracy"], "size": "mae"},
         "epochs": 3, "seed": 5})");
  EXPECT_EQ(model.outputs[0].metrics[0].name, "kind_accuracy");
  EXPECT_EQ(model.outputs[1].metrics[0].name, "size_mae");
  EXPECT_EQ(model.outputs[1].lossWeight, 0.5);
  EXPECT_FALSE(model.outputs[2].loss);
  EXPECT_EQ(model.batchSize, 7);
  EXPECT_EQ(model.training->epochs, 3);
  EXPECT_EQ(model.training->seed, 5u);
}

TEST(ModelReader, ChoosesTheAccuracy) {
  auto metricOf = [](int units) {
    Model model = readLayers(
        R"({"type": "Dense", "units": )" + std::to_string(units) + "}",
        R"(, "training": {"loss": "mse", "optimizer": "sgd",
                          "metrics": ["accuracy"]})");
    return model.outputs[0].metrics[0].component.type;
  };
  EXPECT_EQ(metricOf(1), "binary_accuracy");
  EXPECT_EQ(metricOf(3), "categorical_accuracy");
}

TEST(ModelReader, ReadsSourcesOfData) {
  Diagnostics diagnostics;
  std::optional<Model> model = readModel(R"({
    "inputs": [{"name": "a", "shape": [4]}, {"name": "b", "shape": [4]}],
    "layers": [{"type": "Add", "name": "y", "inputs": ["a", "b"]}],
    "training": {"loss": "mse", "optimizer": "sgd"},
    "data": {"train": {
      "inputs": {"b": "/abs/b.npz:first", "a": {"file": "a.npz", "key": "k"}},
      "targets": {"file": "y.csv", "columns": ["p", "q"]}},
      "test": {"inputs": {"a": "a.npy", "b": "c:d.npy"}}}})",
                                         "dir/m.json", diagnostics);
  ASSERT_TRUE(model) << diagnostics.str();
  const DataSplit &train = *model->trainData, &test = *model->testData;
  EXPECT_EQ(train.inputs[0].path, "dir/a.npz");
  EXPECT_EQ(train.inputs[0].key, "k");
  EXPECT_EQ(train.inputs[1].path, "/abs/b.npz:first");
  EXPECT_EQ(train.inputs[1].key, "");
  EXPECT_EQ(train.inputs[1].location.line, 6u);
  EXPECT_EQ(train.targets[0].columns, (Names{"p", "q"}));
  EXPECT_EQ(test.inputs[1].path, "dir/c:d.npy");
  EXPECT_TRUE(test.targets.empty());
  EXPECT_FALSE(model->validationData);
}

} // namespace
