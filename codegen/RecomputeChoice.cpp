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
/// Moves are ranked by what they take off the part of memory above an aim,
/// which is lower than the peak by that part: too far, and what is nowhere near
/// the peak counts; too near, and large values count as little as small ones.
constexpr int64_t kAim = 4;
/// A round ends when the peak is lower by that part.
constexpr int64_t kRound = 32;
/// Generations of operands that are made again together with a step's.
constexpr int kMostGenerations = 6;
/// A move of a round is made as long as it is worth that part of what it was
/// before the others. Equal layers have equal moves: a round makes them all.
constexpr double kStillWorth = 0.5;
constexpr size_t kNever = ~size_t(0);
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

/// When values are needed, by the time of the steps as they were: what is done
/// again is done at the time of the step that first needs it.
class RecomputeChoice::Lifetimes {
public:
  Lifetimes(const RecomputeChoice &choice, const BitVector &again)
      : choice(choice), again(again) {
    // A value, and behind all of them what is made again in its stead.
    choice.last.assign(choice.values.size() * 2, kNever);
    choice.doneAt.assign(choice.steps.size(), kNever);
    choice.live.assign(choice.steps.size() + 1, 0);
  }

  void run() {
    for (size_t step = 0; step < choice.steps.size(); ++step)
      if (!isMoved(step)) {
        add(step, step, choice.steps[step].innerBytes);
        read(step, step);
      }
    for (size_t value = 0; value < choice.values.size(); ++value)
      addValue(value);
    choice.live.pop_back();
    for (size_t time = 1; time < choice.live.size(); ++time)
      choice.live[time] += choice.live[time - 1];
  }

private:
  bool isMoved(size_t step) const {
    return again[step] && choice.lastEarly[step] == step;
  }

  void add(size_t first, size_t last, int64_t bytes) {
    choice.live[first] += bytes;
    choice.live[last + 1] -= bytes;
  }

  void read(size_t step, size_t now) {
    for (size_t value : choice.steps[step].reads) {
      size_t producer = choice.values[value].producer;
      bool isLate = again[producer] && now > choice.lastEarly[producer];
      choice.last[value + isLate * choice.values.size()] = now;
      if (isLate && choice.doneAt[producer] == kNever) {
        choice.doneAt[producer] = now;
        read(producer, now);
      }
    }
  }

  void addValue(size_t value) {
    const RecomputeValue &described = choice.values[value];
    size_t made = described.producer;
    auto lastOf = [&](size_t which, size_t first) {
      size_t last = choice.last[which];
      return last == kNever ? first : std::max(first, last);
    };
    if (!isMoved(made))
      add(made, lastOf(value, made), described.bytes);
    if (size_t done = choice.doneAt[made]; done != kNever)
      add(done, lastOf(value + choice.values.size(), done), described.bytes);
  }

  const RecomputeChoice &choice;
  const BitVector &again;
};

RecomputeChoice::RecomputeChoice(ArrayRef<RecomputeValue> values,
                                 ArrayRef<RecomputeStep> steps)
    : values(values), steps(steps), lastEarly(steps.size()),
      isReadLate(steps.size()) {
  for (size_t step = 0; step < steps.size(); ++step)
    lastEarly[step] = step;
  ArrayRef<int64_t> live = liveBytes(BitVector(steps.size()));
  turn = std::max_element(live.begin(), live.end()) - live.begin();
  for (size_t step = 0; step < steps.size(); ++step)
    for (size_t value : steps[step].reads)
      if (step <= turn)
        lastEarly[values[value].producer] = step;
      else
        isReadLate.set(values[value].producer);
}

SmallVector<RecomputeEntry>
RecomputeChoice::expand(const BitVector &again) const {
  return Expansion(*this, again).run();
}

/// Bytes that are needed at each time, until the next call.
ArrayRef<int64_t> RecomputeChoice::liveBytes(const BitVector &again) const {
  Lifetimes(*this, again).run();
  return live;
}

int64_t RecomputeChoice::estimatePeak(const BitVector &again) const {
  ArrayRef<int64_t> live = liveBytes(again);
  return live.empty() ? 0 : *llvm::max_element(live);
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
bool RecomputeChoice::addSources(SmallVectorImpl<size_t> &added,
                                 const BitVector &again) const {
  size_t before = added.size();
  for (size_t i = 0; i < before; ++i)
    for (size_t value : steps[added[i]].reads) {
      size_t producer = values[value].producer;
      if (steps[producer].mayRepeat && !again[producer] &&
          !llvm::is_contained(added, producer))
        added.push_back(producer);
    }
  return added.size() > before;
}

double RecomputeChoice::score(ArrayRef<size_t> added, const BitVector &again,
                              double before, int64_t limit) const {
  BitVector all = again;
  double cost = 0;
  for (size_t step : added) {
    all.set(step);
    cost += steps[step].cost;
  }
  return (before - excess(all, limit)) / cost;
}

/// For each step, the best way to do it again; the best of all first.
SmallVector<RecomputeChoice::Move>
RecomputeChoice::findMoves(const BitVector &again, int64_t limit) const {
  SmallVector<Move> moves;
  double before = excess(again, limit);
  for (size_t step = 0; step <= turn && step < steps.size(); ++step) {
    if (again[step] || !steps[step].mayRepeat || !isReadLate[step])
      continue;
    Move best;
    SmallVector<size_t> added{step};
    for (int generation = 0; generation < kMostGenerations; ++generation) {
      double now = score(added, again, before, limit);
      if (now > best.score)
        best = {added, now};
      else if (best.score > 0)
        break;
      if (!addSources(added, again))
        break;
    }
    if (best.score > 0)
      moves.push_back(std::move(best));
  }
  llvm::stable_sort(moves, [](const Move &lhs, const Move &rhs) {
    return lhs.score > rhs.score;
  });
  return moves;
}

bool RecomputeChoice::extend(
    BitVector &again, SmallVectorImpl<SmallVector<size_t>> &moves) const {
  int64_t peak = estimatePeak(again);
  int64_t limit = peak - std::max<int64_t>(1, peak / kAim);
  SmallVector<Move> found = findMoves(again, limit);
  for (const Move &move : found) {
    double before = excess(again, limit);
    if (*llvm::max_element(live) <= peak - peak / kRound)
      break;
    SmallVector<size_t> added;
    llvm::copy_if(move.steps, std::back_inserter(added),
                  [&](size_t step) { return !again[step]; });
    if (added.empty() ||
        score(added, again, before, limit) < kStillWorth * move.score)
      continue;
    for (size_t step : added)
      again.set(step);
    moves.push_back(std::move(added));
  }
  return !found.empty();
}

void RecomputeChoice::dropNeedless(BitVector &again, int64_t limit) const {
  SmallVector<size_t> order(again.set_bits());
  llvm::stable_sort(order, [&](size_t lhs, size_t rhs) {
    return steps[lhs].cost > steps[rhs].cost;
  });
  for (size_t step : order) {
    again.reset(step);
    if (estimatePeak(again) > limit)
      again.set(step);
  }
}

} // namespace mlc::codegen
