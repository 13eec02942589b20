//===-- ScanSums.h - sums over a loop's steps, after the loop ---*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cotangent of what a loop reads in every step is a sum over the steps. A
// product or reduction is not summed step by step: its operands are kept of
// all steps, and one product, contracted over time too, does all at once. What
// is linear in something is applied to that thing's sum. Only the rest is
// added up while the loop runs.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_IR_SCANSUMS_H
#define MLC_IR_SCANSUMS_H

#include "ir/Scan.h"

#include "llvm/ADT/SetVector.h"

namespace mlc {

/// Sums over the steps of a forward loop's body `forward` and of `reverse`, a
/// second body that reads values of the first. First all sums are planned;
/// once it is known where the planned values are found outside of the loops,
/// the sums are built.
class ScanSums {
public:
  explicit ScanSums(ScanOp scan);

  /// This slice of either body is found outside, stacked.
  void setStacked(mlir::Value slice, mlir::Value stacked) {
    outside[slice] = stacked;
  }
  /// `copy`, in the reverse body, stands for a value of the forward body.
  void setOrigin(mlir::Value copy, mlir::Value origin) {
    origins[copy] = origin;
  }

  void plan(mlir::Value part);
  /// What the plans need stacked, and isn't yet.
  llvm::ArrayRef<mlir::Value> getToStack() const {
    return toStack.getArrayRef();
  }
  /// What they need added up by the loop; the sums are then set.
  llvm::ArrayRef<mlir::Value> getToAdd() const { return toAdd.getArrayRef(); }
  void setSum(mlir::Value part, mlir::Value sum) { sums[part] = sum; }

  /// The sum of a planned part, outside of the loops.
  mlir::Value build(mlir::OpBuilder &b, mlir::Value part);

  /// Whether every step has the same `value`.
  bool isInvariant(mlir::Value value);

private:
  enum class Kind { Invariant, Contraction, Reduction, Linear, Other };
  Kind classify(mlir::Value value);
  Kind computeKind(mlir::Operation *op);
  bool isSummable(mlir::Value value) { return classify(value) != Kind::Other; }
  void planStacked(mlir::Value value);
  mlir::Value getOrigin(mlir::Value value) const;

  mlir::Value getInvariant(mlir::OpBuilder &b, mlir::Value value);
  mlir::Value getStacked(mlir::OpBuilder &b, mlir::Value value);
  mlir::Value buildContraction(mlir::OpBuilder &b, DotGeneralOp op);
  mlir::Value buildReduction(mlir::OpBuilder &b, ReduceOp op);
  mlir::Value buildLinear(mlir::OpBuilder &b, mlir::Operation *op);
  mlir::Value buildRepeated(mlir::OpBuilder &b, mlir::Value value);

  mlir::Block *forward;
  size_t firstConstant;
  llvm::SmallVector<mlir::Value> invariants;
  int64_t length;
  llvm::SetVector<mlir::Value> toStack, toAdd;
  llvm::DenseMap<mlir::Value, Kind> kinds;
  llvm::DenseMap<mlir::Value, bool> invariance;
  llvm::DenseMap<mlir::Value, mlir::Value> outside, origins, sums, copies;
};

} // namespace mlc

#endif // MLC_IR_SCANSUMS_H
