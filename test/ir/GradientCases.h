//===-- GradientCases.h - what gradients are tested of ----------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions in double, by family; GradientTest.cpp says what is done to them.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TEST_IR_GRADIENTCASES_H
#define MLC_TEST_IR_GRADIENTCASES_H

#include <ostream>
#include <string>
#include <vector>

namespace mlc {

struct GradientCase {
  std::string name, function;
};

inline std::ostream &operator<<(std::ostream &os, const GradientCase &c) {
  return os << c.name;
}

std::vector<GradientCase> convolutionGradientCases();
std::vector<GradientCase> loopGradientCases();
std::vector<GradientCase> windowGradientCases();

} // namespace mlc

#endif // MLC_TEST_IR_GRADIENTCASES_H
