//===-- tools/Compilation.h - steps that commands share ---------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each prints what is wrong on stderr and returns something empty then.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_COMPILATION_H
#define MLC_TOOLS_COMPILATION_H

#include "codegen/Compiler.h"
#include "frontend/Model.h"
#include "frontend/Stepping.h"

#include "mlir/IR/MLIRContext.h"

#include <optional>

namespace mlc::tools {

std::optional<frontend::Model> readModel(const std::string &path);

/// The model on one position at a time, to generate with.
std::optional<frontend::SteppedModel> stepModel(const frontend::Model &model);

/// See codegen::makeTarget.
std::optional<codegen::Target>
findTarget(const std::string &triple, const std::string &cpu, int64_t threads);

/// A context that knows every dialect of the pipeline. It prints the errors of
/// passes, with their places, on stderr.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// Prints an error, if there is one.
bool succeeded(llvm::Error error);

} // namespace mlc::tools

#endif // MLC_TOOLS_COMPILATION_H
