//===-- tools/Differences.h - gradients by finite differences ---*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_DIFFERENCES_H
#define MLC_TOOLS_DIFFERENCES_H

#include <cstdint>
#include <functional>

namespace mlc::tools {

/// How a derivative compares with central differences.
struct Comparison {
  enum Verdict : uint8_t {
    Agrees,
    Differs,
    Kink ///< the function has no derivative near here: nothing to compare
  } verdict = Differs;
  double numeric = 0;
  double absoluteError = 0;
  /// Relative to the larger of both values, but at least to 1e-3 times the
  /// larger of 1 and the loss: below that, differences see only rounding.
  double relativeError = 0;
};

/// Compares `analytic` with differences of `loss` around `value`, by steps of
/// 1e-4, then of 1e-5 and 1e-6 (times the larger of 1 and |value|) for as long
/// as they don't agree: smaller steps have larger rounding errors, but are less
/// likely to meet a kink. Two central differences, of the step and of half of
/// it, make an estimate in which errors below the fourth power of the step
/// cancel; where the two contradict each other, or the one-sided differences
/// do, there is a kink (relu), and unless another step agrees the verdict is
/// that one.
Comparison compareDerivative(const std::function<double(double)> &loss,
                             double value, double analytic, double tolerance);

} // namespace mlc::tools

#endif // MLC_TOOLS_DIFFERENCES_H
