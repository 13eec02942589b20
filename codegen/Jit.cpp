//===-- Jit.cpp - a compiled model in this process ------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Jit.h"
#include "codegen/Passes.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"

using namespace llvm;

namespace mlc::codegen {

LoadedObject::LoadedObject(std::unique_ptr<orc::LLJIT> jit,
                           const mlc_model *model)
    : jit(std::move(jit)), model(model) {}
LoadedObject::~LoadedObject() = default;

Expected<std::unique_ptr<LoadedObject>>
LoadedObject::load(Compilation &compilation, ProfileFunction profile) {
  auto code = compilation.emit(CodeGenFileType::ObjectFile);
  if (!code)
    return code.takeError();
  auto made = orc::LLJITBuilder().create();
  if (!made)
    return made.takeError();
  std::unique_ptr<orc::LLJIT> jit = std::move(*made);
  orc::JITDylib &library = jit->getMainJITDylib();
  // libc and libm come from this process; the pool for threads is linked in.
  auto process = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      jit->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  library.addGenerator(std::move(*process));
  orc::SymbolMap symbols;
  symbols[jit->mangleAndIntern("mlc_parallel_for")] = {
      orc::ExecutorAddr::fromPtr(&mlc_parallel_for), JITSymbolFlags::Exported};
  if (profile)
    symbols[jit->mangleAndIntern(kProfileFunction)] = {
        orc::ExecutorAddr::fromPtr(profile), JITSymbolFlags::Exported};
  if (Error error = library.define(orc::absoluteSymbols(std::move(symbols))))
    return error;
  auto buffer = MemoryBuffer::getMemBufferCopy(
      StringRef(code->data(), code->size()), "model.o");
  if (Error error = jit->addObjectFile(std::move(buffer)))
    return error;
  auto symbol = jit->lookup(compilation.getInterface().symbol());
  if (!symbol)
    return symbol.takeError();
  auto *model = symbol->toPtr<const mlc_model *>();
  return std::unique_ptr<LoadedObject>(new LoadedObject(std::move(jit), model));
}

} // namespace mlc::codegen
