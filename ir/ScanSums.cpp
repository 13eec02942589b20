//===-- ScanSums.cpp - sums over a loop's steps, after the loop -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/ScanSums.h"

#include "ir/Builders.h"
#include "ir/ReverseMode.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace mlir;
using namespace mlc;

ScanSums::ScanSums(ScanOp scan)
    : forward(&scan.getBody().front()),
      firstConstant(scan.getInits().size() + scan.getInputs().size()),
      invariants(scan.getInvariants()), length(scan.getLength()) {
  for (auto [slice, input] :
       llvm::zip_equal(scan.getSlices(), scan.getInputs()))
    setStacked(slice, input);
}

Value ScanSums::getOrigin(Value value) const {
  Value origin = origins.lookup(value);
  return origin ? origin : value;
}

bool ScanSums::isInvariant(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (argument)
    return argument.getOwner() == forward &&
           argument.getArgNumber() >= firstConstant;
  auto known = invariance.find(value);
  if (known != invariance.end())
    return known->second;
  Operation *op = value.getDefiningOp();
  bool result = op->getNumRegions() == 0 &&
                llvm::all_of(op->getOperands(), [&](Value operand) {
                  return isInvariant(operand);
                });
  invariance[value] = result;
  return result;
}

//===----------------------------------------------------------------------===//
// Planning
//===----------------------------------------------------------------------===//

/// Only moves, repeats or scales elements.
static bool isLinearMove(Operation *op) {
  if (auto convert = dyn_cast<ConvertOp>(op))
    return carriesGradient(convert.getOperand().getType());
  return isa<NegOp, ReshapeOp, TransposeOp, SliceOp, PadOp>(op);
}

ScanSums::Kind ScanSums::computeKind(Operation *op) {
  if (isa<DotGeneralOp>(op))
    return llvm::any_of(op->getOperands(),
                        [&](Value operand) { return isInvariant(operand); })
               ? Kind::Linear
               : Kind::Contraction;
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return reduce.getKind() == ReduceKind::add ? Kind::Reduction : Kind::Other;
  // Summing before repeating is less to add, whatever it is.
  if (isa<BroadcastOp>(op))
    return Kind::Linear;
  bool isLinear = isLinearMove(op) || isa<AddOp, SubOp>(op);
  if (isa<MulOp>(op))
    isLinear = isInvariant(op->getOperand(0)) || isInvariant(op->getOperand(1));
  if (isa<DivOp>(op))
    isLinear = isInvariant(op->getOperand(1));
  auto isSum = [&](Value operand) {
    return !isInvariant(operand) && isSummable(operand);
  };
  return isLinear && llvm::any_of(op->getOperands(), isSum) ? Kind::Linear
                                                            : Kind::Other;
}

ScanSums::Kind ScanSums::classify(Value value) {
  auto known = kinds.find(value);
  if (known != kinds.end())
    return known->second;
  Kind kind = Kind::Other;
  if (isInvariant(value))
    kind = Kind::Invariant;
  else if (Operation *op = value.getDefiningOp())
    kind = computeKind(op);
  kinds[value] = kind;
  return kind;
}

/// Views are taken of the stacked tensor, so that none of them is stored.
static bool isView(Operation *op) {
  return op && isa<ReshapeOp, TransposeOp, BroadcastOp>(op);
}

void ScanSums::planStacked(Value value) {
  if (isInvariant(value) || outside.contains(value))
    return;
  if (Operation *op = value.getDefiningOp(); isView(op))
    return planStacked(op->getOperand(0));
  toStack.insert(value);
}

void ScanSums::plan(Value part) {
  Operation *op = part.getDefiningOp();
  switch (classify(part)) {
  case Kind::Invariant:
    return;
  case Kind::Contraction:
  case Kind::Reduction:
    for (Value operand : op->getOperands())
      planStacked(operand);
    return;
  case Kind::Linear:
    for (Value operand : op->getOperands())
      plan(operand);
    return;
  case Kind::Other:
    toAdd.insert(part);
  }
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

Value ScanSums::getInvariant(OpBuilder &b, Value value) {
  value = getOrigin(value);
  if (auto argument = dyn_cast<BlockArgument>(value))
    return invariants[argument.getArgNumber() - firstConstant];
  Value &copy = copies[value];
  if (copy)
    return copy;
  Operation *op = value.getDefiningOp();
  IRMapping mapping;
  for (Value operand : op->getOperands())
    mapping.map(operand, getInvariant(b, operand));
  unsigned index = cast<OpResult>(value).getResultNumber();
  Value result = b.clone(*op, mapping)->getResult(index);
  copies[value] = result; // `copy` may have moved
  return result;
}

Value ScanSums::getStacked(OpBuilder &b, Value value) {
  value = getOrigin(value);
  if (Value stacked = outside.lookup(value))
    return stacked;
  if (isInvariant(value))
    return repeatOverTime(b, getInvariant(b, value), length);
  Operation *op = value.getDefiningOp();
  Value view = stackOverTime(b, op, getStacked(b, op->getOperand(0)));
  setStacked(value, view);
  return view;
}

Value ScanSums::buildContraction(OpBuilder &b, DotGeneralOp op) {
  Value lhs = getStacked(b, op.getLhs());
  Value rhs = getStacked(b, op.getRhs());
  DotDimensions d = op.getDotDimensions();
  return dotGeneral(b, op.getLoc(), lhs, rhs,
                    {shiftDimensions(d.lhsBatch), shiftDimensions(d.rhsBatch),
                     shiftWithTime(d.lhsContract),
                     shiftWithTime(d.rhsContract)},
                    op.getBfloat16());
}

Value ScanSums::buildReduction(OpBuilder &b, ReduceOp op) {
  return reduceAdd(b, op.getLoc(), getStacked(b, op.getOperand()),
                   shiftWithTime(op.getDimensions()));
}

/// The op of its operands' sums. Factors stay as they are: products are linear
/// in the other operand.
Value ScanSums::buildLinear(OpBuilder &b, Operation *op) {
  bool isProduct = isa<DotGeneralOp, MulOp, DivOp>(op);
  IRMapping mapping;
  for (Value operand : op->getOperands())
    mapping.map(operand, isProduct && isInvariant(getOrigin(operand))
                             ? getInvariant(b, operand)
                             : build(b, operand));
  return b.clone(*op, mapping)->getResult(0);
}

/// What every step adds.
Value ScanSums::buildRepeated(OpBuilder &b, Value value) {
  Value once = getInvariant(b, value);
  Value count =
      constantSplat(b, value.getLoc(), value.getType(), double(length));
  return MulOp::create(b, value.getLoc(), once, count);
}

Value ScanSums::build(OpBuilder &b, Value part) {
  part = getOrigin(part);
  if (Value sum = sums.lookup(part))
    return sum;
  Operation *op = part.getDefiningOp();
  Value sum;
  switch (classify(part)) {
  case Kind::Invariant:
    sum = buildRepeated(b, part);
    break;
  case Kind::Contraction:
    sum = buildContraction(b, cast<DotGeneralOp>(op));
    break;
  case Kind::Reduction:
    sum = buildReduction(b, cast<ReduceOp>(op));
    break;
  case Kind::Linear:
    sum = buildLinear(b, op);
    break;
  case Kind::Other:
    llvm_unreachable("was planned to be added up by the loop");
  }
  setSum(part, sum);
  return sum;
}
