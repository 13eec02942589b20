//===-- tools/TuningFile.h - choices kept beside a model --------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_TUNINGFILE_H
#define MLC_TOOLS_TUNINGFILE_H

#include "codegen/Target.h"
#include "codegen/Tuning.h"

#include <string>

namespace mlc::tools {

/// "digits.tune.json" of "digits.json".
std::string tuningPath(const std::string &model);

/// Lets the compilation of `module` follow what is in the model's tuning file,
/// if there is one and it is of that machine. False if the file is not as it
/// should be, which is printed on stderr.
bool followTuning(const std::string &model, const codegen::Target &target,
                  mlir::ModuleOp module);

/// Replaces the file.
bool writeTuning(const std::string &model, const codegen::Target &target,
                 const codegen::Tuning &tuning);

} // namespace mlc::tools

#endif // MLC_TOOLS_TUNINGFILE_H
