//===-- ModelInterface.h - what callers see of a compiled model ---*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_MODELINTERFACE_H
#define MLC_CODEGEN_MODELINTERFACE_H

#include "codegen/ContractionChoice.h"
#include "mlc/model.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace mlc::codegen {

struct TensorInterface {
  std::string name;
  mlc_dtype dtype;
  mlc_role role;
  std::vector<int64_t> shape;
  int64_t offset = 0, bytes = 0, range = 0, ignored = 0;

  /// Has a row for each sample, so that a partial batch has fewer.
  bool isBatched() const {
    return !shape.empty() && (role == MLC_INPUT || role == MLC_TARGET ||
                              role == MLC_SAMPLE_WEIGHT || role == MLC_OUTPUT);
  }
};

struct FunctionInterface {
  std::string name;
  std::vector<TensorInterface> inputs, outputs;
  int64_t arenaBytes = 0, flops = 0;
  int64_t batch = 1;        ///< rows of a full batch
  bool hasOwnBatch = false; ///< not the model's

  /// The arena, and behind it the copies of partial batches.
  int64_t workspaceBytes() const;
};

/// A kernel, for profiles.
struct KernelInterface {
  std::string name, kind;
  int64_t flops = 0, bytes = 0; ///< of a call
  /// Of code that is made to be tuned.
  std::vector<PlannedChoice> plans;
};

/// The contents of mlc_model, read off a module whose memory is planned.
struct ModelInterface {
  std::string name; ///< as the user wrote it
  int64_t batch = 1, stateBytes = 0, metricsBytes = 0, threads = 1;
  std::vector<TensorInterface> state, metrics;
  std::vector<FunctionInterface> functions;
  std::vector<KernelInterface> kernels; ///< in the module's order

  /// `name` as a C identifier.
  std::string identifier() const;
  /// The exported symbol: "digits_model".
  std::string symbol() const { return identifier() + "_model"; }
};

ModelInterface readInterface(mlir::ModuleOp planned, int64_t threads);

/// What a workspace holds besides the arena, for these inputs or outputs of a
/// planned function: copies of partial batches.
int64_t countStagedBytes(llvm::ArrayRef<mlir::Attribute> described);

/// The C header that declares the model and wraps its functions with types.
std::string makeHeader(const ModelInterface &interface);

/// "mlc 0.1.0".
const char *compilerName();

} // namespace mlc::codegen

#endif // MLC_CODEGEN_MODELINTERFACE_H
