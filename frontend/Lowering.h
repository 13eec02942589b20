//===-- Lowering.h - from a model to the mlc dialect -------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_H
#define MLC_FRONTEND_LOWERING_H

#include "frontend/Model.h"
#include "frontend/Stepping.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlc::frontend {

struct LoweringOptions {
  /// Whether to make what trains and evaluates, if the model says how.
  bool training = true;
  bool doublePrecision = false;  ///< every float of the model as f64
  bool gradientFunction = false; ///< also make @gradient
  /// The model on one position at a time, to make @generate_step of; or null.
  const SteppedModel *stepped = nullptr;
};

/// Makes the module with the model's functions, in the mlc dialect. Arguments
/// and results carry the attributes that ir/MlcDialect.td describes.
///
///   @init           seed -> parameters, statistics, key
///   @predict        parameters, inputs -> outputs
///   @generate_step  parameters, caches, ids, position -> scores, new caches
///   @train_step     parameters, step, key, inputs, targets, rows, metrics
///                   -> loss, new parameters, step + 1, new metrics
///   @evaluate_step  parameters, inputs, targets, rows, metrics
///                   -> loss, new metrics
///   @metrics        metrics -> a scalar for each, the first is "loss"
///   @gradient       parameters, step, key, inputs, targets, rows
///                   -> loss, a gradient for each trained parameter
///
/// Those after @generate_step are there if the model has "training". `key` is
/// there if a layer is random. A metric is two f64 sums, `total` and `count`.
/// Slots of optimizers are added by the pass that expands mlc.apply_gradient.
mlir::OwningOpRef<mlir::ModuleOp> lowerModel(const Model &model,
                                             mlir::MLIRContext &context,
                                             const LoweringOptions &options);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_H
