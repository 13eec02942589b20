//===-- Fourier.h - waves to compare signals with ----------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_FOURIER_H
#define MLC_FRONTEND_LOWERING_FOURIER_H

#include "frontend/lowering/Emitter.h"

#include <vector>

namespace mlc::frontend {

/// The window that the option "window" of a layer or initializer names, ones
/// without it. A periodic one ends one sample before it begins anew.
std::vector<double> makeWindow(const Component &options, int64_t length,
                               bool periodic);

/// `count` frequencies from the `first` on, of which the `fftLength`th would be
/// that of the samples.
struct Frequencies {
  int64_t fftLength, first, count;
};

/// The factors of a discrete Fourier transform of what `window` weighs, real or
/// imaginary: (samples, 1, frequencies), the filter of a convolution.
mlir::Value makeWaves(Emitter &e, llvm::ArrayRef<double> window,
                      const Frequencies &frequencies, bool imaginary);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_FOURIER_H
