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
#include <tuple>

using namespace mlc;

namespace {

/// The convolution, or one of its gradients.
enum class Kind { forward, input, filter };

struct Convolution {
  int64_t height, width, channels, filters, low;
  Kind kind;
  int64_t images = 3;

  int64_t outHeight() const { return height + 2 * low - 2; }
  int64_t outWidth() const { return width + 2 * low - 2; }
  int64_t inputs() const { return images * height * width * channels; }
  int64_t outputs() const {
    return images * outHeight() * outWidth() * filters;
  }
  int64_t weights() const { return 9 * channels * filters; }
};

void PrintTo(const Convolution &c, std::ostream *os) {
  *os << c.height << "x" << c.width << "x" << c.channels << " to " << c.filters
      << ", low " << c.low
      << (c.kind == Kind::input    ? ", input"
          : c.kind == Kind::filter ? ", filter"
                                   : "");
}

std::vector<float> makeNumbers(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> numbers(count);
  for (float &number : numbers)
    number = float(random()) * 0x1p-31f - 1;
  return numbers;
}

std::string makeText(const Convolution &c) {
  std::string input =
                  shapeText({c.images, c.height, c.width, c.channels}, "f32"),
              output = shapeText(
                  {c.images, c.outHeight(), c.outWidth(), c.filters}, "f32"),
              filter = shapeText({3, 3, c.channels, c.filters}, "f32"),
              low = std::to_string(c.low), name, lhs, rhs, result;
  switch (c.kind) {
  case Kind::forward:
    std::tie(name, lhs, rhs, result) = std::tuple("", input, filter, output);
    break;
  case Kind::input:
    std::tie(name, lhs, rhs, result) =
        std::tuple("_input", output, filter, input);
    break;
  case Kind::filter:
    std::tie(name, lhs, rhs, result) =
        std::tuple("_filter", input, output, filter);
    break;
  }
  return "func.func @f(%x: tensor<" + lhs + ">, %w: tensor<" + rhs +
         ">) -> tensor<" + result + "> {\n  %0 = mlc.convolution" + name +
         " %x, %w strides [1, 1] low [" + low + ", " + low +
         "] dilations [1, 1] groups 1 : tensor<" + lhs + ">, tensor<" + rhs +
         "> -> tensor<" + result + ">\n  return %0 : tensor<" + result +
         ">\n}\n";
}

/// A sum of products, and what it would be if they were all positive.
struct Sum {
  double value = 0, size = 0;
};

std::vector<Sum> compute(const Convolution &c, const std::vector<float> &lhs,
                         const std::vector<float> &rhs) {
  std::vector<Sum> sums(c.kind == Kind::forward ? c.outputs()
                        : c.kind == Kind::input ? c.inputs()
                                                : c.weights());
  auto addProduct = [&](int64_t in, int64_t out, int64_t weight) {
    double product = double(lhs[c.kind == Kind::input ? out : in]) *
                     rhs[c.kind == Kind::filter ? out : weight];
    Sum &sum = sums[c.kind == Kind::forward ? out
                    : c.kind == Kind::input ? in
                                            : weight];
    sum.value += product;
    sum.size += std::abs(product);
  };
  for (int64_t n = 0; n < c.images; ++n)
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
            for (int64_t f = 0; f < c.filters; ++f)
              addProduct(in + i, out + f,
                         (tap * c.channels + i) * c.filters + f);
        }
  return sums;
}

class Winograd : public testing::TestWithParam<Convolution> {};

/// The sum of so many products, each rounded once, is as exact.
TEST_P(Winograd, ErrorsAreThoseOfASum) {
  const Convolution &c = GetParam();
  constexpr CacheSizes all[] = {{}, {/*l2Bytes=*/4 << 10}};
  std::vector<float> x = makeNumbers(
                         c.kind == Kind::input ? c.outputs() : c.inputs(), 1),
                     w = makeNumbers(
                         c.kind == Kind::filter ? c.outputs() : c.weights(), 2);
  std::vector<Sum> exact = compute(c, x, w);
  for (CacheSizes caches : all) {
    CompiledText compiled(makeText(c), 1, Optimize::Yes, caches);
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
}

// Whole tiles and halves of them, one tile only, borders on all sides and on
// none, channels and filters that are no whole vectors, tiles of several images
// at once, of all kinds where the filter isn't in cache; and images so small
// that they are convolved directly.
INSTANTIATE_TEST_SUITE_P(
    Shapes, Winograd,
    testing::Values(Convolution{14, 14, 32, 64, 1, Kind::forward},
                    Convolution{14, 14, 32, 64, 1, Kind::input},
                    Convolution{13, 9, 19, 50, 1, Kind::forward},
                    Convolution{13, 9, 50, 19, 1, Kind::input},
                    Convolution{8, 7, 24, 24, 0, Kind::forward},
                    Convolution{4, 4, 64, 64, 0, Kind::forward},
                    Convolution{4, 32, 40, 16, 1, Kind::forward},
                    Convolution{7, 7, 40, 48, 1, Kind::forward, 16},
                    Convolution{6, 7, 48, 24, 1, Kind::input, 12},
                    Convolution{4, 4, 32, 32, 1, Kind::input},
                    Convolution{12, 5, 64, 20, 0, Kind::forward},
                    Convolution{14, 14, 32, 64, 1, Kind::filter},
                    Convolution{13, 9, 19, 50, 1, Kind::filter},
                    Convolution{8, 8, 32, 32, 1, Kind::filter, 8},
                    Convolution{4, 4, 64, 64, 1, Kind::filter, 37},
                    Convolution{4, 70, 24, 18, 1, Kind::filter, 2},
                    Convolution{12, 5, 64, 20, 0, Kind::filter, 5},
                    Convolution{2, 2, 64, 64, 1, Kind::forward},
                    Convolution{3, 3, 32, 32, 1, Kind::input},
                    Convolution{2, 2, 64, 64, 1, Kind::filter, 37}));

} // namespace
