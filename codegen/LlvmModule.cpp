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
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/IPO/ConstantMerge.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

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
    // Of divisions that allow it: see emitQuotient in Approximations.h. A step
    // of Newton's leaves an estimate of 14 bits exact but for the last place.
    function.addFnAttr("reciprocal-estimates",
                       target.estimatesReciprocals ? "vec-divf:1" : "none");
    function.addFnAttr(Attribute::NoUnwind);
  }
}

/// What kernels gain from: address arithmetic simplified and taken out of
/// loops. They come with their loops tiled, unrolled and vectorized; more
/// unrolling would spill the register tiles. LLVM's -O2 makes the same speed in
/// one and a half times the compile time.
static FunctionPassManager makeFunctionPasses() {
  FunctionPassManager passes;
  passes.addPass(SROAPass(SROAOptions::ModifyCFG));
  passes.addPass(EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(SimplifyCFGPass());
  passes.addPass(
      InstCombinePass(InstCombineOptions().setVerifyFixpoint(false)));
  LoopPassManager loops;
  loops.addPass(LoopRotatePass());
  loops.addPass(LICMPass(LICMOptions()));
  passes.addPass(
      createFunctionToLoopPassAdaptor(std::move(loops), /*UseMemorySSA=*/true));
  passes.addPass(EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(SimplifyCFGPass());
  return passes;
}

static void optimize(Module &module, TargetMachine &machine) {
  PassBuilder builder(&machine);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager sccs;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  ModulePassManager passes;
  passes.addPass(createModuleToFunctionPassAdaptor(makeFunctionPasses()));
  passes.addPass(GlobalDCEPass());
  passes.addPass(ConstantMergePass());
  passes.run(module, modules);
}

/// Loop strength reduction takes a tenth of the compile time and gains kernels
/// nothing. Only LLVM's command line can turn it off.
static void skipStrengthReduction() {
  static bool once = [] {
    auto &options = cl::getRegisteredOptions();
    if (auto found = options.find("disable-lsr"); found != options.end())
      static_cast<cl::opt<bool> *>(found->second)->setValue(true);
    return true;
  }();
  (void)once;
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
  skipStrengthReduction();
  SmallVector<char, 0> code;
  raw_svector_ostream os(code);
  legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(passes, os, nullptr, type))
    return createStringError("this target can't make such a file");
  passes.run(module);
  return code;
}

} // namespace mlc::codegen
