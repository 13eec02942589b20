//===-- HoistScan.cpp - --mlc-hoist-scan ----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Roots are ops that are worth it: products with an invariant factor, and what
// is not a matter of a few instructions of invariants alone. They are lifted
// with all that leads to them; what this leaves of the body, the next
// simplification drops.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "ir/Builders.h"
#include "ir/Scan.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"

namespace mlc {
#define GEN_PASS_DEF_HOISTSCAN
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

namespace {

/// Lifts what can be out of one loop.
class Hoisting {
public:
  explicit Hoisting(ScanOp scan) : scan(scan), outer(scan) {}
  void run();

private:
  /// What a value of the body depends on, at most.
  enum class Reach { Invariants, Inputs, Steps };
  Reach getReach(Value value);
  Reach computeReach(Operation *op);
  bool isRoot(Operation *op);

  Value getInvariant(Value value);
  Value getStacked(Value value);
  Value stackProduct(DotGeneralOp op);

  ScanOp scan;
  OpBuilder outer;
  DenseMap<Value, Reach> reaches;
  DenseMap<Value, Value> invariants, stacked; ///< outside, once lifted
};

} // namespace

Hoisting::Reach Hoisting::computeReach(Operation *op) {
  Reach reach = Reach::Invariants;
  for (Value operand : op->getOperands())
    reach = std::max(reach, getReach(operand));
  if (op->getNumRegions() != 0 || op->getNumResults() != 1)
    return Reach::Steps;
  if (reach != Reach::Inputs || isStackable(op))
    return reach;
  auto dot = dyn_cast<DotGeneralOp>(op);
  bool hasInvariant = dot && (getReach(dot.getLhs()) == Reach::Invariants ||
                              getReach(dot.getRhs()) == Reach::Invariants);
  return hasInvariant ? Reach::Inputs : Reach::Steps;
}

Hoisting::Reach Hoisting::getReach(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    size_t index = argument.getArgNumber(), carried = scan.getInits().size();
    if (index < carried)
      return Reach::Steps;
    return index < carried + scan.getInputs().size() ? Reach::Inputs
                                                     : Reach::Invariants;
  }
  auto known = reaches.find(value);
  if (known != reaches.end())
    return known->second;
  Reach reach = computeReach(value.getDefiningOp());
  reaches[value] = reach;
  return reach;
}

bool Hoisting::isRoot(Operation *op) {
  if (op->getNumResults() != 1)
    return false;
  Reach reach = getReach(op->getResult(0));
  if (reach == Reach::Inputs)
    return isa<DotGeneralOp>(op);
  return reach == Reach::Invariants && !op->hasTrait<mlc::Recomputable>() &&
         !isa<ReshapeOp, TransposeOp, SliceOp, PadOp, ConcatenateOp>(op);
}

Value Hoisting::getInvariant(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return scan->getOperand(argument.getArgNumber());
  if (Value known = invariants.lookup(value))
    return known;
  Operation *op = value.getDefiningOp();
  IRMapping mapping;
  for (Value operand : op->getOperands())
    mapping.map(operand, getInvariant(operand));
  Value result = outer.clone(*op, mapping)->getResult(0);
  invariants[value] = result;
  return result;
}

/// One product over all steps. Time becomes the first of the free dimensions
/// of the factor that has it, and is brought to the front.
Value Hoisting::stackProduct(DotGeneralOp op) {
  DotDimensions d = op.getDotDimensions();
  bool lhsHasTime = getReach(op.getLhs()) == Reach::Inputs;
  Value lhs = lhsHasTime ? getStacked(op.getLhs()) : getInvariant(op.getLhs());
  Value rhs = lhsHasTime ? getInvariant(op.getRhs()) : getStacked(op.getRhs());
  Sizes &batch = lhsHasTime ? d.lhsBatch : d.rhsBatch;
  Sizes &contract = lhsHasTime ? d.lhsContract : d.rhsContract;
  batch = shiftDimensions(batch);
  contract = shiftDimensions(contract);
  Value product = dotGeneral(outer, op.getLoc(), lhs, rhs, d, op.getBfloat16());
  int64_t time = d.lhsBatch.size();
  if (!lhsHasTime)
    time = getShape(lhs).size() - d.lhsContract.size();
  Sizes permutation{time};
  for (int64_t dim = 0, rank = getShape(product).size(); dim < rank; ++dim)
    if (dim != time)
      permutation.push_back(dim);
  return transpose(outer, op.getLoc(), product, permutation);
}

Value Hoisting::getStacked(Value value) {
  if (getReach(value) == Reach::Invariants)
    return repeatOverTime(outer, getInvariant(value), scan.getLength());
  if (auto argument = dyn_cast<BlockArgument>(value))
    return scan->getOperand(argument.getArgNumber());
  if (Value known = stacked.lookup(value))
    return known;
  Operation *op = value.getDefiningOp();
  Value result;
  if (auto dot = dyn_cast<DotGeneralOp>(op)) {
    result = stackProduct(dot);
  } else {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(getStacked(operand));
    result = stackOverTime(outer, op, operands);
  }
  stacked[value] = result;
  return result;
}

void Hoisting::run() {
  ScanFrame frame = ScanFrame::of(scan);
  Block *body = &scan.getBody().front();
  SmallVector<Value> asSlices, asInvariants;
  for (Operation &op : body->without_terminator()) {
    if (op.use_empty() || !isRoot(&op))
      continue;
    Value value = op.getResult(0);
    bool isInvariant = getReach(value) == Reach::Invariants;
    (isInvariant ? asInvariants : asSlices).push_back(value);
    if (isInvariant)
      frame.invariants.push_back(getInvariant(value));
    else
      frame.inputs.push_back(getStacked(value));
  }
  if (asSlices.empty() && asInvariants.empty())
    return;
  size_t place = scan.getInits().size() + scan.getInputs().size();
  for (Value value : asSlices)
    value.replaceAllUsesWith(
        body->insertArgument(place++, value.getType(), value.getLoc()));
  for (Value value : asInvariants)
    value.replaceAllUsesWith(
        body->addArgument(value.getType(), value.getLoc()));
  ScanOp smaller = moveScan(outer, scan, frame);
  scan->replaceAllUsesWith(smaller->getResults());
  scan->erase();
}

namespace {
struct HoistScanPass : public mlc::impl::HoistScanBase<HoistScanPass> {
  void runOnOperation() override {
    SmallVector<ScanOp> scans;
    // From the inside out: what leaves one loop may leave the next.
    getOperation().walk([&](ScanOp scan) { scans.push_back(scan); });
    for (ScanOp scan : scans)
      Hoisting(scan).run();
  }
};
} // namespace
