//===-- ReverseMode.h - reverse-mode differentiation of a block -*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks back over the ops of one block, asking each for its rule. Used for a
// function by --mlc-differentiate, and for the body of a loop by the loop's own
// rule.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_IR_REVERSEMODE_H
#define MLC_IR_REVERSEMODE_H

#include "ir/MlcDialect.h"

#include "llvm/ADT/DenseSet.h"

namespace mlc {

/// Whether a tensor of this type has a gradient: those of floats.
bool carriesGradient(mlir::Type type);

/// Whether gradients pass through `op`, rather than end there by statement.
bool passesGradient(mlir::Operation *op);

/// One reverse sweep. Sets of values and ops are only ever asked for
/// membership: every order comes from the block's.
class ReverseMode {
public:
  /// Finds cotangents for `variables`; builds at `builder`'s insertion point,
  /// where all values of the block that is swept must be visible.
  ReverseMode(mlir::OpBuilder &builder, mlir::ValueRange variables)
      : builder(builder) {
    active.insert_range(variables);
  }

  /// `value`'s cotangent has this part.
  void seed(mlir::Value value, mlir::Value cotangent) {
    cotangents[value].push_back(cotangent);
  }

  /// Sweeps over the ops before `end`, in its block. Fails, with an error at
  /// the op and a note that `end` needs it, where a rule is missing.
  llvm::LogicalResult run(mlir::Operation *end);

  /// What has arrived for `value`, in order.
  llvm::ArrayRef<mlir::Value> getParts(mlir::Value value) const;
  /// The sum of that; null is zero.
  mlir::Value takeCotangent(mlir::Value value);

private:
  /// Ops before `end` that what was seeded depends on, in order.
  llvm::SmallVector<mlir::Operation *> collectPath(mlir::Operation *end);
  /// Of those, the ones that a variable reaches; fails at one without a rule.
  llvm::FailureOr<llvm::SmallVector<mlir::Operation *>>
  collectActive(llvm::ArrayRef<mlir::Operation *> path, mlir::Operation *end);
  void differentiate(mlir::Operation *op);

  mlir::OpBuilder &builder;
  llvm::DenseSet<mlir::Value> active;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Value, 2>> cotangents;
};

} // namespace mlc

#endif // MLC_IR_REVERSEMODE_H
