//===-- tools/ModelData.h - the data that a model file names ----*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_MODELDATA_H
#define MLC_TOOLS_MODELDATA_H

#include "runtime/Dataset.h"
#include "runtime/Predictions.h"
#include "runtime/Session.h"
#include "tools/LoadedModel.h"

#include <optional>
#include <string>
#include <vector>

namespace mlc::tools {

/// Prints an error on stderr; returns the exit status of a failed command.
int reportError(const runtime::Error &error);
/// The same for a message of the tool's own.
int reportError(const std::string &message);

/// Reads a split of the model file's data ("train", "validation" or "test") and
/// binds it to a function of the model. What is wrong is printed on stderr.
std::optional<runtime::Dataset> loadSplit(const LoadedModel &model,
                                          const std::string &split,
                                          const char *function);

/// Reads files given as "name=file", or "file" for the only input, and binds
/// them to `predict`.
std::optional<runtime::Dataset>
loadInputs(const LoadedModel &model, const std::vector<std::string> &files);

/// Binds to a function of the model.
std::optional<runtime::Dataset>
bindData(const LoadedModel &model,
         const std::vector<runtime::NamedSource> &sources,
         const char *function);

/// Those trained to tell classes apart are scores of the classes.
runtime::OutputKind outputKind(const frontend::Output &output);

/// A session with first values of the weights.
std::optional<runtime::Session> openInitialized(const LoadedModel &model,
                                                uint64_t seed);

/// A session with weights out of a file, for what needs a trained model.
std::optional<runtime::Session> openTrained(const LoadedModel &model,
                                            const std::string &weights);

} // namespace mlc::tools

#endif // MLC_TOOLS_MODELDATA_H
