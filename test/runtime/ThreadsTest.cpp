//===-- ThreadsTest.cpp - the thread pool ---------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlc/threads.h"
#include "mlc/model.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

/// Under the thread sanitizer: let the child of a fork start threads.
extern "C" const char *__tsan_default_options();
extern "C" const char *__tsan_default_options() { return "die_after_fork=0"; }

namespace {

constexpr int64_t mostWorkers = 8;

/// Counts how often each index and each worker is run.
struct Counts {
  explicit Counts(int64_t count) : visits(static_cast<size_t>(count)) {}
  std::vector<int> visits;
  std::atomic<int> running[mostWorkers] = {};
  std::atomic<bool> shared{false};

  static void run(void *context, int64_t begin, int64_t end, int64_t worker) {
    Counts &counts = *static_cast<Counts *>(context);
    if (counts.running[worker]++ != 0)
      counts.shared = true;
    for (int64_t i = begin; i < end; ++i)
      ++counts.visits[static_cast<size_t>(i)];
    --counts.running[worker];
  }
  bool eachOnce() const {
    for (int visit : visits)
      if (visit != 1)
        return false;
    return !shared;
  }
};

bool covers(int64_t count, int64_t threads) {
  Counts counts(count);
  // Else the pool would find out that such calls are better not shared.
  mlc_set_num_threads(0);
  mlc_parallel_for(Counts::run, &counts, count, threads);
  return counts.eachOnce();
}

TEST(Threads, CoversEachIndexOnce) {
  for (int64_t count : {0, 1, 2, 3, 7, 64, 1001})
    for (int64_t threads : {1, 2, 3, 8})
      EXPECT_TRUE(covers(count, threads)) << count << " over " << threads;
}

TEST(Threads, ManyShortCalls) {
  int64_t failed = 0;
  for (int i = 0; i < 20000; ++i)
    failed += !covers(5, mostWorkers);
  EXPECT_EQ(failed, 0);
}

TEST(Threads, WakesParkedWorkers) {
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    EXPECT_TRUE(covers(16, mostWorkers));
  }
}

/// More threads than processors that are free: nobody waits for a worker that
/// has not begun, and nothing is done twice.
TEST(Threads, SharesProcessorsWithOthers) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> others;
  for (unsigned i = 0; i < std::thread::hardware_concurrency(); ++i)
    others.emplace_back([&stop] {
      while (!stop)
        ;
    });
  int64_t failed = 0;
  for (int i = 0; i < 500; ++i)
    failed += !covers(33, 2);
  stop = true;
  for (std::thread &other : others)
    other.join();
  EXPECT_EQ(failed, 0);
}

TEST(Threads, ServesSeveralUserThreads) {
  std::atomic<int> failed{0};
  std::vector<std::thread> users;
  for (int user = 0; user < 4; ++user)
    users.emplace_back([&failed] {
      for (int i = 0; i < 2000; ++i)
        failed += !covers(33, mostWorkers);
    });
  for (std::thread &user : users)
    user.join();
  EXPECT_EQ(failed, 0);
}

void nested(void *, int64_t begin, int64_t end, int64_t) {
  for (int64_t i = begin; i < end; ++i)
    ASSERT_TRUE(covers(10, 2));
}

TEST(Threads, NestedCallsRunSerially) {
  mlc_parallel_for(nested, nullptr, 4, 2);
}

TEST(Threads, LimitIsKept) {
  mlc_set_num_threads(1);
  EXPECT_EQ(mlc_num_threads(), 1);
  std::thread::id caller = std::this_thread::get_id();
  mlc_parallel_for(
      [](void *context, int64_t begin, int64_t end, int64_t worker) {
        EXPECT_EQ(*static_cast<std::thread::id *>(context),
                  std::this_thread::get_id());
        EXPECT_EQ(begin, 0);
        EXPECT_EQ(end, 100);
        EXPECT_EQ(worker, 0);
      },
      &caller, 100, mostWorkers);
  mlc_set_num_threads(0);
  EXPECT_GE(mlc_num_threads(), 1);
}

std::atomic<bool> areJobsOver{false};
void workWhileThereAreJobs(void *, int64_t begin, int64_t end, int64_t) {
  for (int64_t i = begin; i < end; ++i)
    if (areJobsOver)
      std::_Exit(1);
}

/// A worker that is late for the last job must not take the exit for another.
TEST(Threads, ExitsWhileAWorkerIsLate) {
  int failed = 0;
  for (int i = 0; i < 100; ++i) {
    pid_t child = fork();
    if (child == 0) {
      for (unsigned other = 0; other < std::thread::hardware_concurrency();
           ++other)
        std::thread([] {
          for (volatile int forever = 1; forever;)
            ;
        }).detach();
      for (int job = 0; job < 100; ++job)
        mlc_parallel_for(workWhileThereAreJobs, nullptr, 1000, 2);
      areJobsOver = true;
      std::exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    failed += status != 0;
  }
  EXPECT_EQ(failed, 0);
}

TEST(Threads, WorksInTheChildOfAFork) {
  ASSERT_TRUE(covers(16, mostWorkers));
  pid_t child = fork();
  if (child == 0)
    _exit(covers(16, mostWorkers) ? 0 : 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

} // namespace
