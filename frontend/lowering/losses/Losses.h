//===-- Losses.h - losses before they are reduced ----------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A value for each weight, as Keras's functions of these names return. They are
// metrics as well, with the same options.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_LOSSES_LOSSES_H
#define MLC_FRONTEND_LOWERING_LOSSES_LOSSES_H

#include "frontend/lowering/Comparison.h"

namespace mlc::frontend {

// Regression.cpp
LossValues buildSquaredError(const Comparison &c);
LossValues buildAbsoluteError(const Comparison &c);
LossValues buildAbsolutePercentageError(const Comparison &c);
LossValues buildSquaredLogarithmicError(const Comparison &c);
LossValues buildHuber(const Comparison &c);
LossValues buildLogCosh(const Comparison &c);
LossValues buildCosineSimilarityLoss(const Comparison &c);
/// The similarity itself, which the metric is.
LossValues buildCosineSimilarity(const Comparison &c);

// Probabilistic.cpp
LossValues buildKlDivergence(const Comparison &c);
LossValues buildPoisson(const Comparison &c);

// Hinge.cpp
LossValues buildHinge(const Comparison &c);
LossValues buildSquaredHinge(const Comparison &c);
LossValues buildCategoricalHinge(const Comparison &c);

// Crossentropy.cpp
LossValues buildSparseCrossentropy(const Comparison &c);
LossValues buildCategoricalCrossentropy(const Comparison &c);
LossValues buildBinaryCrossentropy(const Comparison &c);
/// Of labels, without an option "ignore_class".
mlir::Value buildCrossentropyOfLabels(const Comparison &c, mlir::Value output,
                                      mlir::Value labels);

// Ctc.cpp
LossValues buildCtc(const Comparison &c);

// Focal.cpp
LossValues buildBinaryFocalCrossentropy(const Comparison &c);
LossValues buildCategoricalFocalCrossentropy(const Comparison &c);

// Pieces of several of them.

/// Keras's smallest probability, and largest distance from 1.
constexpr double kEpsilon = 1e-7;
/// Within [low, high].
mlir::Value clip(Emitter &e, mlir::Value x, double low, double high);
/// The mean along an axis; of numbers that are one a row, each is its mean.
mlir::Value meanAlong(Emitter &e, mlir::Value x, int64_t axis);
/// The element of each row of scores at the row's label.
mlir::Value pickLabelled(Emitter &e, mlir::Value scores, mlir::Value labels);
/// Divided by their sum along an axis, then clipped: what Keras makes of
/// outputs that should be probabilities.
mlir::Value normalizeProbabilities(Emitter &e, mlir::Value x, int64_t axis);
/// x - log(sum(exp(x))), shifted so that no exp overflows.
mlir::Value logSoftmax(Emitter &e, mlir::Value x, int64_t axis);
/// The target, moved towards 1 / classes by the option "label_smoothing".
mlir::Value smoothLabels(const Comparison &c, double classes);
/// -t log(p) - (1 - t) log(1 - p), with p clipped.
mlir::Value binaryCrossentropyOf(Emitter &e, mlir::Value target,
                                 mlir::Value probability);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_LOSSES_LOSSES_H
