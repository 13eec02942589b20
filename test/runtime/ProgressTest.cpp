//===-- ProgressTest.cpp - how training is going, in words ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Progress.h"
#include "FakeModel.h"
#include "TestSupport.h"

#include <algorithm>

namespace mlc::runtime {

namespace {

TEST(Progress, Texts) {
  EXPECT_EQ(durationText(0.034), "0.03 s");
  EXPECT_EQ(durationText(42.5), "42.5 s");
  EXPECT_EQ(durationText(185), "3 min 05 s");
  EXPECT_EQ(durationText(7800), "2 h 10 min");
  EXPECT_EQ(rateText(950), "950 rows/s");
  EXPECT_EQ(rateText(45600), "45.6k rows/s");
  EXPECT_EQ(rateText(1.2e6), "1.20M rows/s");
  EXPECT_EQ(metricsText({{"loss", 0.12344}, {"accuracy", 1}}),
            "loss 0.1234  accuracy 1.0000");
  EXPECT_EQ(metricsText({{"loss", 1.5e-5}}), "loss 1.5000e-05");
}

/// Trains two epochs of 3 batches, each of them `batchSeconds` long.
std::string shown(ProgressBar::Terminal terminal, double batchSeconds,
                  int64_t stepLimit = 0) {
  auto session = Session::create(fakeModel());
  EXPECT_TRUE(session && session->init(1));
  auto data =
      Dataset::bind(*findFunction(fakeModel(), "train_step"), fakeData(12));
  double now = 0;
  class Clock : public Callback {
  public:
    Clock(double &now, double step) : now(now), step(step) {}
    Status onBatchEnd(TrainingState &) override {
      now += step;
      return {};
    }
    double &now;
    double step;
  } clock(now, batchSeconds);
  terminal.clock = [&now] { return now; };
  std::ostringstream out;
  ProgressBar bar(out, terminal);
  FitOptions options;
  options.epochs = 2;
  options.stepLimit = stepLimit;
  EXPECT_TRUE(fit(*session, *data, options, {&clock, &bar}));
  return out.str();
}

TEST(Progress, OneLinePerEpochOnAPipe) {
  std::string text = shown({}, 1);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_EQ(text.find("Epoch 1/2  3.00 s  4 rows/s  loss "), 0u) << text;
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_NE(text.find("\nEpoch 2/2"), std::string::npos);
}

TEST(Progress, ABarOnATerminal) {
  std::string text = shown({true, 200, {}}, 1);
  EXPECT_NE(text.find("\rEpoch 1/2  1/3 ━━━━━━━━━━──────────"
                      "────────── 2 s left  4 rows/s  loss "),
            std::string::npos)
      << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(Progress, ABarFitsANarrowTerminal) {
  std::string text = shown({true, 40, {}}, 1);
  std::string bar = text.substr(1, text.find('\x1b') - 1);
  EXPECT_LT(std::count_if(bar.begin(), bar.end(),
                          [](char c) { return (c & 0xC0) != 0x80; }),
            40)
      << bar;
}

TEST(Progress, IsNotDrawnTooOften) {
  std::string text = shown({true, 100, {}}, 0.04);
  // Of six batches the third of each epoch is the first after 0.1 seconds.
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 4);
}

TEST(Progress, SaysWhereItStopped) {
  EXPECT_NE(shown({}, 1, 5).find("Epoch 2/2  stopped after 2 of 3 batches  "
                                 "loss "),
            std::string::npos);
}

} // namespace

} // namespace mlc::runtime
