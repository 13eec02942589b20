//===-- runtime/Sampling.h - the choice of what follows ---------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_SAMPLING_H
#define MLC_RUNTIME_SAMPLING_H

#include "runtime/Error.h"
#include "runtime/Predictions.h"
#include "runtime/Shuffle.h"

#include <vector>

namespace mlc::runtime {

/// How an id is drawn from the scores of all.
struct SamplingOptions {
  /// Log probabilities are divided by it; 0: the likeliest id, always.
  double temperature = 1;
  /// Only that many of the likeliest; 0: any.
  int64_t topK = 0;
  /// Only the likeliest that together have this probability (Holtzman et al.,
  /// "The curious case of neural text degeneration", ICLR 2020); 1: any.
  double topP = 1;
};

/// Draws ids. Depends on nothing but its arguments, on any platform whose exp
/// and log are the same.
class Sampler {
public:
  Sampler(const SamplingOptions &options, uint64_t seed)
      : options(options), random(seed) {}

  /// An id by its score among `scores`, which are logits or probabilities. An
  /// error if they are not numbers.
  Expected<int32_t> draw(const std::vector<float> &scores, OutputKind kind);

private:
  SamplingOptions options;
  SplitMix64 random;
};

} // namespace mlc::runtime

#endif // MLC_RUNTIME_SAMPLING_H
