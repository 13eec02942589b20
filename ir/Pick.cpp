//===-- Pick.cpp - indices of a dimension, one by one ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Pick.h"
#include "ir/Builders.h"

using namespace mlir;
using namespace mlc;

Sizes Pick::getKept() const {
  Sizes kept;
  for (int64_t d = 0; d < int64_t(::getShape(source).size()); ++d)
    if (d != dimension)
      kept.push_back(d);
  return kept;
}

std::optional<Pick> mlc::getPick(Operation *op) {
  auto reshape = dyn_cast<ReshapeOp>(op);
  auto slice =
      reshape ? reshape.getOperand().getDefiningOp<SliceOp>() : SliceOp();
  if (!slice || !slice->hasOneUse())
    return std::nullopt;
  Pick found{slice.getOperand(), -1};
  SizesRef from = getShape(found.source);
  for (auto [d, size] : llvm::enumerate(getShape(slice.getResult()))) {
    if (size == from[d])
      continue;
    if (size != 1 || found.dimension >= 0)
      return std::nullopt;
    found.dimension = d;
  }
  if (found.dimension < 0 ||
      SizesRef(pick(from, found.getKept())) != getShape(reshape.getResult()))
    return std::nullopt;
  return found;
}

bool mlc::isPartOfPick(Operation *op) {
  if (isa<SliceOp>(op) && op->hasOneUse())
    op = *op->user_begin();
  return getPick(op).has_value();
}

std::optional<Stack> mlc::getStack(Operation *op) {
  auto concatenation = dyn_cast<ConcatenateOp>(op);
  if (!concatenation)
    return std::nullopt;
  Stack stack{{}, int64_t(concatenation.getDimension())};
  for (Value operand : concatenation.getOperands()) {
    auto reshape = operand.getDefiningOp<ReshapeOp>();
    if (!reshape || !reshape->hasOneUse() ||
        getShape(operand)[stack.dimension] != 1)
      return std::nullopt;
    Sizes shape(getShape(operand));
    shape.erase(shape.begin() + stack.dimension);
    if (SizesRef(shape) != getShape(reshape.getOperand()))
      return std::nullopt;
    stack.pieces.push_back(reshape.getOperand());
  }
  return stack;
}

std::optional<int64_t> mlc::getStackedDimension(Operation *op) {
  if (!isa<ReshapeOp>(op) || !op->hasOneUse())
    return std::nullopt;
  std::optional<Stack> stack = getStack(*op->user_begin());
  return stack ? std::optional(stack->dimension) : std::nullopt;
}
