//===-- Window.h - the geometry of window ops ---------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_WINDOW_H
#define MLC_CODEGEN_WINDOW_H

#include "codegen/TileEmitter.h"
#include "ir/MlcDialect.h"

namespace mlc::codegen {

/// One dimension of a window op: windows that start at o * stride - low.
struct WindowAxis {
  int64_t full, windows, window, stride, low;

  bool isWindowed() const {
    return window != 1 || stride != 1 || low != 0 || full != windows;
  }
  /// The most windows that cover one element.
  int64_t cover() const { return llvm::divideCeil(window, stride); }
};

/// Where loops over a result go along one dimension: step q does the places
/// from q * stride + offset to before the next step's, as far as there are any.
struct WindowExtent {
  int64_t places, steps, stride = 1, offset = 0;
  /// Steps that need no test: all of their places exist, and all that they
  /// read. Empty: both 0.
  int64_t innerBegin = 0, innerEnd = 0;

  int64_t placeOf(int64_t step) const {
    return std::clamp<int64_t>(step * stride + offset, 0, places);
  }
  bool hasInner() const { return innerBegin < innerEnd; }
  bool hasBorder() const {
    return !hasInner() || placeOf(innerBegin) > 0 || placeOf(innerEnd) < places;
  }
};

/// A window op of a kernel.
struct WindowForm {
  mlir::Operation *op;
  mlir::Value operand; ///< what is summed, spread or picked from
  mlir::Value keys;    ///< decide the place in the window, if the op has any
  ReduceKind kind = ReduceKind::add;
  /// Has the result the full shape, each element gathered from the windows that
  /// cover it? Else it has one element for each window.
  bool spreads = false;
  llvm::SmallVector<WindowAxis> axes;

  mlir::Type elementType() const;
  bool areDisjoint() const; ///< no two windows overlap
  /// Loops over the windows: along `dim`.
  WindowExtent windowExtent(size_t dim) const;
  /// Loops over the places of the full shape, in steps of the strides, so that
  /// which windows cover a place of a step is known beforehand. `wholeWindows`:
  /// an inner step's own window lies inside, too.
  WindowExtent placeExtent(size_t dim, bool wholeWindows) const;
  /// Operations of one step of either, if all is unrolled.
  int64_t termsOfStep() const;
};

/// The only window op of the kernel, if it has one.
std::optional<WindowForm> findWindow(mlir::Block &body);

/// The loops around windows: one for each windowed dimension, then vectors.
/// Inner steps and the places at the borders get bodies of their own.
struct WindowWalk {
  TileEmitter &e;
  llvm::SmallVector<WindowExtent> extents;
  llvm::SmallVector<int64_t> loops; ///< dimensions, outermost first
  int64_t vectorDim;
  bool isVectorDimWindowed;
  /// The steps of the outermost loop that are to be done.
  mlir::Value begin, end;
  int64_t unroll; ///< of vectors
  /// Called at steps, and at single places. The vectors' dimension has lanes,
  /// or not where a border crosses it.
  llvm::function_ref<void(const Coords &)> inner, border;

  /// `at` has the coordinates of the other dimensions.
  void emit(Coords at);

private:
  void emitLevel(size_t depth, Coords &at, bool isInner);
  void emitVectors(Coords &at, bool isInner);
  void emitPlaces(size_t depth, Coords &at, llvm::function_ref<void()> body);
  void emitBorder(const WindowExtent &extent, mlir::Value first,
                  mlir::Value last, llvm::function_ref<void(mlir::Value)> body);
};

mlir::Value minimum(TileEmitter &e, mlir::Value lhs, mlir::Value rhs);
mlir::Value maximum(TileEmitter &e, mlir::Value lhs, mlir::Value rhs);

/// A range of indices; nothing is walked along a dimension that has none.
struct IndexRange {
  mlir::Value begin, end;
};
/// Walks a box row-major, handing on values: `body(index, carried)`. What is
/// small and known is unrolled; if all is, `carried` may be empty at first.
llvm::SmallVector<mlir::Value>
foldBox(TileEmitter &e, llvm::ArrayRef<IndexRange> box,
        mlir::ValueRange carried,
        llvm::function_ref<llvm::SmallVector<mlir::Value>(
            llvm::ArrayRef<mlir::Value>, mlir::ValueRange)>
            body);
/// Does foldBox unroll all of the box?
bool isUnrolled(llvm::ArrayRef<IndexRange> box);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_WINDOW_H
