//===-- runtime/Predictions.h - predictions for people ----------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_PREDICTIONS_H
#define MLC_RUNTIME_PREDICTIONS_H

#include "runtime/Array.h"

#include <ostream>
#include <vector>

namespace mlc::runtime {

/// Prints a table per output, one line per row. An output whose rows are
/// probabilities of classes also shows the likeliest one:
///   probabilities, 3 rows
///   row  class  share
///     0      7  99.8%  [0.0001 0.0003 … ]
void printPredictions(std::ostream &out,
                      const std::vector<NamedArray> &predictions);

} // namespace mlc::runtime

#endif // MLC_RUNTIME_PREDICTIONS_H
