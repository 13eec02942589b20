//===-- RecurrentTest.cpp - what is made of recurrent layers --------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What GoldenTest cannot see: first values, dropout, and what is in the loops.
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include "ir/Builders.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace mlc;
using frontend::LoweringOptions;

namespace {

/// A layer "rnn" of 3 units or so on an input (batch of 2, 4 steps, 5
/// features), trained by mse.
std::unique_ptr<Program> makeProgram(const std::string &layer,
                                     bool doublePrecision = true) {
  std::string text = R"({"inputs": [{"name": "x", "shape": [4, 5]}],
      "layers": [)" + layer +
                     R"(], "training":
      {"loss": "mse", "optimizer": "sgd", "batch_size": 2}})";
  frontend::Diagnostics diagnostics;
  auto model = frontend::readModel(text, "m.json", diagnostics);
  EXPECT_TRUE(model) << diagnostics.str();
  LoweringOptions options;
  options.doublePrecision = doublePrecision;
  options.gradientFunction = true;
  auto program = std::make_unique<Program>(*model, options);
  program->init(1);
  return program;
}

double dotRows(const Tensor &matrix, int64_t a, int64_t b) {
  int64_t columns = matrix.shape[1];
  double sum = 0;
  for (int64_t i = 0; i < columns; ++i)
    sum += matrix.values[a * columns + i] * matrix.values[b * columns + i];
  return sum;
}

TEST(Orthogonal, WideMatricesHaveOrthonormalRows) {
  auto program = makeProgram(R"({"type": "LSTM", "name": "rnn", "units": 7})");
  const Tensor &kernel = program->state.at("rnn/recurrent_kernel");
  ASSERT_EQ(kernel.shape, (Sizes{7, 28}));
  for (int64_t a = 0; a < 7; ++a)
    for (int64_t b = 0; b < 7; ++b)
      EXPECT_NEAR(dotRows(kernel, a, b), a == b, 1e-13);
}

TEST(Orthogonal, HighMatricesHaveOrthonormalColumnsTimesTheGain) {
  auto program = makeProgram(
      R"({"type": "Dense", "name": "rnn", "units": 3,
          "kernel_initializer": {"type": "orthogonal", "gain": 2.0}})");
  const Tensor &kernel = program->state.at("rnn/kernel");
  Tensor turned{{3, 5}, std::vector<double>(15)};
  for (int64_t i = 0; i < 15; ++i)
    turned.values[i % 3 * 5 + i / 3] = kernel.values[i];
  for (int64_t a = 0; a < 3; ++a)
    for (int64_t b = 0; b < 3; ++b)
      EXPECT_NEAR(dotRows(turned, a, b), a == b ? 4 : 0, 1e-13);
}

TEST(Recurrence, ForgetGatesBeginOpen) {
  auto program = makeProgram(
      R"({"type": "LSTM", "name": "rnn", "units": 2,
          "bias_initializer": {"type": "constant", "value": 0.5}})");
  std::vector<double> expected = {0.5, 0.5, 1, 1, 0.5, 0.5, 0.5, 0.5};
  EXPECT_EQ(program->state.at("rnn/bias").values, expected);
}

/// Products in loops over time, and those outside, of the gradient.
std::pair<int, int> countProducts(Program &program) {
  int inside = 0, outside = 0;
  program.function("gradient").walk([&](DotGeneralOp op) {
    ++(op->getParentOfType<ScanOp>() ? inside : outside);
  });
  return {inside, outside};
}

int countLoops(Program &program) {
  int loops = 0;
  program.function("gradient").walk([&](ScanOp) { ++loops; });
  return loops;
}

/// Forward: the input's projection, and the state's product in the loop.
/// Backward: the state's gradient in the loop, those of both kernels after it.
TEST(Recurrence, HasOneProductInEachLoop) {
  for (const char *layer :
       {R"({"type": "SimpleRNN", "name": "rnn", "units": 3})",
        R"({"type": "LSTM", "name": "rnn", "units": 3})",
        R"({"type": "GRU", "name": "rnn", "units": 3})"}) {
    auto program = makeProgram(layer);
    EXPECT_EQ(countLoops(*program), 2) << layer;
    EXPECT_EQ(countProducts(*program), (std::pair<int, int>(2, 3))) << layer;
  }
}

struct Losses {
  double first, second, without;
};

/// Losses of two steps that don't learn, and without dropout.
Losses getLosses(const std::string &layer) {
  auto program = makeProgram(layer);
  Tensor x{{2, 4, 5}, std::vector<double>(40)};
  for (size_t i = 0; i < x.values.size(); ++i)
    x.values[i] = std::sin(double(i));
  Tensors inputs{{"x", x}}, targets{{"rnn", {{2, 3}, std::vector<double>(6)}}};
  Tensors weights = program->state;
  Losses losses{};
  losses.first =
      program->run("train_step", inputs, targets, 2)["loss"].values[0];
  for (auto &[name, value] : weights)
    if (name.rfind("rnn/", 0) == 0)
      program->state[name] = value;
  losses.second =
      program->run("train_step", inputs, targets, 2)["loss"].values[0];
  for (auto &[name, value] : weights)
    if (name.rfind("rnn/", 0) == 0)
      program->state[name] = value;
  losses.without =
      program->run("evaluate_step", inputs, targets, 2)["loss"].values[0];
  return losses;
}

TEST(Recurrence, DropsInTrainingOnly) {
  for (const char *type : {"SimpleRNN", "LSTM", "GRU"})
    for (const char *option : {"dropout", "recurrent_dropout"}) {
      std::string layer = std::string(R"({"type": ")") + type +
                          R"(", "name": "rnn", "units": 3, ")" + option + '"';
      Losses dropped = getLosses(layer + ": 0.5}");
      Losses plain = getLosses(layer + ": 0.0}");
      EXPECT_EQ(plain.first, plain.second);
      EXPECT_NE(dropped.first, dropped.second) << type << " " << option;
      EXPECT_NE(dropped.first, plain.first) << type << " " << option;
      EXPECT_EQ(dropped.without, plain.without) << type << " " << option;
    }
}

/// Both kinds at once, with the gates' own masks, also before the reset gate.
TEST(Recurrence, DropsInEveryCell) {
  for (const char *options : {R"("type": "LSTM")", R"("type": "GRU")",
                              R"("type": "GRU", "reset_after": false)"}) {
    Losses losses = getLosses(
        std::string("{") + options +
        R"(, "name": "rnn", "units": 3, "dropout": 0.4, "recurrent_dropout": 0.3})");
    EXPECT_NE(losses.first, losses.second) << options;
  }
}

} // namespace
