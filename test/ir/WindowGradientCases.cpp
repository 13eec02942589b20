//===-- WindowGradientCases.cpp - pooling to differentiate ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientCases.h"

using namespace mlc;

/// An op on the windows of %x.
static GradientCase makeCase(const std::string &name, const std::string &op,
                             const std::string &from, const std::string &to,
                             const std::string &window) {
  return {name, "func.func @f(%x: tensor<" + from + ">) -> tensor<" + to +
                    "> {\n  %0 = mlc." + op + " %x " + window + " : tensor<" +
                    from + "> -> tensor<" + to + ">\n  return %0 : tensor<" +
                    to + ">\n}"};
}

/// An op that asks %x where the extrema of its windows are.
static GradientCase
makeKeyedCase(const std::string &name, const std::string &op,
              const std::string &keys, const std::string &from,
              const std::string &to, const std::string &window) {
  return {name, "func.func @f(%x: tensor<" + keys + ">, %y: tensor<" + from +
                    ">) -> tensor<" + to + "> {\n  %0 = mlc." + op +
                    " %x, %y " + window + " : tensor<" + keys + ">, tensor<" +
                    from + "> -> tensor<" + to + ">\n  return %0 : tensor<" +
                    to + ">\n}"};
}

std::vector<GradientCase> mlc::windowGradientCases() {
  const std::string halves =
      "window [1, 2, 2, 1] strides [1, 2, 2, 1] low [0, 0, 0, 0]";
  const std::string overlapping =
      "window [1, 3, 2, 1] strides [1, 2, 1, 1] low [0, 1, 1, 0]";
  const std::string apart = "window [1, 2, 1] strides [1, 3, 1] low [0, 0, 0]";
  return {
      makeCase("sums", "reduce_window add", "2x4x6x2xf64", "2x2x3x2xf64",
               halves),
      makeCase("overlapping_sums", "reduce_window add", "1x5x4x2xf64",
               "1x3x5x2xf64", overlapping),
      makeCase("sums_apart", "reduce_window add", "2x8x1xf64", "2x3x1xf64",
               apart),
      makeCase("maxima", "reduce_window max", "1x5x4x2xf64", "1x3x5x2xf64",
               overlapping),
      makeCase("minima", "reduce_window min", "2x4x4x1xf64", "2x2x2x1xf64",
               halves),
      makeCase("maxima_along_the_last_dimension", "reduce_window max",
               "2x7xf64", "2x4xf64", "window [1, 3] strides [1, 2] low [0, 1]"),
      makeCase("spread", "spread_window", "1x3x5x2xf64", "1x5x4x2xf64",
               overlapping),
      makeCase("spread_apart", "spread_window", "2x3x1xf64", "2x8x1xf64",
               apart),
      makeKeyedCase("select", "select_window max", "1x5x4x2xf64", "1x3x5x2xf64",
                    "1x5x4x2xf64", overlapping),
      makeKeyedCase("pick", "pick_window min", "1x5x4x2xf64", "1x5x4x2xf64",
                    "1x3x5x2xf64", overlapping),
  };
}
