//===-- Pick.h - indices of a dimension, one by one ---------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_IR_PICK_H
#define MLC_IR_PICK_H

#include "ir/MlcDialect.h"

namespace mlc {

/// One index of a dimension, which disappears: a reshape of a slice that nobody
/// else reads. A gate of a recurrent layer is picked so from the product of
/// all.
struct Pick {
  mlir::Value source;
  int64_t dimension;

  /// The source's other dimensions.
  Sizes getKept() const;
};

/// `op` as a pick, if it is the reshape in one.
std::optional<Pick> getPick(mlir::Operation *op);

/// Is `op` the reshape or the slice in a pick?
bool isPartOfPick(mlir::Operation *op);

/// Tensors of one shape side by side along a new dimension: a concatenation of
/// reshapes that nobody else reads. The gradients of picked gates become the
/// gradient of their product so.
struct Stack {
  llvm::SmallVector<mlir::Value> pieces;
  int64_t dimension;
};

/// `op` as a stack, if it is the concatenation in one.
std::optional<Stack> getStack(mlir::Operation *op);

/// The dimension that `op` adds, if it is a reshape in a stack.
std::optional<int64_t> getStackedDimension(mlir::Operation *op);

} // namespace mlc

#endif // MLC_IR_PICK_H
