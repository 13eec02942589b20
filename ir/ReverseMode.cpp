//===-- ReverseMode.cpp - reverse-mode differentiation of a block ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/ReverseMode.h"

#include "ir/Builders.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/Debug.h"

#define DEBUG_TYPE "mlc-differentiate"

using namespace mlir;
using namespace mlc;

bool mlc::carriesGradient(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && isa<FloatType>(tensor.getElementType());
}

bool mlc::passesGradient(Operation *op) {
  return !op->hasTrait<mlc::NonDifferentiable>();
}

SmallVector<Operation *> ReverseMode::collectPath(Operation *end) {
  SmallVector<Operation *> path;
  DenseSet<Value> needed;
  for (auto &entry : cotangents)
    needed.insert(entry.first);
  Block *block = end->getBlock();
  auto before = llvm::make_range(Block::reverse_iterator(end), block->rend());
  for (Operation &op : before) {
    if (llvm::none_of(op.getResults(),
                      [&](Value result) { return needed.contains(result); }))
      continue;
    path.push_back(&op);
    needed.insert_range(op.getOperands());
  }
  return llvm::to_vector(llvm::reverse(path));
}

/// An op that has no rule and isn't declared to have none, in `op` or below it:
/// the rules of loops differentiate their bodies, and cannot fail.
static Operation *findOpWithoutRule(Operation *op) {
  Operation *found = nullptr;
  op->walk<WalkOrder::PreOrder>([&](Operation *inner) {
    if (isa<DifferentiableOpInterface>(inner) || !passesGradient(inner) ||
        (inner != op && inner->hasTrait<OpTrait::IsTerminator>()))
      return WalkResult::advance();
    found = inner;
    return WalkResult::interrupt();
  });
  return found;
}

static LogicalResult reportMissingRule(Operation *op, Operation *end) {
  InFlightDiagnostic error = op->emitError()
                             << "'" << op->getName()
                             << "' has no gradient rule, and isn't declared to "
                                "have none";
  error.attachNote(end->getLoc()) << "needed by this gradient";
  return error;
}

FailureOr<SmallVector<Operation *>>
ReverseMode::collectActive(ArrayRef<Operation *> path, Operation *end) {
  SmallVector<Operation *> ops;
  for (Operation *op : path) {
    if (!passesGradient(op) ||
        llvm::none_of(op->getOperands(),
                      [&](Value value) { return active.contains(value); }))
      continue;
    if (Operation *missing = findOpWithoutRule(op))
      return reportMissingRule(missing, end);
    ops.push_back(op);
    for (Value result : op->getResults())
      if (carriesGradient(result.getType()))
        active.insert(result);
  }
  return ops;
}

ArrayRef<Value> ReverseMode::getParts(Value value) const {
  auto found = cotangents.find(value);
  return found == cotangents.end() ? ArrayRef<Value>() : found->second;
}

Value ReverseMode::takeCotangent(Value value) {
  auto found = cotangents.find(value);
  if (found == cotangents.end())
    return {};
  SmallVector<Value, 2> &parts = found->second;
  Value sum = parts.front();
  for (Value part : llvm::drop_begin(parts))
    sum = AddOp::create(builder, value.getLoc(), sum, part);
  parts.assign({sum});
  return sum;
}

void ReverseMode::differentiate(Operation *op) {
  SmallVector<Value> results = llvm::map_to_vector(
      op->getResults(), [&](Value result) { return takeCotangent(result); });
  if (llvm::none_of(results, [](Value value) { return bool(value); }))
    return;
  // A loop's rule replaces the loop by one that keeps more: `op` is gone then.
  SmallVector<Value> operands(op->getOperands());
  SmallVector<Value> operandCotangents(operands.size());
  cast<DifferentiableOpInterface>(op).buildVjp(
      builder, results,
      [&](unsigned index) { return active.contains(operands[index]); },
      operandCotangents);
  for (auto [operand, cotangent] : llvm::zip_equal(operands, operandCotangents))
    if (cotangent)
      cotangents[operand].push_back(cotangent);
}

LogicalResult ReverseMode::run(Operation *end) {
  FailureOr<SmallVector<Operation *>> ops =
      collectActive(collectPath(end), end);
  if (failed(ops))
    return failure();
  LLVM_DEBUG(llvm::dbgs() << DEBUG_TYPE << ": " << ops->size()
                          << " active ops\n");
  for (Operation *op : llvm::reverse(*ops))
    differentiate(op);
  return success();
}
