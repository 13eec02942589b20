//===-- tools/PeakKernels.h - loops at the limit of the machine -*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_PEAKKERNELS_H
#define MLC_TOOLS_PEAKKERNELS_H

// Not <cstdint>: bench/driver compiles this where there is no C++ library.
#include <stdint.h> // NOLINT(modernize-deprecated-headers)

// Compiled for this very processor, so nothing but plain functions in here.
namespace mlc::tools {

/// Elements that multiplyAdd reads from its operands, which must be aligned as
/// blocks of the runtime are.
constexpr int64_t kLeftElements = 768, kRightElements = 4096;

/// Accumulates products of the two operands `repeats` times; returns something
/// that depends on all of them. `flops` gets the arithmetic done.
float multiplyAdd(const float *left, const float *right, int64_t repeats,
                  int64_t &flops);

/// a[i] = b[i] + s * c[i]; `count` is a multiple of 64.
void triad(float *a, const float *b, const float *c, float s, int64_t count);

} // namespace mlc::tools

#endif // MLC_TOOLS_PEAKKERNELS_H
