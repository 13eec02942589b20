//===-- tools/PeakKernels.cpp - loops at the limit of the machine ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/PeakKernels.h"

namespace mlc::tools {

namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif
using Vector = float __attribute__((vector_size(kVectorBytes)));
constexpr int kLanes = kVectorBytes / sizeof(float);

// A tile of 6 by 2 sums: enough independent ones to hide the latency of the
// multiply-add, and with their operands they fit 16 registers. Engines of
// WebAssembly need some of these for themselves, and one for each product.
#if defined(__wasm__)
constexpr int kRows = 4, kColumns = 2;
#else
constexpr int kRows = 6, kColumns = 2;
#endif
constexpr int64_t kDepth = 128;
static_assert(kDepth * kRows <= kLeftElements);
static_assert(kDepth * kColumns * kLanes <= kRightElements);

} // namespace

float multiplyAdd(const float *left, const float *right, int64_t repeats,
                  int64_t &flops) {
  const auto *columns = reinterpret_cast<const Vector *>(right);
  Vector sums[kRows][kColumns] = {};
  for (int64_t repeat = 0; repeat < repeats; ++repeat)
    for (int64_t k = 0; k < kDepth; ++k)
      for (int row = 0; row < kRows; ++row)
        for (int column = 0; column < kColumns; ++column)
          sums[row][column] +=
              left[k * kRows + row] * columns[k * kColumns + column];
  flops += 2 * repeats * kDepth * kRows * kColumns * kLanes;
  Vector total = {};
  for (auto &row : sums)
    for (Vector &sum : row)
      total += sum;
  float result = 0;
  for (int lane = 0; lane < kLanes; ++lane)
    result += total[lane];
  return result;
}

void triad(float *a, const float *b, const float *c, float s, int64_t count) {
  auto *to = reinterpret_cast<Vector *>(a);
  const auto *first = reinterpret_cast<const Vector *>(b);
  const auto *second = reinterpret_cast<const Vector *>(c);
  for (int64_t i = 0; i < count / kLanes; ++i) {
    Vector value = first[i] + s * second[i];
#if defined(__clang__)
    __builtin_nontemporal_store(value, to + i); // does not read what it writes
#else
    to[i] = value;
#endif
  }
}

} // namespace mlc::tools
