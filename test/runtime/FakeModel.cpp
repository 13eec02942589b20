//===-- FakeModel.cpp - a model written by hand ---------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeModel.h"
#include "TestSupport.h"
#include "runtime/Shuffle.h"

#include <cmath>

namespace mlc::runtime {

namespace {

constexpr int64_t batchRows = 4, features = 3, groups = 5;

struct State {
  float kernel[features];
  float bias[groups];
  float kernelMomentum[features];
  float biasMomentum[groups];
  int64_t step;
  uint32_t key[2];
};

struct Sums {
  double loss, absolute, rows;
};

struct Workspace {
  float predictions[batchRows];
};

mlc_status checkCall(const void *const *inputs, int64_t rows) {
  if (rows < 1 || rows > batchRows)
    return MLC_BAD_ROWS;
  const int32_t *group = static_cast<const int32_t *>(inputs[1]);
  for (int64_t i = 0; i < rows; ++i)
    if (group[i] < 0 || group[i] >= groups)
      return MLC_OUT_OF_RANGE | 1 << 8 | i << 16;
  return MLC_OK;
}

void forward(const State &state, const void *const *inputs, float *predictions,
             int64_t rows) {
  const float *x = static_cast<const float *>(inputs[0]);
  const int32_t *group = static_cast<const int32_t *>(inputs[1]);
  for (int64_t i = 0; i < rows; ++i) {
    predictions[i] = state.bias[group[i]];
    for (int64_t j = 0; j < features; ++j)
      predictions[i] += x[i * features + j] * state.kernel[j];
  }
}

float lossAndSums(const float *predictions, const float *y, int64_t rows,
                  Sums &sums) {
  double total = 0;
  for (int64_t i = 0; i < rows; ++i) {
    double difference = static_cast<double>(predictions[i]) - y[i];
    total += difference * difference;
    sums.absolute += std::fabs(difference);
  }
  sums.loss += total;
  sums.rows += static_cast<double>(rows);
  return static_cast<float>(total / static_cast<double>(rows));
}

void update(float &weight, float &momentum, float gradient) {
  momentum = 0.5f * momentum - 0.02f * gradient;
  weight += momentum;
}

mlc_status init(void *block, void *, const void *const *inputs, void *const *,
                int64_t) {
  State &state = *static_cast<State *>(block);
  state = State();
  std::memcpy(state.key, inputs[0], sizeof state.key);
  SplitMix64 random(state.key[0]);
  for (float &weight : state.kernel)
    weight = static_cast<float>(random.below(1000)) / 1000 - 0.5f;
  return MLC_OK;
}

mlc_status predict(void *state, void *, const void *const *inputs,
                   void *const *outputs, int64_t rows) {
  if (mlc_status bad = checkCall(inputs, rows))
    return bad;
  forward(*static_cast<State *>(state), inputs,
          static_cast<float *>(outputs[0]), rows);
  return MLC_OK;
}

mlc_status evaluateStep(void *state, void *workspace, const void *const *inputs,
                        void *const *outputs, int64_t rows) {
  if (mlc_status bad = checkCall(inputs, rows))
    return bad;
  float *predictions = static_cast<Workspace *>(workspace)->predictions;
  forward(*static_cast<State *>(state), inputs, predictions, rows);
  *static_cast<float *>(outputs[0]) =
      lossAndSums(predictions, static_cast<const float *>(inputs[2]), rows,
                  *static_cast<Sums *>(outputs[1]));
  return MLC_OK;
}

mlc_status trainStep(void *block, void *workspace, const void *const *inputs,
                     void *const *outputs, int64_t rows) {
  if (mlc_status bad = evaluateStep(block, workspace, inputs, outputs, rows))
    return bad;
  State &state = *static_cast<State *>(block);
  const float *predictions = static_cast<Workspace *>(workspace)->predictions;
  const float *x = static_cast<const float *>(inputs[0]);
  const int32_t *group = static_cast<const int32_t *>(inputs[1]);
  const float *y = static_cast<const float *>(inputs[2]);
  float kernelGradient[features] = {}, biasGradient[groups] = {};
  for (int64_t i = 0; i < rows; ++i) {
    float slope = 2 * (predictions[i] - y[i]) / static_cast<float>(rows);
    biasGradient[group[i]] += slope;
    for (int64_t j = 0; j < features; ++j)
      kernelGradient[j] += slope * x[i * features + j];
  }
  SplitMix64 random(state.key[0] + static_cast<uint64_t>(state.step));
  for (int64_t j = 0; j < features; ++j)
    update(state.kernel[j], state.kernelMomentum[j],
           kernelGradient[j] + static_cast<float>(random.below(100)) * 1e-5f);
  for (int64_t j = 0; j < groups; ++j)
    update(state.bias[j], state.biasMomentum[j], biasGradient[j]);
  ++state.step;
  return MLC_OK;
}

mlc_status metrics(void *, void *, const void *const *inputs,
                   void *const *outputs, int64_t) {
  const Sums &sums = *static_cast<const Sums *>(inputs[0]);
  *static_cast<float *>(outputs[0]) = static_cast<float>(sums.loss / sums.rows);
  *static_cast<float *>(outputs[1]) =
      static_cast<float>(sums.absolute / sums.rows);
  return MLC_OK;
}

constexpr int64_t shape3x1[] = {3, 1}, shape5x1[] = {5, 1}, shape2[] = {2},
                  shape3[] = {3}, shape4[] = {4}, shape4x1[] = {4, 1},
                  shape4x3[] = {4, 3};

const mlc_tensor stateTensors[] = {
    {"dense/kernel", MLC_F32, MLC_PARAMETER, 2, shape3x1,
     offsetof(State, kernel), 12, 0, 0},
    {"group/bias", MLC_F32, MLC_PARAMETER, 2, shape5x1, offsetof(State, bias),
     20, 0, 0},
    {"optimizer/dense/kernel/momentum", MLC_F32, MLC_OPTIMIZER, 2, shape3x1,
     offsetof(State, kernelMomentum), 12, 0, 0},
    {"optimizer/group/bias/momentum", MLC_F32, MLC_OPTIMIZER, 2, shape5x1,
     offsetof(State, biasMomentum), 20, 0, 0},
    {"step", MLC_I64, MLC_STEP, 0, nullptr, offsetof(State, step), 8, 0, 0},
    {"key", MLC_I32, MLC_KEY, 1, shape2, offsetof(State, key), 8, 0, 0}};
const mlc_tensor sumTensors[] = {
    {"loss", MLC_F64, MLC_METRIC, 0, nullptr, 0, 8, 0, 0},
    {"absolute", MLC_F64, MLC_METRIC, 0, nullptr, 8, 8, 0, 0},
    {"rows", MLC_F64, MLC_METRIC, 0, nullptr, 16, 8, 0, 0}};
const mlc_tensor seed[] = {{"seed", MLC_I32, MLC_SEED, 1, shape2, 0, 8, 0, 0}};
const mlc_tensor data[] = {
    {"x", MLC_F32, MLC_INPUT, 2, shape4x3, 0, 48, 0, 0},
    {"group", MLC_I32, MLC_INPUT, 1, shape4, 0, 16, groups, 0},
    {"y", MLC_F32, MLC_TARGET, 2, shape4x1, 0, 16, 0, 0}};
const mlc_tensor predictions[] = {
    {"prediction", MLC_F32, MLC_OUTPUT, 2, shape4x1, 0, 16, 0, 0}};
const mlc_tensor lossAndMetrics[] = {
    {"loss", MLC_F32, MLC_LOSS, 0, nullptr, 0, 4, 0, 0},
    {"metrics", MLC_F64, MLC_METRIC, 1, shape3, 0, 24, 0, 0}};
const mlc_tensor scalars[] = {
    {"loss", MLC_F32, MLC_LOSS, 0, nullptr, 0, 4, 0, 0},
    {"mae", MLC_F32, MLC_METRIC, 0, nullptr, 0, 4, 0, 0}};

const mlc_function functions[] = {
    {"init", init, 0, 0, 1, seed, 0, nullptr},
    {"predict", predict, 0, 24, 2, data, 1, predictions},
    {"train_step", trainStep, sizeof(Workspace), 72, 3, data, 2,
     lossAndMetrics},
    {"evaluate_step", evaluateStep, sizeof(Workspace), 32, 3, data, 2,
     lossAndMetrics},
    {"metrics", metrics, 0, 2, 1, lossAndMetrics + 1, 2, scalars}};

const mlc_model model = {MLC_ABI_VERSION,
                         1,
                         "fake",
                         "by hand",
                         batchRows,
                         sizeof(State),
                         sizeof(Workspace),
                         sizeof(Sums),
                         6,
                         stateTensors,
                         3,
                         sumTensors,
                         5,
                         functions};

} // namespace

const mlc_model &fakeModel() { return model; }

std::vector<NamedSource> fakeData(int64_t rows) {
  std::vector<float> x, y;
  std::vector<int32_t> group;
  SplitMix64 random(7);
  for (int64_t i = 0; i < rows; ++i) {
    float a[features];
    for (float &value : a)
      value = static_cast<float>(random.below(2000)) / 1000 - 1;
    x.insert(x.end(), a, a + features);
    group.push_back(static_cast<int32_t>(random.below(groups)));
    y.push_back(a[0] - 2 * a[1] + 0.5f * a[2] +
                static_cast<float>(group.back()));
  }
  auto shared = [](Array array) {
    return std::make_shared<const Array>(std::move(array));
  };
  return {{"x", "x.npy", shared(makeArray(DType::F32, {rows, features}, x))},
          {"group", "group.npy", shared(makeArray(DType::I32, {rows}, group))},
          {"y", "y.npy", shared(makeArray(DType::F32, {rows}, y))}};
}

} // namespace mlc::runtime
