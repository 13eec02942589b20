//===-- Pipeline.cpp - the stages from a model to LLVM --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Pipeline.h"
#include "codegen/Passes.h"
#include "codegen/PlanOptions.h"
#include "passes/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace mlc::codegen {

static void populateLinalg(OpPassManager &pm, const Target &target) {
  pm.addPass(createLowerToLinalg());
  pm.addPass(createPackPanels(getPlanOptions<PackPanelsOptions>(target)));
  pm.addPass(createMarkStreams());
  if (target.storesPastCaches)
    pm.addPass(createMarkDistant());
}

static void populateVector(OpPassManager &pm, const Target &target) {
  auto options = getPlanOptions<VectorizeKernelsOptions>(target);
  options.threads = target.threads;
  options.bfloat16Dot = target.bfloat16Dot;
  options.matrixTiles = target.matrixTiles;
  pm.addPass(createVectorizeKernels(options));
  // Positions that several tiles share are computed once, outside of loops.
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createLoopInvariantCodeMotionPass());
}

static void populateMemory(OpPassManager &pm, const Target &target) {
  if (target.memoryBytes)
    pm.addPass(createRematerialize({target.memoryBytes}));
  pm.addPass(createPlanMemory());
}

static void populateLLVM(OpPassManager &pm, const Target &target) {
  LowerLaunchesOptions launches;
  launches.threads = target.threads;
  launches.profile = target.profile;
  pm.addPass(createLowerLaunches(launches));
  pm.addPass(createExpandMath());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  ConvertFuncToLLVMPassOptions functions;
  functions.useBarePtrCallConv = true;
  pm.addPass(createConvertFuncToLLVMPass(functions));
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

ArrayRef<Stage> getStages() {
  static const Stage stages[] = {
      {"model", "the model as the frontend writes it",
       [](OpPassManager &, const Target &) {}},
      {"training", "gradients taken, optimizers expanded, simplified",
       [](OpPassManager &pm, const Target &target) {
         populateTrainingPipeline(pm, target.optimize);
       }},
      {"fusion", "grouped into regions that become kernels",
       [](OpPassManager &pm, const Target &target) {
         pm.addNestedPass<func::FuncOp>(
             createRoundOperands({target.bfloat16Dot}));
         if (target.optimize) {
           pm.addNestedPass<func::FuncOp>(createSplitProducts());
           pm.addNestedPass<func::FuncOp>(createSplitReductions());
         }
         pm.addNestedPass<func::FuncOp>(createFuse({target.optimize}));
       }},
      {"kernels", "one function for each distinct kernel",
       [](OpPassManager &pm, const Target &) {
         pm.addPass(createOutlineKernels());
       }},
      {"linalg", "kernels as linalg on tensors", populateLinalg},
      {"vector", "kernels as loops over register tiles of vectors",
       populateVector},
      {"memory", "every value has its place", populateMemory},
      {"llvm-dialect", "everything in the LLVM dialect", populateLLVM},
  };
  return stages;
}

LogicalResult
runStages(ModuleOp module, const Target &target, StringRef last,
          llvm::function_ref<LogicalResult(const Stage &, ModuleOp)> observe) {
  for (const Stage &stage : getStages()) {
    PassManager pm(module.getContext());
    stage.populate(pm, target);
#ifdef NDEBUG
    pm.enableVerifier(false); // a fifth of the time; LLVM IR is verified anyway
#endif
    if (pm.size() > 0 && failed(pm.run(module)))
      return failure();
    if (observe && failed(observe(stage, module)))
      return failure();
    if (stage.name == last)
      break;
  }
  return success();
}

} // namespace mlc::codegen
