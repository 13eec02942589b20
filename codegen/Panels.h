//===-- Panels.h - a factor in the order in which tiles read it -*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The panels of a product's factor B as one tensor: those of `outer` indices,
// then the panels along N, then all of K, then the gates, then the columns of a
// register tile. `linalg.pack` makes it, and `linalg.unpack` in a product's
// kernel says that this is what the kernel reads.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_PANELS_H
#define MLC_CODEGEN_PANELS_H

#include "codegen/Contraction.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlc::codegen {

/// How B's dimensions become those of the panels.
struct PanelLayout {
  /// B's dimensions in the order in which the panels have them.
  llvm::SmallVector<int64_t> order;
  /// The one that is cut into panels, and their columns.
  int64_t columnDim = -1, columns = 0;
};

/// The layout that the tiles of `plan` read best; none if they walk several
/// dimensions of B as one that panels cannot.
std::optional<PanelLayout> getPanelLayout(const ContractionPlan &plan);

/// Lets `plan`, whose B is unpacked from panels, walk these. Fails, with an
/// error, if they are not as getPanelLayout() says.
mlir::LogicalResult readPanels(ContractionPlan &plan);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_PANELS_H
