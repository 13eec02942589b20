//===-- WinogradTest.cpp - 3 x 3 convolutions in single precision ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledText.h"

#include "gtest/gtest.h"

#include <cmath>
#include <ostream>
#include <random>

using namespace mlc;

namespace {

struct Convolution {
  int64_t height, width, channels, filters, low;
  bool isInput; ///< the input's gradient

  int64_t outHeight() const { return height + 2 * low - 2; }
  int64_t outWidth() const { return width + 2 * low - 2; }
};

void PrintTo(const Convolution &c, std::ostream *os) {
  *os << c.height << "x" << c.width << "x" << c.channels << " to " << c.filters
      << ", low " << c.low << (c.isInput ? ", input" : "");
}

constexpr int64_t kImages = 3;

std::vector<float> makeNumbers(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> numbers(count);
  for (float &number : numbers)
    number = float(random()) * 0x1p-31f - 1;
  return numbers;
}

std::string makeText(const Convolution &c) {
  std::string input =
                  shapeText({kImages, c.height, c.width, c.channels}, "f32"),
              output = shapeText(
                  {kImages, c.outHeight(), c.outWidth(), c.filters}, "f32"),
              filter = shapeText({3, 3, c.channels, c.filters}, "f32"),
              low = std::to_string(c.low);
  const std::string &from = c.isInput ? output : input,
                    &to = c.isInput ? input : output;
  return "func.func @f(%x: tensor<" + from + ">, %w: tensor<" + filter +
         ">) -> tensor<" + to + "> {\n  %0 = mlc.convolution" +
         (c.isInput ? "_input" : "") + " %x, %w strides [1, 1] low [" + low +
         ", " + low + "] dilations [1, 1] groups 1 : tensor<" + from +
         ">, tensor<" + filter + "> -> tensor<" + to +
         ">\n  return %0 : tensor<" + to + ">\n}\n";
}

/// A sum of products, and what it would be if they were all positive.
struct Sum {
  double value = 0, size = 0;
};

std::vector<Sum> compute(const Convolution &c, const std::vector<float> &x,
                         const std::vector<float> &w) {
  std::vector<Sum> sums(kImages *
                        (c.isInput ? c.height * c.width * c.channels
                                   : c.outHeight() * c.outWidth() * c.filters));
  for (int64_t n = 0; n < kImages; ++n)
    for (int64_t y = 0; y < c.outHeight(); ++y)
      for (int64_t z = 0; z < c.outWidth(); ++z)
        for (int64_t tap = 0; tap < 9; ++tap) {
          int64_t row = y + tap / 3 - c.low, column = z + tap % 3 - c.low;
          if (row < 0 || row >= c.height || column < 0 || column >= c.width)
            continue;
          int64_t in = ((n * c.height + row) * c.width + column) * c.channels,
                  out =
                      ((n * c.outHeight() + y) * c.outWidth() + z) * c.filters;
          for (int64_t i = 0; i < c.channels; ++i)
            for (int64_t f = 0; f < c.filters; ++f) {
              double product =
                  double(w[(tap * c.channels + i) * c.filters + f]) *
                  x[c.isInput ? out + f : in + i];
              Sum &sum = sums[c.isInput ? in + i : out + f];
              sum.value += product;
              sum.size += std::abs(product);
            }
        }
  return sums;
}

class Winograd : public testing::TestWithParam<Convolution> {};

/// The sum of so many products, each rounded once, is as exact.
TEST_P(Winograd, ErrorsAreThoseOfASum) {
  const Convolution &c = GetParam();
  CompiledText compiled(makeText(c));
  int64_t inputs = c.height * c.width * c.channels,
          outputs = c.outHeight() * c.outWidth() * c.filters;
  std::vector<float> x = makeNumbers(kImages * (c.isInput ? outputs : inputs),
                                     1),
                     w = makeNumbers(9 * c.channels * c.filters, 2);
  std::vector<Sum> exact = compute(c, x, w);
  std::vector<float> found(exact.size(), NAN);
  compiled.run("f", {x.data(), w.data()}, {found.data()});
  double worst = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    double error = std::abs(found[i] - exact[i].value) / exact[i].size;
    worst = error <= worst ? worst : error;
  }
  EXPECT_LE(worst, 0x1p-22);
  RecordProperty("error", std::to_string(worst / 0x1p-24));
}

// Whole tiles and halves of them, one tile only, borders on all sides and on
// none, channels and filters that are no whole vectors.
INSTANTIATE_TEST_SUITE_P(Shapes, Winograd,
                         testing::Values(Convolution{14, 14, 32, 64, 1, false},
                                         Convolution{14, 14, 32, 64, 1, true},
                                         Convolution{13, 9, 19, 50, 1, false},
                                         Convolution{13, 9, 50, 19, 1, true},
                                         Convolution{8, 7, 24, 24, 0, false},
                                         Convolution{2, 2, 64, 64, 1, false},
                                         Convolution{4, 32, 40, 16, 1, false},
                                         Convolution{3, 3, 32, 32, 1, true},
                                         Convolution{12, 5, 64, 20, 0, false}));

} // namespace
