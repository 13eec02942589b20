//===-- DatasetTest.cpp - rows for a model's functions --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Dataset.h"
#include "FakeModel.h"
#include "TestSupport.h"
#include "runtime/Session.h"
#include "runtime/Shuffle.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace mlc::runtime {

namespace {

const mlc_function &trainStep() {
  return *findFunction(fakeModel(), "train_step");
}

std::shared_ptr<const Array> shared(Array array) {
  return std::make_shared<const Array>(std::move(array));
}

/// The fake data with another array for one of the inputs.
std::vector<NamedSource> dataWith(size_t index, Array array) {
  auto sources = fakeData(4);
  sources[index].array = shared(std::move(array));
  return sources;
}

TEST(Dataset, BindsByName) {
  auto sources = fakeData(10);
  std::reverse(sources.begin(), sources.end());
  auto data = Dataset::bind(trainStep(), sources);
  ASSERT_OK(data);
  EXPECT_EQ(data->rows(), 10);
  EXPECT_EQ(data->batches(4), 3);
}

TEST(Dataset, SignalsAreCutAndContinued) {
  for (int64_t length : {2, 5}) {
    Array signal = makeArray<float>(DType::F32, {4, length},
                                    std::vector<float>(4 * length, 1));
    signal.anyLength = true;
    auto data = Dataset::bind(trainStep(), dataWith(0, std::move(signal)));
    ASSERT_OK(data);
    BatchBuffer batch(*data, 4);
    batch.gather(nullptr, 0);
    const float *x = static_cast<const float *>(batch.inputs()[0]);
    EXPECT_EQ(x[0] + x[1] + x[2], length == 2 ? 2 : 3);
    EXPECT_EQ(x[9 + 2], length == 2 ? 0 : 1);
  }
}

TEST(Dataset, WrongDataIsAnError) {
  auto bind = [](const std::vector<NamedSource> &sources) {
    return Dataset::bind(trainStep(), sources);
  };
  expectError(bind({fakeData(4)[0]}), "no data for input 'group'");
  expectError(bind({fakeData(4)[0], fakeData(4)[1]}), "no data for target 'y'");
  expectError(bind(dataWith(0, makeArray<float>(DType::F32, {0, 3}, {}))),
              "x.npy: error: no rows");
  expectError(bind(dataWith(1, makeArray<int32_t>(DType::I32, {2}, {0, 0}))),
              "group.npy: error: 'group' has 2 rows, but 'x' has 4 in x.npy");
  expectError(
      bind(dataWith(0, makeArray<float>(DType::F32, {1, 4}, {1, 2, 3, 4}))),
      "each row must have shape [3], found [4]");
  expectError(bind(dataWith(0, makeArray<float>(DType::F32, {}, {1}))),
              "a single number");
  expectError(
      bind(dataWith(1, makeArray<float>(DType::F32, {4}, {0, 1, 1.5f, 2}))),
      "expected int32, found float32 with 1.5 at row 2, which is not "
      "an integer");
  expectError(bind(dataWith(1, makeArray<int64_t>(DType::I64, {4},
                                                  {0, 1, 2, 1LL << 40}))),
              "expected int32, found int64 with 1099511627776 at row 3");
  expectError(bind(dataWith(0, makeArray<double>(
                                   DType::F64, {4, 3},
                                   {0, 0, 0, 0, 0, 1e99, 0, 0, 0, 0, 0, 0}))),
              "at row 1, element 2, which is out of its range");
}

TEST(Dataset, OnesAndFlatRowsFitOtherShapes) {
  EXPECT_TRUE(Dataset::bind(
      trainStep(), dataWith(0, makeArray<uint8_t>(DType::U8, {4, 1, 3},
                                                  std::vector<uint8_t>(12)))));
  EXPECT_TRUE(Dataset::bind(
      trainStep(), dataWith(2, makeArray<float>(DType::F32, {4, 1, 1},
                                                std::vector<float>(4)))));
}

/// A function of rows of a number, with weights of three values each.
const mlc_function &weightedStep() {
  static const int64_t row[] = {4, 1}, values[] = {4, 3};
  static const mlc_tensor inputs[] = {
      {"x", MLC_F32, MLC_INPUT, 2, row, 0, 16, 0, 0},
      {"y/sample_weight", MLC_F32, MLC_SAMPLE_WEIGHT, 2, values, 0, 48, 0, 0}};
  static const mlc_function function = {"train_step", nullptr, 0,      0, 2,
                                        inputs,       0,       nullptr};
  return function;
}

/// Binds five rows with these weights.
Expected<Dataset> bindWeights(Array weights) {
  auto x = makeArray<float>(DType::F32, {5, 1}, {0, 1, 2, 3, 4});
  return Dataset::bind(weightedStep(), {{"x", "x.npy", shared(std::move(x))},
                                        {"y/sample_weight", "w.npy",
                                         shared(std::move(weights))}});
}

/// The weights of the batch of rows 4 and 3.
std::vector<float> gatherWeights(const Dataset &data) {
  BatchBuffer batch(data, 4);
  std::vector<int64_t> order = {4, 3, 2, 1, 0};
  batch.gather(&order, 0);
  auto weights = static_cast<const float *>(batch.inputs()[1]);
  return {weights, weights + 6};
}

TEST(SampleWeights, AreOfValuesOrOfRowsOrOne) {
  std::vector<float> each(15);
  std::iota(each.begin(), each.end(), 0.f);
  auto ofValues = bindWeights(makeArray<float>(DType::F32, {5, 3}, each));
  ASSERT_OK(ofValues);
  EXPECT_EQ(gatherWeights(*ofValues),
            (std::vector<float>{12, 13, 14, 9, 10, 11}));
  auto ofRows =
      bindWeights(makeArray<double>(DType::F64, {5}, {0, 1, 2, 3, 4}));
  ASSERT_OK(ofRows);
  EXPECT_EQ(gatherWeights(*ofRows), (std::vector<float>{4, 4, 4, 3, 3, 3}));
  auto x = makeArray<float>(DType::F32, {5, 1}, {0, 1, 2, 3, 4});
  auto none =
      Dataset::bind(weightedStep(), {{"x", "x.npy", shared(std::move(x))}});
  ASSERT_OK(none);
  EXPECT_EQ(gatherWeights(*none), std::vector<float>(6, 1.f));
}

TEST(SampleWeights, ThatDoNotFitAreErrors) {
  expectError(bindWeights(makeArray<float>(DType::F32, {4}, {1, 1, 1, 1})),
              "w.npy: error: 'y/sample_weight' has 4 rows, but 'x' has 5");
  expectError(
      bindWeights(makeArray<float>(DType::F32, {5, 2}, std::vector<float>(10))),
      "wrong shape for sample weights 'y/sample_weight': each row must "
      "have shape [3], found [2]");
}

TEST(BatchBuffer, GathersAndConverts) {
  auto sources =
      dataWith(0, makeArray<uint8_t>(DType::U8, {6, 3},
                                     {0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31,
                                      32, 40, 41, 42, 50, 51, 52}));
  sources[1].array =
      shared(makeArray<int32_t>(DType::I32, {6}, {0, 1, 2, 3, 4, 0}));
  sources[2].array =
      shared(makeArray<float>(DType::F32, {6}, {0, 1, 2, 3, 4, 5}));
  auto data = Dataset::bind(trainStep(), sources);
  ASSERT_OK(data);
  BatchBuffer batch(*data, 4);
  std::vector<int64_t> order = {5, 4, 3, 2, 1, 0};
  batch.gather(&order, 4);
  EXPECT_EQ(batch.rows(), 2); // the last, partial batch
  auto x = static_cast<const float *>(batch.inputs()[0]);
  EXPECT_EQ(std::vector<float>(x, x + 6),
            (std::vector<float>{10, 11, 12, 0, 1, 2}));
  auto group = static_cast<const int32_t *>(batch.inputs()[1]);
  EXPECT_EQ(group[0], 1);
  batch.gather(nullptr, 4);
  EXPECT_EQ(static_cast<const float *>(batch.inputs()[2])[1], 5);
}

TEST(BatchBuffer, NamesTheRowOfABadId) {
  auto sources = fakeData(10);
  Array group = *sources[1].array;
  int64_t wide = 9;
  std::memcpy(&group.bytes[7 * 4], &wide, 4);
  sources[1].array = shared(group);
  auto data = Dataset::bind(trainStep(), sources);
  ASSERT_OK(data);
  auto session = Session::create(fakeModel());
  ASSERT_OK(session);
  BatchBuffer batch(*data, 4);
  std::vector<int64_t> order = {0, 1, 2, 7, 3, 4, 5, 6, 8, 9};
  batch.gather(&order, 0);
  expectError(session->trainStep(batch),
              "group.npy: error: value 9 for 'group' at row 7 is out of range: "
              "expected 0 to 4");
}

TEST(Shuffle, IsAPermutationOfSeedAndEpoch) {
  auto order = shuffledRows(1000, 1, 0);
  EXPECT_EQ(std::set<int64_t>(order.begin(), order.end()).size(), 1000u);
  EXPECT_EQ(order, shuffledRows(1000, 1, 0));
  EXPECT_NE(order, shuffledRows(1000, 1, 1));
  EXPECT_NE(order, shuffledRows(1000, 2, 0));
  EXPECT_NE(shuffledRows(1000, 1, 1), shuffledRows(1000, 2, 0));
  EXPECT_EQ(shuffledRows(0, 1, 1).size(), 0u);
}

TEST(Shuffle, IsTheSameOnEveryPlatform) {
  // The first outputs of SplitMix64 from seed 0, as published.
  SplitMix64 random(0);
  EXPECT_EQ(random.next(), 0xE220A8397B1DCDAFu);
  EXPECT_EQ(random.next(), 0x6E789E6AA1B965F4u);
  EXPECT_EQ(shuffledRows(8, 42, 3),
            (std::vector<int64_t>{2, 7, 3, 0, 1, 5, 6, 4}));
}

} // namespace

} // namespace mlc::runtime
