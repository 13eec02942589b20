//===-- FitTest.cpp - the training loop -----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Fit.h"
#include "FakeModel.h"
#include "TestSupport.h"
#include "runtime/Callbacks.h"

namespace mlc::runtime {

namespace {

/// What a training leaves behind, to be compared bit by bit.
struct Outcome {
  std::string state;
  TrainingPosition position;
  std::string events;
};

class Recorder : public Callback {
public:
  Status onTrainBegin(TrainingState &) override { return add("begin "); }
  Status onEpochBegin(TrainingState &state) override {
    return add("epoch" + std::to_string(state.position.epoch) + " ");
  }
  Status onBatchEnd(TrainingState &state) override {
    if (state.session.step() == stopAt)
      state.stop = true;
    return add(".");
  }
  Status onEpochEnd(TrainingState &, const Metrics &logs) override {
    for (const Metric &metric : logs)
      text += " " + metric.name;
    return add(" | ");
  }
  Status onTrainEnd(TrainingState &) override { return add("end"); }

  std::string text;
  int64_t stopAt = -1;

private:
  Status add(const std::string &event) {
    text += event;
    return {};
  }
};

class FitTest : public FileTest {
protected:
  static constexpr int64_t rows = 10; // three batches: 4, 4 and 2 rows

  Session newSession() {
    auto session = Session::create(fakeModel());
    EXPECT_TRUE(session && session->init(1));
    return std::move(*session);
  }
  static Dataset dataset(int64_t count = rows) {
    return *Dataset::bind(*findFunction(fakeModel(), "train_step"),
                          fakeData(count));
  }
  static Outcome run(Session &session, const FitOptions &options,
                     std::vector<Callback *> callbacks = {}) {
    Recorder recorder;
    callbacks.push_back(&recorder);
    Dataset data = dataset();
    auto position = fit(session, data, options, callbacks);
    EXPECT_TRUE(static_cast<bool>(position));
    return {std::string(reinterpret_cast<const char *>(session.state()),
                        static_cast<size_t>(session.model().state_bytes)),
            *position, recorder.text};
  }
};

TEST_F(FitTest, Learns) {
  Session session = newSession();
  Dataset data = dataset(100);
  auto before = session.evaluate(data);
  FitOptions options;
  options.epochs = 60;
  ASSERT_OK(fit(session, data, options, {}));
  auto after = session.evaluate(data);
  ASSERT_OK(before);
  ASSERT_OK(after);
  EXPECT_LT((*after)[0].value, (*before)[0].value * 1e-3);
}

TEST_F(FitTest, CallsBackInOrder) {
  Session session = newSession();
  Dataset data = dataset();
  FitOptions options;
  options.epochs = 2;
  options.validation = &data;
  EXPECT_EQ(run(session, options).events,
            "begin epoch0 ... loss mae val_loss val_mae | "
            "epoch1 ... loss mae val_loss val_mae | end");
}

TEST_F(FitTest, StepLimitAndStop) {
  Session session = newSession();
  FitOptions options;
  options.epochs = 9;
  options.stepLimit = 4;
  Outcome limited = run(session, options);
  EXPECT_EQ(limited.events, "begin epoch0 ... loss mae | epoch1 .end");
  EXPECT_EQ(limited.position.epoch, 1);
  EXPECT_EQ(limited.position.batch, 1);
  Session other = newSession();
  Recorder stopper;
  stopper.stopAt = 2;
  EXPECT_EQ(run(other, options, {&stopper}).position.batch, 2);
}

/// Interrupts after every possible number of steps, saves, resumes in a fresh
/// session: the end must be bitwise that of the uninterrupted training, and
/// so must be the log.
TEST_F(FitTest, ResumesBitwise) {
  for (bool shuffle : {true, false}) {
    FitOptions options;
    options.epochs = 3;
    options.start.seed = 11;
    options.start.shuffle = shuffle;
    Session whole = newSession();
    CsvLogger wholeLog(path("whole.csv"));
    Outcome expected = run(whole, options, {&wholeLog});
    EXPECT_EQ(whole.step(), 9);
    for (int64_t steps = 1; steps < 9; ++steps) {
      std::string log = path("resumed.csv");
      FitOptions first = options;
      first.stepLimit = steps;
      Session interrupted = newSession();
      CsvLogger firstLog(log);
      Outcome part = run(interrupted, first, {&firstLog});
      ASSERT_OK(saveCheckpoint(path("w"), interrupted, part.position));

      auto resumed = Session::create(fakeModel());
      ASSERT_OK(resumed);
      auto position = resumeCheckpoint(path("w"), *resumed);
      ASSERT_OK(position);
      FitOptions second = options;
      second.start = *position;
      CsvLogger secondLog(log);
      Outcome actual = run(*resumed, second, {&secondLog});
      EXPECT_EQ(actual.state, expected.state) << "after " << steps;
      EXPECT_EQ(read(log), read(path("whole.csv"))) << "after " << steps;
    }
  }
}

TEST_F(FitTest, RefusesAPositionOutsideTheData) {
  Session session = newSession();
  Dataset data = dataset();
  FitOptions options;
  options.start.batch = 3;
  expectError(fit(session, data, options, {}),
              "an epoch of this data has 3 batches");
}

TEST_F(FitTest, LogReadsBackAndRefusesOtherColumns) {
  Session session = newSession();
  CsvLogger log(path("log.csv"));
  FitOptions options;
  options.epochs = 2;
  run(session, options, {&log});
  std::string text = read(path("log.csv"));
  EXPECT_EQ(text.compare(0, 17, "epoch,loss,mae\n1,"), 0) << text;
  Dataset data = dataset();
  options.start.epoch = 2;
  options.epochs = 3;
  options.validation = &data;
  CsvLogger again(path("log.csv"));
  expectError(fit(session, data, options, {&again}),
              "choose another file for it");
  EXPECT_EQ(read(path("log.csv")), text);
}

TEST_F(FitTest, UnwritableFilesAreReportedBeforeTraining) {
  write("file", "");
  Dataset data = dataset();
  FitOptions options;
  for (const char *name : {"missing/a", "file/a"}) {
    Session session = newSession();
    CsvLogger log(path(name));
    CheckpointSaver saver(path(name));
    expectError(fit(session, data, options, {&log}), "cannot write");
    expectError(fit(session, data, options, {&saver}), "cannot write");
    EXPECT_EQ(session.step(), 0);
  }
}

TEST_F(FitTest, SavesAfterEpochsAndAtTheEnd) {
  Session session = newSession();
  CheckpointSaver saver(path("w"), 0);
  FitOptions options;
  options.epochs = 2;
  Outcome outcome = run(session, options, {&saver});
  Session other = newSession();
  auto position = resumeCheckpoint(path("w"), other);
  ASSERT_OK(position);
  EXPECT_EQ(position->epoch, 2);
  EXPECT_EQ(position->rows, rows);
  EXPECT_EQ(
      std::memcmp(other.state(), outcome.state.data(), outcome.state.size()),
      0);
  EXPECT_EQ(files().size(), 1u);
}

} // namespace

} // namespace mlc::runtime
