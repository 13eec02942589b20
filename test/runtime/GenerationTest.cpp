//===-- GenerationTest.cpp - sequences, id by id --------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Generation.h"
#include "FakeModel.h"
#include "TestSupport.h"
#include "runtime/Sampling.h"

#include <cmath>

namespace mlc::runtime {

namespace {

constexpr int64_t kPositions = 4;

/// Its only score is a number with the ids so far as its digits.
mlc_status appendDigit(void *state, void *, const void *const *inputs,
                       void *const *outputs, int64_t rows) {
  EXPECT_EQ(rows, 1);
  auto &sum = *static_cast<float *>(state);
  int32_t id = *static_cast<const int32_t *>(inputs[0]);
  int32_t position = *static_cast<const int32_t *>(inputs[1]);
  if (id > 9)
    return MLC_OUT_OF_RANGE;
  sum = static_cast<float>(id) + (position == 0 ? 0 : sum * 10);
  *static_cast<float *>(outputs[0]) = sum;
  return MLC_OK;
}

const int64_t ones[] = {1, 1};

/// A model that only generates, with `positions` (0: any number).
struct Digits {
  explicit Digits(int64_t positions) {
    inputs[1].range = positions;
    model.functions = &function;
  }
  mlc_tensor inputs[2] = {
      {"digit", MLC_I32, MLC_INPUT, 2, ones, 0, 4, 10, 0},
      {"position", MLC_I32, MLC_INPUT, 1, ones, 0, 4, 0, 0}};
  mlc_tensor output = {"score", MLC_F32, MLC_OUTPUT, 2, ones, 0, 4, 0, 0};
  mlc_function function = {"generate_step", appendDigit, 0,      1, 2,
                           inputs,          1,           &output};
  mlc_model model = {MLC_ABI_VERSION, 1, "digits", "mlc", 1,      64, 0, 0, 0,
                     nullptr,         0, nullptr,  1,     nullptr};
};

/// What is remembered after each of the ids 1, 2 ... `count`.
std::vector<float> memories(int64_t positions, int32_t count) {
  Digits digits(positions);
  auto session = Session::create(digits.model);
  auto generator = Generator::create(*session);
  std::vector<float> found;
  for (int32_t id = 1; id <= count; ++id)
    found.push_back((**generator->append(id))[0]);
  return found;
}

TEST(Generator, RemembersAll) {
  EXPECT_EQ(memories(0, 6),
            (std::vector<float>{1, 12, 123, 1234, 12345, 123456}));
}

TEST(Generator, GoesOnFromTheYoungerHalfWhereItIsFull) {
  EXPECT_EQ(memories(kPositions, 7),
            (std::vector<float>{1, 12, 123, 1234, 45, 456, 4567}));
  EXPECT_EQ(memories(1, 3), (std::vector<float>{1, 2, 3}));
}

TEST(Generator, SaysWhichIdIsNone) {
  Digits digits(0);
  auto session = Session::create(digits.model);
  auto generator = Generator::create(*session);
  expectError(generator->append(12), "'digit' is 12, expected one in [0, 10)");
}

TEST(Generator, NeedsTheFunction) {
  auto session = Session::create(fakeModel());
  expectError(Generator::create(*session), "no function 'generate_step'");
}

/// How often each of four ids is drawn, in thousandths.
std::vector<int> shares(const SamplingOptions &options,
                        const std::vector<float> &scores,
                        OutputKind kind = OutputKind::Logits) {
  constexpr int kDraws = 20000;
  Sampler sampler(options, 5);
  std::vector<int> counts(4);
  for (int i = 0; i < kDraws; ++i)
    ++counts[*sampler.draw(scores, kind)];
  for (int &count : counts)
    count = (count * 1000 + kDraws / 2) / kDraws;
  return counts;
}

void expectShares(const std::vector<int> &found,
                  const std::vector<int> &wanted) {
  for (size_t i = 0; i < wanted.size(); ++i)
    EXPECT_NEAR(found[i], wanted[i], wanted[i] == 0 ? 0 : 15) << "id " << i;
}

const std::vector<float> kProbabilities = {0.1f, 0.4f, 0.3f, 0.2f};

std::vector<float> logits() {
  std::vector<float> scores;
  for (float probability : kProbabilities)
    scores.push_back(std::log(probability) + 3);
  return scores;
}

TEST(Sampler, DrawsByProbability) {
  expectShares(shares({}, logits()), {100, 400, 300, 200});
  expectShares(shares({}, kProbabilities, OutputKind::Probabilities),
               {100, 400, 300, 200});
}

TEST(Sampler, TemperatureSharpensAndFlattens) {
  // Squares of the probabilities, over their sum; then their roots.
  expectShares(shares({0.5, 0, 1}, logits()), {33, 533, 300, 133});
  expectShares(shares({2, 0, 1}, logits()), {163, 325, 282, 230});
}

TEST(Sampler, NoTemperatureTakesTheFirstOfTheLikeliest) {
  EXPECT_EQ(shares({0, 0, 1}, {1, 7, 7, 2}), (std::vector<int>{0, 1000, 0, 0}));
}

TEST(Sampler, KeepsTheLikeliest) {
  expectShares(shares({1, 2, 1}, logits()), {0, 571, 429, 0});
  // 0.4 + 0.3 have more than 0.65 together, 0.4 has not.
  expectShares(shares({1, 0, 0.65}, logits()), {0, 571, 429, 0});
  expectShares(shares({1, 0, 0}, logits()), {0, 1000, 0, 0});
}

TEST(Sampler, SameSeedSameIds) {
  Sampler one({}, 7), other({}, 7), third({}, 8);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    int32_t id = *one.draw(logits(), OutputKind::Logits);
    EXPECT_EQ(id, *other.draw(logits(), OutputKind::Logits));
    differs |= id != *third.draw(logits(), OutputKind::Logits);
  }
  EXPECT_TRUE(differs);
}

TEST(Sampler, RefusesWhatIsNoNumber) {
  Sampler sampler({}, 1);
  expectError(sampler.draw({1, NAN}, OutputKind::Logits),
              "the score of id 1 is nan");
  expectError(sampler.draw({INFINITY, 1}, OutputKind::Logits), "inf");
  EXPECT_TRUE(sampler.draw({0, 1}, OutputKind::Probabilities));
}

} // namespace

} // namespace mlc::runtime
