//===-- EntryPoints.cpp - the functions that callers call -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ArenaLayout.h"
#include "codegen/LlvmModule.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/SourceMgr.h"

using namespace llvm;

namespace mlc::codegen {

// A partial batch is brought to full size by repeating its first row: real
// values, so that nothing becomes infinite or NaN that wouldn't otherwise; what
// is computed from them is left out of losses, metrics and outputs.
static constexpr char kHelpers[] = R"(
define i64 @mlc.find_bad_i32(ptr %ids, i64 %count, i64 %range, i64 %ignored) {
entry:
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %good ]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %body, label %none
body:
  %at = getelementptr i32, ptr %ids, i64 %i
  %id = load i32, ptr %at, align 4
  %wide = sext i32 %id to i64
  %in_range = icmp ult i64 %wide, %range
  %is_ignored = icmp eq i64 %wide, %ignored
  %ok = or i1 %in_range, %is_ignored
  br i1 %ok, label %good, label %bad
good:
  %next = add nsw i64 %i, 1
  br label %head
bad:
  ret i64 %i
none:
  ret i64 -1
}

define ptr @mlc.fill_batch(ptr %from, ptr %to, i64 %rows, i64 %batch, i64 %row_bytes) {
entry:
  %partial = icmp slt i64 %rows, %batch
  br i1 %partial, label %copy, label %whole
whole:
  ret ptr %from
copy:
  %bytes = mul i64 %rows, %row_bytes
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %bytes, i1 false)
  br label %head
head:
  %r = phi i64 [ %rows, %copy ], [ %next, %body ]
  %more = icmp slt i64 %r, %batch
  br i1 %more, label %body, label %done
body:
  %offset = mul i64 %r, %row_bytes
  %at = getelementptr i8, ptr %to, i64 %offset
  call void @llvm.memcpy.p0.p0.i64(ptr %at, ptr %from, i64 %row_bytes, i1 false)
  %next = add nsw i64 %r, 1
  br label %head
done:
  ret ptr %to
}

define void @mlc.take_rows(ptr %from, ptr %to, i64 %rows, i64 %batch, i64 %row_bytes) {
entry:
  %partial = icmp slt i64 %rows, %batch
  br i1 %partial, label %copy, label %done
copy:
  %bytes = mul i64 %rows, %row_bytes
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %bytes, i1 false)
  br label %done
done:
  ret void
}

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
)";

namespace {

class EntryBuilder {
public:
  EntryBuilder(Module &module, const ModelInterface &model,
               const FunctionInterface &function)
      : module(module), model(model), function(function),
        b(module.getContext()) {
    ptr = b.getPtrTy();
    auto *type = FunctionType::get(b.getInt64Ty(),
                                   {ptr, ptr, ptr, ptr, b.getInt64Ty()}, false);
    entry = Function::Create(type, GlobalValue::InternalLinkage,
                             entryName(model, function), module);
    entry->addFnAttr(Attribute::NoUnwind);
    state = entry->getArg(0);
    workspace = entry->getArg(1);
    rows = entry->getArg(4);
    b.SetInsertPoint(BasicBlock::Create(module.getContext(), "", entry));
  }

  void run() {
    Value *rowCount = b.CreateAlloca(b.getInt32Ty());
    if (module.getFunction("llvm.x86.tdpbf16ps.internal"))
      askForMatrixTiles();
    loadPointers(function.inputs, entry->getArg(2), inputs);
    loadPointers(function.outputs, entry->getArg(3), outputs);
    if (isBatched())
      checkRows();
    checkIds();
    if (function.name == "init")
      b.CreateMemSet(state, b.getInt8(0), model.stateBytes,
                     Align(MLC_ALIGNMENT));
    b.CreateStore(b.CreateTrunc(rows, b.getInt32Ty()), rowCount);
    SmallVector<Value *> arguments{state, workspace, rowCount};
    for (size_t i = 0; i < inputs.size(); ++i)
      arguments.push_back(fillBatch(function.inputs[i], inputs[i]));
    SmallVector<Value *> places;
    for (size_t i = 0; i < outputs.size(); ++i)
      places.push_back(outputPlace(function.outputs[i], outputs[i]));
    arguments.append(places);
    b.CreateCall(module.getFunction(function.name), arguments);
    for (size_t i = 0; i < outputs.size(); ++i)
      if (function.outputs[i].isBatched())
        b.CreateCall(module.getFunction("mlc.take_rows"),
                     {places[i], outputs[i], rows, b.getInt64(function.batch),
                      rowBytes(function.outputs[i])});
    b.CreateRet(b.getInt64(MLC_OK));
  }

private:
  void loadPointers(ArrayRef<TensorInterface> tensors, Value *from,
                    SmallVector<Value *> &to) {
    for (size_t i = 0; i < tensors.size(); ++i)
      to.push_back(
          b.CreateLoad(ptr, b.CreateConstInBoundsGEP1_64(ptr, from, i)));
  }

  bool isBatched() {
    return any_of(function.inputs,
                  [](const TensorInterface &t) { return t.isBatched(); });
  }

  Value *rowBytes(const TensorInterface &tensor) {
    return b.getInt64(tensor.bytes / function.batch);
  }

  /// Returns `status` from the entry if `failed`.
  void returnIf(Value *failed, Value *status) {
    auto *bad = BasicBlock::Create(module.getContext(), "", entry);
    auto *good = BasicBlock::Create(module.getContext(), "", entry);
    b.CreateCondBr(failed, bad, good);
    b.SetInsertPoint(bad);
    b.CreateRet(status);
    b.SetInsertPoint(good);
  }

  /// Linux lets a process use the registers of AMX that has asked, with all its
  /// threads from then on; asking again takes as long as any system call:
  /// Documentation/arch/x86/xstate.rst. Kernels before 5.16 don't know it.
  void askForMatrixTiles() {
    constexpr int64_t archPrctl = 158, requestPermission = 0x1023,
                      tileData = 18;
    Type *number = b.getInt64Ty();
    auto *type = FunctionType::get(number, {number, number, number}, false);
    auto *call = InlineAsm::get(
        type, "syscall",
        "={rax},{rax},{rdi},{rsi},~{rcx},~{r11},~{memory},~{dirflag},~{fpsr},"
        "~{flags}",
        /*hasSideEffects=*/true);
    Value *failed = b.CreateCall(call, {b.getInt64(archPrctl),
                                        b.getInt64(requestPermission),
                                        b.getInt64(tileData)});
    returnIf(b.CreateICmpNE(failed, b.getInt64(0)),
             b.getInt64(MLC_UNSUPPORTED));
  }

  void checkRows() {
    Value *fromZero = b.CreateSub(rows, b.getInt64(1));
    returnIf(b.CreateICmpUGE(fromZero, b.getInt64(function.batch)),
             b.getInt64(MLC_BAD_ROWS));
  }

  void checkIds() {
    for (auto [i, tensor] : enumerate(function.inputs)) {
      if (tensor.range == 0)
        continue;
      Value *count =
          b.CreateMul(rows, b.getInt64(tensor.bytes / 4 / function.batch));
      Value *bad = b.CreateCall(module.getFunction("mlc.find_bad_i32"),
                                {inputs[i], count, b.getInt64(tensor.range),
                                 b.getInt64(tensor.ignored)});
      // Before the return block is made, for it is only reached from there.
      Value *status = b.CreateOr(
          b.CreateShl(bad, 16), b.getInt64(int64_t(i) << 8 | MLC_OUT_OF_RANGE));
      returnIf(b.CreateICmpSGE(bad, b.getInt64(0)), status);
    }
  }

  Value *nextStage(const TensorInterface &tensor) {
    Value *place =
        b.CreateConstInBoundsGEP1_64(b.getInt8Ty(), workspace, staged);
    staged += alignBytes(tensor.bytes);
    return place;
  }

  Value *fillBatch(const TensorInterface &tensor, Value *from) {
    if (!tensor.isBatched())
      return from;
    return b.CreateCall(module.getFunction("mlc.fill_batch"),
                        {from, nextStage(tensor), rows,
                         b.getInt64(function.batch), rowBytes(tensor)});
  }

  Value *outputPlace(const TensorInterface &tensor, Value *to) {
    if (!tensor.isBatched())
      return to;
    Value *isPartial = b.CreateICmpSLT(rows, b.getInt64(function.batch));
    return b.CreateSelect(isPartial, nextStage(tensor), to);
  }

  Module &module;
  const ModelInterface &model;
  const FunctionInterface &function;
  IRBuilder<> b;
  Type *ptr;
  Function *entry;
  Value *state, *workspace, *rows;
  SmallVector<Value *> inputs, outputs;
  int64_t staged = function.arenaBytes;
};

} // namespace

std::string entryName(const ModelInterface &model,
                      const FunctionInterface &function) {
  return model.identifier() + "." + function.name;
}

void emitEntryPoints(Module &module, const ModelInterface &model) {
  SMDiagnostic error;
  std::unique_ptr<Module> helpers =
      parseAssemblyString(kHelpers, error, module.getContext());
  helpers->setDataLayout(module.getDataLayout());
  helpers->setTargetTriple(module.getTargetTriple());
  Linker::linkModules(module, std::move(helpers));
  for (const FunctionInterface &function : model.functions) {
    module.getFunction(function.name)->setLinkage(GlobalValue::InternalLinkage);
    EntryBuilder(module, model, function).run();
  }
}

} // namespace mlc::codegen
