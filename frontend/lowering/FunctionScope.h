//===-- FunctionScope.h - a function of a model, while built -----*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_FUNCTIONSCOPE_H
#define MLC_FRONTEND_LOWERING_FUNCTIONSCOPE_H

#include "frontend/lowering/Emitter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlc::frontend {

/// What an argument or result carries as attributes; see ir/MlcDialect.td.
struct Tensor {
  std::string name;
  llvm::StringLiteral role;
  mlir::RankedTensorType type;
  int64_t range = 0, ignored = 0; ///< see Output
};

/// A function being built: its arguments, then its body, then its results.
class FunctionScope {
public:
  /// Opens a function at the end of `module`; `e` inserts into its body.
  FunctionScope(mlir::ModuleOp module, Emitter &e, llvm::StringRef name,
                llvm::ArrayRef<Tensor> arguments);
  /// Closes the function with the results added so far.
  void finish();

  /// The arguments of a role, in their order.
  llvm::SmallVector<mlir::Value> get(llvm::StringRef role);
  /// The first `count` arguments.
  llvm::SmallVector<mlir::Value> getFirst(size_t count);
  /// The name of an argument.
  llvm::StringRef getName(mlir::Value argument);
  /// The only argument of a role, or null.
  mlir::Value getOne(llvm::StringRef role);

  /// Sets how many rows the function works on, if not the model's batch.
  void setBatch(int64_t batch);
  void addResult(llvm::StringRef name, llvm::StringRef role, mlir::Value value);
  /// A result that is the new value of an argument.
  void update(mlir::Value argument, mlir::Value value);

private:
  Emitter &e;
  mlir::func::FuncOp function;
  llvm::SmallVector<mlir::Value> results;
  llvm::SmallVector<mlir::Attribute> resultAttributes;
};

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_FUNCTIONSCOPE_H
