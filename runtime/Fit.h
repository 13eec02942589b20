//===-- runtime/Fit.h - the training loop -----------------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_FIT_H
#define MLC_RUNTIME_FIT_H

#include "runtime/Checkpoint.h"
#include "runtime/Dataset.h"
#include "runtime/Error.h"
#include "runtime/Session.h"

#include <cstdint>
#include <vector>

namespace mlc::runtime {

/// What callbacks see of a training in progress, and may ask of it.
struct TrainingState {
  Session &session;
  /// epoch: the one in progress, from 0, or as many as are finished once it has
  /// ended; batch: how many of its batches are finished.
  TrainingPosition position;
  int64_t epochs;       ///< the goal
  int64_t batches;      ///< of an epoch
  int64_t firstBatch;   ///< of this epoch in this run: not 0 after a resume
  int64_t rowsSeen = 0; ///< in this epoch and this run
  double loss = 0;      ///< of the last batch
  bool stop = false;    ///< set it to end after this batch or epoch
};

/// Watches and steers a training. Named after Keras's callbacks. An error
/// ends the training and is returned by fit.
class Callback {
public:
  virtual ~Callback() = default;
  virtual Status onTrainBegin(TrainingState &) { return {}; }
  virtual Status onEpochBegin(TrainingState &) { return {}; }
  virtual Status onBatchEnd(TrainingState &) { return {}; }
  /// `logs`: the epoch's metrics, then those of the validation data ("val_…").
  virtual Status onEpochEnd(TrainingState &, const Metrics &) { return {}; }
  virtual Status onTrainEnd(TrainingState &) { return {}; }
};

struct FitOptions {
  int64_t epochs = 1;     ///< in all, those before a resume included
  int64_t stepLimit = 0;  ///< steps in all, likewise; 0: no limit
  TrainingPosition start; ///< where to begin; its `rows` is not read
  const Dataset *validation = nullptr; ///< evaluated after each epoch
};

/// Trains. The rows' order depends on the seed and the epoch alone, so a
/// training that resumes is bitwise the one that was never interrupted. Returns
/// where it ended.
Expected<TrainingPosition> fit(Session &session, const Dataset &data,
                               const FitOptions &options,
                               const std::vector<Callback *> &callbacks);

} // namespace mlc::runtime

#endif // MLC_RUNTIME_FIT_H
