//===-- Passes.h - passes on the mlc dialect --------------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_PASSES_PASSES_H
#define MLC_PASSES_PASSES_H

#include "ir/MlcDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlc {

#define GEN_PASS_DECL
#include "passes/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

/// From the module that the frontend builds to the program of the training
/// step: gradients taken, optimizers expanded, simplified before and after.
/// Differentiating a simplified program gives a smaller one. Without
/// `simplify`, only what must be.
void populateTrainingPipeline(mlir::OpPassManager &pm, bool simplify = true);

/// From ops to kernels: fuses, then outlines each distinct fusion.
void populateFusionPipeline(mlir::OpPassManager &pm);

/// The passes' flags and the pipelines', for mlc-opt.
void registerAllPasses();

} // namespace mlc

#endif // MLC_PASSES_PASSES_H
