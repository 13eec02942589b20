//===-- Pipelines.cpp - sequences of passes, by name ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

void mlc::populateTrainingPipeline(OpPassManager &pm, bool simplify) {
  OpPassManager &functions = pm.nest<func::FuncOp>();
  if (simplify) {
    functions.addPass(createSimplify());
    functions.addPass(createHoistScan());
  }
  functions.addPass(createDifferentiate());
  functions.addPass(createExpandOptimizers());
  functions.addPass(createSparseUpdates());
  if (simplify)
    functions.addPass(createFactorSums());
  if (simplify) {
    functions.addPass(createSimplify());
    functions.addPass(createRotateScan());
    functions.addPass(createFoldBias());
  }
}

void mlc::populateFusionPipeline(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createSplitProducts());
  pm.addNestedPass<func::FuncOp>(createSplitReductions());
  pm.addNestedPass<func::FuncOp>(createFuse());
  pm.addPass(createOutlineKernels());
}

void mlc::registerAllPasses() {
  registerMlcPasses();
  PassPipelineRegistration<>(
      "mlc-training-pipeline",
      "Takes gradients, expands optimizers, simplifies",
      [](OpPassManager &pm) { populateTrainingPipeline(pm); });
  PassPipelineRegistration<>("mlc-fusion-pipeline",
                             "Forms kernels and outlines them",
                             populateFusionPipeline);
}
