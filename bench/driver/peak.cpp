//===-- peak.cpp - a machine's peak, in place of a model ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loop that `mlc bench --peak` measures, as driver.c measures a model.
//===----------------------------------------------------------------------===//
#include "tools/PeakKernels.h"

extern "C" {
double now();
void put(double number);
int32_t check(int32_t steps);
int32_t measure(int32_t function, double seconds);
}

alignas(64) static float left[mlc::tools::kLeftElements];
alignas(64) static float right[mlc::tools::kRightElements];

/// Numbers in [-1, 1), for those all alike take less power and run faster.
static void fill(float *numbers, int64_t count) {
  uint32_t bits = 1;
  for (int64_t i = 0; i < count; ++i) {
    bits = bits * 1664525U + 1013904223U;
    numbers[i] = static_cast<float>(bits >> 8) / (1 << 23) - 1;
  }
}

int32_t check(int32_t) { return 0; }

int32_t measure(int32_t, double seconds) {
  constexpr int64_t repeats = 4000;
  volatile float sink = 0;
  fill(left, mlc::tools::kLeftElements);
  fill(right, mlc::tools::kRightElements);
  bool isFirst = true;
  for (double start = now(); isFirst || now() - start < seconds;) {
    int64_t flops = 0;
    double begin = now();
    sink = mlc::tools::multiplyAdd(left, right, repeats, flops);
    double taken = now() - begin;
    if (isFirst)
      put(static_cast<double>(flops));
    isFirst = false;
    put(taken);
  }
  return 0;
}
