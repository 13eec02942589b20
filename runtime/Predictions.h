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

/// What the numbers of an output mean.
enum class OutputKind : uint8_t {
  Values,
  Probabilities, ///< one per class
  Logits         ///< of a softmax over classes
};

/// Prints a table per output, one line per row. An output with classes also
/// shows the likeliest one and its probability:
///   kind, 3 rows
///      row  class   share
///        0      7   99.8%  [0.0001 0.0003 …]
/// `kinds` has one entry per output; those left out are values.
void printPredictions(std::ostream &out,
                      const std::vector<NamedArray> &predictions,
                      const std::vector<OutputKind> &kinds = {});

} // namespace mlc::runtime

#endif // MLC_RUNTIME_PREDICTIONS_H
