//===-- ExamplesTest.cpp - all models, on two threads, in less memory -----===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whatever families of layers the examples and the measured workloads have:
// their training and prediction must give the same bits at any number of
// threads, and within any memory budget that can be kept to.
//
//===----------------------------------------------------------------------===//

#include "mlc/threads.h"
#include "runtime/Session.h"
#include "tools/Arguments.h"
#include "tools/LoadedModel.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <gtest/gtest.h>
#include <regex>

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

class Models : public testing::TestWithParam<std::string> {
protected:
  void TearDown() override { mlc_set_num_threads(0); }

  static std::optional<LoadedModel> load(int64_t threads,
                                         int64_t memoryBytes = 0) {
    LoadOptions options;
    options.threads = threads;
    options.memoryBytes = memoryBytes;
    return loadModel((fs::path(MLC_SOURCE_DIR) / GetParam()).string(), options);
  }

  /// The smallest budget, as the error for one that is too small names it.
  static int64_t findSmallestBudget() {
    testing::internal::CaptureStderr();
    bool isLoaded = load(1, 1).has_value();
    std::string error = testing::internal::GetCapturedStderr();
    std::smatch match;
    EXPECT_FALSE(isLoaded);
    EXPECT_TRUE(std::regex_search(
        error, match, std::regex("memory budget of at least ([0-9]+) bytes")))
        << error;
    return match.empty() ? 0 : std::stoll(match[1]);
  }

  static Results runOn(int64_t threads, int64_t memoryBytes = 0) {
    Results results;
    auto model = load(threads, memoryBytes);
    EXPECT_TRUE(model);
    if (model && memoryBytes) {
      EXPECT_LE(model->compiled->workspace_bytes, memoryBytes);
    }
    mlc_set_num_threads(threads);
    if (model)
      runSteps(*model->compiled, results);
    return results;
  }
};

TEST_P(Models, GiveTheSameBitsOnTwoThreads) {
  Results one = runOn(1), two = runOn(2);
  ASSERT_FALSE(one.state.empty());
  ASSERT_FALSE(one.predictions.empty());
  EXPECT_TRUE(one.loss == two.loss);
  EXPECT_TRUE(one.predictions == two.predictions);
  EXPECT_TRUE(one.state == two.state);
}

TEST_P(Models, GiveTheSameBitsInLessMemory) {
  int64_t smallest = findSmallestBudget();
  ASSERT_GT(smallest, 1);
  testing::internal::CaptureStderr();
  EXPECT_FALSE(load(1, smallest - 1));
  testing::internal::GetCapturedStderr();
  auto unlimited = load(1);
  ASSERT_TRUE(unlimited);
  Results all;
  runSteps(*unlimited->compiled, all);
  int64_t most = unlimited->compiled->workspace_bytes;
  for (int64_t budget : {smallest, smallest + (most - smallest) / 2}) {
    Results less = runOn(1, budget);
    EXPECT_TRUE(all.loss == less.loss) << budget;
    EXPECT_TRUE(all.predictions == less.predictions) << budget;
    EXPECT_TRUE(all.state == less.state) << budget;
  }
}

/// Paths from the source directory, in order.
std::vector<std::string> findModels() {
  const fs::path source = MLC_SOURCE_DIR;
  std::vector<std::string> paths;
  for (const auto &entry : fs::directory_iterator(source / "examples"))
    if (fs::exists(entry.path() / "model.json"))
      paths.push_back(
          (fs::relative(entry.path(), source) / "model.json").generic_string());
  for (const auto &entry : fs::directory_iterator(source / "bench/models"))
    if (entry.path().extension() == ".json")
      paths.push_back(fs::relative(entry.path(), source).generic_string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// "examples/text-gpt/model.json" is examples_text_gpt, and
/// "bench/models/gpt.json" is bench_models_gpt.
std::string nameOf(const testing::TestParamInfo<std::string> &model) {
  fs::path path = model.param;
  std::string name =
      (path.filename() == "model.json" ? path.parent_path()
                                       : path.replace_extension())
          .generic_string();
  for (char &c : name)
    c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Models, testing::ValuesIn(findModels()), nameOf);

} // namespace
