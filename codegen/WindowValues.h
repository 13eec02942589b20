//===-- WindowValues.h - what is found in a window ----------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_WINDOWVALUES_H
#define MLC_CODEGEN_WINDOWVALUES_H

#include "codegen/Window.h"

namespace mlc::codegen {

/// Emits sums and extrema of windows. A window is named by its coordinates; it
/// is inner if all of its elements exist. Values are vectors if the coordinate
/// of the vectors' dimension has lanes, else scalars.
class WindowValues {
public:
  WindowValues(TileEmitter &e, const WindowForm &form, int64_t vectorDim)
      : e(e), form(form), vectorDim(vectorDim) {}

  /// The elements of a window, combined.
  mlir::Value combined(const Coords &window, bool isInner);
  /// The operand's element where the keys have their first extremum.
  mlir::Value picked(const Coords &window, bool isInner);
  /// The number, in the window, of that element.
  mlir::Value position(const Coords &window, bool isInner);
  /// The number of the element at `offsets` in the window.
  mlir::Value numberOf(llvm::ArrayRef<mlir::Value> offsets,
                       const Coords &window);

  /// `tensor` at `at`; a number everywhere.
  mlir::Value emitAt(mlir::Value tensor, const Coords &at);
  mlir::Value constant(double value, const Coords &at);
  /// The same bits as a float, to be kept in memory; and back.
  mlir::Value asFloat(mlir::Value position);
  mlir::Value asPosition(mlir::Value bits);

private:
  using Payload = llvm::function_ref<mlir::Value(llvm::ArrayRef<mlir::Value>)>;

  mlir::Value brought(mlir::Value value, const Coords &at);
  llvm::SmallVector<IndexRange> offsetsOf(const Coords &window, bool isInner);
  Coords elementAt(const Coords &window, llvm::ArrayRef<mlir::Value> offsets);
  double neutral() const;
  mlir::Value combine(mlir::Value lhs, mlir::Value rhs);
  mlir::Value atExtremum(const Coords &window, bool isInner, Payload payload);
  mlir::Value beats(mlir::Value key, mlir::Value best);
  mlir::IntegerType positionType();
  mlir::Value cast(mlir::Value value, mlir::Type element);

  TileEmitter &e;
  const WindowForm &form;
  int64_t vectorDim;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_WINDOWVALUES_H
