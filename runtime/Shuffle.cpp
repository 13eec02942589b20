//===-- runtime/Shuffle.cpp - the order of rows in an epoch ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Shuffle.h"

#include <cstddef>
#include <numeric>
#include <utility>

namespace mlc::runtime {

uint64_t SplitMix64::next() {
  uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

uint64_t SplitMix64::below(uint64_t bound) {
  // Numbers under 2^64 mod bound would make small results likelier.
  uint64_t threshold = (0 - bound) % bound;
  uint64_t number = next();
  while (number < threshold)
    number = next();
  return number % bound;
}

std::vector<int64_t> shuffledRows(int64_t rows, uint64_t seed, int64_t epoch) {
  // Hashing the seed first keeps (seed, epoch+1) and (seed+1, epoch) apart.
  SplitMix64 random(SplitMix64(seed).next() ^
                    SplitMix64(~static_cast<uint64_t>(epoch)).next());
  std::vector<int64_t> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), int64_t(0));
  for (std::size_t left = order.size(); left > 1; --left)
    std::swap(order[left - 1], order[random.below(left)]);
  return order;
}

} // namespace mlc::runtime
