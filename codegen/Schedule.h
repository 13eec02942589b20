//===-- Schedule.h - the order of kernels and what they update ----*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_SCHEDULE_H
#define MLC_CODEGEN_SCHEDULE_H

#include "ir/MlcDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlc::codegen {

/// The value whose memory `value` is: reshapes are views.
mlir::Value getRoot(mlir::Value value);

/// What runs in `block`, as written: launches and loops over launches.
llvm::SmallVector<mlir::Operation *> getSteps(mlir::Block &block);

/// The order of a function's launches and loops, and which results are written
/// over the arguments that they update.
struct Schedule {
  llvm::SmallVector<mlir::Operation *> steps;
  /// Results (roots) that take an argument's place. Where a kernel may not
  /// share the memory, or an old value is needed later, the result is missing
  /// here and must be copied at the end.
  llvm::DenseMap<mlir::Value, mlir::BlockArgument> inPlace;
};

/// Orders `function`'s steps as written, but updates an argument only after
/// the last one that reads its old value, and runs what frees memory as soon as
/// it can run.
Schedule makeSchedule(mlir::func::FuncOp function,
                      const mlir::SymbolTable &symbols);

/// May `kernel`'s result and operand share memory (kShares)?
bool mayShare(mlir::func::FuncOp kernel, int64_t result, int64_t operand);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_SCHEDULE_H
