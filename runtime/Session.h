//===-- runtime/Session.h - a compiled model at work ------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_SESSION_H
#define MLC_RUNTIME_SESSION_H

#include "mlc/model.h"
#include "runtime/AlignedBlock.h"
#include "runtime/Array.h"
#include "runtime/Dataset.h"
#include "runtime/Error.h"

#include <string>
#include <vector>

namespace mlc::runtime {

/// A figure of merit: "loss", "accuracy", "val_loss" ...
struct Metric {
  std::string name;
  double value;
};
using Metrics = std::vector<Metric>;

/// The function of that name, or null.
const mlc_function *findFunction(const mlc_model &model, const char *name);

/// Owns the blocks that the functions of a model work on. Sessions are
/// independent: different ones may be used from different threads at once.
class Session {
public:
  /// Checks the descriptor and takes the memory. The state is all zeros until
  /// init, or until a checkpoint is loaded into it. `model` must outlive this.
  static Expected<Session> create(const mlc_model &model);

  const mlc_model &model() const { return *descriptor; }
  /// The function of that name, or an error that says what the model lacks.
  Expected<const mlc_function *> function(const char *name) const;

  /// Fills the state: parameters from their initializers, the rest with its
  /// start values.
  Status init(uint64_t seed);

  /// One training step on the gathered rows, of which the metrics block keeps
  /// sums. Returns the loss: the mean over the rows.
  Expected<double> trainStep(const BatchBuffer &batch);
  /// As trainStep, without training.
  Expected<double> evaluateStep(const BatchBuffer &batch);

  /// Metrics of the steps since resetMetrics; the first is "loss".
  Expected<Metrics> metrics() const;
  void resetMetrics() { metricBlock.clear(); }

  /// Metrics over all rows of a dataset, in batches, the last one partial.
  /// Leaves the metrics of a running epoch as they are.
  Expected<Metrics> evaluate(const Dataset &data);
  /// The outputs for all rows of a dataset, each of shape [rows, ...].
  Expected<std::vector<NamedArray>> predict(const Dataset &data);

  /// Scores of what follows `id` at `position` of a sequence, whose ids before
  /// were given in turn; as many as the model has.
  Status generateStep(int32_t id, int32_t position, std::vector<float> &scores);

  /// Steps trained so far: the MLC_STEP tensor of the state, 0 if it has none.
  int64_t step() const;

  // The blocks, model().state_bytes and so on long.
  std::byte *state() { return stateBlock.data(); }
  const std::byte *state() const { return stateBlock.data(); }
  std::byte *metricSums() { return metricBlock.data(); }
  const std::byte *metricSums() const { return metricBlock.data(); }

private:
  explicit Session(const mlc_model &model);
  Expected<double> lossOf(const char *name, const BatchBuffer &batch,
                          AlignedBlock &sums);
  Status predictBatch(const mlc_function &function, const BatchBuffer &batch,
                      int64_t begin, std::vector<NamedArray> &outputs);

  const mlc_model *descriptor;
  AlignedBlock stateBlock, metricBlock;
  mutable AlignedBlock workspace;
};

} // namespace mlc::runtime

#endif // MLC_RUNTIME_SESSION_H
