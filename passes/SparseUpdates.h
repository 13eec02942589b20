//===-- SparseUpdates.h - how tables are trained ------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_PASSES_SPARSEUPDATES_H
#define MLC_PASSES_SPARSEUPDATES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <optional>
#include <string>
#include <vector>

namespace mlc {

/// How a training step changes a parameter whose rows are looked up.
struct TableUpdate {
  std::string name; ///< "embedding/embeddings"
  /// Rows that it changes, repeated ones counted again; none: all of them.
  std::optional<int64_t> rows;
  /// What the optimizer keeps beside it.
  std::vector<std::string> slots;

  /// As a line for people.
  std::string describe() const;
};

/// Of a training step behind the training pipeline.
std::vector<TableUpdate> findTableUpdates(mlir::func::FuncOp function);

} // namespace mlc

#endif // MLC_PASSES_SPARSEUPDATES_H
