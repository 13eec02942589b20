//===-- SafetensorsTest.cpp - checkpoints in files ------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Safetensors.h"
#include "FakeModel.h"
#include "TestSupport.h"
#include "runtime/Checkpoint.h"

namespace mlc::runtime {

namespace {

class SafetensorsTest : public FileTest {
protected:
  static std::string stateOf(const Session &session) {
    return std::string(reinterpret_cast<const char *>(session.state()),
                       static_cast<size_t>(session.model().state_bytes));
  }
  Session newSession(uint64_t seed) {
    auto session = Session::create(fakeModel());
    EXPECT_TRUE(session && session->init(seed));
    return std::move(*session);
  }
};

TEST_F(SafetensorsTest, RoundTrip) {
  float values[] = {1, 2};
  int64_t step = 3;
  auto view = [](auto *data, const char *name, DType dtype,
                 std::vector<int64_t> shape, int64_t size) {
    return TensorView{name, dtype, std::move(shape),
                      reinterpret_cast<const std::byte *>(data), size};
  };
  ASSERT_OK(writeSafetensors(path("a"),
                             {view(values, "z", DType::F32, {2, 1}, 8),
                              view(&step, "a", DType::I64, {}, 8)},
                             {{"key", "value"}}));
  auto file = readSafetensors(path("a"));
  ASSERT_OK(file);
  EXPECT_EQ(file->metadata.at("key"), "value");
  ASSERT_EQ(file->tensors.size(), 2u);
  const StoredTensor *z = file->find("z");
  ASSERT_NE(z, nullptr);
  EXPECT_EQ(z->dtypeName, "F32");
  EXPECT_EQ(shapeText(z->shape), "[2, 1]");
  EXPECT_EQ(z->offset, 8); // the wider step comes first
  EXPECT_EQ(std::memcmp(&file->data[8], values, 8), 0);
  EXPECT_EQ(file->find("missing"), nullptr);
}

TEST_F(SafetensorsTest, WholeStateComesBack) {
  Session session = newSession(5);
  TrainingPosition position{7, 0, 5, false, 100};
  ASSERT_OK(saveCheckpoint(path("a"), session, position));
  Session other = newSession(6);
  auto loaded = resumeCheckpoint(path("a"), other);
  ASSERT_OK(loaded);
  EXPECT_EQ(stateOf(session), stateOf(other));
  EXPECT_EQ(loaded->epoch, 7);
  EXPECT_EQ(loaded->seed, 5u);
  EXPECT_FALSE(loaded->shuffle);
  EXPECT_EQ(loaded->rows, 100);
  auto file = readSafetensors(path("a"));
  ASSERT_OK(file);
  EXPECT_EQ(file->metadata.at("model"), "fake");
  EXPECT_EQ(file->metadata.at("format"), "mlc");
  EXPECT_NE(file->find("optimizer/dense/kernel/momentum"), nullptr);
  EXPECT_EQ(file->find("metrics/loss"), nullptr); // only inside an epoch
}

TEST_F(SafetensorsTest, WeightsAloneLeaveTheRest) {
  Session session = newSession(5);
  ASSERT_OK(saveCheckpoint(path("a"), session, {}));
  Session other = newSession(6);
  std::string before = stateOf(other);
  ASSERT_OK(loadWeights(path("a"), other));
  std::string after = stateOf(other);
  constexpr size_t weights = 32; // the two parameters come first
  EXPECT_EQ(after.substr(0, weights), stateOf(session).substr(0, weights));
  EXPECT_EQ(after.substr(weights), before.substr(weights));
}

class OtherWeightsTest : public SafetensorsTest {
protected:
  /// A file with tensors of these names and sizes, all f32.
  std::string
  file(const std::vector<std::pair<std::string, int64_t>> &tensors) const {
    static const float zeros[16] = {};
    std::vector<TensorView> views;
    for (const auto &[name, size] : tensors)
      views.push_back({name,
                       DType::F32,
                       {size, 1},
                       reinterpret_cast<const std::byte *>(zeros),
                       size * 4});
    EXPECT_TRUE(writeSafetensors(path("w"), views, {{"model", "another"}}));
    return path("w");
  }
};

TEST_F(OtherWeightsTest, OtherOptimizersAreIgnored) {
  Session session = newSession(1);
  EXPECT_TRUE(loadWeights(file({{"dense/kernel", 3},
                                {"group/bias", 5},
                                {"optimizer/dense/kernel/v", 3}}),
                          session));
}

TEST_F(OtherWeightsTest, DifferencesAreListed) {
  Session session = newSession(1);
  std::string before = stateOf(session);
  auto loaded =
      loadWeights(file({{"dense/kernel", 4}, {"hidden/kernel", 2}}), session);
  expectError(loaded,
              "these are not weights of model 'fake', but of 'another'");
  expectError(loaded, "missing: group/bias");
  expectError(loaded, "unexpected: hidden/kernel");
  expectError(loaded, "dense/kernel (the model has F32[3, 1], the file "
                      "F32[4, 1])");
  EXPECT_EQ(stateOf(session), before);
}

TEST_F(OtherWeightsTest, LongListsAreCut) {
  Session session = newSession(1);
  std::vector<std::pair<std::string, int64_t>> many;
  for (int i = 10; i < 30; ++i)
    many.emplace_back("layer" + std::to_string(i) + "/kernel", 1);
  expectError(loadWeights(file(many), session),
              "layer13/kernel, layer14/kernel and 15 more");
}

TEST_F(OtherWeightsTest, WeightsCannotBeResumed) {
  Session session = newSession(1);
  std::string before = stateOf(session);
  auto resumed =
      resumeCheckpoint(file({{"dense/kernel", 3}, {"group/bias", 5}}), session);
  expectError(resumed, "missing: optimizer/dense/kernel/momentum");
  expectError(resumed, "--initial-weights");
  EXPECT_EQ(stateOf(session), before);
}

TEST_F(SafetensorsTest, UnwritableCheckpoint) {
  Session session = newSession(1);
  write("file", "");
  expectError(saveCheckpoint(path("missing/a"), session, {}), "cannot write");
  expectError(saveCheckpoint(path("file/a"), session, {}), "cannot write");
  EXPECT_EQ(files().size(), 1u);
}

} // namespace

} // namespace mlc::runtime
