//===-- GradientClipping.h - gradients kept small ---------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_PASSES_GRADIENTCLIPPING_H
#define MLC_PASSES_GRADIENTCLIPPING_H

#include "passes/Optimizers.h"

namespace mlc {

/// The gradient as the options "clipnorm" (its norm is at most that) and
/// "clipvalue" (its elements are) make it.
Term clipGradient(const OptimizerConfig &config, mlir::OpBuilder &b,
                  mlir::Location loc, Term gradient);

/// What all gradients are to be multiplied by, so that their common norm is at
/// most `limit`: a scalar.
Term buildGlobalScale(mlir::OpBuilder &b, mlir::Location loc,
                      llvm::ArrayRef<mlir::Value> gradients, double limit);

} // namespace mlc

#endif // MLC_PASSES_GRADIENTCLIPPING_H
