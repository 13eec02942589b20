//===-- Target.h - the machine that code is made for --------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_TARGET_H
#define MLC_CODEGEN_TARGET_H

#include "mlir/IR/Types.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>

namespace mlc::codegen {

/// What the kernel generators ask of a machine.
struct Target {
  std::string triple, cpu, features;
  /// Bits of the widest vector register worth using.
  int64_t vectorBits = 128;
  /// Number of vector registers.
  int64_t vectorRegisters = 16;
  /// Whether it has dot products of pairs of bfloat16.
  bool bfloat16Dot = false;
  /// Bytes of first- and second-level data cache of one core.
  int64_t l1Bytes = 32 << 10, l2Bytes = 512 << 10;
  /// Most threads that the code will be run with; 1: no work sharing.
  int64_t threads = 1;
  /// Most bytes of a function's workspace; 0: as many as the fastest code
  /// takes.
  int64_t memoryBytes = 0;
  /// Whether to simplify and fuse. Otherwise every op is a kernel, as written:
  /// what the rest is tested against.
  bool optimize = true;
  /// Whether code says after each kernel that it is done: it calls
  /// void mlc_profile(int64_t kernel), which must be there, with its place in
  /// ModelInterface::kernels.
  bool profile = false;

  int64_t lanes(mlir::Type element) const {
    return std::max<int64_t>(1, vectorBits / element.getIntOrFloatBitWidth());
  }
};

/// Describes a machine. Empty triple: this one; empty cpu: this one's, or the
/// triple's baseline. An unknown triple or cpu is an error in words.
llvm::Expected<Target> makeTarget(llvm::StringRef triple, llvm::StringRef cpu,
                                  int64_t threads);

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
makeTargetMachine(const Target &target);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_TARGET_H
