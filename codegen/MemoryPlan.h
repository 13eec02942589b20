//===-- MemoryPlan.h - a place for every value of a function ------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_MEMORYPLAN_H
#define MLC_CODEGEN_MEMORYPLAN_H

#include "codegen/ArenaLayout.h"
#include "codegen/ConstantPool.h"
#include "codegen/Places.h"
#include "codegen/Schedule.h"
#include "codegen/StateLayout.h"

namespace mlc::codegen {

/// The blocks that live between calls.
struct Blocks {
  BlockLayout state, metrics;
};
/// Lays both out; see StateLayout.h for how, and when that fails.
mlir::FailureOr<Blocks> layOutBlocks(mlir::ModuleOp module);

/// A value to be copied to where it is expected.
struct Copy {
  mlir::Value from;
  Place to;
};

/// The planned function's arguments: state, workspace, rows, then inputs and
/// outputs, with the metrics block among either.
constexpr int64_t kRowsArgument = 2;
constexpr int64_t kFirstInput = 3;

struct MemoryPlan {
  Schedule schedule;
  llvm::DenseMap<mlir::Value, Place> places;   ///< of roots
  llvm::SmallVector<mlir::Type> argumentTypes; ///< from kFirstInput on
  llvm::SmallVector<mlir::Attribute> inputs, outputs;
  int64_t metricsArgument = -1;
  llvm::SmallVector<mlir::DenseElementsAttr> constants;
  llvm::SmallVector<ArenaItem> items;
  ArenaSize arena{0, 0};
  llvm::DenseMap<mlir::Operation *, Place> scratch; ///< of launches
  llvm::SmallVector<Copy> copies;                   ///< at the function's end
  /// Before a loop, and at the end of each round.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<Copy>> before, rounds;
};

/// Plans the memory of a function of launches.
mlir::FailureOr<MemoryPlan> planFunction(mlir::func::FuncOp function,
                                         const mlir::SymbolTable &symbols,
                                         const Blocks &blocks);

/// Arguments of kernels that a launch lets share memory with another.
using SharedArguments =
    llvm::DenseMap<mlir::Operation *, llvm::SmallDenseSet<size_t>>;

/// Replaces `function` by one on memory, as planned.
void emitPlannedFunction(mlir::func::FuncOp function,
                         const mlir::SymbolTable &symbols, const Blocks &blocks,
                         const MemoryPlan &plan, ConstantPool &constants,
                         SharedArguments &shared);

/// A tensor as memory without a shape.
mlir::MemRefType getFlatType(mlir::Type tensor);
/// Memory without a type.
mlir::MemRefType getBlockType(mlir::MLIRContext *context, int64_t bytes);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_MEMORYPLAN_H
