//===-- tools/Arguments.cpp - random data to call a function with ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/Arguments.h"
#include "runtime/Array.h"

#include <chrono>
#include <cstring>

namespace mlc::tools {

namespace {

uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// A plausible value of an input or a target.
double randomValue(const mlc_tensor &tensor, bool isFloat, const Random &random,
                   uint64_t stream, uint64_t index) {
  constexpr int64_t smallIntegers = 10; // of a tensor that states no range
  if (!isFloat || tensor.range > 0)
    return static_cast<double>(random.below(
        tensor.range > 0 ? tensor.range : smallIntegers, stream, index));
  double value = random.uniform(stream, index);
  return tensor.role == MLC_INPUT ? 2 * value - 1 : value;
}

void fill(const mlc_tensor &tensor, const Random &random, uint64_t stream,
          std::byte *data) {
  runtime::DType dtype =
      runtime::fromAbi(tensor.dtype).value_or(runtime::DType::F32);
  bool isFloat = runtime::isFloat(dtype);
  runtime::visit(dtype, [&](auto zero) {
    for (int64_t i = 0; i < elementCount(tensor); ++i) {
      auto value = static_cast<decltype(zero)>(randomValue(
          tensor, isFloat, random, stream, static_cast<uint64_t>(i)));
      std::memcpy(data + static_cast<size_t>(i) * sizeof value, &value,
                  sizeof value);
    }
  });
}

/// A full batch: the model's, but for functions that have their own.
int64_t countRows(const mlc_model &model, const mlc_function &function) {
  for (int32_t i = 0; i < function.input_count; ++i)
    if (function.inputs[i].role == MLC_INPUT)
      return function.inputs[i].shape[0];
  return model.batch;
}

} // namespace

uint64_t Random::bits(uint64_t stream, uint64_t index) const {
  return mix(mix(mix(seed) ^ stream) ^ index);
}

double Random::uniform(uint64_t stream, uint64_t index) const {
  constexpr double unit = 1.0 / (1ULL << 53);
  return static_cast<double>(bits(stream, index) >> 11) * unit;
}

int64_t Random::below(int64_t count, uint64_t stream, uint64_t index) const {
  return static_cast<int64_t>(bits(stream, index) %
                              static_cast<uint64_t>(count));
}

int64_t elementCount(const mlc_tensor &tensor) {
  int64_t count = 1;
  for (int32_t i = 0; i < tensor.rank; ++i)
    count *= tensor.shape[i];
  return count;
}

Arguments::Arguments(const mlc_model &model, const mlc_function &function,
                     uint64_t seed)
    : function(function), rows(countRows(model, function)),
      workspace(function.workspace_bytes) {
  Random random(seed);
  for (int32_t i = 0; i < function.input_count; ++i) {
    blocks.emplace_back(function.inputs[i].bytes);
    if (function.inputs[i].role != MLC_METRIC)
      fill(function.inputs[i], random, static_cast<uint64_t>(i),
           blocks.back().data());
    inputPointers.push_back(blocks.back().data());
  }
  for (int32_t i = 0; i < function.output_count; ++i) {
    blocks.emplace_back(function.outputs[i].bytes);
    outputPointers.push_back(blocks.back().data());
  }
}

mlc_status Arguments::call(void *state) {
  return function.call(state, workspace.data(), inputPointers.data(),
                       outputPointers.data(), rows);
}

runtime::Status Arguments::tryCall(void *state) {
  mlc_status status = call(state);
  if (status == MLC_OK)
    return {};
  return runtime::statusError(function.name, status);
}

void repeatCalls(runtime::Session &session, Arguments &arguments,
                 double seconds, const std::function<void()> &call) {
  using Clock = std::chrono::steady_clock;
  constexpr int64_t leastCalls = 5, restoreEvery = 100;
  auto bytes = static_cast<size_t>(session.model().state_bytes);
  std::vector<std::byte> first(session.state(), session.state() + bytes);
  arguments.call(session.state());
  Clock::time_point start = Clock::now();
  auto isOver = [&] {
    return std::chrono::duration<double>(Clock::now() - start).count() >=
           seconds;
  };
  for (int64_t calls = 0; calls < leastCalls || !isOver(); ++calls) {
    if (calls % restoreEvery == 0)
      std::memcpy(session.state(), first.data(), bytes);
    call();
  }
}

} // namespace mlc::tools
