//===-- Recomputation.h - what kernels compute once more ----------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel that reads what another has computed element by element can compute
// it again from what that was computed from. The backward pass does: the
// derivative of gelu takes five tensors of the forward pass, all of them
// functions of one. Where moving those costs more than computing them, they are
// neither stored nor loaded.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_PASSES_RECOMPUTATION_H
#define MLC_PASSES_RECOMPUTATION_H

#include "passes/FusionGroups.h"

namespace mlc {

class Recomputation {
public:
  /// Decides for each group in turn, groups being numbered as in `grouping`.
  explicit Recomputation(const FusionGrouping &grouping);

  /// Does `group` compute `op`, which is in another group, itself?
  bool isCopied(mlir::Operation *op, size_t group) const {
    return copies[group].contains(op);
  }
  /// The groups that do.
  llvm::ArrayRef<size_t> getCopiers(mlir::Operation *op) const;

private:
  class Cut;
  bool isStoredAnyway(mlir::Value value, size_t reader) const;

  const FusionGrouping &grouping;
  llvm::SmallVector<size_t> groupOf; ///< of each node
  llvm::SmallVector<llvm::SmallDenseSet<mlir::Operation *>> copies;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<size_t>> copiers;
  /// What copies are computed from, by the groups that have them.
  llvm::DenseMap<mlir::Value, llvm::SmallVector<size_t>> leafOf;
};

} // namespace mlc

#endif // MLC_PASSES_RECOMPUTATION_H
