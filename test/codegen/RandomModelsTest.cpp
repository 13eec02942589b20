//===-- RandomModelsTest.cpp - seeded models against the evaluator --------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Small models of random layers and sizes, their text made from a seed: what
// machine code computes (outputs, loss, gradients, two training steps) is what
// the reference evaluator computes, in double.
//
//===----------------------------------------------------------------------===//

#include "test/codegen/CompiledProgram.h"
#include "test/frontend/Program.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

using namespace mlc;

namespace {

class ModelWriter {
public:
  explicit ModelWriter(uint32_t seed) : random(seed) {}

  std::string write() {
    int64_t features = size(40);
    bool isSequence = chance(3);
    std::string shape = isSequence ? std::to_string(size(6)) + ", " : "";
    std::string layers;
    addLayer(layers, dense(features = size(70)));
    int count = 1 + pick(4);
    for (int i = 0; i < count; ++i)
      addLayer(layers, randomLayer(features));
    if (isSequence)
      addLayer(layers, R"({"type": "Flatten"})");
    return finish(shape + std::to_string(size(40)), layers, size(36));
  }

  /// Convolutions, each with a pooling layer behind it, of batches that are
  /// large enough for both to be one kernel.
  std::string writePooled() {
    std::string layers;
    int64_t rank = 1 + pick(2);
    Sizes sizes;
    for (int64_t d = 0; d < rank; ++d)
      sizes.push_back(12 + pick(10));
    std::string shape = join(sizes) + ", " + std::to_string(size(4));
    for (int i = 0; i < 2; ++i) {
      addLayer(layers, convolution(sizes));
      addLayer(layers, pooling(sizes));
    }
    addLayer(layers, R"({"type": "Flatten"})");
    return finish(shape, layers, 16 + pick(5));
  }

private:
  std::string finish(const std::string &shape, std::string layers,
                     int64_t batch) {
    addLayer(layers, R"({"type": "Dense", "name": "out", "units": )" +
                         std::to_string(size(20)) + "}");
    return R"({"name": "random", "inputs": [{"name": "x", "shape": [)" + shape +
           R"(]}], "layers": [)" + layers + R"(], "training": {"loss": )" +
           (chance(2)
                ? R"("mean_squared_error")"
                : R"({"type": "sparse_categorical_crossentropy", "from_logits": true})") +
           R"(, "optimizer": ")" + choose({"sgd", "adam", "adamw"}) +
           R"(", "batch_size": )" + std::to_string(batch) + "}}";
  }

  int pick(int count) { return int(random() % uint32_t(count)); }
  bool chance(int one) { return pick(one) == 0; }
  int64_t size(int largest) { return 1 + pick(largest); }
  std::string choose(std::vector<const char *> names) {
    return names[pick(int(names.size()))];
  }

  static void addLayer(std::string &layers, const std::string &layer) {
    layers += (layers.empty() ? "" : ", ") + layer;
  }

  std::string activation() {
    return choose({"linear", "relu", "tanh", "sigmoid", "softmax", "gelu"});
  }

  std::string dense(int64_t units) {
    return R"({"type": "Dense", "name": "d)" + std::to_string(++named) +
           R"(", "units": )" + std::to_string(units) + R"(, "activation": ")" +
           activation() + R"(", "use_bias": )" +
           (chance(4) ? "false" : "true") +
           (chance(4) ? R"(, "kernel_regularizer": {"type": "L2", "l2": 0.02})"
                      : "") +
           "}";
  }

  std::string joined(const char *type, int64_t features) {
    std::string before = "d" + std::to_string(named);
    std::string layer = dense(features), own = "d" + std::to_string(named);
    return layer + R"(, {"type": ")" + type + R"(", "inputs": [")" + own +
           R"(", ")" + before + R"("], "name": "d)" + std::to_string(++named) +
           R"("})";
  }

  static std::string join(const Sizes &sizes) {
    std::string text;
    for (int64_t size : sizes)
      text += (text.empty() ? "" : ", ") + std::to_string(size);
    return text;
  }

  /// `sizes`, of images, become those of its result.
  std::string convolution(Sizes &sizes) {
    Sizes kernel;
    bool isSame = chance(2);
    for (int64_t &size : sizes) {
      // Mostly 3: see codegen/Winograd.h.
      kernel.push_back(chance(3) ? 1 + pick(3) : 3);
      size -= isSame ? 0 : kernel.back() - 1;
    }
    return R"({"type": "Conv)" + std::to_string(sizes.size()) +
           R"(D", "filters": )" + std::to_string(size(20)) +
           R"(, "kernel_size": [)" + join(kernel) + R"(], "padding": ")" +
           (isSame ? "same" : "valid") + R"(", "activation": ")" +
           choose({"linear", "relu", "tanh", "gelu"}) + R"("})";
  }

  /// Some windows leave a rest, some a gap between them.
  std::string pooling(Sizes &sizes) {
    Sizes window, strides;
    for (int64_t &size : sizes) {
      window.push_back(1 + pick(std::min<int>(3, size)));
      strides.push_back(window.back() + (chance(4) ? 1 : 0));
      size = (size - window.back()) / strides.back() + 1;
    }
    return R"({"type": ")" + choose({"Max", "Average"}) + "Pooling" +
           std::to_string(sizes.size()) + R"(D", "pool_size": [)" +
           join(window) + R"(], "strides": [)" + join(strides) + "]}";
  }

  /// Follows the layer named last, which has `features` features, and is named.
  std::string randomLayer(int64_t &features) {
    switch (pick(6)) {
    case 0:
      return joined("Add", features);
    case 1: {
      std::string layer = joined("Concatenate", features);
      features *= 2;
      return layer;
    }
    case 2:
      return R"({"type": "Activation", "name": "d)" + std::to_string(++named) +
             R"(", "activation": ")" + activation() + R"("})";
    case 3:
      return R"({"type": "Dropout", "name": "d)" + std::to_string(++named) +
             R"(", "rate": 0.3})";
    default:
      return dense(features = size(70));
    }
  }

  std::mt19937 random;
  int named = 0;
};

class RandomModels : public testing::TestWithParam<uint32_t> {
protected:
  /// Of a model's text: outputs, gradients, two training steps.
  void compareWithProgram(const std::string &text) const;

  /// Values for everything that the compiled function takes.
  static Tensors makeInputs(const mlc_function &function, uint32_t seed) {
    std::mt19937 random(seed);
    Tensors tensors;
    for (int32_t i = 0; i < function.input_count; ++i) {
      const mlc_tensor &input = function.inputs[i];
      Tensor tensor{Sizes(llvm::ArrayRef<int64_t>(input.shape, input.rank)),
                    {}};
      for (int64_t e = 0; e < input.bytes / (input.dtype == MLC_I32 ? 4 : 8);
           ++e)
        tensor.values.push_back(input.range ? double(random() % input.range)
                                            : double(random()) / 0x1p31 - 1);
      tensors[input.name] = tensor;
    }
    return tensors;
  }

  static void expectSame(const Tensors &found, const Tensors &wanted) {
    for (const auto &[name, value] : wanted) {
      ASSERT_TRUE(found.count(name)) << name;
      const std::vector<double> &other = found.at(name).values;
      ASSERT_EQ(other.size(), value.values.size()) << name;
      EXPECT_EQ(std::memcmp(other.data(), value.values.data(),
                            other.size() * sizeof(double)),
                0)
          << name;
    }
  }

  static void expectEqual(const Tensors &found, const Tensors &wanted) {
    for (const auto &[name, value] : wanted) {
      ASSERT_TRUE(found.count(name)) << name;
      const std::vector<double> &other = found.at(name).values;
      ASSERT_EQ(other.size(), value.values.size()) << name;
      double largest = 1e-3, error = 0;
      for (size_t i = 0; i < other.size(); ++i) {
        largest = std::fmax(largest, std::fabs(value.values[i]));
        double difference = std::fabs(other[i] - value.values[i]);
        error = difference <= error ? error : difference;
      }
      EXPECT_LE(error / largest, 1e-9) << name;
    }
  }
};

const mlc_function &functionOf(const mlc_model &model, llvm::StringRef name) {
  for (int32_t i = 0; i < model.function_count; ++i)
    if (model.functions[i].name == name)
      return model.functions[i];
  llvm::report_fatal_error("no such function");
}

/// Nothing, and a failed test, if it can't be read.
std::optional<frontend::Model> readRandomModel(const std::string &text) {
  frontend::Diagnostics diagnostics;
  std::optional<frontend::Model> model =
      frontend::readModel(text, "random.json", diagnostics);
  EXPECT_TRUE(model) << diagnostics.str();
  return model;
}

/// A few of them: each is compiled twice.
class SmallRandomModels : public RandomModels {};

/// Nothing but the place and the time of values differs.
TEST_P(SmallRandomModels, GiveTheSameBitsInLeastMemory) {
  std::string text = ModelWriter(GetParam()).write();
  SCOPED_TRACE(text);
  std::optional<frontend::Model> model = readRandomModel(text);
  ASSERT_TRUE(model);
  frontend::LoweringOptions options;
  options.doublePrecision = true;
  int64_t budget = CompiledProgram::findSmallestBudget(*model, options);
  ASSERT_GT(budget, 1);
  CompiledProgram all(*model, options), least(*model, options, 1, budget);
  EXPECT_LE(least.getModel().workspace_bytes, budget);
  all.init(GetParam());
  least.init(GetParam());
  Tensors data =
      makeInputs(functionOf(all.getModel(), "train_step"), GetParam());
  for (int step = 0; step < 2; ++step) {
    expectSame(least.run("train_step", data, data, model->batchSize),
               all.run("train_step", data, data, model->batchSize));
    expectSame(least.state, all.state);
    expectSame(least.metrics, all.metrics);
  }
}

void RandomModels::compareWithProgram(const std::string &text) const {
  SCOPED_TRACE(text);
  std::optional<frontend::Model> model = readRandomModel(text);
  ASSERT_TRUE(model);
  frontend::LoweringOptions options;
  options.doublePrecision = options.gradientFunction = true;
  Program reference(*model, options);
  CompiledProgram compiled(*model, options);
  compiled.init(GetParam());
  reference.state = compiled.state;
  Tensors data =
      makeInputs(functionOf(compiled.getModel(), "train_step"), GetParam());
  int64_t rows = std::max<int64_t>(1, model->batchSize - GetParam() % 3);
  Tensors wanted = reference.run("predict", data, data, model->batchSize);
  expectEqual(compiled.run("predict", data, data, model->batchSize), wanted);
  wanted = reference.run("gradient", data, data, rows);
  expectEqual(compiled.run("gradient", data, data, rows), wanted);
  for (int step = 0; step < 2; ++step) {
    wanted = reference.run("train_step", data, data, rows);
    expectEqual(compiled.run("train_step", data, data, rows), wanted);
    expectEqual(compiled.state, reference.state);
    expectEqual(compiled.metrics, reference.metrics);
  }
}

TEST_P(RandomModels, MachineCodeComputesWhatTheProgramSays) {
  compareWithProgram(ModelWriter(GetParam()).write());
}

class PooledModels : public RandomModels {};

TEST_P(PooledModels, MachineCodeComputesWhatTheProgramSays) {
  compareWithProgram(ModelWriter(GetParam()).writePooled());
}

INSTANTIATE_TEST_SUITE_P(Seeds, PooledModels, testing::Range(1u, 31u));
INSTANTIATE_TEST_SUITE_P(Seeds, RandomModels, testing::Range(1u, 41u));
INSTANTIATE_TEST_SUITE_P(Seeds, SmallRandomModels, testing::Range(1u, 11u));

} // namespace
