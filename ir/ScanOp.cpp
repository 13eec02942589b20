//===-- ScanOp.cpp - a loop over time -------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "ir/Scan.h"
#include "ir/Verification.h"

using namespace mlir;
using namespace mlc;

RankedTensorType mlc::getStackedType(Type slice, int64_t length) {
  auto tensor = cast<RankedTensorType>(slice);
  Sizes shape{length};
  shape.append(Sizes(tensor.getShape()));
  return RankedTensorType::get(shape, tensor.getElementType());
}

RankedTensorType mlc::getSliceType(Type stacked) {
  auto tensor = cast<RankedTensorType>(stacked);
  return RankedTensorType::get(tensor.getShape().drop_front(),
                               tensor.getElementType());
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
    slices.push_back(getStackedType(slice.getType(), length));
  for (Value slice : getOutputSlices())
    outputs.push_back(getStackedType(slice.getType(), length));
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

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

ScanFrame ScanFrame::of(ScanOp scan) {
  return {SmallVector<Value>(scan.getInits()),
          SmallVector<Value>(scan.getInputs()),
          SmallVector<Value>(scan.getInvariants()),
          static_cast<int64_t>(scan.getLength()), scan.getReverse()};
}

ScanOp mlc::createScan(OpBuilder &b, Location loc, const ScanFrame &frame,
                       Block *body) {
  SmallVector<Type> types;
  ValueRange yielded = body->getTerminator()->getOperands();
  for (auto [index, value] : llvm::enumerate(yielded))
    types.push_back(index < frame.inits.size()
                        ? value.getType()
                        : getStackedType(value.getType(), frame.length));
  auto scan = ScanOp::create(b, loc, types, frame.inits, frame.inputs,
                             frame.invariants, frame.length, frame.reverse);
  scan.getBody().push_back(body);
  return scan;
}

ScanOp mlc::moveScan(OpBuilder &b, ScanOp scan, const ScanFrame &frame) {
  Block *body = &scan.getBody().front();
  scan.getBody().getBlocks().remove(body);
  ScanOp moved = createScan(b, scan.getLoc(), frame, body);
  moved->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  return moved;
}

ScanOp
mlc::buildScan(OpBuilder &b, Location loc, const ScanFrame &frame,
               function_ref<SmallVector<Value>(const ScanStep &)> build) {
  auto *body = new Block;
  for (Value init : frame.inits)
    body->addArgument(init.getType(), loc);
  for (Value input : frame.inputs)
    body->addArgument(getSliceType(input.getType()), loc);
  for (Value invariant : frame.invariants)
    body->addArgument(invariant.getType(), loc);
  SmallVector<Value> arguments(body->getArguments());
  ValueRange all = arguments;
  ScanStep step{all.take_front(frame.inits.size()),
                all.slice(frame.inits.size(), frame.inputs.size()),
                all.take_back(frame.invariants.size())};
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(body);
    SmallVector<Value> yielded = build(step);
    YieldOp::create(b, loc, yielded);
  }
  return createScan(b, loc, frame, body);
}

SmallVector<Value> mlc::addOutputs(ScanOp &scan, ArrayRef<Value> slices) {
  size_t carried = scan.getInits().size();
  SmallVector<Value> yielded(scan.getYield()->getOperands());
  SmallVector<size_t> places;
  for (Value slice : slices) {
    auto *known = std::find(yielded.begin() + carried, yielded.end(), slice);
    places.push_back(known - yielded.begin());
    if (known == yielded.end())
      yielded.push_back(slice);
  }
  if (yielded.size() > scan->getNumResults()) {
    scan.getYield()->setOperands(yielded);
    OpBuilder b(scan);
    ScanOp more = moveScan(b, scan, ScanFrame::of(scan));
    scan->replaceAllUsesWith(
        more->getResults().take_front(scan->getNumResults()));
    scan->erase();
    scan = more;
  }
  SmallVector<Value> outputs;
  for (size_t place : places)
    outputs.push_back(scan->getResult(place));
  return outputs;
}
