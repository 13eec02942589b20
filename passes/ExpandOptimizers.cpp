//===-- ExpandOptimizers.cpp - --mlc-expand-optimizers --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Optimizers.h"
#include "passes/Passes.h"

#include "llvm/ADT/STLExtras.h"

namespace mlc {
#define GEN_PASS_DEF_EXPANDOPTIMIZERS
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

static FailureOr<const OptimizerRule *> getRule(ApplyGradientOp op) {
  if (const OptimizerRule *rule = findOptimizerRule(op.getOptimizer()))
    return rule;
  InFlightDiagnostic error = op.emitError() << "unknown optimizer \""
                                            << op.getOptimizer() << "\"";
  Diagnostic &note = error.attachNote() << "known are ";
  llvm::interleaveComma(getOptimizerRules(), note,
                        [&](const OptimizerRule &rule) { note << rule.name; });
  return error;
}

/// `optimizer/<parameter>/<slot>`, as arguments and results carry it.
static SmallVector<NamedAttribute> getSlotAttributes(ApplyGradientOp op,
                                                     StringRef slot) {
  Builder b(op.getContext());
  std::string name = ("optimizer/" + op.getName() + "/" + slot).str();
  return {b.getNamedAttr(attr::kName, b.getStringAttr(name)),
          b.getNamedAttr(attr::kRole, b.getStringAttr("optimizer"))};
}

/// Appends an argument for each slot.
static LogicalResult addSlotArguments(func::FuncOp function, ApplyGradientOp op,
                                      ArrayRef<StringRef> slots) {
  for (StringRef slot : slots) {
    auto attributes =
        DictionaryAttr::get(op.getContext(), getSlotAttributes(op, slot));
    if (failed(function.insertArgument(function.getNumArguments(),
                                       op.getParameter().getType(), attributes,
                                       op.getLoc())))
      return failure();
  }
  return success();
}

/// Appends a result for each slot: the new value of its argument.
static LogicalResult addSlotResults(func::FuncOp function, ApplyGradientOp op,
                                    ArrayRef<StringRef> slots,
                                    ArrayRef<Term> values) {
  Builder b(op.getContext());
  int64_t argument = function.getNumArguments() - slots.size();
  for (auto [slot, value] : llvm::zip_equal(slots, values)) {
    SmallVector<NamedAttribute> attributes = getSlotAttributes(op, slot);
    attributes.push_back(
        b.getNamedAttr(attr::kUpdates, b.getI64IntegerAttr(argument++)));
    if (failed(function.insertResult(function.getNumResults(),
                                     op.getParameter().getType(),
                                     b.getDictionaryAttr(attributes))))
      return failure();
    Operation *terminator = function.getBody().front().getTerminator();
    terminator->insertOperands(terminator->getNumOperands(), Value(value));
  }
  return success();
}

/// This step's number, from 1, as a scalar of the parameter's elements.
static Term getStepNumber(OpBuilder &b, ApplyGradientOp op) {
  Type element = getTensorType(op.getParameter()).getElementType();
  Term finished(b, op.getLoc(),
                convertTo(b, op.getLoc(), op.getStep(), element));
  return finished + 1.0;
}

static LogicalResult expand(func::FuncOp function, ApplyGradientOp op) {
  FailureOr<const OptimizerRule *> rule = getRule(op);
  if (failed(rule))
    return failure();
  FailureOr<OptimizerConfig> config =
      OptimizerConfig::get(op, (*rule)->name, (*rule)->options, op.getConfig());
  if (failed(config))
    return failure();
  SmallVector<StringRef> slots = (*rule)->getSlots(*config);
  if (failed(addSlotArguments(function, op, slots)))
    return failure();
  OpBuilder b(op);
  Term parameter(b, op.getLoc(), op.getParameter());
  SmallVector<Term> values;
  for (Value argument : function.getArguments().take_back(slots.size()))
    values.push_back(parameter.with(argument));
  OptimizerUpdate update =
      (*rule)->build(*config, {parameter, parameter.with(op.getGradient()),
                               getStepNumber(b, op), values});
  if (failed(addSlotResults(function, op, slots,
                            ArrayRef<Term>(update).drop_front())))
    return failure();
  op.getResult().replaceAllUsesWith(update.front());
  op.erase();
  return success();
}

namespace {
struct ExpandOptimizersPass
    : public mlc::impl::ExpandOptimizersBase<ExpandOptimizersPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    SmallVector<ApplyGradientOp> ops;
    function.walk([&](ApplyGradientOp op) { ops.push_back(op); });
    for (ApplyGradientOp op : ops)
      if (failed(expand(function, op)))
        return signalPassFailure();
  }
};
} // namespace
