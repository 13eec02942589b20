//===-- StateLayout.h - the blocks that live between calls --------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_STATELAYOUT_H
#define MLC_CODEGEN_STATELAYOUT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace mlc::codegen {

/// Where the tensors of one block (state or metrics) are.
struct BlockLayout {
  llvm::StringMap<int64_t> offsets; ///< by name; only looked up, never walked
  llvm::SmallVector<mlir::Attribute>
      entries; ///< {name, role, type, offset}, by offset
  int64_t bytes = 0;
};

bool isStateRole(llvm::StringRef role);

/// Lays out what the module's functions keep in their state (parameters first,
/// then statistics, optimizer slots, step and key), and their metrics' sums.
/// Fails if two functions disagree about a tensor's type.
mlir::FailureOr<BlockLayout> layOutState(mlir::ModuleOp module);
mlir::FailureOr<BlockLayout> layOutMetrics(mlir::ModuleOp module);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_STATELAYOUT_H
