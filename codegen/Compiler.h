//===-- Compiler.h - from a model to machine code -----------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_COMPILER_H
#define MLC_CODEGEN_COMPILER_H

#include "codegen/ModelInterface.h"
#include "codegen/Target.h"

#include "mlir/IR/OwningOpRef.h"
#include "llvm/IR/Module.h"

namespace mlc::codegen {

/// A model on its way through the stages. Errors of passes are reported through
/// the MLIR context's handler; functions here say only that there was one.
class Compilation {
public:
  /// Takes the frontend's module. If `dumpDirectory` isn't empty, the module is
  /// written there after each stage, numbered.
  Compilation(mlir::OwningOpRef<mlir::ModuleOp> module, Target target,
              std::string dumpDirectory = "");
  ~Compilation();

  /// Runs up to the LLVM dialect.
  llvm::Error lower();
  /// Goes on to optimized LLVM IR; `lower` must have succeeded.
  llvm::Expected<llvm::Module &> makeLlvm();
  llvm::Expected<llvm::SmallVector<char, 0>> emit(llvm::CodeGenFileType type);

  /// Known once `lower` has succeeded.
  const ModelInterface &getInterface() const { return interface; }
  mlir::ModuleOp getModule() { return *module; }
  const Target &getTarget() const { return target; }

private:
  llvm::Error dump(llvm::StringRef name, llvm::StringRef extension,
                   llvm::function_ref<void(llvm::raw_ostream &)> print);

  mlir::OwningOpRef<mlir::ModuleOp> module;
  Target target;
  std::string dumpDirectory;
  int dumped = 0;
  ModelInterface interface;
  std::unique_ptr<llvm::LLVMContext> llvmContext;
  std::unique_ptr<llvm::Module> llvmModule;
};

/// Writes `contents` beside `path` and renames it there, so that no reader and
/// no failure ever leaves half a file.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef contents);

/// Links an object to a shared library at `path`, written in place, with the
/// system's C compiler.
llvm::Error linkShared(llvm::StringRef object, llvm::StringRef path);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_COMPILER_H
