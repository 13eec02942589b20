//===-- IntegerRanges.cpp - what integers may be --------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/IntegerRanges.h"

#include "ir/Builders.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlc;

using MaybeRange = std::optional<IntegerRange>;

/// How far a value is followed. What bounds ids is near to them.
constexpr int kMaximumDepth = 16;

static MaybeRange getRange(Value value, int depth);

static MaybeRange join(MaybeRange x, MaybeRange y) {
  if (!x || !y)
    return std::nullopt;
  return IntegerRange{std::min(x->low, y->low), std::max(x->high, y->high)};
}

/// Callers check inputs that have a range, before anything is computed.
static MaybeRange getArgumentRange(BlockArgument argument) {
  auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
  if (!function)
    return std::nullopt;
  unsigned i = argument.getArgNumber();
  auto role = function.getArgAttrOfType<StringAttr>(i, attr::kRole);
  auto range = function.getArgAttrOfType<IntegerAttr>(i, attr::kRange);
  if (!role || role != "input" || !range)
    return std::nullopt;
  return IntegerRange{0, range.getInt() - 1};
}

static MaybeRange getConstantRange(ConstantOp op) {
  auto elements = dyn_cast<DenseIntElementsAttr>(op.getValue());
  if (!elements || elements.empty())
    return std::nullopt;
  MaybeRange range;
  auto include = [&](const APInt &element) {
    MaybeRange one =
        IntegerRange{element.getSExtValue(), element.getSExtValue()};
    range = range ? join(range, one) : one;
  };
  if (elements.isSplat())
    include(elements.getSplatValue<APInt>());
  else
    llvm::for_each(elements.getValues<APInt>(), include);
  return range;
}

static MaybeRange getBounded(Operation *op, int depth) {
  MaybeRange x = getRange(op->getOperand(0), depth);
  MaybeRange y = getRange(op->getOperand(1), depth);
  constexpr IntegerRange all{INT64_MIN, INT64_MAX};
  if (!x && !y)
    return std::nullopt;
  IntegerRange a = x.value_or(all), b = y.value_or(all);
  if (isa<MaxOp>(op))
    return IntegerRange{std::max(a.low, b.low), std::max(a.high, b.high)};
  return IntegerRange{std::min(a.low, b.low), std::min(a.high, b.high)};
}

static MaybeRange getJoined(ValueRange values, int depth) {
  MaybeRange range = getRange(values.front(), depth);
  for (Value value : values.drop_front())
    range = range ? join(range, getRange(value, depth)) : range;
  return range;
}

static MaybeRange getRange(Value value, int depth) {
  if (depth > kMaximumDepth)
    return std::nullopt;
  if (auto argument = dyn_cast<BlockArgument>(value))
    return getArgumentRange(argument);
  return llvm::TypeSwitch<Operation *, MaybeRange>(value.getDefiningOp())
      .Case([](ConstantOp op) { return getConstantRange(op); })
      .Case([](IotaOp op) {
        return IntegerRange{0, getShape(op.getResult())[op.getDimension()] - 1};
      })
      .Case<ReshapeOp, BroadcastOp, TransposeOp, SliceOp, ReverseOp, GatherOp>(
          [&](Operation *op) { return getRange(op->getOperand(0), depth + 1); })
      .Case([&](PadOp op) {
        return join(getRange(op.getOperand(), depth + 1), IntegerRange{0, 0});
      })
      .Case([&](ConcatenateOp op) {
        return getJoined(op.getOperands(), depth + 1);
      })
      .Case([&](SelectOp op) {
        return getJoined({op.getOnTrue(), op.getOnFalse()}, depth + 1);
      })
      .Case<MaxOp, MinOp>(
          [&](Operation *op) { return getBounded(op, depth + 1); })
      .Default([](Operation *) { return std::nullopt; });
}

MaybeRange mlc::getIntegerRange(Value value) {
  if (!isa<IntegerType>(getTensorType(value).getElementType()))
    return std::nullopt;
  return getRange(value, 0);
}

/// Whether max or min always takes `x` before `y`.
static bool isAlwaysTaken(Operation *op, const IntegerRange &x,
                          const IntegerRange &y) {
  return isa<MaxOp>(op) ? x.low >= y.high : x.high <= y.low;
}

template <typename OpTy>
static LogicalResult dropBound(OpTy op, PatternRewriter &rewriter) {
  MaybeRange x = getIntegerRange(op.getLhs()), y = getIntegerRange(op.getRhs());
  if (!x || !y)
    return failure();
  if (isAlwaysTaken(op, *x, *y))
    rewriter.replaceOp(op, op.getLhs());
  else if (isAlwaysTaken(op, *y, *x))
    rewriter.replaceOp(op, op.getRhs());
  else
    return failure();
  return success();
}

void mlc::populateIntegerRangePatterns(RewritePatternSet &patterns) {
  patterns.add(dropBound<MaxOp>);
  patterns.add(dropBound<MinOp>);
}
