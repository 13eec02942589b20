//===-- tools/Arguments.h - random data to call a function with -*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_ARGUMENTS_H
#define MLC_TOOLS_ARGUMENTS_H

#include "mlc/model.h"
#include "runtime/AlignedBlock.h"
#include "runtime/Session.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace mlc::tools {

/// Random numbers by position, not by turn: number `index` of `stream` is the
/// same whatever else has been asked for (SplitMix64 of the three).
class Random {
public:
  explicit Random(uint64_t seed) : seed(seed) {}
  uint64_t bits(uint64_t stream, uint64_t index) const;
  /// In [0, 1).
  double uniform(uint64_t stream, uint64_t index) const;
  /// In [0, count).
  int64_t below(int64_t count, uint64_t stream, uint64_t index) const;

private:
  uint64_t seed;
};

/// What a function of a compiled model reads and writes, but for the state. The
/// inputs are random: ids are in range, inputs uniform in [-1, 1), targets in
/// [0, 1).
class Arguments {
public:
  Arguments(const mlc_model &model, const mlc_function &function,
            uint64_t seed);

  mlc_status call(void *state);
  /// The same; that it failed, with which status, in words.
  runtime::Status tryCall(void *state);
  /// The output `i`, of the type that the function says.
  template <typename T> const T *output(int32_t i) const {
    return static_cast<const T *>(outputPointers[static_cast<size_t>(i)]);
  }

private:
  const mlc_function &function;
  int64_t rows;
  runtime::AlignedBlock workspace;
  std::vector<runtime::AlignedBlock> blocks;
  std::vector<const void *> inputPointers;
  std::vector<void *> outputPointers;
};

/// Calls the function once, when pages and caches are cold, and then `call`,
/// which is to call it, again and again for that long. As training on one batch
/// ends in numbers that are like no real training's, the state returns to its
/// first value every so often.
void repeatCalls(runtime::Session &session, Arguments &arguments,
                 double seconds, const std::function<void()> &call);

/// The elements of a tensor.
int64_t elementCount(const mlc_tensor &tensor);

} // namespace mlc::tools

#endif // MLC_TOOLS_ARGUMENTS_H
