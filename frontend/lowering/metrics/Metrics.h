//===-- Metrics.h - metrics by family ----------------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_METRICS_METRICS_H
#define MLC_FRONTEND_LOWERING_METRICS_METRICS_H

#include "frontend/lowering/Builders.h"

namespace mlc::frontend {

using MetricRows = llvm::ArrayRef<BuilderRow<MetricBuilder>>;
using Sums = llvm::SmallVector<RunningSum>;
using SumValues = llvm::SmallVector<mlir::Value>;

MetricRows meanMetricRows();      // Means.cpp
MetricRows accuracyMetricRows();  // Accuracy.cpp
MetricRows confusionMetricRows(); // Confusion.cpp
MetricRows fScoreMetricRows();    // FScore.cpp
MetricRows curveMetricRows();     // Curve.cpp

//===----------------------------------------------------------------------===//
// Means
//===----------------------------------------------------------------------===//

Sums getMeanSums(const Component &options, const TensorType &output);
/// total / count, and 0 before there is anything.
mlir::Value getMean(Emitter &e, const Component &options,
                    llvm::ArrayRef<mlir::Value> sums);

template <LossBuilder build> SumValues addToMean(const Comparison &c) {
  MeanSums sums = sumForMean(c, build(c));
  return {sums.total, sums.count};
}

/// The mean of a value for each weight, or of several of them.
template <LossBuilder build>
constexpr MetricBuilder kMeanOf = {getMeanSums, addToMean<build>, getMean};

//===----------------------------------------------------------------------===//
// Yes and no
//===----------------------------------------------------------------------===//

/// 1 where it holds, else 0.
mlir::Value asNumber(Emitter &e, mlir::Value condition);
/// The index of the first of the largest elements of each row.
mlir::Value buildArgmax(Emitter &e, mlir::Value x);
/// The sum over all that counts of `x`, which has the output's shape, with the
/// weight of each row. `keepLast`: for each element of the last axis.
mlir::Value sumWeighted(const Comparison &c, mlir::Value x,
                        bool keepLast = false);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_METRICS_METRICS_H
