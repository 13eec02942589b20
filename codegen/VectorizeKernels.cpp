//===-- VectorizeKernels.cpp - kernels as loops over vectors --------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/LoopNest.h"
#include "codegen/MemoryPlan.h"
#include "codegen/Passes.h"
#include "codegen/PlanOptions.h"
#include "codegen/Tuning.h"
#include "ir/MlcDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#define DEBUG_TYPE "mlc-vectorize-kernels"

using namespace mlir;

namespace mlc::codegen {
#define GEN_PASS_DEF_VECTORIZEKERNELS
#include "codegen/Passes.h.inc"

namespace {

std::unique_ptr<LoopNest> plan(func::FuncOp kernel, const Target &target) {
  switch (kernel->getAttrOfType<FusionKindAttr>(attr::kKernel).getValue()) {
  case FusionKind::pointwise:
    return planPointwise(kernel, target);
  case FusionKind::row:
    return planRow(kernel, target);
  case FusionKind::column:
    return planColumn(kernel, target);
  case FusionKind::contraction:
    return planContraction(kernel, target);
  case FusionKind::window:
    return planWindow(kernel, target);
  case FusionKind::scatter:
    return planScatter(kernel, target);
  case FusionKind::attention:
    return planAttention(kernel, target);
  case FusionKind::pack:
    return planPack(kernel, target);
  }
  llvm_unreachable("all kinds are covered");
}

/// The pairs (result, operand) of one type that may share memory.
ArrayAttr findShares(func::FuncOp kernel, const LoopNest &nest) {
  Builder b(kernel.getContext());
  SmallVector<Attribute> shares;
  for (auto [r, result] : llvm::enumerate(kernel.getResultTypes()))
    for (auto [o, operand] : llvm::enumerate(kernel.getArgumentTypes()))
      if (result == operand && nest.mayShare(r, o))
        shares.push_back(b.getI64ArrayAttr({int64_t(r), int64_t(o)}));
  return b.getArrayAttr(shares);
}

class KernelRewriter {
public:
  KernelRewriter(func::FuncOp kernel, const Target &target,
                 ConstantPool &constants)
      : kernel(kernel), target(target), constants(constants) {}

  LogicalResult run() {
    std::unique_ptr<LoopNest> nest = plan(kernel, target);
    if (!nest)
      return failure();
    func::FuncOp vectorized = makeFunction(*nest);
    if (failed(emitBody(vectorized, *nest)))
      return failure();
    kernel.erase();
    return success();
  }

private:
  func::FuncOp makeFunction(const LoopNest &nest) {
    OpBuilder b(kernel);
    SmallVector<Type> arguments;
    for (Type type : kernel.getArgumentTypes())
      arguments.push_back(getFlatType(type));
    for (Type type : kernel.getResultTypes())
      arguments.push_back(getFlatType(type));
    if (int64_t elements = nest.getScratchElements())
      arguments.push_back(MemRefType::get({elements * target.threads},
                                          getScratchElement(kernel)));
    arguments.append(3, b.getIndexType());
    auto function = func::FuncOp::create(b, kernel.getLoc(), kernel.getName(),
                                         b.getFunctionType(arguments, {}));
    function.setPrivate();
    for (StringRef name :
         {attr::kKernel, attr::kWork, attr::kTraffic, attr::kPlans})
      if (Attribute value = kernel->getAttr(name))
        function->setAttr(name, value);
    function->setAttr(attr::kTiles, b.getI64IntegerAttr(nest.getTiles()));
    function->setAttr(attr::kScratch,
                      b.getI64IntegerAttr(nest.getScratchElements()));
    function->setAttr(attr::kShares, findShares(kernel, nest));
    return function;
  }

  LogicalResult emitBody(func::FuncOp function, LoopNest &nest) {
    Block *block = function.addEntryBlock();
    OpBuilder b = OpBuilder::atBlockEnd(block);
    TileEmitter e(b, kernel.getLoc(), getLanes(kernel, target), constants);
    for (BlockArgument argument : kernel.getArguments())
      e.bindBuffer(argument, block->getArgument(argument.getArgNumber()));
    size_t inputs = kernel.getNumArguments(), results = kernel.getNumResults();
    SmallVector<Value> outputs(block->args_begin() + inputs,
                               block->args_begin() + inputs + results);
    ArrayRef<BlockArgument> range = block->getArguments().take_back(3);
    KernelBody body{e, outputs, range[0], range[1], nullptr, nullptr};
    if (int64_t elements = nest.getScratchElements()) {
      body.scratch = block->getArgument(inputs + results);
      body.scratchBase = e.mul(range[2], elements);
    }
    if (failed(nest.emit(body)) || failed(e.getStatus()))
      return failure();
    e.finish();
    func::ReturnOp::create(b, kernel.getLoc());
    return success();
  }

  func::FuncOp kernel;
  const Target &target;
  ConstantPool &constants;
};

struct VectorizeKernels
    : PlanningPass<impl::VectorizeKernelsBase<VectorizeKernels>> {
  using PlanningPass::PlanningPass;

  void runOnOperation() override {
    Target target = getPlanTarget();
    target.threads = threads;
    target.bfloat16Dot = bfloat16Dot;
    target.matrixTiles = matrixTiles;
    SmallVector<func::FuncOp> kernels;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr(attr::kKernel))
        kernels.push_back(function);
    ConstantPool constants(getOperation());
    for (func::FuncOp kernel : kernels)
      if (failed(KernelRewriter(kernel, target, constants).run()))
        return signalPassFailure();
  }
};

} // namespace
} // namespace mlc::codegen
