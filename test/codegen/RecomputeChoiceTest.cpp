//===-- RecomputeChoiceTest.cpp - programs with repetitions compute the same
//===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/RecomputeChoice.h"

#include "gtest/gtest.h"

#include <optional>
#include <random>

using namespace mlc::codegen;

namespace {

struct Program {
  llvm::SmallVector<RecomputeValue> values;
  llvm::SmallVector<RecomputeStep> steps;

  /// Appends a step that makes one value of each size; returns the first.
  size_t add(llvm::ArrayRef<size_t> reads, llvm::ArrayRef<int64_t> sizes) {
    RecomputeStep step;
    step.reads.assign(reads.begin(), reads.end());
    for (int64_t bytes : sizes) {
      step.makes.push_back(values.size());
      values.push_back({bytes, steps.size()});
    }
    steps.push_back(step);
    return step.makes.empty() ? 0 : step.makes[0];
  }
};

/// Layers, and back through them: each makes something wide from something
/// narrow, and its gradient reads both.
Program makeLayers(size_t count) {
  Program program;
  llvm::SmallVector<size_t> narrow, wide;
  size_t value = program.add({}, {10});
  for (size_t layer = 0; layer < count; ++layer) {
    narrow.push_back(value);
    wide.push_back(program.add({value}, {100}));
    value = program.add({wide.back()}, {10});
  }
  for (size_t layer = count; layer-- > 0;)
    value = program.add({value, narrow[layer], wide[layer]}, {10});
  return program;
}

Program makeRandom(unsigned seed) {
  std::mt19937 random(seed);
  auto below = [&](size_t bound) { return size_t(random() % bound); };
  Program program;
  for (size_t count = 1 + below(60); program.steps.size() < count;) {
    llvm::SmallVector<size_t> reads;
    llvm::SmallVector<int64_t> sizes;
    for (size_t i = below(4); i > 0 && !program.values.empty(); --i) {
      size_t value = below(program.values.size());
      if (!llvm::is_contained(reads, value))
        reads.push_back(value);
    }
    for (size_t i = 1 + below(3); i > 0; --i)
      sizes.push_back(int64_t(below(1000)));
    program.add(reads, sizes);
    program.steps.back().cost = double(1 + below(100));
    program.steps.back().innerBytes = int64_t(below(5) == 0 ? below(500) : 0);
    program.steps.back().mayRepeat = below(6) != 0;
  }
  return program;
}

/// What a value is: a number that depends on all it was computed from.
using Meaning = std::optional<uint64_t>;

Meaning combine(size_t step, size_t result, llvm::ArrayRef<Meaning> operands) {
  uint64_t hash = step * 31 + result + 1;
  for (Meaning operand : operands)
    hash = hash * 0x9E3779B97F4A7C15u + *operand;
  return hash;
}

/// Runs the program that `again` stands for, and compares what is made a second
/// time with what was made at first.
void check(const Program &program, const RecomputeChoice &choice,
           const llvm::BitVector &again) {
  size_t count = program.values.size();
  std::vector<Meaning> meanings(2 * count), expected(count);
  for (const RecomputeEntry &entry :
       choice.expand(llvm::BitVector(program.steps.size())))
    for (size_t value : program.steps[entry.step].makes) {
      std::vector<Meaning> operands;
      for (size_t read : program.steps[entry.step].reads)
        operands.push_back(expected[read]);
      expected[value] = combine(entry.step, value, operands);
    }
  for (const RecomputeEntry &entry : choice.expand(again)) {
    const RecomputeStep &step = program.steps[entry.step];
    EXPECT_TRUE(!entry.isAgain || again[entry.step]);
    std::vector<Meaning> operands;
    for (auto [read, isAgain] : llvm::zip_equal(step.reads, entry.readsAgain)) {
      operands.push_back(meanings[read + (isAgain ? count : 0)]);
      ASSERT_TRUE(operands.back()) << "read before it is made";
    }
    for (size_t value : step.makes) {
      Meaning &made = meanings[value + (entry.isAgain ? count : 0)];
      EXPECT_FALSE(made) << "made twice";
      made = combine(entry.step, value, operands);
      EXPECT_EQ(made, expected[value]);
    }
  }
}

TEST(RecomputeChoice, EveryProgramOnTheWayComputesTheSame) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Program program = makeRandom(seed);
    RecomputeChoice choice(program.values, program.steps);
    llvm::BitVector again(program.steps.size());
    llvm::SmallVector<llvm::SmallVector<size_t>> moves;
    check(program, choice, again);
    while (choice.extend(again, moves))
      check(program, choice, again);
    for (unsigned step : again.set_bits())
      EXPECT_TRUE(program.steps[step].mayRepeat);
  }
}

TEST(RecomputeChoice, NeedsLittleMoreThanOneLayerInTheEnd) {
  for (size_t layers : {4, 16, 64}) {
    Program program = makeLayers(layers);
    RecomputeChoice choice(program.values, program.steps);
    llvm::BitVector again(program.steps.size());
    int64_t all = choice.estimatePeak(again), least = all;
    llvm::SmallVector<llvm::SmallVector<size_t>> moves;
    while (choice.extend(again, moves))
      least = std::min(least, choice.estimatePeak(again));
    EXPECT_GE(all, int64_t(110 * layers));
    EXPECT_LE(least, int64_t(10 * layers + 230));
  }
}

TEST(RecomputeChoice, TakesBackWhatIsNotNeeded) {
  Program program = makeLayers(8);
  RecomputeChoice choice(program.values, program.steps);
  llvm::BitVector again(program.steps.size());
  int64_t all = choice.estimatePeak(again);
  llvm::SmallVector<llvm::SmallVector<size_t>> moves;
  while (choice.extend(again, moves)) {
  }
  ASSERT_TRUE(again.any());
  choice.dropNeedless(again, all);
  EXPECT_TRUE(again.none());
}

TEST(RecomputeChoice, NothingNeedsNothing) {
  RecomputeChoice choice({}, {});
  llvm::BitVector again;
  llvm::SmallVector<llvm::SmallVector<size_t>> moves;
  EXPECT_FALSE(choice.extend(again, moves));
  EXPECT_EQ(choice.estimatePeak(again), 0);
}

} // namespace
