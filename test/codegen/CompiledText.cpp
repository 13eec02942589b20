//===-- CompiledText.cpp - functions of mlc ops as machine code -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledText.h"

#include "runtime/AlignedBlock.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"

using namespace mlc;

static mlir::DialectRegistry &registry() {
  static mlir::DialectRegistry instance;
  static bool once = (registerAllDialects(instance), true);
  (void)once;
  return instance;
}

/// Names everything as a model's functions must be.
static void describe(mlir::func::FuncOp function) {
  mlir::Builder b(function.getContext());
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    function.setArgAttr(i, attr::kName,
                        b.getStringAttr("in" + std::to_string(i)));
    function.setArgAttr(i, attr::kRole, b.getStringAttr("input"));
  }
  for (unsigned i = 0; i < function.getNumResults(); ++i) {
    function.setResultAttr(i, attr::kName,
                           b.getStringAttr("out" + std::to_string(i)));
    function.setResultAttr(i, attr::kRole, b.getStringAttr("output"));
  }
}

CompiledText::CompiledText(const std::string &text, int64_t threads,
                           Optimize optimize, CacheSizes caches)
    : context(registry(), mlir::MLIRContext::Threading::DISABLED) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    llvm::report_fatal_error("the test's text can't be parsed");
  for (auto function : module->getOps<mlir::func::FuncOp>())
    describe(function);
  codegen::Target target = llvm::cantFail(codegen::makeTarget("", "", threads));
  target.optimize = optimize == Optimize::Yes;
  if (caches.l1Bytes)
    target.l1.bytes = caches.l1Bytes;
  if (caches.l2Bytes)
    target.l2.bytes = caches.l2Bytes;
  if (caches.sharedBytes)
    target.sharedCacheBytes = caches.sharedBytes;
  codegen::Compilation compilation(std::move(module), target);
  llvm::cantFail(compilation.lower());
  object = llvm::cantFail(codegen::LoadedObject::load(compilation));
}

void CompiledText::run(llvm::StringRef name, std::vector<const void *> inputs,
                       std::vector<void *> outputs) const {
  const mlc_model &model = object->getModel();
  for (int32_t i = 0; i < model.function_count; ++i) {
    const mlc_function &function = model.functions[i];
    if (function.name != name)
      continue;
    runtime::AlignedBlock state(model.state_bytes),
        workspace(function.workspace_bytes);
    if (function.call(state.data(), workspace.data(), inputs.data(),
                      outputs.data(), /*rows=*/1) != MLC_OK)
      llvm::report_fatal_error("a compiled function failed");
    return;
  }
  llvm::report_fatal_error("no function " + name);
}

std::string mlc::shapeText(llvm::ArrayRef<int64_t> shape,
                           llvm::StringRef element) {
  std::string text;
  for (int64_t size : shape)
    text += std::to_string(size) + "x";
  return text + element.str();
}
