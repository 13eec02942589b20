//===-- Pipeline.h - the stages from a model to LLVM --------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_PIPELINE_H
#define MLC_CODEGEN_PIPELINE_H

#include "codegen/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace mlc::codegen {

/// A stop on the way, named for `--stage` and `--dump-ir`.
struct Stage {
  llvm::StringLiteral name;
  llvm::StringLiteral summary;
  void (*populate)(mlir::OpPassManager &pm, const Target &target);
};

/// All stages in order, from the frontend's module ("model", which has no
/// passes) to the LLVM dialect ("llvm-dialect").
llvm::ArrayRef<Stage> getStages();

/// Runs the stages after the first on `module`, up to and including `last` (all
/// if empty); `observe` sees the module at each, the first included.
mlir::LogicalResult
runStages(mlir::ModuleOp module, const Target &target,
          llvm::StringRef last = "",
          llvm::function_ref<mlir::LogicalResult(const Stage &, mlir::ModuleOp)>
              observe = nullptr);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_PIPELINE_H
