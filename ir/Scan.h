//===-- Scan.h - making loops over time -------------------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_IR_SCAN_H
#define MLC_IR_SCAN_H

#include "ir/MlcDialect.h"
#include "ir/Shapes.h"

#include "llvm/ADT/DenseSet.h"

namespace mlc {

/// What a loop walks over and how, without its body.
struct ScanFrame {
  llvm::SmallVector<mlir::Value> inits, inputs, invariants;
  int64_t length = 0;
  bool reverse = false;

  static ScanFrame of(ScanOp scan);
};

/// The type of a step's tensors of type `slice` along a first dimension.
mlir::RankedTensorType getStackedType(mlir::Type slice, int64_t length);
/// The type of one of them.
mlir::RankedTensorType getSliceType(mlir::Type stacked);

/// The loop with `body`, which it takes and which ends in a yield.
ScanOp createScan(mlir::OpBuilder &b, mlir::Location loc,
                  const ScanFrame &frame, mlir::Block *body);
/// A loop on `frame` that takes the body and the attributes of `scan`, which is
/// to be replaced and erased.
ScanOp moveScan(mlir::OpBuilder &b, ScanOp scan, const ScanFrame &frame);

/// The values of a step while its body is built.
struct ScanStep {
  mlir::ValueRange carried, slices, constants;
};
/// The loop whose body is what `build` makes of a step: it returns the next
/// carried values, then slices of outputs.
ScanOp buildScan(
    mlir::OpBuilder &b, mlir::Location loc, const ScanFrame &frame,
    llvm::function_ref<llvm::SmallVector<mlir::Value>(const ScanStep &)> build);

/// Replaces `scan` by one that also stacks `slices`, values of its body, and
/// returns those outputs; slices that it stacks already are not stacked twice.
llvm::SmallVector<mlir::Value> addOutputs(ScanOp &scan,
                                          llvm::ArrayRef<mlir::Value> slices);

/// `op` of one step as one op over all steps, whose first dimension is time:
/// `operands` are the op's, stacked. For ops that compute or move elements.
mlir::Value stackOverTime(mlir::OpBuilder &b, mlir::Operation *op,
                          mlir::ValueRange operands);
/// Whether that can be done.
bool isStackable(mlir::Operation *op);
/// `value`, the same in all steps, as if stacked.
mlir::Value repeatOverTime(mlir::OpBuilder &b, mlir::Value value,
                           int64_t length);

/// Adds to `needed`, values of the loop's body, what they depend on: in the
/// step, and through carried values in all before.
void addDependences(ScanOp scan, llvm::DenseSet<mlir::Value> &needed);

/// Dimensions of a slice as those of the stacked tensor.
Sizes shiftDimensions(SizesRef dims);
/// The same, and time itself first.
Sizes shiftWithTime(SizesRef dims);

} // namespace mlc

#endif // MLC_IR_SCAN_H
