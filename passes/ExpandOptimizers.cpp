//===-- ExpandOptimizers.cpp - --mlc-expand-optimizers --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/GradientClipping.h"
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

namespace {
/// An op with what its rule needs.
struct Expansion {
  ApplyGradientOp op;
  const OptimizerRule *rule;
  OptimizerConfig config;
  OptimizerSlots slots;
};
} // namespace

static FailureOr<Expansion> plan(ApplyGradientOp op) {
  FailureOr<const OptimizerRule *> rule = getRule(op);
  if (failed(rule))
    return failure();
  FailureOr<OptimizerConfig> config =
      OptimizerConfig::get(op, (*rule)->name, (*rule)->options, op.getConfig());
  if (failed(config))
    return failure();
  return Expansion{op, *rule, *config, (*rule)->getSlots(*config)};
}

static RankedTensorType getSlotType(ApplyGradientOp op,
                                    const OptimizerSlot &slot) {
  Value parameter = op.getParameter();
  return slot.isScalar ? withShape(parameter, {}) : getTensorType(parameter);
}

/// Appends an argument for each slot, all at once: appending costs the number
/// of arguments.
static LogicalResult addSlotArguments(func::FuncOp function,
                                      ArrayRef<Expansion> expansions) {
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
  SmallVector<Location> locations;
  for (const Expansion &expansion : expansions)
    for (const OptimizerSlot &slot : expansion.slots) {
      ApplyGradientOp op = expansion.op;
      types.push_back(getSlotType(op, slot));
      attributes.push_back(DictionaryAttr::get(
          op.getContext(), getSlotAttributes(op, slot.name)));
      locations.push_back(op.getLoc());
    }
  SmallVector<unsigned> places(types.size(), function.getNumArguments());
  return function.insertArguments(places, types, attributes, locations);
}

/// Appends a result for each slot, of which the arguments begin at `argument`:
/// its new value.
static LogicalResult addSlotResults(func::FuncOp function,
                                    ArrayRef<Expansion> expansions,
                                    ArrayRef<Value> values, int64_t argument) {
  Builder b(function.getContext());
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
  for (const Expansion &expansion : expansions)
    for (const OptimizerSlot &slot : expansion.slots) {
      ApplyGradientOp op = expansion.op;
      SmallVector<NamedAttribute> named = getSlotAttributes(op, slot.name);
      named.push_back(
          b.getNamedAttr(attr::kUpdates, b.getI64IntegerAttr(argument++)));
      types.push_back(getSlotType(op, slot));
      attributes.push_back(b.getDictionaryAttr(named));
    }
  SmallVector<unsigned> places(types.size(), function.getNumResults());
  Operation *terminator = function.getBody().front().getTerminator();
  terminator->insertOperands(terminator->getNumOperands(), values);
  return function.insertResults(places, types, attributes);
}

/// The number of finished steps, as a scalar of the parameter's elements.
static Term getFinishedSteps(OpBuilder &b, ApplyGradientOp op) {
  Type element = getTensorType(op.getParameter()).getElementType();
  return Term(b, op.getLoc(), convertTo(b, op.getLoc(), op.getStep(), element));
}

/// The scale of all gradients by the option "global_clipnorm", which is the
/// same for all ops; null if it isn't set.
static FailureOr<Value> buildScale(ArrayRef<Expansion> expansions) {
  if (expansions.empty() || !expansions.front().config.isSet("global_clipnorm"))
    return Value();
  ApplyGradientOp first = expansions.front().op;
  SmallVector<Value> gradients;
  for (const Expansion &expansion : expansions) {
    ApplyGradientOp op = expansion.op;
    Operation *source = op.getGradient().getDefiningOp();
    if (source && !source->isBeforeInBlock(first))
      return op.emitError() << "with \"global_clipnorm\", all gradients must "
                               "come before the first update";
    gradients.push_back(op.getGradient());
  }
  OpBuilder b(first);
  double limit = expansions.front().config.get("global_clipnorm");
  return Value(buildGlobalScale(b, first.getLoc(), gradients, limit));
}

/// The new values of the parameter and its slots.
static OptimizerUpdate build(const Expansion &expansion,
                             ArrayRef<BlockArgument> slots, Value scale) {
  ApplyGradientOp op = expansion.op;
  OpBuilder b(op);
  Term parameter(b, op.getLoc(), op.getParameter());
  SmallVector<Term> values;
  for (Value argument : slots)
    values.push_back(parameter.with(argument));
  Term gradient = parameter.with(op.getGradient());
  if (scale)
    gradient =
        gradient * parameter.with(scale).broadcast(getShape(op.getGradient()));
  gradient = clipGradient(expansion.config, b, op.getLoc(), gradient);
  Term finished = getFinishedSteps(b, op);
  Term step = finished + 1.0;
  LearningRate rate = expansion.config.getRate(finished);
  return expansion.rule->build(expansion.config,
                               {parameter, gradient, step, rate, values});
}

namespace {
struct ExpandOptimizersPass
    : public mlc::impl::ExpandOptimizersBase<ExpandOptimizersPass> {
  void runOnOperation() override {
    SmallVector<Expansion> expansions;
    WalkResult planned = getOperation().walk([&](ApplyGradientOp op) {
      FailureOr<Expansion> expansion = plan(op);
      if (failed(expansion))
        return WalkResult::interrupt();
      expansions.push_back(std::move(*expansion));
      return WalkResult::advance();
    });
    if (planned.wasInterrupted() || failed(expand(expansions)))
      signalPassFailure();
  }

  LogicalResult expand(ArrayRef<Expansion> expansions) {
    func::FuncOp function = getOperation();
    unsigned first = function.getNumArguments();
    FailureOr<Value> scale = buildScale(expansions);
    if (failed(scale))
      return failure();
    if (failed(addSlotArguments(function, expansions)))
      return failure();
    ArrayRef<BlockArgument> slots = function.getArguments().drop_front(first);
    SmallVector<Value> values;
    for (const Expansion &expansion : expansions) {
      OptimizerUpdate update =
          build(expansion, slots.take_front(expansion.slots.size()), *scale);
      slots = slots.drop_front(expansion.slots.size());
      for (const Term &value : ArrayRef<Term>(update).drop_front())
        values.push_back(value);
      ApplyGradientOp op = expansion.op;
      op.getResult().replaceAllUsesWith(update.front());
    }
    LogicalResult added = addSlotResults(function, expansions, values, first);
    for (const Expansion &expansion : expansions)
      expansion.op->erase();
    return added;
  }
};
} // namespace
