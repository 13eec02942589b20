//===-- ScanTime.cpp - what all steps of a loop do, at once ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "ir/Scan.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlc;

Sizes mlc::shiftDimensions(SizesRef dims) {
  return llvm::map_to_vector(dims, [](int64_t dim) { return dim + 1; });
}

Sizes mlc::shiftWithTime(SizesRef dims) {
  Sizes shifted = shiftDimensions(dims);
  shifted.insert(shifted.begin(), 0);
  return shifted;
}

/// `sizes` with `first` before them.
static Sizes prepend(int64_t first, SizesRef sizes) {
  Sizes all{first};
  all.append(sizes.begin(), sizes.end());
  return all;
}

bool mlc::isStackable(Operation *op) {
  if (isa<MlcDialect>(op->getDialect()) && op->hasTrait<OpTrait::Elementwise>())
    return true;
  return isa<ReshapeOp, TransposeOp, BroadcastOp, SliceOp, PadOp, ConcatenateOp,
             ReduceOp>(op);
}

Value mlc::repeatOverTime(OpBuilder &b, Value value, int64_t length) {
  Sizes shape(getStackedType(value.getType(), length).getShape());
  Sizes dims = llvm::to_vector(
      llvm::seq<int64_t>(1, static_cast<int64_t>(shape.size())));
  return broadcastTo(b, value.getLoc(), value, shape, dims);
}

static Value stackElementwise(OpBuilder &b, Operation *op, ValueRange operands,
                              Type type) {
  OperationState state(op->getLoc(), op->getName(), operands, type,
                       op->getAttrs());
  return b.create(state)->getResult(0);
}

Value mlc::stackOverTime(OpBuilder &b, Operation *op, ValueRange operands) {
  Location loc = op->getLoc();
  Value first = operands.front();
  RankedTensorType type =
      getStackedType(op->getResult(0).getType(), getShape(first).front());
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case(
          [&](ReshapeOp) { return reshapeTo(b, loc, first, type.getShape()); })
      .Case([&](TransposeOp move) {
        return transpose(b, loc, first, shiftWithTime(move.getPermutation()));
      })
      .Case([&](BroadcastOp move) {
        return broadcastTo(b, loc, first, type.getShape(),
                           shiftWithTime(move.getDimensions()));
      })
      .Case([&](SliceOp move) {
        return slice(b, loc, first, prepend(0, move.getOffsets()),
                     type.getShape(), prepend(1, move.getStrides()));
      })
      .Case([&](PadOp move) {
        return pad(b, loc, first, prepend(0, move.getLow()),
                   prepend(0, move.getHigh()), prepend(0, move.getInterior()));
      })
      .Case([&](ConcatenateOp move) {
        return concatenate(b, loc, operands, move.getDimension() + 1);
      })
      .Case([&](ReduceOp move) {
        return reduce(b, loc, move.getKind(), first,
                      shiftDimensions(move.getDimensions()));
      })
      .Default(
          [&](Operation *) { return stackElementwise(b, op, operands, type); });
}

void mlc::addDependences(ScanOp scan, DenseSet<Value> &needed) {
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation &op : llvm::reverse(scan.getBody().front()))
      if (llvm::any_of(op.getResults(),
                       [&](Value value) { return needed.contains(value); }))
        needed.insert_range(op.getOperands());
    for (auto [carried, next] :
         llvm::zip_equal(scan.getCarried(), scan.getNext()))
      if (needed.contains(carried))
        changed |= needed.insert(next).second;
  }
}
