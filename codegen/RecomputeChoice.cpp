//===-- RecomputeChoice.cpp - which launches to do again ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/RecomputeChoice.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace llvm;

namespace mlc::codegen {

namespace {
/// Each addition aims at a peak that is lower by that part: an aim too far
/// takes whatever is large, one too near sees no more than the very peak.
constexpr int64_t kAim = 32;
/// Generations of operands that are made again together with a step's.
constexpr int kMostGenerations = 6;
} // namespace

/// Puts a program with repetitions together, step by step.
class RecomputeChoice::Expansion {
public:
  Expansion(const RecomputeChoice &choice, const BitVector &again)
      : choice(choice), again(again), isDone(choice.steps.size()) {}

  SmallVector<RecomputeEntry> run() {
    for (size_t step = 0; step < choice.steps.size(); ++step)
      if (!again[step] || choice.lastEarly[step] != step)
        emit(step, /*isAgain=*/false, step);
    return std::move(entries);
  }

private:
  /// Adds `step` at the place of step `now`, behind what it has to read.
  void emit(size_t step, bool isAgain, size_t now) {
    SmallVector<bool, 8> readsAgain;
    for (size_t value : choice.steps[step].reads) {
      size_t producer = choice.values[value].producer;
      bool isLate = again[producer] && now > choice.lastEarly[producer];
      readsAgain.push_back(isLate);
      if (isLate && !isDone[producer]) {
        isDone.set(producer);
        emit(producer, /*isAgain=*/true, now);
      }
    }
    entries.push_back({step, isAgain, std::move(readsAgain)});
  }

  const RecomputeChoice &choice;
  const BitVector &again;
  BitVector isDone;
  SmallVector<RecomputeEntry> entries;
};

RecomputeChoice::RecomputeChoice(ArrayRef<RecomputeValue> values,
                                 ArrayRef<RecomputeStep> steps)
    : values(values), steps(steps), lastEarly(steps.size()) {
  for (size_t step = 0; step < steps.size(); ++step)
    lastEarly[step] = step;
  SmallVector<int64_t> live = liveBytes(BitVector(steps.size()));
  turn = std::max_element(live.begin(), live.end()) - live.begin();
  for (size_t step = 0; step <= turn && step < steps.size(); ++step)
    for (size_t value : steps[step].reads)
      lastEarly[values[value].producer] = step;
}

SmallVector<RecomputeEntry>
RecomputeChoice::expand(const BitVector &again) const {
  return Expansion(*this, again).run();
}

/// Bytes that each entry of the program needs.
SmallVector<int64_t> RecomputeChoice::liveBytes(const BitVector &again) const {
  SmallVector<RecomputeEntry> program = expand(again);
  // A value, and behind all of them what is made again in its stead.
  SmallVector<size_t> made(values.size() * 2, 0), last(values.size() * 2, 0);
  for (auto [time, entry] : llvm::enumerate(program)) {
    const RecomputeStep &step = steps[entry.step];
    for (auto [value, isAgain] : llvm::zip_equal(step.reads, entry.readsAgain))
      last[value + isAgain * values.size()] = time;
    for (size_t value : step.makes) {
      size_t which = value + entry.isAgain * values.size();
      made[which] = last[which] = time;
    }
  }
  SmallVector<int64_t> change(program.size() + 1, 0);
  for (auto [time, entry] : llvm::enumerate(program)) {
    const RecomputeStep &step = steps[entry.step];
    change[time] += step.innerBytes;
    change[time + 1] -= step.innerBytes;
    for (size_t value : step.makes) {
      change[time] += values[value].bytes;
      change[last[value + entry.isAgain * values.size()] + 1] -=
          values[value].bytes;
    }
  }
  change.pop_back();
  for (size_t time = 1; time < change.size(); ++time)
    change[time] += change[time - 1];
  return change;
}

/// Byte-steps above `limit`: unlike the peak alone, it falls with each step in
/// the right direction.
double RecomputeChoice::excess(const BitVector &again, int64_t limit) const {
  double sum = 0;
  for (int64_t bytes : liveBytes(again))
    sum += double(std::max<int64_t>(0, bytes - limit));
  return sum;
}

/// Adds the producers of what `added` reads and would else be kept beyond the
/// turn. False if there are none.
bool RecomputeChoice::addSources(BitVector &added,
                                 const BitVector &again) const {
  BitVector before = added;
  for (unsigned step : before.set_bits())
    for (size_t value : steps[step].reads) {
      size_t producer = values[value].producer;
      if (steps[producer].mayRepeat && !again[producer])
        added.set(producer);
    }
  return added != before;
}

bool RecomputeChoice::extend(BitVector &again) const {
  SmallVector<int64_t> live = liveBytes(again);
  if (live.empty())
    return false;
  int64_t peak = *llvm::max_element(live);
  int64_t limit = peak - std::max<int64_t>(1, peak / kAim);
  double before = excess(again, limit), bestScore = 0;
  BitVector best;
  for (size_t step = 0; step <= turn; ++step) {
    if (again[step] || !steps[step].mayRepeat)
      continue;
    BitVector added(steps.size());
    added.set(step);
    for (int generation = 0; generation < kMostGenerations; ++generation) {
      BitVector all = again;
      all |= added;
      double cost = 0;
      for (unsigned one : added.set_bits())
        cost += steps[one].cost;
      double score = (before - excess(all, limit)) / cost;
      if (score > bestScore) {
        bestScore = score;
        best = all;
      }
      if (!addSources(added, again))
        break;
    }
  }
  if (best.empty())
    return false;
  again = best;
  return true;
}

} // namespace mlc::codegen
