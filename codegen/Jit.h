//===-- Jit.h - a compiled model in this process ------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_JIT_H
#define MLC_CODEGEN_JIT_H

#include "codegen/Compiler.h"

namespace llvm::orc {
class LLJIT;
}

namespace mlc::codegen {

/// The object that `mlc compile` would write, loaded into this process.
class LoadedObject {
public:
  /// What profiled code calls; see Target::profile.
  using ProfileFunction = void (*)(int64_t kernel);

  /// Compiles and loads; the model stays valid as long as the result. Code that
  /// was made to be profiled needs `profile`.
  static llvm::Expected<std::unique_ptr<LoadedObject>>
  load(Compilation &compilation, ProfileFunction profile = nullptr);
  ~LoadedObject();

  const mlc_model &getModel() const { return *model; }

private:
  LoadedObject(std::unique_ptr<llvm::orc::LLJIT> jit, const mlc_model *model);

  std::unique_ptr<llvm::orc::LLJIT> jit;
  const mlc_model *model;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_JIT_H
