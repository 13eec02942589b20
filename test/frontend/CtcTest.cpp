//===-- CtcTest.cpp - labels that no golden value can be had for ----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where PyTorch says infinity, and the rows of a batch that are not there.
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace mlc;

namespace {

/// Scores for three classes at two steps, labels of up to three characters.
frontend::Model readSpeller() {
  frontend::Diagnostics diagnostics;
  auto model = frontend::readModel(R"({
      "inputs": [{"name": "x", "shape": [2, 3]}],
      "layers": [{"type": "Dense", "name": "y", "units": 3,
                  "kernel_initializer": "identity"}],
      "training": {"loss": {"type": "ctc", "max_label_length": 3},
                   "optimizer": "sgd", "batch_size": 2}})",
                                   "m.json", diagnostics);
  EXPECT_TRUE(model) << diagnostics.str();
  return model ? std::move(*model) : frontend::Model();
}

class Ctc : public testing::Test {
protected:
  Ctc() { program.init(1); }

  double train(const std::vector<double> &labels, int64_t rows) {
    Tensors inputs = {{"x", {{2, 2, 3}, scores}}};
    Tensors targets = {{"y", {{2, 3}, labels}}};
    return program.run("train_step", inputs, targets, rows)["loss"].values[0];
  }
  bool isStateFinite() {
    for (auto &[name, value] : program.state)
      for (double x : value.values)
        if (!std::isfinite(x))
          return false;
    return true;
  }

  Program program{readSpeller(), {}};
  std::vector<double> scores = {0.1, 0.7, -0.4, 0.3, -0.2, 0.5,
                                0.1, 0.7, -0.4, 0.3, -0.2, 0.5};
};

TEST_F(Ctc, IsTheSumOverAllWays) {
  // 1 and then 2 in two steps: one way. The other row: 1 alone, three ways.
  auto p = [&](int step, int c) {
    const double *row = &scores[3 * step];
    double sum = std::exp(row[0]) + std::exp(row[1]) + std::exp(row[2]);
    return std::exp(row[c]) / sum;
  };
  double first = p(0, 1) * p(1, 2);
  double second = p(0, 1) * p(1, 1) + p(0, 0) * p(1, 1) + p(0, 1) * p(1, 0);
  double expected = -(std::log(first) + std::log(second)) / 2;
  EXPECT_NEAR(train({1, 2, 0, 1, 0, 0}, 2), expected, 1e-6);
}

TEST_F(Ctc, ALabelThatIsTooLongIsFarButFinite) {
  double loss = train({1, 2, 1, 1, 1, 0}, 2); // 1 1 needs a blank between
  EXPECT_GT(loss, 9e4);
  EXPECT_LT(loss, 3e5);
  EXPECT_TRUE(isStateFinite());
}

TEST_F(Ctc, RowsThatAreNotThereDoNotCount) {
  Tensors before = program.state;
  double loss = train({1, 2, 0, 1, 1, 1}, 1);
  Tensors after = program.state;
  program.state = before;
  scores[9] = 1e3;
  EXPECT_EQ(train({1, 2, 0, 2, -7, 99}, 1), loss);
  EXPECT_EQ(program.state.at("y/kernel").values, after.at("y/kernel").values);
}

} // namespace
