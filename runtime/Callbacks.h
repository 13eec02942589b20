//===-- runtime/Callbacks.h - logs and checkpoints of training --*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_CALLBACKS_H
#define MLC_RUNTIME_CALLBACKS_H

#include "runtime/Fit.h"

#include <fstream>
#include <string>

namespace mlc::runtime {

/// One line of CSV per epoch: "epoch" (from 1), the metrics, those of the
/// validation data. Numbers are written so that they read back exactly.
class CsvLogger : public Callback {
public:
  /// A training that starts over replaces the file. One that resumes keeps the
  /// lines of the epochs before its start.
  explicit CsvLogger(std::string path) : path(std::move(path)) {}

  Status onTrainBegin(TrainingState &state) override;
  Status onEpochEnd(TrainingState &state, const Metrics &logs) override;

private:
  Expected<std::string> keptLines(int64_t epochs) const;
  Status append(const std::string &text);

  std::string path, header;
  std::ofstream out;
};

/// Saves a checkpoint when training ends, and after an epoch when the last one
/// is more than `interval` seconds old, so that an interruption costs little.
class CheckpointSaver : public Callback {
public:
  explicit CheckpointSaver(std::string path, double interval = 30)
      : path(std::move(path)), interval(interval) {}

  Status onTrainBegin(TrainingState &state) override;
  Status onEpochEnd(TrainingState &state, const Metrics &logs) override;
  Status onTrainEnd(TrainingState &state) override;

private:
  std::string path;
  double interval, lastSaved = 0;
};

} // namespace mlc::runtime

#endif // MLC_RUNTIME_CALLBACKS_H
