//===-- ScanOp.cpp - a loop over time
//----------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "ir/Verification.h"

using namespace mlir;
using namespace mlc;

/// `type` with a first dimension of `length`.
static Type stack(Type type, int64_t length) {
  auto tensor = cast<RankedTensorType>(type);
  Sizes shape{length};
  shape.append(Sizes(tensor.getShape()));
  return RankedTensorType::get(shape, tensor.getElementType());
}

static LogicalResult verifyType(ScanOp op, StringRef what, size_t index,
                                Type expected, Type found) {
  if (expected == found)
    return success();
  InFlightDiagnostic error = op.emitOpError()
                             << what << " " << index << " does not fit";
  error.attachNote() << "expected type: " << expected;
  error.attachNote() << "found type: " << found;
  return error;
}

static LogicalResult verifyTypes(ScanOp op, StringRef what, TypeRange expected,
                                 TypeRange found) {
  if (expected.size() != found.size())
    return op.emitOpError() << "expected " << expected.size() << " of " << what
                            << ", found " << found.size();
  for (auto [i, pair] : llvm::enumerate(llvm::zip_equal(expected, found)))
    if (failed(verifyType(op, what, i, std::get<0>(pair), std::get<1>(pair))))
      return failure();
  return success();
}

LogicalResult ScanOp::verify() {
  int64_t length = getLength();
  if (length < 1)
    return emitOpError() << "expected a positive length, found " << length;
  size_t arguments =
      getInits().size() + getInputs().size() + getInvariants().size();
  Block &body = getBody().front();
  if (body.getNumArguments() != arguments)
    return emitOpError() << "expected a body of " << arguments
                         << " arguments, found " << body.getNumArguments();
  if (getYield()->getNumOperands() < getInits().size())
    return emitOpError() << "expected to yield a next value for each of "
                         << getInits().size() << " carried ones, found "
                         << getYield()->getNumOperands();
  SmallVector<Type> slices, outputs;
  for (BlockArgument slice : getSlices())
    slices.push_back(stack(slice.getType(), length));
  for (Value slice : getOutputSlices())
    outputs.push_back(stack(slice.getType(), length));
  auto carried = TypeRange(getInits());
  if (failed(verifyTypes(*this, "carried arguments", carried,
                         ValueRange(getCarried()).getTypes())) ||
      failed(
          verifyTypes(*this, "next values", carried, getNext().getTypes())) ||
      failed(verifyTypes(*this, "finals", carried, getFinals().getTypes())) ||
      failed(verifyTypes(*this, "inputs", slices, getInputs().getTypes())) ||
      failed(verifyTypes(*this, "invariant arguments",
                         getInvariants().getTypes(),
                         ValueRange(getConstants()).getTypes())))
    return failure();
  return verifyTypes(*this, "outputs", outputs, getOutputs().getTypes());
}

int64_t ScanOp::getFlops() {
  int64_t flops = 0;
  for (Operation &op : getBody().front())
    if (auto cost = dyn_cast<CostOpInterface>(op))
      flops += cost.getFlops();
  return flops * getLength();
}

void ScanOp::buildVjp(OpBuilder &, ArrayRef<Value>,
                      function_ref<bool(unsigned)>, MutableArrayRef<Value>) {}
