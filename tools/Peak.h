//===-- tools/Peak.h - what this machine can do at most ---------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_PEAK_H
#define MLC_TOOLS_PEAK_H

#include <cstdint>

namespace mlc::tools {

/// GFLOP/s of float32 multiply-adds (each counts as two), on random data and
/// registers full of independent sums, by that many threads at once.
double measurePeakGflops(int64_t threads);

/// GB/s of a[i] = b[i] + s * c[i] on arrays larger than the caches, by that
/// many threads at once; three numbers moved an element.
double measureBandwidth(int64_t threads);

/// Nanoseconds that a line of the caches takes from one thread to another and
/// back: what two threads pay to begin a kernel together, and, line by line, to
/// read what the other has written. Processors that share no cache, which a
/// virtual machine's may turn into at any time, take several times as long.
double measureRoundTrip();

/// The processors that this process may run on.
int64_t processorCount();

} // namespace mlc::tools

#endif // MLC_TOOLS_PEAK_H
