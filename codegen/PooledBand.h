//===-- PooledBand.h - windows over a band of results ---------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As many rows of an image as windows are high are a band. When a kernel has
// made one, its windows are combined while its elements are in the first-level
// cache: those that nobody else reads never leave it.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_POOLEDBAND_H
#define MLC_CODEGEN_POOLEDBAND_H

#include "codegen/LoopNest.h"
#include "codegen/Window.h"

namespace mlc::codegen {

class PooledBand {
public:
  /// `sizes`: of a band, along each dimension of what is pooled (1: one place,
  /// wherever it is); `dim`: along which bands follow each other, or -1. It is
  /// at `origin` in the worker's memory, if it has to be kept.
  PooledBand(mlir::func::FuncOp kernel, const WindowForm &form,
             KernelBody &body, llvm::ArrayRef<int64_t> sizes, int64_t dim,
             mlir::Value origin);

  /// Begins a band at `start` along its dimension and at column `column`.
  void begin(mlir::Value start, mlir::Value column);
  /// What is emitted from here on is in no window.
  void end() { isFilling = false; }
  /// Stores results of the pooled shape at `at`, and what windows will read.
  void emitElement(const Coords &at);

  /// Columns of a vector, and how many of them there are.
  struct Columns {
    Coord place;
    int64_t active;
  };
  /// Emits the windows of a band, those of `range` along its dimension; `at`
  /// has the places along dimensions in which it has but one.
  void emitWindows(Coords at, IndexRange range,
                   llvm::ArrayRef<Columns> columns);
  /// Has the kernel results of the pooled shape, too?
  bool keepsElements() const;

private:
  void emitWindowsFrom(int64_t depth, Coords &at, IndexRange range,
                       llvm::ArrayRef<Columns> columns);
  /// Of the kernel's results, those of windows, or of what they are over.
  void emitResultsOf(bool areWindows, const Coords &at);

  mlir::func::FuncOp kernel;
  const WindowForm &form;
  KernelBody &body;
  TileEmitter &e;
  llvm::SmallVector<int64_t> sizes;
  int64_t dim;
  mlir::Value origin;
  /// Where windows find their elements: in a result, or in the worker's memory.
  Layout layout;
  bool isFilling = false;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_POOLEDBAND_H
