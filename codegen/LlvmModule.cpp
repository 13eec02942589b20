//===-- LlvmModule.cpp - a model as an LLVM module ------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/LlvmModule.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace mlc::codegen {

static void setAttributes(Module &module, const Target &target) {
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.setLinkage(GlobalValue::InternalLinkage);
    function.addFnAttr("target-cpu", target.cpu);
    function.addFnAttr("target-features", target.features);
    // LLVM prefers 256 bits on some machines that have wider vectors.
    function.addFnAttr("prefer-vector-width",
                       std::to_string(target.vectorBits));
    function.addFnAttr(Attribute::NoUnwind);
  }
}

/// LLVM's optimizations without those that the kernels have already had: loops
/// are unrolled and vectorized as they should be, and unrolling more spills the
/// register tiles.
static void optimize(Module &module, TargetMachine &machine) {
  PipelineTuningOptions tuning;
  tuning.LoopUnrolling = false;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  tuning.LoopInterleaving = false;
  PassBuilder builder(&machine, tuning);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager sccs;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2)
      .run(module, modules);
}

Expected<std::unique_ptr<Module>> makeLlvmModule(mlir::ModuleOp source,
                                                 const ModelInterface &model,
                                                 const Target &target,
                                                 LLVMContext &context) {
  mlir::registerBuiltinDialectTranslation(*source.getContext());
  mlir::registerLLVMDialectTranslation(*source.getContext());
  auto machine = makeTargetMachine(target);
  if (!machine)
    return machine.takeError();
  std::unique_ptr<Module> module =
      mlir::translateModuleToLLVMIR(source, context, model.identifier());
  if (!module)
    return createStringError("the module could not be translated to LLVM IR");
  module->setTargetTriple((*machine)->getTargetTriple());
  module->setDataLayout((*machine)->createDataLayout());
  shareWork(*module, target.threads);
  emitEntryPoints(*module, model);
  emitDescriptor(*module, model);
  setAttributes(*module, target);
  std::string problem;
  raw_string_ostream os(problem);
  if (verifyModule(*module, &os))
    return createStringError("the compiler made LLVM IR that is not valid: " +
                             problem);
  optimize(*module, **machine);
  return module;
}

Expected<SmallVector<char, 0>>
emitMachineCode(Module &module, const Target &target, CodeGenFileType type) {
  auto machine = makeTargetMachine(target);
  if (!machine)
    return machine.takeError();
  SmallVector<char, 0> code;
  raw_svector_ostream os(code);
  legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(passes, os, nullptr, type))
    return createStringError("this target can't make such a file");
  passes.run(module);
  return code;
}

} // namespace mlc::codegen
