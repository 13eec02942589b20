//===-- Strands.h - independent operations, interleaved -----------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_STRANDS_H
#define MLC_CODEGEN_STRANDS_H

#include "mlir/IR/Builders.h"

namespace mlc::codegen {

/// Operations that were emitted strand by strand, at one place. Each strand is
/// a long chain of operations that wait for each other; a processor doesn't
/// look as far ahead as to the next strand, so they are woven into each other.
/// Loads and stores of different strands must be free to change places.
class Strands {
public:
  explicit Strands(mlir::OpBuilder &b) : b(b) {}

  /// What is emitted between these two is a strand.
  void begin();
  void end();

  /// Puts an operation of each strand in turn; but what a strand took from
  /// another one (a common operand) is before it.
  void interleave();

private:
  void expandFunctions(size_t s);
  void placeNext(size_t s);

  mlir::OpBuilder &b;
  /// The one before the strand that is being emitted; null: none.
  mlir::Operation *before = nullptr;
  std::vector<std::vector<mlir::Operation *>> strands;
  /// Of each strand, how many are in their final places.
  std::vector<size_t> placed;
  /// Those that are not.
  llvm::DenseMap<mlir::Operation *, size_t> strandOf;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_STRANDS_H
