//===-- CompiledText.h - functions of mlc ops as machine code ---*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MLC_TEST_CODEGEN_COMPILEDTEXT_H
#define MLC_TEST_CODEGEN_COMPILEDTEXT_H

#include "codegen/Jit.h"
#include "ir/MlcDialect.h"

#include <string>

namespace mlc {

/// Compiles functions written in the mlc dialect for this machine, through all
/// stages, as the functions of one model. Arguments become inputs and results
/// outputs.
enum class Optimize : uint8_t { No, Yes };

/// Stand for the machine's, where they aren't 0.
struct CacheSizes {
  int64_t l2Bytes = 0, sharedBytes = 0, l1Bytes = 0;
};

class CompiledText {
public:
  /// Dies where that fails. Not optimized, every op is a kernel, as written.
  explicit CompiledText(const std::string &text, int64_t threads = 1,
                        Optimize optimize = Optimize::Yes,
                        CacheSizes caches = {});

  /// Calls a function on memory as large as its tensors.
  void run(llvm::StringRef name, std::vector<const void *> inputs,
           std::vector<void *> outputs) const;

private:
  mlir::MLIRContext context;
  std::unique_ptr<codegen::LoadedObject> object;
};

/// "4x8xf32", to follow "tensor<".
std::string shapeText(llvm::ArrayRef<int64_t> shape, llvm::StringRef element);
template <typename T> llvm::StringRef elementText() {
  return sizeof(T) == 4 ? "f32" : "f64";
}

} // namespace mlc

#endif // MLC_TEST_CODEGEN_COMPILEDTEXT_H
