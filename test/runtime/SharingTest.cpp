//===-- SharingTest.cpp - whether short jobs are shared -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/lib/sharing.h"

#include <gtest/gtest.h>

namespace {

/// A program that does jobs of so many nanoseconds each, shared or not.
struct Program {
  int64_t shared, alone;
  mlc_sharing sharing = MLC_SHARING_START;
  int64_t now = 0;

  /// Runs `windows` windows of jobs; returns how many of the jobs were shared.
  int64_t run(int64_t windows, int64_t gap = 0) {
    int64_t count = 0;
    for (int64_t i = 0; i < windows * windowJobs; ++i) {
      bool isShared = mlc_sharing_shares(&sharing) != 0;
      int64_t begin = now + gap;
      now = begin + (isShared ? shared : alone);
      mlc_sharing_note(&sharing, begin, now);
      count += isShared;
    }
    return count;
  }
};

TEST(Sharing, KeepsWhatIsFaster) {
  Program near{10000, 18000};
  // All but one window in 8, then 16, 32 and 64.
  EXPECT_GT(near.run(1000), 980 * windowJobs);
  Program far{30000, 18000};
  EXPECT_LT(far.run(1000), 70 * windowJobs);
}

TEST(Sharing, FollowsTheMachine) {
  Program program{10000, 18000};
  program.run(1000);
  program.shared = 30000;
  EXPECT_LT(program.run(100), 20 * windowJobs);
  program.shared = 10000;
  EXPECT_GT(program.run(100), 80 * windowJobs);
}

TEST(Sharing, EqualIsShared) {
  Program program{10000, 10000};
  EXPECT_GT(program.run(1000), 980 * windowJobs);
}

TEST(Sharing, LongJobsAreShared) {
  Program program{200000, 150000};
  EXPECT_EQ(program.run(100), 100 * windowJobs);
}

/// A large model after a small one that was better not shared.
TEST(Sharing, LongJobEndsWorkAlone) {
  Program program{30000, 18000};
  program.run(100);
  program.shared = 500000;
  program.alone = 900000;
  EXPECT_GE(program.run(10), 10 * windowJobs - 1);
}

/// What a program does between its steps says nothing about sharing.
TEST(Sharing, PausesAreNotCounted) {
  Program program{30000, 18000};
  EXPECT_LT(program.run(1000, int64_t(10) * gapNanoseconds), 70 * windowJobs);
}

} // namespace
