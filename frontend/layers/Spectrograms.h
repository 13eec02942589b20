//===-- Spectrograms.h - where spectrograms look -----------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the options of a spectrogram mean on a signal of some length: one owner
// for the rules that infer shapes and the builders that make ops.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LAYERS_SPECTROGRAMS_H
#define MLC_FRONTEND_LAYERS_SPECTROGRAMS_H

#include "frontend/Model.h"

namespace mlc::frontend {

/// Parts of a signal, `length` samples each.
struct Frames {
  int64_t fftLength; ///< samples after which the slowest wave repeats
  int64_t length, stride, count;
  int64_t begin; ///< of the first one; samples before 0 are the mirror image

  int64_t end() const { return begin + (count - 1) * stride + length; }
  /// How many frequencies tell apart.
  int64_t bins() const { return fftLength / 2 + 1; }
};

/// Of a MelSpectrogram layer on so many samples.
Frames getMelFrames(const Component &options, int64_t samples);
/// Where the highest band of a MelSpectrogram layer ends, in hertz: by default
/// at half the sampling rate.
double getHighestFrequency(const Component &options);
/// Of an STFTSpectrogram layer; `count` is below 1 where none fits.
Frames getStftFrames(const Component &options, int64_t samples);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LAYERS_SPECTROGRAMS_H
