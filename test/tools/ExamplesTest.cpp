//===-- ExamplesTest.cpp - all examples on one thread and on two ----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whatever families of layers the examples have: their training and prediction
// must give the same bits at any number of threads.
//
//===----------------------------------------------------------------------===//

#include "mlc/threads.h"
#include "runtime/Session.h"
#include "tools/Arguments.h"
#include "tools/LoadedModel.h"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>

using namespace mlc;
using namespace mlc::tools;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<std::byte>;

/// What is left of a few steps on random data.
struct Results {
  Bytes state, loss, predictions;
};

Bytes copyOutput(const mlc_function &function, const Arguments &arguments,
                 int32_t i) {
  const auto *begin = arguments.output<std::byte>(i);
  return Bytes(begin, begin + function.outputs[i].bytes);
}

void call(Arguments &arguments, runtime::Session &session) {
  ASSERT_EQ(arguments.call(session.state()), MLC_OK);
}

/// Two steps: what the optimizer keeps counts from the second one on.
void runSteps(const mlc_model &model, Results &results) {
  auto session = runtime::Session::create(model);
  ASSERT_TRUE(session) << session.error().message;
  ASSERT_TRUE(session->init(1));
  const mlc_function &train = *runtime::findFunction(model, "train_step");
  const mlc_function &predict = *runtime::findFunction(model, "predict");
  Arguments batch(model, train, 2), inputs(model, predict, 3);
  for (int step = 0; step < 2; ++step)
    call(batch, *session);
  call(inputs, *session);
  results.state = Bytes(session->state(), session->state() + model.state_bytes);
  results.loss = copyOutput(train, batch, 0);
  for (int32_t i = 0; i < predict.output_count; ++i) {
    Bytes output = copyOutput(predict, inputs, i);
    results.predictions.insert(results.predictions.end(), output.begin(),
                               output.end());
  }
}

class Examples : public testing::TestWithParam<std::string> {
protected:
  void TearDown() override { mlc_set_num_threads(0); }

  static Results runOn(int64_t threads) {
    Results results;
    LoadOptions options;
    options.threads = threads;
    auto file = fs::path(MLC_SOURCE_DIR) / "examples" / GetParam();
    auto model = loadModel((file / "model.json").string(), options);
    EXPECT_TRUE(model);
    mlc_set_num_threads(threads);
    if (model)
      runSteps(*model->compiled, results);
    return results;
  }
};

TEST_P(Examples, GiveTheSameBitsOnTwoThreads) {
  Results one = runOn(1), two = runOn(2);
  ASSERT_FALSE(one.state.empty());
  ASSERT_FALSE(one.predictions.empty());
  EXPECT_TRUE(one.loss == two.loss);
  EXPECT_TRUE(one.predictions == two.predictions);
  EXPECT_TRUE(one.state == two.state);
}

std::vector<std::string> findExamples() {
  std::vector<std::string> names;
  for (const auto &entry :
       fs::directory_iterator(fs::path(MLC_SOURCE_DIR) / "examples"))
    if (fs::exists(entry.path() / "model.json"))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string nameOf(const testing::TestParamInfo<std::string> &example) {
  std::string name = example.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Examples, testing::ValuesIn(findExamples()),
                         nameOf);

} // namespace
