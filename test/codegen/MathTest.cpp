//===-- MathTest.cpp - how exact mathematical functions are ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledText.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace mlc;

namespace {

struct Function {
  const char *name;
  double (*exact)(double);
  /// Largest error in units in the last place, as codegen/ExpandMath.cpp
  /// states it.
  double bound;
};

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

const Function kFunctions[] = {
    {"exp", std::exp, 1},     {"log", std::log, 1},   {"expm1", std::expm1, 3},
    {"log1p", std::log1p, 3}, {"tanh", std::tanh, 6}, {"erf", std::erf, 6},
    {"logistic", logistic, 3}};

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kMax = std::numeric_limits<float>::max();
constexpr float kMin = std::numeric_limits<float>::min();
constexpr float kDenormal = std::numeric_limits<float>::denorm_min();

/// Special values first, then floats spread evenly over all bit patterns.
constexpr size_t kCount = 1 << 20;
std::vector<float> makeSamples() {
  std::vector<float> samples = {
      0.0f,      -0.0f,      kInf,    -kInf, kMax,   -kMax,  kMin,    -kMin,
      kDenormal, -kDenormal, NAN,     1.0f,  -1.0f,  0.5f,   -0.5f,   88.7228f,
      88.8f,     -87.3f,     -104.0f, 1e-8f, -1e-8f, 100.0f, -100.0f, 1e30f};
  for (uint32_t i = uint32_t(samples.size()); i < kCount; ++i) {
    uint32_t bits = i * 4095;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    samples.push_back(value);
  }
  return samples;
}

/// What `function` may take `x` for: logarithms, the smallest normal number for
/// those below it.
double normal(const Function &function, float x) {
  bool isLog = std::strcmp(function.name, "log") == 0;
  return isLog && x != 0 && std::abs(x) < kMin ? std::copysign(kMin, x) : x;
}

/// The distance of neighbouring floats around `x`.
double ulp(double x) {
  int exponent = x == 0 ? -126 : std::max(-126, std::ilogb(x));
  return std::ldexp(1.0, exponent - 23);
}

/// The error in units in the last place; infinite where the result is of
/// another kind.
double errorOf(float found, double exact) {
  if (std::isnan(exact) || std::isnan(found))
    return std::isnan(exact) && std::isnan(found)
               ? 0
               : std::numeric_limits<double>::infinity();
  if (std::isinf(float(exact)))
    return found == float(exact) ? 0 : std::numeric_limits<double>::infinity();
  if (std::isinf(found))
    return std::numeric_limits<double>::infinity();
  if (std::abs(exact) < 2 * kMin && std::abs(found) <= 2 * kMin)
    return 0; // the smallest results may be flushed
  return std::abs(found - exact) / ulp(exact);
}

std::string makeText() {
  std::string text;
  for (const Function &function : kFunctions)
    text += std::string("func.func @") + function.name +
            "(%x: tensor<1048576xf32>) -> tensor<1048576xf32> {\n  %0 = mlc." +
            function.name +
            " %x : tensor<1048576xf32>\n  return %0 : tensor<1048576xf32>\n}\n";
  return text;
}

TEST(Math, ErrorsAreWithinTheirBounds) {
  CompiledText compiled(makeText());
  std::vector<float> samples = makeSamples(), found(kCount);
  for (const Function &function : kFunctions) {
    compiled.run(function.name, {samples.data()}, {found.data()});
    double worst = 0, worstShare = 0;
    size_t at = 0;
    for (size_t i = 0; i < kCount; ++i) {
      double exact = function.exact(normal(function, samples[i]));
      // The power of two of results just below overflow is out of range.
      double bound = std::abs(exact) > kMax / 1.5 ? 5 : function.bound;
      double error = errorOf(found[i], exact);
      if (error / bound > worstShare) {
        worst = error;
        worstShare = error / bound;
        at = i;
      }
    }
    EXPECT_LE(worstShare, 1)
        << function.name << "(" << samples[at] << ") = " << found[at]
        << ", expected " << function.exact(samples[at]) << ": " << worst
        << " ulp";
    RecordProperty(function.name, std::to_string(worst));
  }
}

} // namespace
