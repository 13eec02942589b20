//===-- runtime/Fit.cpp - the training loop -------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Fit.h"
#include "runtime/Shuffle.h"

#include <new>

namespace mlc::runtime {

namespace {

class Trainer {
public:
  Trainer(Session &session, const Dataset &data, const FitOptions &options,
          const std::vector<Callback *> &callbacks)
      : session(session), data(data), options(options), callbacks(callbacks),
        batch(data, session.model().batch),
        state{session, options.start, options.epochs,
              data.batches(session.model().batch), options.start.batch} {
    state.position.rows = data.rows();
  }

  Expected<TrainingPosition> run() {
    if (auto valid = checkStart(); !valid)
      return valid.takeError();
    step = session.step();
    Status done = tell(&Callback::onTrainBegin);
    while (done && !finished())
      done = runEpoch();
    if (done)
      done = tell(&Callback::onTrainEnd);
    if (!done)
      return done.takeError();
    return state.position;
  }

private:
  template <typename... Parameters, typename... Arguments>
  Status tell(Status (Callback::*event)(TrainingState &, Parameters...),
              const Arguments &...arguments) {
    for (Callback *callback : callbacks)
      if (auto done = (callback->*event)(state, arguments...); !done)
        return done;
    return {};
  }

  Status checkStart() const {
    const TrainingPosition &start = options.start;
    if (start.batch >= 0 && start.batch < state.batches && start.epoch >= 0)
      return {};
    return makeError("cannot continue at batch ", start.batch, " of epoch ",
                     start.epoch + 1, ": an epoch of this data has ",
                     state.batches, " batches");
  }

  bool finished() const {
    return state.stop || state.position.epoch >= options.epochs ||
           (options.stepLimit > 0 && step >= options.stepLimit);
  }

  Status runEpoch() {
    TrainingPosition &position = state.position;
    if (position.shuffle)
      order = shuffledRows(data.rows(), position.seed, position.epoch);
    if (position.batch == 0)
      session.resetMetrics();
    state.firstBatch = position.batch;
    state.rowsSeen = 0;
    if (auto done = tell(&Callback::onEpochBegin); !done)
      return done;
    while (position.batch < state.batches && !finished())
      if (auto done = runBatch(); !done)
        return done;
    return position.batch == state.batches ? endEpoch() : Status();
  }

  Status runBatch() {
    batch.gather(state.position.shuffle ? &order : nullptr,
                 state.position.batch * session.model().batch);
    auto loss = session.trainStep(batch);
    if (!loss)
      return loss.takeError();
    state.loss = *loss;
    state.rowsSeen += batch.rows();
    ++state.position.batch;
    ++step;
    return tell(&Callback::onBatchEnd);
  }

  Status endEpoch() {
    auto logs = session.metrics();
    if (!logs)
      return logs.takeError();
    if (options.validation) {
      auto validated = session.evaluate(*options.validation);
      if (!validated)
        return validated.takeError();
      for (const Metric &metric : *validated)
        logs->push_back({"val_" + metric.name, metric.value});
    }
    ++state.position.epoch;
    state.position.batch = 0;
    return tell(&Callback::onEpochEnd, *logs);
  }

  Session &session;
  const Dataset &data;
  const FitOptions &options;
  const std::vector<Callback *> &callbacks;
  BatchBuffer batch;
  std::vector<int64_t> order;
  int64_t step = 0;
  TrainingState state;
};

} // namespace

Expected<TrainingPosition> fit(Session &session, const Dataset &data,
                               const FitOptions &options,
                               const std::vector<Callback *> &callbacks) {
  try {
    return Trainer(session, data, options, callbacks).run();
  } catch (const std::bad_alloc &) {
    return makeError("not enough memory to train on ", data.rows(), " rows");
  }
}

} // namespace mlc::runtime
