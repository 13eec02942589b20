//===-- Compiler.cpp - from a model to machine code -----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Compiler.h"
#include "codegen/LlvmModule.h"
#include "codegen/Pipeline.h"

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
    if (Error error =
            dump(stage.name, "mlir", [&](raw_ostream &os) { at.print(os); }))
      failure = joinErrors(std::move(failure), std::move(error));
    return mlir::success();
  };
  if (mlir::failed(runStages(*module, target, "", observe)))
    return joinErrors(std::move(failure),
                      createStringError("the model could not be compiled"));
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
  auto fail = [&](std::error_code code) {
    return createStringError(code,
                             "cannot write '" + path + "': " + code.message());
  };
  auto temporary = sys::fs::TempFile::create(
      path + ".tmp-%%%%%%", sys::fs::all_read | sys::fs::owner_write);
  if (!temporary)
    return fail(errorToErrorCode(temporary.takeError()));
  raw_fd_ostream os(temporary->FD, /*shouldClose=*/false);
  os << contents;
  os.flush();
  if (std::error_code error = os.error()) {
    os.clear_error();
    consumeError(temporary->discard());
    return fail(error);
  }
  if (Error error = temporary->keep(path)) {
    std::error_code code = errorToErrorCode(std::move(error));
    consumeError(temporary->discard());
    return fail(code);
  }
  return Error::success();
}

Error linkShared(StringRef object, StringRef path) {
  ErrorOr<std::string> cc = sys::findProgramByName("cc");
  if (!cc)
    return createStringError("--emit=shared needs a C compiler named 'cc' to "
                             "link with, and found none");
  std::string message;
  std::string temporary = (path + ".tmp").str();
  int status =
      sys::ExecuteAndWait(*cc, {*cc, "-shared", "-o", temporary, object, "-lm"},
                          std::nullopt, {}, 0, 0, &message);
  if (status != 0) {
    sys::fs::remove(temporary);
    return createStringError("linking '" + path + "' failed" +
                             (message.empty() ? "" : ": " + message));
  }
  if (std::error_code error = sys::fs::rename(temporary, path)) {
    sys::fs::remove(temporary);
    return createStringError(error,
                             "cannot write '" + path + "': " + error.message());
  }
  return Error::success();
}

} // namespace mlc::codegen
