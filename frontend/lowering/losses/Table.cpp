//===-- Table.cpp - losses by their names ---------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Builders.h"
#include "frontend/lowering/losses/Losses.h"

namespace mlc::frontend {

llvm::ArrayRef<BuilderRow<LossBuilder>> lossBuilders() {
  static const BuilderRow<LossBuilder> rows[] = {
      {"sparse_categorical_crossentropy", buildSparseCrossentropy},
      {"categorical_crossentropy", buildCategoricalCrossentropy},
      {"binary_crossentropy", buildBinaryCrossentropy},
      {"categorical_focal_crossentropy", buildCategoricalFocalCrossentropy},
      {"binary_focal_crossentropy", buildBinaryFocalCrossentropy},
      {"ctc", buildCtc},
      {"kl_divergence", buildKlDivergence},
      {"poisson", buildPoisson},
      {"mean_squared_error", buildSquaredError},
      {"mean_absolute_error", buildAbsoluteError},
      {"mean_absolute_percentage_error", buildAbsolutePercentageError},
      {"mean_squared_logarithmic_error", buildSquaredLogarithmicError},
      {"huber", buildHuber},
      {"log_cosh", buildLogCosh},
      {"cosine_similarity", buildCosineSimilarityLoss},
      {"hinge", buildHinge},
      {"squared_hinge", buildSquaredHinge},
      {"categorical_hinge", buildCategoricalHinge}};
  return rows;
}

} // namespace mlc::frontend
