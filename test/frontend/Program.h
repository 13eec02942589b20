//===-- Program.h - a lowered model that can be run --------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of a model after the training passes, run by the reference
// evaluator: what the frontend and the passes mean, without code generation.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TEST_FRONTEND_PROGRAM_H
#define MLC_TEST_FRONTEND_PROGRAM_H

#include "frontend/Lowering.h"

#include "test/ir/Evaluator.h"

#include <map>

namespace mlc {

using Tensors = std::map<std::string, Tensor>;

class Program {
public:
  /// Lowers a model and runs the training passes; dies where that fails.
  Program(const frontend::Model &model,
          const frontend::LoweringOptions &options);

  mlir::ModuleOp module() { return *owner; }
  mlir::func::FuncOp function(llvm::StringRef name);

  /// Runs @init. Without it, state starts as zeros.
  void init(uint64_t seed);
  /// Runs a function on `rows` rows of `inputs` and `targets` (by name) and
  /// updates state and metrics. Returns the results by name.
  Tensors run(llvm::StringRef name, const Tensors &inputs = {},
              const Tensors &targets = {}, int64_t rows = 0);

  Tensors state;
  Tensors metrics;

private:
  Tensor argument(mlir::func::FuncOp f, unsigned index, const Tensors &inputs,
                  const Tensors &targets, int64_t rows);

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> owner;
};

} // namespace mlc

#endif // MLC_TEST_FRONTEND_PROGRAM_H
