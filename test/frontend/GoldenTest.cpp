//===-- GoldenTest.cpp - lowered models against Keras's numbers -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every case of test/golden: what test/golden/README.md says its files hold.
// Built three times: for the reference evaluator in double (a difference is the
// frontend's or a pass's), and for machine code in double and in single
// precision (MLC_TEST_COMPILED, MLC_TEST_DOUBLE).
//
//===----------------------------------------------------------------------===//
#ifdef MLC_TEST_COMPILED
#include "test/codegen/CompiledProgram.h"
#else
#include "Program.h"
#define MLC_TEST_DOUBLE 1
#endif

#include "runtime/Readers.h"
#include "runtime/Safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

using namespace mlc;

namespace {

#ifdef MLC_TEST_COMPILED
using Program = CompiledProgram;
#endif
constexpr bool kDouble = MLC_TEST_DOUBLE;
constexpr double kTolerance = kDouble ? 1e-10 : 1e-5;
/// Of bfloat16, rounded several times and not always where Keras does.
constexpr double kMixedTolerance = 3e-2;

const std::filesystem::path kGolden = MLC_SOURCE_DIR "/test/golden";

std::vector<std::string> caseNames() {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(kGolden))
    if (std::filesystem::exists(entry.path() / "model.json"))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Tensor toDouble(runtime::DType dtype, const std::vector<int64_t> &shape,
                const std::byte *data, int64_t count) {
  Tensor tensor{Sizes(llvm::ArrayRef<int64_t>(shape)),
                std::vector<double>(count)};
  runtime::convertElements(dtype, data, runtime::DType::F64,
                           reinterpret_cast<std::byte *>(tensor.values.data()),
                           count);
  return tensor;
}

Tensors readArrays(const std::filesystem::path &path) {
  Tensors tensors;
  auto arrays = runtime::readNpz(path.string());
  EXPECT_TRUE(arrays);
  for (const runtime::NamedArray &named : *arrays)
    tensors[named.name] =
        toDouble(named.array.dtype, named.array.shape, named.array.bytes.data(),
                 named.array.elements());
  return tensors;
}

Tensors readWeights(const std::filesystem::path &path) {
  Tensors tensors;
  if (!std::filesystem::exists(path))
    return tensors;
  auto file = runtime::readSafetensors(path.string());
  EXPECT_TRUE(file);
  for (const runtime::StoredTensor &stored : file->tensors)
    tensors[stored.name] =
        toDouble(runtime::DType::F32, stored.shape,
                 file->data.data() + stored.offset, stored.bytes / 4);
  return tensors;
}

class Golden : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    std::filesystem::path folder = kGolden / GetParam();
    frontend::Diagnostics diagnostics;
    model =
        frontend::readModelFile((folder / "model.json").string(), diagnostics);
    ASSERT_TRUE(model) << diagnostics.str();
    isMixed = model->policy != frontend::Policy::Float32;
    if (isMixed && kDouble)
      GTEST_SKIP() << "mixed precision is one of float32";
    frontend::LoweringOptions options;
    options.doublePrecision = kDouble;
    options.gradientFunction = true;
    program = std::make_unique<Program>(*model, options);
    program->state = readWeights(folder / "weights.safetensors");
    data = readArrays(folder / "data.npz");
    expected = readArrays(folder / "expected.npz");
  }

  int64_t dataRows() const { return data.begin()->second.shape[0]; }

  /// What rows that are not there hold: any number, but ids stay in their
  /// table, as those of a compiled model do, which repeats its first row.
  double absent(const std::string &name) const {
    for (const frontend::Input &input : model->inputs)
      if (input.name == name && input.type.dtype == frontend::DType::I32)
        return 0;
    return 7;
  }

  /// `rows` rows of the data from `begin`; the rest of the batch holds numbers
  /// that must not matter.
  Tensors batch(int64_t begin, int64_t rows) const {
    Tensors tensors;
    for (const auto &[name, whole] : data) {
      int64_t row = whole.values.size() / whole.shape[0];
      Tensor part{whole.shape,
                  std::vector<double>(model->batchSize * row, absent(name))};
      part.shape[0] = model->batchSize;
      auto first = whole.values.begin() + begin * row;
      std::copy(first, first + rows * row, part.values.begin());
      tensors[name] = std::move(part);
    }
    return tensors;
  }

  Tensors call(const char *function, int64_t begin, int64_t rows) {
    Tensors tensors = batch(begin, rows);
    return program->run(function, tensors, tensors, rows);
  }

  /// Relative to the largest value of the tensor, if it isn't all zeros.
  void expectNear(const Tensor &found, const std::string &name) const {
    const Tensor &wanted = expected.at(name);
    ASSERT_EQ(found.values.size(), wanted.values.size()) << name;
    double largest = 0, error = 0;
    for (size_t i = 0; i < found.values.size(); ++i) {
      largest = std::fmax(largest, std::fabs(wanted.values[i]));
      double difference = std::fabs(found.values[i] - wanted.values[i]);
      error = difference <= error ? error : difference; // NaN stays
    }
    EXPECT_LE(largest > 0 ? error / largest : error,
              isMixed ? kMixedTolerance : kTolerance)
        << name;
  }

  std::optional<frontend::Model> model;
  std::unique_ptr<Program> program;
  Tensors data, expected;
  bool isMixed = false;
};

TEST_P(Golden, Predict) {
  int64_t rows = std::min(model->batchSize, dataRows());
  for (auto &[name, value] : call("predict", 0, rows)) {
    size_t row = value.values.size() / value.shape[0];
    value.values.resize(rows * row);
    expectNear(value, "output/" + name);
  }
}

TEST_P(Golden, Gradient) {
  if (!model->training)
    return;
  Tensors results = call("gradient", 0, model->batchSize);
  for (const auto &[name, value] : results)
    expectNear(value, name == "loss" ? name : "gradient/" + name);
  for (const auto &[name, value] : expected)
    if (name.rfind("gradient/", 0) == 0) {
      EXPECT_TRUE(results.count(name.substr(9))) << name;
    }
}

TEST_P(Golden, Evaluate) {
  if (!model->training)
    return;
  int64_t rows = 0;
  for (int64_t begin = 0; begin < dataRows(); begin += rows) {
    rows = std::min(model->batchSize, dataRows() - begin);
    call("evaluate_step", begin, rows);
  }
  Tensors reports = program->run("metrics");
  for (const auto &[name, value] : expected)
    if (name.rfind("evaluate/", 0) == 0)
      expectNear(reports.at(name.substr(9)), name);
}

TEST_P(Golden, Trajectory) {
  if (!model->training)
    return;
  Tensor losses{{10}, {}};
  int64_t begin = 0;
  for (int step = 0; step < 10; ++step) {
    int64_t rows = std::min(model->batchSize, dataRows() - begin);
    losses.values.push_back(
        call("train_step", begin, rows).at("loss").values[0]);
    begin = begin + rows == dataRows() ? 0 : begin + rows;
  }
  expectNear(losses, "trajectory");
  EXPECT_EQ(program->state.at("step").values[0], 10);
  for (const auto &[name, value] : expected)
    if (name.rfind("final/", 0) == 0)
      expectNear(program->state.at(name.substr(6)), name);
}

std::string testName(const testing::TestParamInfo<std::string> &info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(caseNames()),
                         testName);

} // namespace
