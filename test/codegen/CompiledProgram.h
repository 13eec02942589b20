//===-- CompiledProgram.h - a model that has been compiled --------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What test/frontend/Program does with the reference evaluator, done by machine
// code called through the binary interface, so that tests can run either.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TEST_CODEGEN_COMPILEDPROGRAM_H
#define MLC_TEST_CODEGEN_COMPILEDPROGRAM_H

#include "codegen/Jit.h"
#include "frontend/Lowering.h"
#include "test/ir/Evaluator.h"

#include <map>

namespace mlc {

using Tensors = std::map<std::string, Tensor>;

class CompiledProgram {
public:
  /// Compiles for this machine; dies where that fails.
  CompiledProgram(const frontend::Model &model,
                  const frontend::LoweringOptions &options, int64_t threads = 1,
                  int64_t memoryBytes = 0);

  /// The least that `memoryBytes` may be, as the error for less names it.
  static int64_t findSmallestBudget(const frontend::Model &model,
                                    const frontend::LoweringOptions &options);

  void init(uint64_t seed);
  /// Runs a function on `rows` rows of `inputs` and `targets` (by name), with
  /// the state and metrics below, and updates those. Returns the results by
  /// name.
  Tensors run(llvm::StringRef name, const Tensors &inputs = {},
              const Tensors &targets = {}, int64_t rows = 1);
  /// The same, and what the call returned.
  mlc_status call(llvm::StringRef name, const Tensors &inputs,
                  const Tensors &targets, int64_t rows, Tensors &results);

  const mlc_model &getModel() const { return object->getModel(); }

  Tensors state;
  Tensors metrics;

private:
  mlir::MLIRContext context;
  std::unique_ptr<codegen::LoadedObject> object;
};

} // namespace mlc

#endif // MLC_TEST_CODEGEN_COMPILEDPROGRAM_H
