//===-- runtime/Progress.h - how training is going, in words ----*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_PROGRESS_H
#define MLC_RUNTIME_PROGRESS_H

#include "runtime/Fit.h"

#include <functional>
#include <ostream>
#include <string>

namespace mlc::runtime {

/// "1.25 s", "3 min 05 s", "2 h 10 min".
std::string durationText(double seconds);
/// "950 rows/s", "45.6k rows/s", "1.20M rows/s".
std::string rateText(double rowsPerSecond);
/// "loss 0.1234  accuracy 0.9654".
std::string metricsText(const Metrics &metrics);

/// Shows each epoch as one line. On a terminal the line is a bar that is drawn
/// again as training goes on, at most ten times a second:
///   Epoch 3/20  1234/1875 ━━━━━━━━━━━━────── 12 s left  45.6k rows/s  loss …
/// Elsewhere it is printed once, when the epoch has ended.
class ProgressBar : public Callback {
public:
  struct Terminal {
    bool interactive = false;
    int64_t columns = 80;
    /// Seconds of a steady clock; empty: the system's.
    std::function<double()> clock = {};
  };
  ProgressBar(std::ostream &out, Terminal terminal);

  Status onEpochBegin(TrainingState &state) override;
  Status onBatchEnd(TrainingState &state) override;
  Status onEpochEnd(TrainingState &state, const Metrics &logs) override;
  Status onTrainEnd(TrainingState &state) override;

private:
  Status draw(const TrainingState &state, double now);
  void show(const std::string &line, bool last);

  std::ostream &out;
  Terminal terminal;
  double epochStart = 0, lastDrawn = 0;
  double trainSeconds = 0; ///< of the epoch, without its validation
  bool drawn = false;      ///< an unfinished bar is on the line
};

/// The terminal behind a file descriptor, if it is one.
ProgressBar::Terminal detectTerminal(int descriptor);

} // namespace mlc::runtime

#endif // MLC_RUNTIME_PROGRESS_H
