//===-- Timeline.h - when values are needed -----------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_TIMELINE_H
#define MLC_CODEGEN_TIMELINE_H

#include "ir/MlcDialect.h"

namespace mlc::codegen {

/// Numbers the steps of a function, those inside of loops between the beginning
/// and the end of their loop: what lives within one round of a loop can share
/// memory with what lives at another time of the same round.
class Timeline {
public:
  explicit Timeline(llvm::ArrayRef<mlir::Operation *> steps);

  /// When a launch runs, or a loop begins.
  int64_t start(mlir::Operation *step) const { return starts.lookup(step); }
  /// When a launch runs, or a loop ends.
  int64_t end(mlir::Operation *step) const { return ends.lookup(step); }
  /// The last time that `root` is read in its block, or -1. A loop reads its
  /// operands until it ends, a body's end what it yields.
  int64_t lastRead(mlir::Value root) const;
  void readAtEnd(mlir::Value root) { reads[root] = next; }

private:
  void addSteps(llvm::ArrayRef<mlir::Operation *> steps);
  void addReads(mlir::ValueRange values, int64_t time);

  int64_t next = 0;
  llvm::DenseMap<mlir::Operation *, int64_t> starts, ends;
  llvm::DenseMap<mlir::Value, int64_t> reads;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_TIMELINE_H
