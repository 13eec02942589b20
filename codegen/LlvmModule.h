//===-- LlvmModule.h - a model as an LLVM module ------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_LLVMMODULE_H
#define MLC_CODEGEN_LLVMMODULE_H

#include "codegen/ModelInterface.h"
#include "codegen/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"

namespace mlc::codegen {

/// Translates a module in the LLVM dialect, adds the functions and the
/// descriptor of mlc/model.h, and optimizes. The only symbol that others see is
/// `interface.symbol()`.
llvm::Expected<std::unique_ptr<llvm::Module>>
makeLlvmModule(mlir::ModuleOp module, const ModelInterface &interface,
               const Target &target, llvm::LLVMContext &context);

/// Defines, for each function, the mlc_entry around it: checks rows and ids,
/// brings a partial batch to full size, calls, and takes back what was asked.
void emitEntryPoints(llvm::Module &module, const ModelInterface &interface);
/// The name of the mlc_entry of a function.
std::string entryName(const ModelInterface &interface,
                      const FunctionInterface &function);

/// Defines the constant mlc_model.
void emitDescriptor(llvm::Module &module, const ModelInterface &interface);

/// Turns calls of kernels marked with "mlc-tiles" into mlc_parallel_for.
void shareWork(llvm::Module &module, int64_t threads);

/// Object or assembly text for the module.
llvm::Expected<llvm::SmallVector<char, 0>>
emitMachineCode(llvm::Module &module, const Target &target,
                llvm::CodeGenFileType type);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_LLVMMODULE_H
