//===-- tools/Tuner.h - measures what plans leave open ----------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_TUNER_H
#define MLC_TOOLS_TUNER_H

#include "tools/LoadedModel.h"

#include <string>

namespace mlc::tools {

/// Compiles the model once for each candidate, measures its kernels, and writes
/// those that are faster than what the planner computes into the model's tuning
/// file. Progress and what is wrong are printed on stderr; false after an
/// error.
bool tuneModel(const std::string &path, const LoadOptions &options);

} // namespace mlc::tools

#endif // MLC_TOOLS_TUNER_H
