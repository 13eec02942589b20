//===-- tools/KernelTimes.cpp - what each kernel takes --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/KernelTimes.h"
#include "tools/Arguments.h"
#include "tools/ModelData.h"

#include <algorithm>
#include <chrono>

namespace mlc::tools {

namespace {

using Clock = std::chrono::steady_clock;

/// What the launches of a kernel took, in a call of the function together.
struct Recorded {
  Clock::duration time{};    ///< in the call so far
  int64_t launches = 0;      ///< likewise
  std::vector<double> calls; ///< microseconds of each call that is done
};

/// The clock of one measurement. The code says only when a kernel is done, so
/// what lies between two kernels counts to the second; it is a few
/// instructions.
struct Recorder {
  std::vector<Recorded> kernels;
  Clock::time_point last;

  void done(int64_t kernel) {
    Clock::time_point now = Clock::now();
    Recorded &entry = kernels[static_cast<size_t>(kernel)];
    entry.time += now - last;
    ++entry.launches;
    last = now;
  }

  void startCall() {
    for (Recorded &kernel : kernels) {
      kernel.time = {};
      kernel.launches = 0;
    }
    last = Clock::now();
  }

  void endCall() {
    for (Recorded &kernel : kernels)
      kernel.calls.push_back(
          std::chrono::duration<double, std::micro>(kernel.time).count());
  }
};

/// Where the code, which knows no context, says it. Kernels are launched by the
/// thread that calls the function.
thread_local Recorder *recorder = nullptr;

double median(std::vector<double> &values) {
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

} // namespace

void recordKernel(int64_t kernel) { recorder->done(kernel); }

std::optional<std::vector<KernelTime>>
measureKernels(const LoadedModel &model, const std::string &function,
               double seconds) {
  Recorder recorded{std::vector<Recorded>(model.kernels.size()), {}};
  recorder = &recorded; // of init, too, which doesn't count
  auto session = openInitialized(model, 1);
  if (!session)
    return std::nullopt;
  auto called = session->function(function.c_str());
  if (!called) {
    reportError(called.error());
    return std::nullopt;
  }
  Arguments arguments(*model.compiled, **called, 1);
  if (auto done = arguments.tryCall(session->state()); !done) {
    reportError(done.error());
    return std::nullopt;
  }
  repeatCalls(*session, arguments, seconds, [&] {
    recorded.startCall();
    arguments.call(session->state());
    recorded.endCall();
  });
  std::vector<KernelTime> times;
  for (Recorded &kernel : recorded.kernels)
    times.push_back(
        {kernel.launches, median(kernel.calls),
         *std::min_element(kernel.calls.begin(), kernel.calls.end())});
  return times;
}

} // namespace mlc::tools
