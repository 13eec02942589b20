//===-- Differentiate.cpp - --mlc-differentiate ---------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "ir/Algebra.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Debug.h"

#define DEBUG_TYPE "mlc-differentiate"

namespace mlc {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

namespace {

/// Replaces one gradient op. Sets of values and ops are only ever asked for
/// membership: every order comes from the block's.
class ReverseMode {
public:
  explicit ReverseMode(GradientOp gradient)
      : gradient(gradient), builder(gradient) {}

  LogicalResult run();

private:
  /// Ops before the gradient that the loss depends on, in order.
  SmallVector<Operation *> collectPath();
  /// Of those, the ones that a variable reaches; fails at one without a rule.
  FailureOr<SmallVector<Operation *>> collectActive(ArrayRef<Operation *> path);
  LogicalResult reportMissingRule(Operation *op);

  void differentiate(Operation *op);
  /// The sum of what has arrived for `value`; null is zero.
  Value takeCotangent(Value value);

  GradientOp gradient;
  OpBuilder builder;
  DenseSet<Value> active;
  DenseMap<Value, SmallVector<Value, 2>> cotangents;
};

} // namespace

static bool carriesGradient(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && isa<FloatType>(tensor.getElementType());
}

SmallVector<Operation *> ReverseMode::collectPath() {
  SmallVector<Operation *> path;
  DenseSet<Value> needed = {gradient.getLoss()};
  Block *block = gradient->getBlock();
  auto before =
      llvm::make_range(Block::reverse_iterator(gradient), block->rend());
  for (Operation &op : before) {
    if (llvm::none_of(op.getResults(),
                      [&](Value result) { return needed.contains(result); }))
      continue;
    path.push_back(&op);
    needed.insert_range(op.getOperands());
  }
  return llvm::to_vector(llvm::reverse(path));
}

LogicalResult ReverseMode::reportMissingRule(Operation *op) {
  InFlightDiagnostic error = op->emitError()
                             << "'" << op->getName()
                             << "' has no gradient rule, and isn't declared to "
                                "have none";
  error.attachNote(gradient.getLoc()) << "needed by this gradient";
  return error;
}

FailureOr<SmallVector<Operation *>>
ReverseMode::collectActive(ArrayRef<Operation *> path) {
  active.insert_range(gradient.getVariables());
  SmallVector<Operation *> ops;
  for (Operation *op : path) {
    if (op->hasTrait<mlc::NonDifferentiable>() ||
        llvm::none_of(op->getOperands(),
                      [&](Value value) { return active.contains(value); }))
      continue;
    if (!isa<DifferentiableOpInterface>(op))
      return reportMissingRule(op);
    ops.push_back(op);
    for (Value result : op->getResults())
      if (carriesGradient(result.getType()))
        active.insert(result);
  }
  return ops;
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
  SmallVector<Value> operands(op->getNumOperands());
  cast<DifferentiableOpInterface>(op).buildVjp(
      builder, results,
      [&](unsigned index) { return active.contains(op->getOperand(index)); },
      operands);
  for (auto [operand, cotangent] : llvm::zip_equal(op->getOperands(), operands))
    if (cotangent)
      cotangents[operand].push_back(cotangent);
}

LogicalResult ReverseMode::run() {
  FailureOr<SmallVector<Operation *>> ops = collectActive(collectPath());
  if (failed(ops))
    return failure();
  LLVM_DEBUG(llvm::dbgs() << DEBUG_TYPE << ": " << ops->size()
                          << " active ops\n");
  Value loss = gradient.getLoss();
  cotangents[loss].push_back(
      constantSplat(builder, gradient.getLoc(), loss.getType(), 1));
  for (Operation *op : llvm::reverse(*ops))
    differentiate(op);
  SmallVector<Value> gradients;
  for (Value variable : gradient.getVariables()) {
    Value sum = takeCotangent(variable);
    gradients.push_back(
        sum ? sum
            : constantSplat(builder, gradient.getLoc(), variable.getType(), 0));
  }
  gradient->replaceAllUsesWith(gradients);
  gradient->erase();
  return success();
}

namespace {
struct DifferentiatePass
    : public mlc::impl::DifferentiateBase<DifferentiatePass> {
  void runOnOperation() override {
    SmallVector<GradientOp> gradients;
    getOperation().walk([&](GradientOp op) { gradients.push_back(op); });
    for (GradientOp gradient : gradients)
      if (failed(ReverseMode(gradient).run()))
        return signalPassFailure();
  }
};
} // namespace
