//===-- Compiler.cpp - from a model to machine code -----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Compiler.h"
#include "codegen/LlvmModule.h"
#include "codegen/Pipeline.h"
#include "runtime/OutputFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace mlc::codegen {

Compilation::Compilation(mlir::OwningOpRef<mlir::ModuleOp> source,
                         Target target, std::string dumpDirectory)
    : module(std::move(source)), target(std::move(target)),
      dumpDirectory(std::move(dumpDirectory)) {}

Compilation::~Compilation() = default;

Error Compilation::dump(StringRef name, StringRef extension,
                        function_ref<void(raw_ostream &)> print) {
  if (dumpDirectory.empty())
    return Error::success();
  if (std::error_code error = sys::fs::create_directories(dumpDirectory))
    return createStringError(error, "cannot make directory '" + dumpDirectory +
                                        "': " + error.message());
  std::string text;
  raw_string_ostream os(text);
  print(os);
  SmallString<128> path(dumpDirectory);
  sys::path::append(
      path, formatv("{0,0+2}-{1}.{2}", dumped++, name, extension).str());
  return writeFile(path, text);
}

Error Compilation::lower() {
  Error failure = Error::success();
  auto observe = [&](const Stage &stage,
                     mlir::ModuleOp at) -> mlir::LogicalResult {
    if (stage.name == "memory")
      interface = readInterface(at, target.threads);
    failure = dump(stage.name, "mlir", [&](raw_ostream &os) { at.print(os); });
    return mlir::success(!failure);
  };
  if (mlir::failed(runStages(*module, target, "", observe)) && !failure)
    return createStringError("the model could not be compiled");
  return failure;
}

Expected<Module &> Compilation::makeLlvm() {
  llvmContext = std::make_unique<LLVMContext>();
  auto made = makeLlvmModule(*module, interface, target, *llvmContext);
  if (!made)
    return made.takeError();
  llvmModule = std::move(*made);
  if (Error error = dump("llvm", "ll", [&](raw_ostream &os) {
        llvmModule->print(os, nullptr);
      }))
    return error;
  return *llvmModule;
}

Expected<SmallVector<char, 0>> Compilation::emit(CodeGenFileType type) {
  if (!llvmModule)
    if (auto made = makeLlvm(); !made)
      return made.takeError();
  return emitMachineCode(*llvmModule, target, type);
}

Error writeFile(StringRef path, StringRef contents) {
  runtime::Status written = runtime::writeFile(path.str(), contents.str());
  if (written)
    return Error::success();
  return createStringError("'" + path + "': " + written.error().message);
}

Error linkShared(StringRef object, StringRef path) {
  ErrorOr<std::string> cc = sys::findProgramByName("cc");
  if (!cc)
    return createStringError("--emit=shared needs a C compiler named 'cc' to "
                             "link with, and found none");
  std::string message;
  int status =
      sys::ExecuteAndWait(*cc, {*cc, "-shared", "-o", path, object, "-lm"},
                          std::nullopt, {}, 0, 0, &message);
  if (status == 0)
    return Error::success();
  return createStringError("linking with '" + *cc + "' failed" +
                           (message.empty() ? "" : ": " + message));
}

} // namespace mlc::codegen
