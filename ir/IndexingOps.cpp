//===-- IndexingOps.cpp - rows of tables, by number
//--------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "ir/Verification.h"

using namespace mlir;
using namespace mlc;

using Cotangents = MutableArrayRef<Value>;
using IsWanted = function_ref<bool(unsigned)>;

//===----------------------------------------------------------------------===//
// Gather and scatter
//===----------------------------------------------------------------------===//

/// Fails unless `rows` has the shape of rows of `table` picked by `ids`.
static LogicalResult verifyRows(Operation *op, StringRef what, Value table,
                                Value ids, Value rows) {
  if (getShape(table).empty())
    return op->emitOpError("expected a table of rank 1 or more, found rank 0");
  Sizes expected(getShape(ids));
  expected.append(Sizes(getShape(table).drop_front()));
  return verifyShape(op, what, expected, getShape(rows));
}

LogicalResult GatherOp::verify() {
  return verifyRows(*this, "result", getTable(), getIds(), getResult());
}

LogicalResult ScatterAddOp::verify() {
  return verifyRows(*this, "updates", getTable(), getIds(), getUpdates());
}

int64_t ScatterAddOp::getFlops() {
  return getTensorType(getUpdates()).getNumElements();
}

void GatherOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                        IsWanted isWanted, Cotangents operands) {
  if (!results[0] || !isWanted(0))
    return;
  Value zeros = constantSplat(b, getLoc(), getTable().getType(), 0);
  operands[0] = ScatterAddOp::create(b, getLoc(), zeros, getIds(), results[0]);
}

void ScatterAddOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                            IsWanted isWanted, Cotangents operands) {
  if (!results[0])
    return;
  if (isWanted(0))
    operands[0] = results[0];
  if (isWanted(2))
    operands[2] = GatherOp::create(b, getLoc(), getUpdates().getType(),
                                   results[0], getIds());
}

//===----------------------------------------------------------------------===//
// Reverse
//===----------------------------------------------------------------------===//

LogicalResult ReverseOp::verify() {
  int64_t rank = ::getShape(getOperand()).size();
  if (failed(verifyDimensions(*this, "dims", getDimensions(), rank)))
    return failure();
  return verifySorted(*this, "dims", getDimensions());
}

OpFoldResult ReverseOp::fold(FoldAdaptor adaptor) {
  if (getDimensions().empty() || adaptor.getOperand())
    if (getDimensions().empty() || isa<SplatElementsAttr>(adaptor.getOperand()))
      return getOperand();
  auto inner = getOperand().getDefiningOp<ReverseOp>();
  if (inner && inner.getDimensions() == getDimensions())
    return inner.getOperand();
  return {};
}

void ReverseOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                         IsWanted isWanted, Cotangents operands) {
  if (results[0] && isWanted(0))
    operands[0] = ReverseOp::create(b, getLoc(), results[0], getDimensions());
}
