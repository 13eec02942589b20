//===-- runtime/Shuffle.h - the order of rows in an epoch -------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_SHUFFLE_H
#define MLC_RUNTIME_SHUFFLE_H

#include <cstdint>
#include <vector>

namespace mlc::runtime {

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014): the n-th number is a hash of seed + n·constant.
class SplitMix64 {
public:
  explicit SplitMix64(uint64_t seed) : state(seed) {}
  uint64_t next();
  /// Uniform in [0, bound), without bias. `bound` is positive.
  uint64_t below(uint64_t bound);

private:
  uint64_t state;
};

/// The numbers 0 … rows-1 in the order of an epoch. It depends on nothing but
/// the arguments, on any platform, so that training can resume in its middle.
std::vector<int64_t> shuffledRows(int64_t rows, uint64_t seed, int64_t epoch);

} // namespace mlc::runtime

#endif // MLC_RUNTIME_SHUFFLE_H
