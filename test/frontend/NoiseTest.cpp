//===-- NoiseTest.cpp - layers that are random while training -------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a layer drew is read off the gradient by a bias before it: with the loss
// mean(y^2) of y = f(b), that is 2 / n y f'(b).
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace mlc;

namespace {

constexpr int64_t kUnits = 4000;

/// A layer "y" behind `bias`, of which there are kUnits at each of `steps`
/// steps.
class Noise {
public:
  explicit Noise(const std::string &layer, double bias = 1, int64_t steps = 1)
      : steps(steps) {
    std::string
        units = std::to_string(kUnits),
        text =
            R"({"inputs": [{"name": "x", "shape": [)" + std::to_string(steps) +
            R"(, 1]}], "layers": [{"type": "Dense", "name": "d", "units": )" +
            units + R"(, "kernel_initializer": "zeros", "bias_initializer":
        {"type": "constant", "value": )" +
            std::to_string(bias) + "}}, " + layer +
            R"(], "training": {"loss": "mse", "optimizer": "sgd",
        "batch_size": 1}})";
    frontend::Diagnostics diagnostics;
    auto model = frontend::readModel(text, "m.json", diagnostics);
    EXPECT_TRUE(model) << diagnostics.str();
    frontend::LoweringOptions options;
    options.gradientFunction = true;
    options.doublePrecision = true;
    program = std::make_unique<Program>(*model, options);
    program->init(3);
  }

  /// y f'(b), summed over the steps.
  std::vector<double> products() {
    std::vector<double> gradient = call("gradient").at("d/bias").values;
    for (double &value : gradient)
      value *= double(kUnits * steps) / 2;
    return gradient;
  }

  /// mean(y^2).
  double loss(const char *function) {
    return call(function).at("loss").values[0];
  }

private:
  Tensors call(const char *function) {
    Tensor zeros{{1, steps, kUnits}, std::vector<double>(kUnits * steps, 0.0)};
    Tensor x{{1, steps, 1}, std::vector<double>(steps, 1.0)};
    return program->run(function, {{"x", x}}, {{"y", zeros}}, 1);
  }

  int64_t steps;
  std::unique_ptr<Program> program;
};

void expectMoments(const std::vector<double> &values, double mean,
                   double deviation) {
  double sum = 0, squares = 0;
  for (double value : values) {
    sum += value;
    squares += (value - mean) * (value - mean);
  }
  double count = double(values.size());
  EXPECT_NEAR(sum / count, mean, 5 * deviation / std::sqrt(count));
  EXPECT_NEAR(std::sqrt(squares / count), deviation,
              5 * deviation / std::sqrt(2 * count));
}

/// How many of `values` are `one`, the others being `other`.
double countOf(const std::vector<double> &values, double one, double other) {
  double count = 0;
  for (double value : values) {
    bool isOne = std::fabs(value - one) < 1e-9;
    EXPECT_TRUE(isOne || std::fabs(value - other) < 1e-9) << value;
    count += isOne;
  }
  return count;
}

void expectShare(double count, double share) {
  EXPECT_NEAR(count / kUnits, share,
              5 * std::sqrt(share * (1 - share) / kUnits));
}

TEST(Noise, GaussianNoiseIsAdded) {
  Noise noise(R"({"type": "GaussianNoise", "name": "y", "stddev": 0.4})", 2);
  expectMoments(noise.products(), 2, 0.4);
  EXPECT_EQ(noise.loss("evaluate_step"), 4);
}

TEST(Noise, GaussianDropoutMultiplies) {
  Noise noise(R"({"type": "GaussianDropout", "name": "y", "rate": 0.2})");
  std::vector<double> factors = noise.products(); // squares of them
  for (double &factor : factors)
    factor = std::sqrt(factor);
  // The deviation is 1/2, so that few factors are negative.
  double sum = 0, squares = 0;
  for (double factor : factors) {
    sum += factor / kUnits;
    squares += factor * factor / kUnits;
  }
  EXPECT_NEAR(squares, 1.25, 5 * std::sqrt(1.2 / kUnits));
  EXPECT_NEAR(sum, 1, 0.06);
  EXPECT_EQ(noise.loss("evaluate_step"), 1);
}

TEST(Noise, AlphaDropoutKeepsMeanAndVariance) {
  const double limit = -1.7580993408473766, rate = 0.3;
  double a = 1 / std::sqrt((1 - rate) * (1 + rate * limit * limit));
  double b = -a * limit * rate;
  Noise noise(R"({"type": "AlphaDropout", "name": "y", "rate": 0.3})");
  expectShare(countOf(noise.products(), (a + b) * a, 0), 1 - rate);
  EXPECT_EQ(noise.loss("evaluate_step"), 1);
  double kept = (a + b) * (a + b), dropped = (a * limit + b) * (a * limit + b);
  EXPECT_NEAR(noise.loss("train_step"), (1 - rate) * kept + rate * dropped,
              5 * std::fabs(kept - dropped) / std::sqrt(kUnits));
  // Of inputs with mean 0 and variance 1, what comes out has them again.
  EXPECT_NEAR((1 - rate) * b + rate * (a * limit + b), 0, 1e-12);
}

TEST(Noise, SpatialDropoutDropsWholeChannels) {
  Noise noise(R"({"type": "SpatialDropout1D", "name": "y", "rate": 0.25})", 1,
              3);
  double scale = 1 / 0.75;
  expectShare(countOf(noise.products(), 3 * scale * scale, 0), 0.75);
  EXPECT_EQ(noise.loss("evaluate_step"), 1);
}

TEST(Noise, DropoutOfAShapeDropsAllAlongAxes) {
  double scale = 1 / 0.75;
  Noise channels(R"({"type": "Dropout", "name": "y", "rate": 0.25,
                     "noise_shape": [null, 1, 4000]})",
                 1, 3);
  expectShare(countOf(channels.products(), 3 * scale * scale, 0), 0.75);
  for (const char *shape : {"[null, null, 1]", "[1, 1, 1]"}) {
    Noise whole(R"({"type": "Dropout", "name": "y", "rate": 0.25,
                    "noise_shape": )" +
                    std::string(shape) + "}",
                1, 1);
    std::vector<double> products = whole.products();
    for (double product : products)
      EXPECT_EQ(product, products[0]) << shape;
  }
  // The batch's entry alone changes nothing for one row.
  Noise elements(R"({"type": "Dropout", "name": "y", "rate": 0.25,
                     "noise_shape": [1, null, null]})");
  expectShare(countOf(elements.products(), scale * scale, 0), 0.75);
}

TEST(Noise, SpatialDropoutOfImages) {
  const std::string reshape =
      R"({"type": "Reshape", "target_shape": [2, 2, 4000]}, )";
  const std::string first =
      R"({"type": "Reshape", "target_shape": [2000, 2, 4]}, )";
  const std::string back =
      R"(, {"type": "Reshape", "name": "y", "target_shape": [4, 4000]})";
  Noise last(reshape + R"({"type": "SpatialDropout2D", "rate": 0.5})" + back, 1,
             4);
  expectShare(countOf(last.products(), 4 * 4, 0), 0.5);
  // Channels are then runs of 8 elements; the same bias is in 4 channels.
  Noise front(first + R"({"type": "SpatialDropout2D", "rate": 0.5,
                          "data_format": "channels_first"})" +
                  back,
              1, 4);
  std::vector<double> products = front.products();
  for (int64_t i = 0; i < kUnits; ++i)
    EXPECT_EQ(products[i], products[i / 8 * 8]) << i;
}

/// Each use of a seed draws its own numbers, and each call of one layer.
TEST(Noise, UsesDiffer) {
  const std::string first = R"({"type": "GaussianNoise", "name": "a",
      "stddev": 1.0, "seed": 7, "inputs": ["d"]}, )";
  const std::string sum =
      R"(, {"type": "Add", "name": "y", "inputs": ["a", "b"]})";
  for (const char *second :
       {R"({"type": "GaussianNoise", "name": "b", "stddev": 1.0, "seed": 7,
            "inputs": ["d"]})",
        R"({"shared": "a", "name": "b", "inputs": ["d"]})"}) {
    Noise noise(first + second + sum, 0);
    std::vector<double> products = noise.products(); // 2 (a + b)
    expectMoments(products, 0, 2 * std::sqrt(2));
  }
}

} // namespace
