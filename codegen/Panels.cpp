//===-- Panels.cpp - a factor in the order in which tiles read it ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Panels.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

/// The dimension of `shape` that `dim` walks in B, alone; -1 if there is none.
int64_t findDimension(const ContractionDim &dim, SizesRef shape) {
  int64_t stride = 1;
  for (int64_t i = shape.size() - 1; i >= 0; --i) {
    if (shape[i] == dim.size && stride == dim.b && dim.size > 1)
      return i;
    stride *= shape[i];
  }
  return -1;
}

/// B's dimensions along K, as the sum walks them.
SmallVector<int64_t> getSummed(linalg::GenericOp product, unsigned operand) {
  AffineMap map = product.getIndexingMapsArray()[operand];
  SmallVector<unsigned> loops;
  product.getReductionDims(loops);
  SmallVector<int64_t> summed;
  for (unsigned loop : loops)
    for (auto [i, expr] : llvm::enumerate(map.getResults()))
      if (expr == getAffineDimExpr(loop, map.getContext()))
        summed.push_back(i);
  return summed;
}

} // namespace

std::optional<PanelLayout> getPanelLayout(const ContractionPlan &plan) {
  auto product = plan.result.getDefiningOp<linalg::GenericOp>();
  if (!product || plan.a == plan.b || plan.n.a != 0 || plan.packedRows ||
      plan.isPaired())
    return std::nullopt;
  SizesRef shape = getShape(plan.b);
  PanelLayout layout;
  layout.columns = plan.columns();
  layout.columnDim = findDimension(plan.n, shape);
  if (layout.columnDim < 0)
    return std::nullopt;
  for (const ContractionDim &dim : plan.outer)
    if (dim.b != 0 && dim.size > 1)
      layout.order.push_back(findDimension(dim, shape));
  layout.order.push_back(layout.columnDim);
  llvm::append_range(layout.order,
                     getSummed(product, plan.b == product.getInputs()[1]));
  if (plan.gate.size > 1)
    layout.order.push_back(findDimension(plan.gate, shape));
  if (llvm::is_contained(layout.order, -1))
    return std::nullopt;
  // What is left has one place only.
  for (int64_t i = shape.size() - 1; i >= 0; --i)
    if (!llvm::is_contained(layout.order, i))
      layout.order.insert(layout.order.begin(), i);
  return layout;
}

LogicalResult readPanels(ContractionPlan &plan) {
  auto unpack = plan.b.getDefiningOp<linalg::UnPackOp>();
  std::optional<PanelLayout> layout = getPanelLayout(plan);
  if (!layout || unpack.getOuterDimsPerm() != ArrayRef(layout->order) ||
      unpack.getInnerDimsPos() != ArrayRef(layout->columnDim) ||
      unpack.getStaticInnerTiles() != ArrayRef(layout->columns))
    return unpack.emitOpError("expected the panels that the product reads");
  int64_t stride = plan.panelElements();
  for (ContractionDim &dim : llvm::reverse(plan.outerK)) {
    dim.b = stride;
    stride *= dim.size;
  }
  stride *= plan.panels();
  for (ContractionDim &dim : llvm::reverse(plan.outer))
    if (dim.b != 0 && dim.size > 1) {
      dim.b = stride;
      stride *= dim.size;
    }
  return success();
}

} // namespace mlc::codegen
