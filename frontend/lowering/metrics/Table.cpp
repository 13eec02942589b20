//===-- Table.cpp - metrics by their names --------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/metrics/Metrics.h"

namespace mlc::frontend {

llvm::ArrayRef<BuilderRow<MetricBuilder>> metricBuilders() {
  static const std::vector<BuilderRow<MetricBuilder>> rows = [] {
    std::vector<BuilderRow<MetricBuilder>> all;
    for (MetricRows family :
         {accuracyMetricRows(), confusionMetricRows(), fScoreMetricRows(),
          curveMetricRows(), meanMetricRows()})
      all.insert(all.end(), family.begin(), family.end());
    return all;
  }();
  return rows;
}

} // namespace mlc::frontend
