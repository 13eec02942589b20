//===-- runtime/Checkpoint.h - a session's state in a file ------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A safetensors file with every tensor of the state under its own name
// ("hidden/kernel", and those of the optimizer) and metadata that says how far
// training has come. Between two epochs' ends it also holds the running sums
// of the metrics ("metrics/<name>"), so that a resumed epoch reports the same
// figures as an uninterrupted one.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_CHECKPOINT_H
#define MLC_RUNTIME_CHECKPOINT_H

#include "runtime/Error.h"
#include "runtime/Session.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mlc::runtime {

/// How far training has come, and what its order of rows depends on.
struct TrainingPosition {
  int64_t epoch = 0; ///< finished epochs
  int64_t batch = 0; ///< finished batches of the next one
  uint64_t seed = 0;
  bool shuffle = true;
  int64_t rows = 0; ///< of the training data
};

Status saveCheckpoint(const std::string &path, const Session &session,
                      const TrainingPosition &position);

/// Loads all of the state, to continue training. Every tensor must be there,
/// with its shape and dtype, and no other. Changes nothing on failure.
Expected<TrainingPosition> resumeCheckpoint(const std::string &path,
                                            Session &session);

/// Loads parameters and statistics; what the file holds of an optimizer is
/// passed over. Changes nothing on failure. Files of other programs will do.
Status loadWeights(const std::string &path, Session &session);

} // namespace mlc::runtime

#endif // MLC_RUNTIME_CHECKPOINT_H
