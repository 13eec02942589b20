//===-- ShareWork.cpp - kernels shared out between threads ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/LlvmModule.h"

#include "llvm/IR/IRBuilder.h"

using namespace llvm;

namespace mlc::codegen {

/// The body that mlc_parallel_for runs: takes the kernel's pointers from the
/// context and does the given tiles.
static Function *makeBody(Function &kernel) {
  LLVMContext &context = kernel.getContext();
  Type *ptr = PointerType::get(context, 0), *i64 = Type::getInt64Ty(context);
  auto *type =
      FunctionType::get(Type::getVoidTy(context), {ptr, i64, i64, i64}, false);
  auto *body =
      Function::Create(type, GlobalValue::InternalLinkage,
                       kernel.getName() + ".share", kernel.getParent());
  IRBuilder<> b(BasicBlock::Create(context, "", body));
  size_t pointers = kernel.arg_size() - 3;
  SmallVector<Value *> arguments;
  for (size_t i = 0; i < pointers; ++i)
    arguments.push_back(b.CreateLoad(
        ptr, b.CreateConstInBoundsGEP1_64(ptr, body->getArg(0), i)));
  for (unsigned i = 1; i <= 3; ++i)
    arguments.push_back(body->getArg(i));
  b.CreateCall(&kernel, arguments);
  b.CreateRetVoid();
  return body;
}

static void shareCall(CallInst *call, Function *body, int64_t threads) {
  Function *caller = call->getFunction();
  LLVMContext &context = call->getContext();
  Type *ptr = PointerType::get(context, 0), *i64 = Type::getInt64Ty(context);
  FunctionCallee parallelFor = caller->getParent()->getOrInsertFunction(
      "mlc_parallel_for",
      FunctionType::get(Type::getVoidTy(context), {ptr, ptr, i64, i64}, false));
  size_t pointers = call->arg_size() - 3;
  IRBuilder<> entry(&caller->getEntryBlock(), caller->getEntryBlock().begin());
  Value *arguments = entry.CreateAlloca(ArrayType::get(ptr, pointers));
  IRBuilder<> b(call);
  for (size_t i = 0; i < pointers; ++i)
    b.CreateStore(call->getArgOperand(i),
                  b.CreateConstInBoundsGEP1_64(ptr, arguments, i));
  b.CreateCall(parallelFor, {body, arguments, call->getArgOperand(pointers + 1),
                             b.getInt64(threads)});
  call->eraseFromParent();
}

void shareWork(Module &module, int64_t threads) {
  SmallVector<Function *> kernels;
  for (Function &function : module)
    if (function.hasFnAttribute("mlc-tiles"))
      kernels.push_back(&function);
  for (Function *kernel : kernels) {
    SmallVector<CallInst *> calls;
    for (User *user : kernel->users())
      if (auto *call = dyn_cast<CallInst>(user))
        calls.push_back(call);
    Function *body = makeBody(*kernel);
    for (CallInst *call : calls)
      shareCall(call, body, threads);
  }
}

} // namespace mlc::codegen
