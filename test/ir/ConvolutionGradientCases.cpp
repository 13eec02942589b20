//===-- ConvolutionGradientCases.cpp - convolutions to differentiate ------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientCases.h"

using namespace mlc;

/// One convolution; %x and %y are its operands.
static GradientCase makeCase(const std::string &name, const std::string &op,
                             const std::string &lhs, const std::string &rhs,
                             const std::string &result,
                             const std::string &window) {
  std::string types = "tensor<" + lhs + ">, tensor<" + rhs + ">";
  return {name, "func.func @f(%x: tensor<" + lhs + ">, %y: tensor<" + rhs +
                    ">) -> tensor<" + result + "> {\n  %0 = mlc." + op +
                    " %x, %y " + window + " : " + types + " -> tensor<" +
                    result + ">\n  return %0 : tensor<" + result + ">\n}"};
}

std::vector<GradientCase> mlc::convolutionGradientCases() {
  return {
      makeCase("one_dimension", "convolution", "2x5x2xf64", "3x2x3xf64",
               "2x5x3xf64", "strides [1] low [1] dilations [1] groups 1"),
      makeCase("causal_and_dilated", "convolution", "1x6x1xf64", "2x1x2xf64",
               "1x6x2xf64", "strides [1] low [3] dilations [3] groups 1"),
      makeCase("two_dimensions_strided", "convolution", "1x5x4x2xf64",
               "3x2x2x2xf64", "1x3x2x2xf64",
               "strides [2, 2] low [1, 0] dilations [1, 1] groups 1"),
      makeCase("groups", "convolution", "1x3x3x4xf64", "2x2x2x6xf64",
               "1x2x2x6xf64",
               "strides [1, 1] low [0, 0] dilations [1, 1] groups 2"),
      makeCase("depthwise", "convolution", "1x3x3x3xf64", "3x3x1x6xf64",
               "1x3x3x6xf64",
               "strides [1, 1] low [1, 1] dilations [1, 1] groups 3"),
      makeCase("negative_padding", "convolution", "1x7x1xf64", "3x1x1xf64",
               "1x3x1xf64", "strides [1] low [-1] dilations [1] groups 1"),
      makeCase("whole_window", "convolution", "2x2x3x2xf64", "2x3x2x4xf64",
               "2x1x1x4xf64",
               "strides [2, 2] low [0, 0] dilations [1, 1] groups 1"),
      makeCase("patches", "convolution", "2x4x6x2xf64", "2x3x2x4xf64",
               "2x2x2x4xf64",
               "strides [2, 3] low [0, 0] dilations [1, 1] groups 1"),
      makeCase("transposed", "convolution_input", "1x3x2x2xf64", "3x3x2x2xf64",
               "1x6x4x2xf64",
               "strides [2, 2] low [1, 1] dilations [1, 1] groups 1"),
      makeCase("transposed_with_untouched_places", "convolution_input",
               "1x2x1xf64", "1x2x1xf64", "1x6x2xf64",
               "strides [3] low [0] dilations [1] groups 1"),
      makeCase("filter", "convolution_filter", "2x4x2xf64", "2x4x3xf64",
               "3x2x3xf64", "strides [1] low [1] dilations [1] groups 1"),
      makeCase("three_dimensions", "convolution", "1x2x3x2x1xf64",
               "2x2x1x1x2xf64", "1x1x3x2x2xf64",
               "strides [1, 1, 1] low [0, 1, 0] dilations [1, 1, 1] groups 1"),
  };
}
