//===-- RecurrentCells.h - one step of a recurrence --------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_LAYERS_RECURRENTCELLS_H
#define MLC_FRONTEND_LOWERING_LAYERS_RECURRENTCELLS_H

#include "frontend/lowering/Builders.h"

namespace mlc::frontend {

/// What a step sees. With several gates, tensors have a dimension for them
/// before that of the units.
struct CellStep {
  Emitter &e;
  const Component &options;
  mlir::Value input;       ///< (batch, gates, units), projected already
  mlir::ValueRange states; ///< (batch, units); the first is the last output
  /// The same in all steps, as the cell's `prepare` made them.
  mlir::ValueRange constants;
};

/// A kind of recurrence.
struct RecurrentCell {
  llvm::StringLiteral name;
  int64_t gates;
  int64_t states;
  /// The part of the bias that is added to the input's projection, or null:
  /// (gates, units).
  mlir::Value (*getInputBias)(LayerScope &layer);
  /// What all steps read: kernels of the state, a mask of what is dropped.
  llvm::SmallVector<mlir::Value> (*prepare)(LayerScope &layer,
                                            mlir::Value dropped);
  /// The next states.
  llvm::SmallVector<mlir::Value> (*step)(const CellStep &step);
};

extern const RecurrentCell kSimpleCell, kLstmCell, kGruCell;

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_LAYERS_RECURRENTCELLS_H
