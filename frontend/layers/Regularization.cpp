//===-- Regularization.cpp - layers that are random while training --------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"

using namespace mlc::frontend;

std::vector<LayerRule> mlc::frontend::regularizationLayers() {
  return {
      {{"Dropout",
        {},
        "Zeroes a random part while training, and scales up the rest.",
        {{"rate", OptionKind::Number, "", "Part to drop.", kFraction},
         {"seed", OptionKind::Integer, "null",
          "Makes its random numbers other ones.", kNotNegative}}},
       1,
       1,
       inferSameFloat,
       /*random=*/true},
  };
}
