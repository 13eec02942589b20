//===-- Comparison.h - an output beside its target ---------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What losses and metrics are built from, and how what they make of each row
// becomes one number: rows that are absent, masks and weights are dealt with
// here, once for all of them.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_COMPARISON_H
#define MLC_FRONTEND_LOWERING_COMPARISON_H

#include "frontend/lowering/Emitter.h"

namespace mlc::frontend {

/// The rows of a batch that are there. The rest of the batch is arbitrary.
class PresentRows {
public:
  /// `rows`: how many, a scalar of i32.
  explicit PresentRows(mlir::Value rows) : rows(rows) {}

  /// `x`, with `other` in the rows that are not there.
  mlir::Value keep(Emitter &e, mlir::Value x, double other) const;
  /// How many of `elements`, one or more a row, are in rows that are there.
  mlir::Value count(Emitter &e, mlir::FloatType type,
                    mlir::Value elements) const;

private:
  mlir::Value rows;
};

/// An output to be compared with its target, batches of both. Rows that are
/// not there hold 1 in both, which every loss is defined for; labels and
/// weights are arbitrary there.
struct Comparison {
  Emitter &e;
  const Component &options;
  mlir::Value output, target;
  PresentRows rows;
  /// A float and a bool for each value of the output's loss: (batch) or
  /// (batch, time), usually. Null: all 1, all true.
  mlir::Value weights, mask;

  int64_t rank() const { return getTensorType(output).getRank(); }
  int64_t lastAxis() const { return rank() - 1; }
  /// The option "axis", counted from the front; without one, the last.
  int64_t axis() const;
};

/// What a loss is before it becomes one number: a value for each that a weight
/// belongs to, and which of them count (a bool each; null: all).
struct LossValues {
  mlir::Value values;
  mlir::Value mask;
};

/// The loss as one number, by the option "reduction".
mlir::Value reduceLoss(const Comparison &c, const LossValues &loss);

/// Sums over a batch, from which a mean over an epoch follows.
struct MeanSums {
  mlir::Value total, count;
};
/// Those of `values`, with weights and mask. `valuesMask` is for values that
/// ignore some of themselves; as Keras has it, only weights bring it to bear.
MeanSums sumForMean(const Comparison &c, const LossValues &values);

/// `weights`, repeated to `shape` along the dimensions that it lacks at the
/// end.
mlir::Value repeatTrailing(Emitter &e, mlir::Value weights,
                           llvm::ArrayRef<int64_t> shape);

/// x / y, and 0 where y is 0; no gradient is NaN for it.
mlir::Value divideOrZero(Emitter &e, mlir::Value x, mlir::Value y);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_COMPARISON_H
