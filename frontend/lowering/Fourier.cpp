//===-- Fourier.cpp - waves to compare signals with -----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Fourier.h"

#include <cmath>

namespace mlc::frontend {

std::vector<double> makeWindow(const Component &options, int64_t length,
                               bool periodic) {
  std::vector<double> window(length, 1);
  if (!options.has("window") || length == 1)
    return window;
  double mean = options.text("window") == "hamming" ? 0.54 : 0.5;
  double period = double(periodic ? length : length - 1);
  for (int64_t i = 0; i < length; ++i)
    window[i] = mean - (1 - mean) * std::cos(2 * M_PI * double(i) / period);
  return window;
}

mlir::Value makeWaves(Emitter &e, llvm::ArrayRef<double> window,
                      const Frequencies &frequencies, bool imaginary) {
  std::vector<double> waves;
  waves.reserve(window.size() * frequencies.count);
  for (int64_t sample = 0; sample < int64_t(window.size()); ++sample)
    for (int64_t i = 0; i < frequencies.count; ++i) {
      // Turns are exact in integers: large angles would lose digits.
      int64_t turn = sample * (frequencies.first + i) % frequencies.fftLength;
      double angle = -2 * M_PI * double(turn) / double(frequencies.fftLength);
      waves.push_back(window[sample] *
                      (imaginary ? std::sin(angle) : std::cos(angle)));
    }
  return e.constant(waves, {int64_t(window.size()), 1, frequencies.count});
}

} // namespace mlc::frontend
