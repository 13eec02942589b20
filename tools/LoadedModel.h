//===-- tools/LoadedModel.h - a model compiled into this process -*- C++ -*-==//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_LOADEDMODEL_H
#define MLC_TOOLS_LOADEDMODEL_H

#include "codegen/ContractionChoice.h"
#include "frontend/Model.h"
#include "mlc/model.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlc::tools {

struct LoadOptions {
  int64_t threads = 0;          ///< most that a call may use; 0: all processors
  int64_t memoryBytes = 0;      ///< see codegen::Target
  bool doublePrecision = false; ///< compute in f64, to check gradients
  bool training = true;         ///< also make what trains and evaluates
  bool gradientFunction = false; ///< also make `gradient`
  bool generateFunction = false; ///< also make `generate_step`
  /// Which candidate contractions are to take, for measuring; -1: what they are
  /// tuned to. See codegen/Tuning.h.
  int64_t candidate = -1;
  /// Called after each kernel, with its place in LoadedModel::kernels; or null.
  void (*profile)(int64_t kernel) = nullptr;
};

/// A kernel of the code, what it computes and moves in a call.
struct LoadedKernel {
  std::string name, kind;
  int64_t flops = 0, bytes = 0;
  std::vector<codegen::PlannedChoice> plans = {}; ///< if made to be tuned
};

/// The description, and the code made from it.
struct LoadedModel {
  frontend::Model description;
  const mlc_model *compiled = nullptr;
  std::shared_ptr<void> code; ///< keeps `compiled` alive
  std::vector<LoadedKernel> kernels = {};
};

/// Reads and compiles a model file. What is wrong with it is printed on stderr,
/// and the result is empty.
std::optional<LoadedModel> loadModel(const std::string &path,
                                     const LoadOptions &options);

} // namespace mlc::tools

#endif // MLC_TOOLS_LOADEDMODEL_H
