//===-- PlanMemory.cpp - a place for every value of a model ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/MemoryPlan.h"
#include "codegen/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#define DEBUG_TYPE "mlc-plan-memory"

using namespace mlir;

namespace mlc::codegen {
#define GEN_PASS_DEF_PLANMEMORY
#include "codegen/Passes.h.inc"

namespace {

/// Marks the arguments of kernels that no launch lets share memory with another
/// which is written.
void markUnshared(ModuleOp module, const SharedArguments &shared) {
  for (auto kernel : module.getOps<func::FuncOp>()) {
    if (!kernel->hasAttr(attr::kKernel))
      continue;
    auto arguments = shared.find(kernel);
    for (auto [i, type] : llvm::enumerate(kernel.getArgumentTypes()))
      if (isa<MemRefType>(type) &&
          (arguments == shared.end() || !arguments->second.contains(i)))
        kernel.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                          UnitAttr::get(module.getContext()));
  }
}

void setBlocks(ModuleOp module, const Blocks &blocks) {
  Builder b(module.getContext());
  module->setAttr(attr::kState, b.getArrayAttr(blocks.state.entries));
  module->setAttr(attr::kStateBytes, b.getI64IntegerAttr(blocks.state.bytes));
  module->setAttr(attr::kMetrics, b.getArrayAttr(blocks.metrics.entries));
  module->setAttr(attr::kMetricsBytes,
                  b.getI64IntegerAttr(blocks.metrics.bytes));
}

struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<Blocks> blocks = layOutBlocks(module);
    if (failed(blocks))
      return signalPassFailure();
    SymbolTable symbols(module);
    SmallVector<func::FuncOp> functions;
    for (auto function : module.getOps<func::FuncOp>())
      if (!function->hasAttr(attr::kKernel))
        functions.push_back(function);
    SharedArguments shared;
    ConstantPool constants(module);
    for (func::FuncOp function : functions) {
      FailureOr<MemoryPlan> plan = planFunction(function, symbols, *blocks);
      if (failed(plan))
        return signalPassFailure();
      emitPlannedFunction(function, symbols, *blocks, *plan, constants, shared);
    }
    setBlocks(module, *blocks);
    markUnshared(module, shared);
  }
};

} // namespace
} // namespace mlc::codegen
