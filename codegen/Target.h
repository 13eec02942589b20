//===-- Target.h - the machine that code is made for ------------*- C++ -*-===//
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

/// A data cache of one core.
struct Cache {
  int64_t bytes, ways;
};

/// What the kernel generators ask of a machine.
struct Target {
  std::string triple, cpu, features;
  /// Bits of the widest vector register; those of a float where there are only
  /// scalar ones.
  int64_t vectorBits = 128;
  /// Number of such registers.
  int64_t vectorRegisters = 16;
  /// Whether it has dot products of pairs of bfloat16.
  bool bfloat16Dot = false;
  /// Whether it has products of tiles of them (AMX), which the system lets
  /// programs use that ask.
  bool matrixTiles = false;
  /// Whether one instruction multiplies and adds.
  bool hasFma = true;
  /// Whether it estimates the reciprocals of a vector of floats to 14 bits.
  bool estimatesReciprocals = false;
  /// Whether a vector is a line of the caches, and may be stored past them.
  bool storesPastCaches = false;
  /// Whether code is compiled again by an engine, which loads operands when it
  /// likes to: all of a step's may be in registers at once.
  bool ordersLoads = false;
  /// First- and second-level cache.
  Cache l1{32 << 10, 8}, l2{256 << 10, 8};
  /// Bytes that surely stay in the third-level cache, which others share.
  int64_t sharedCacheBytes = 8 << 20;
  /// Bytes of a line of theirs.
  int64_t lineBytes = 64;
  int64_t lineElements(int64_t elementBits) const {
    return lineBytes * 8 / elementBits;
  }
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

/// Fills in what is known of the machine's registers and caches.
void describeTarget(Target &target, llvm::TargetMachine &machine,
                    bool isNative);

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
makeTargetMachine(const Target &target);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_TARGET_H
