//===-- DifferencesTest.cpp - gradients by finite differences -------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/Differences.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlc::tools;

namespace {

constexpr double kTolerance = 1e-6;

double relu(double x) { return x > 0 ? x : 0; }

TEST(Differences, AgreesWithTheDerivative) {
  for (double x : {-3.0, -0.2, 0.0, 0.7, 40.0}) {
    Comparison found = compareDerivative([](double at) { return std::sin(at); },
                                         x, std::cos(x), kTolerance);
    EXPECT_EQ(found.verdict, Comparison::Agrees) << x;
    EXPECT_LT(found.relativeError, 1e-7) << x;
  }
}

TEST(Differences, FindsASmallError) {
  for (double wrong : {1.00001, 0.99999, 0.0, -1.0}) {
    Comparison found =
        compareDerivative([](double at) { return std::exp(at); }, 0.5,
                          wrong * std::exp(0.5), kTolerance);
    EXPECT_EQ(found.verdict, Comparison::Differs) << wrong;
    EXPECT_NEAR(found.numeric, std::exp(0.5), 1e-8) << wrong;
    EXPECT_NEAR(found.absoluteError, std::abs(wrong - 1) * std::exp(0.5), 1e-8);
  }
}

TEST(Differences, NoNumberNeverAgrees) {
  Comparison found = compareDerivative([](double at) { return at; }, 1.0,
                                       std::nan(""), kTolerance);
  EXPECT_EQ(found.verdict, Comparison::Differs);
  found = compareDerivative([](double) { return std::nan(""); }, 1.0, 1.0,
                            kTolerance);
  EXPECT_NE(found.verdict, Comparison::Agrees);
}

TEST(Differences, ASmallerStepStaysClearOfAKink) {
  for (double away : {5e-5, -5e-5, 7e-6}) {
    Comparison found =
        compareDerivative(relu, away, away > 0 ? 1.0 : 0.0, kTolerance);
    EXPECT_EQ(found.verdict, Comparison::Agrees) << away;
  }
}

TEST(Differences, AKinkIsNoError) {
  for (double away : {0.0, 1e-9, -3e-8}) {
    Comparison found =
        compareDerivative(relu, away, away > 0 ? 1.0 : 0.0, kTolerance);
    EXPECT_EQ(found.verdict, Comparison::Kink) << away;
  }
}

} // namespace
