//===-- tools/KernelTimes.h - what each kernel takes ------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_KERNELTIMES_H
#define MLC_TOOLS_KERNELTIMES_H

#include "tools/LoadedModel.h"

#include <optional>
#include <string>
#include <vector>

namespace mlc::tools {

/// For LoadOptions::profile.
void recordKernel(int64_t kernel);

/// The launches of a kernel in a call of a function, and what they took
/// together: the median of calls, for whatever else the machine does only makes
/// some slower.
struct KernelTime {
  int64_t launches = 0;
  double microseconds = 0;
  double leastMicroseconds = 0; ///< of any call
};

/// Calls a function of a model, which was loaded to be profiled, for so long.
/// The result is in the order of LoadedModel::kernels. What is wrong is printed
/// on stderr.
std::optional<std::vector<KernelTime>>
measureKernels(const LoadedModel &model, const std::string &function,
               double seconds);

} // namespace mlc::tools

#endif // MLC_TOOLS_KERNELTIMES_H
