//===-- SessionTest.cpp - a compiled model at work ------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Session.h"
#include "FakeModel.h"
#include "TestSupport.h"

#include <cmath>

/// Under the address sanitizer: refuse huge sizes as the system would.
extern "C" const char *__asan_default_options();
extern "C" const char *__asan_default_options() {
  return "allocator_may_return_null=1";
}

namespace mlc::runtime {

namespace {

TEST(Session, RefusesAnotherAbi) {
  mlc_model other = fakeModel();
  other.abi_version = MLC_ABI_VERSION + 1;
  expectError(Session::create(other), "compile the model again");
}

TEST(Session, RefusesImpossibleSizes) {
  mlc_model other = fakeModel();
  other.workspace_bytes = INT64_MAX / 2;
  expectError(Session::create(other), "not enough memory");
}

TEST(Session, SaysWhatAModelWithoutLossLacks) {
  mlc_model other = fakeModel();
  other.function_count = 2; // init and predict
  auto session = Session::create(other);
  ASSERT_OK(session);
  expectError(session->function("train_step"), "it can only predict");
  expectError(session->metrics(), "no function 'metrics'");
}

TEST(Session, BlocksAreAligned) {
  auto session = Session::create(fakeModel());
  ASSERT_OK(session);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(session->state()) % MLC_ALIGNMENT, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(session->metricSums()) % MLC_ALIGNMENT,
            0u);
}

TEST(Session, EvaluatesPartialBatchesExactly) {
  auto session = Session::create(fakeModel());
  ASSERT_OK(session);
  // All weights are zero, so the loss is the mean of y².
  auto sources = fakeData(10);
  auto data =
      Dataset::bind(*findFunction(fakeModel(), "evaluate_step"), sources);
  ASSERT_OK(data);
  auto y = reinterpret_cast<const float *>(sources[2].array->bytes.data());
  double squares = 0, absolutes = 0;
  for (int i = 0; i < 10; ++i) {
    squares += static_cast<double>(y[i]) * y[i];
    absolutes += std::fabs(static_cast<double>(y[i]));
  }
  auto metrics = session->evaluate(*data);
  ASSERT_OK(metrics);
  ASSERT_EQ(metrics->size(), 2u);
  EXPECT_EQ((*metrics)[0].name, "loss");
  EXPECT_FLOAT_EQ((*metrics)[0].value, squares / 10);
  EXPECT_EQ((*metrics)[1].name, "mae");
  EXPECT_FLOAT_EQ((*metrics)[1].value, absolutes / 10);
}

TEST(Session, EvaluationKeepsRunningSums) {
  auto session = Session::create(fakeModel());
  ASSERT_OK(session);
  auto data =
      Dataset::bind(*findFunction(fakeModel(), "train_step"), fakeData(4));
  ASSERT_OK(data);
  BatchBuffer batch(*data, 4);
  batch.gather(nullptr, 0);
  ASSERT_OK(session->trainStep(batch));
  auto before = session->metrics();
  ASSERT_OK(before);
  ASSERT_OK(session->evaluate(*data));
  auto after = session->metrics();
  ASSERT_OK(after);
  EXPECT_EQ((*before)[0].value, (*after)[0].value);
  EXPECT_EQ(session->step(), 1);
}

TEST(Session, PredictsEveryRow) {
  auto session = Session::create(fakeModel());
  ASSERT_OK(session);
  ASSERT_OK(session->init(3));
  auto sources = fakeData(10);
  auto data = Dataset::bind(*findFunction(fakeModel(), "predict"), sources);
  ASSERT_OK(data);
  auto outputs = session->predict(*data);
  ASSERT_OK(outputs);
  ASSERT_EQ(outputs->size(), 1u);
  const Array &all = (*outputs)[0].array;
  EXPECT_EQ((*outputs)[0].name, "prediction");
  EXPECT_EQ(shapeText(all.shape), "[10, 1]");
  auto kernel = reinterpret_cast<const float *>(session->state());
  auto x = reinterpret_cast<const float *>(sources[0].array->bytes.data());
  auto predicted = reinterpret_cast<const float *>(all.bytes.data());
  for (int i = 0; i < 10; ++i)
    EXPECT_FLOAT_EQ(predicted[i], x[3 * i] * kernel[0] +
                                      x[3 * i + 1] * kernel[1] +
                                      x[3 * i + 2] * kernel[2]);
}

} // namespace

} // namespace mlc::runtime
