//===-- tools/Peak.cpp - what this machine can do at most -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/Peak.h"
#include "runtime/AlignedBlock.h"
#include "tools/Arguments.h"
#include "tools/PeakKernels.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

namespace mlc::tools {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

runtime::AlignedBlock randomFloats(int64_t count, uint64_t stream) {
  runtime::AlignedBlock block(count * static_cast<int64_t>(sizeof(float)));
  auto *floats = reinterpret_cast<float *>(block.data());
  Random random(1);
  for (int64_t i = 0; i < count; ++i)
    floats[i] = static_cast<float>(
        2 * random.uniform(stream, static_cast<uint64_t>(i)) - 1);
  return block;
}

float *floatsOf(runtime::AlignedBlock &block) {
  return reinterpret_cast<float *>(block.data());
}

/// The sum of what `measure` returns on each of so many threads, all of which
/// begin together.
double onThreads(int64_t threads,
                 const std::function<double(std::function<void()>)> &measure) {
  std::atomic<int64_t> waiting = threads;
  auto together = [&] {
    --waiting;
    while (waiting > 0)
      std::this_thread::yield();
  };
  std::vector<double> rates(static_cast<size_t>(threads));
  std::vector<std::thread> workers;
  workers.reserve(rates.size());
  for (double &rate : rates)
    workers.emplace_back([&] { rate = measure(together); });
  for (std::thread &worker : workers)
    worker.join();
  double sum = 0;
  for (double rate : rates)
    sum += rate;
  return sum;
}

/// The best rate, in units of 1e9 a second, of runs that say what they did.
double bestRate(double seconds, const std::function<int64_t()> &run) {
  constexpr double giga = 1e9;
  double best = 0;
  for (Clock::time_point start = Clock::now(); secondsSince(start) < seconds;) {
    Clock::time_point begin = Clock::now();
    auto work = static_cast<double>(run());
    best = std::max(best, work / secondsSince(begin) / giga);
  }
  return best;
}

} // namespace

int64_t processorCount() {
  return std::max<int64_t>(1, std::thread::hardware_concurrency());
}

double measurePeakGflops(int64_t threads) {
  constexpr double seconds = 0.3;
  constexpr int64_t repeats = 4000;
  return onThreads(threads, [](const std::function<void()> &together) {
    runtime::AlignedBlock left = randomFloats(kLeftElements, 0),
                          right = randomFloats(kRightElements, 1);
    volatile float sink = 0;
    together();
    return bestRate(seconds, [&] {
      int64_t flops = 0;
      sink = multiplyAdd(floatsOf(left), floatsOf(right), repeats, flops);
      return flops;
    });
  });
}

double measureRoundTrip() {
  constexpr double seconds = 0.02;
  constexpr int64_t trips = 2000;
  enum : int { here, there, over };
  std::atomic<int> place = here;
  auto waitWhile = [&](int from) {
    // Whoever waits for long shares a processor with the other.
    constexpr int patience = 10000;
    int spins = 0;
    while (place.load(std::memory_order_acquire) == from)
      if (++spins > patience)
        std::this_thread::yield();
  };
  std::thread other([&] {
    for (waitWhile(here); place == there; waitWhile(here))
      place.store(here, std::memory_order_release);
  });
  double rate = bestRate(seconds, [&] {
    for (int64_t i = 0; i < trips; ++i) {
      place.store(there, std::memory_order_release);
      waitWhile(there);
    }
    return trips;
  });
  place = over;
  other.join();
  return 1 / rate;
}

double measureBandwidth(int64_t threads) {
  constexpr double seconds = 0.5;
  constexpr int64_t count = 16 << 20;
  constexpr float factor = 0.5F;
  return onThreads(threads, [](const std::function<void()> &together) {
    constexpr auto bytes = static_cast<int64_t>(count * sizeof(float));
    runtime::AlignedBlock a(bytes), b(bytes), c(bytes);
    std::fill_n(floatsOf(b), count, 1.0F);
    std::fill_n(floatsOf(c), count, 2.0F);
    together();
    return bestRate(seconds, [&] {
      triad(floatsOf(a), floatsOf(b), floatsOf(c), factor, count);
      return 3 * bytes;
    });
  });
}

} // namespace mlc::tools
