//===-- Schedules.h - learning rates by step --------------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_PASSES_SCHEDULES_H
#define MLC_PASSES_SCHEDULES_H

#include "ir/Algebra.h"

namespace mlc {

/// The learning rate of a step: a number, or one of Keras's schedules.
class LearningRate {
public:
  /// From the attribute of an optimizer's option, which is verified. `step`
  /// counts the steps finished: a scalar of the parameter's elements.
  static LearningRate get(mlir::Attribute attribute, Term step);

  /// x times the rate, times a factor.
  Term scale(Term x, double factor = 1) const;

private:
  explicit LearningRate(double constant) : constant(constant) {}
  explicit LearningRate(Term scheduled) : scheduled(scheduled) {}

  double constant = 0;
  std::optional<Term> scheduled; ///< a scalar
};

/// Reports a learning rate that is neither a number nor a dictionary with the
/// "type" of a schedule and its options.
llvm::LogicalResult verifyLearningRate(mlir::Operation *op,
                                       mlir::Attribute attribute);

} // namespace mlc

#endif // MLC_PASSES_SCHEDULES_H
