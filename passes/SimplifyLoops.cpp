//===-- SimplifyLoops.cpp - loops that do and hold no more than they must -===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Some rewrites only leave an argument or a result unused; one drops those.
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "ir/Scan.h"
#include "passes/SimplifyPatterns.h"

#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace mlir;
using namespace mlc;

/// What to leave out of a loop: arguments of the body with their operands, and
/// yielded values with their results.
namespace {
struct Unused {
  explicit Unused(ScanOp scan)
      : arguments(scan->getNumOperands()), results(scan->getNumResults()) {}
  llvm::BitVector arguments, results;
};
} // namespace

template <typename Range>
static SmallVector<Value>
dropMarked(Range &&values, const llvm::BitVector &marks, size_t offset = 0) {
  SmallVector<Value> kept;
  for (auto [index, value] : llvm::enumerate(values))
    if (!marks.test(offset + index))
      kept.push_back(value);
  return kept;
}

/// The loop without what is unused, and with `more` invariants, which the last
/// arguments of its body are. Results that are dropped have no uses.
static void replaceLoop(ScanOp scan, const Unused &unused, ValueRange more,
                        PatternRewriter &rewriter) {
  Block *body = &scan.getBody().front();
  Operation *yield = scan.getYield();
  SmallVector<Value> yielded = dropMarked(yield->getOperands(), unused.results);
  rewriter.modifyOpInPlace(yield, [&] { yield->setOperands(yielded); });
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*body)))
    if (isOpTriviallyDead(&op))
      rewriter.eraseOp(&op);
  ScanFrame frame = ScanFrame::of(scan);
  size_t inputs = frame.inits.size();
  size_t invariants = inputs + frame.inputs.size();
  frame.inits = dropMarked(frame.inits, unused.arguments);
  frame.inputs = dropMarked(frame.inputs, unused.arguments, inputs);
  frame.invariants = dropMarked(frame.invariants, unused.arguments, invariants);
  llvm::append_range(frame.invariants, more);
  llvm::BitVector arguments = unused.arguments;
  arguments.resize(body->getNumArguments());
  body->eraseArguments(arguments);
  ScanOp smaller = moveScan(rewriter, scan, frame);
  SmallVector<Value> results(scan->getNumResults());
  size_t next = 0;
  for (size_t i = 0; i < results.size(); ++i)
    if (!unused.results.test(i))
      rewriter.replaceAllUsesWith(scan->getResult(i),
                                  smaller->getResult(next++));
  rewriter.eraseOp(scan);
}

/// Marks what nobody uses: values that are carried for no other end than to be
/// carried, outputs, slices and invariants.
static Unused findUnused(ScanOp scan) {
  Unused unused(scan);
  DenseSet<Value> needed;
  for (auto [index, value] : llvm::enumerate(scan.getYield()->getOperands()))
    if (!scan->getResult(index).use_empty())
      needed.insert(value);
  addDependences(scan, needed);
  size_t carried = scan.getInits().size();
  for (auto [index, argument] : llvm::enumerate(scan.getBody().getArguments()))
    if (!needed.contains(argument) &&
        (index >= carried || scan->getResult(index).use_empty()))
      unused.arguments.set(index);
  for (size_t i = 0; i < scan->getNumResults(); ++i)
    if (i < carried ? unused.arguments.test(i) : scan->getResult(i).use_empty())
      unused.results.set(i);
  return unused;
}

static LogicalResult dropUnused(ScanOp scan, PatternRewriter &rewriter) {
  Unused unused = findUnused(scan);
  if (unused.arguments.none() && unused.results.none())
    return failure();
  replaceLoop(scan, unused, {}, rewriter);
  return success();
}

/// The constant that every slice of `input` is, or null.
static DenseElementsAttr getConstantSlice(Value input) {
  SplatElementsAttr splat;
  if (!matchPattern(input, m_Constant(&splat)))
    return {};
  return splat.resizeSplat(getSliceType(input.getType()));
}

/// Constants stand in the body, where they fold.
static LogicalResult moveConstantsInside(ScanOp scan,
                                         PatternRewriter &rewriter) {
  size_t inputs = scan.getInits().size();
  size_t invariants = inputs + scan.getInputs().size();
  bool changed = false;
  rewriter.setInsertionPointToStart(&scan.getBody().front());
  for (BlockArgument argument :
       scan.getBody().getArguments().drop_front(inputs)) {
    size_t index = argument.getArgNumber();
    DenseElementsAttr value;
    if (index < invariants)
      value = getConstantSlice(scan->getOperand(index));
    else
      matchPattern(scan->getOperand(index), m_Constant(&value));
    if (!value || argument.use_empty())
      continue;
    Value constant = ConstantOp::create(rewriter, argument.getLoc(),
                                        argument.getType(), value);
    rewriter.replaceAllUsesWith(argument, constant);
    changed = true;
  }
  return success(changed);
}

/// What no step changes need not be carried.
static LogicalResult stopCarrying(ScanOp scan, PatternRewriter &rewriter) {
  Unused unused(scan);
  SmallVector<Value> more;
  Block &body = scan.getBody().front();
  for (size_t i = 0; i < scan.getInits().size(); ++i) {
    Value carried = scan.getCarried()[i], init = scan.getInits()[i];
    if (scan.getNext()[i] != carried)
      continue;
    rewriter.replaceAllUsesWith(scan->getResult(i), init);
    rewriter.replaceAllUsesWith(
        carried, body.addArgument(init.getType(), carried.getLoc()));
    unused.arguments.set(i);
    unused.results.set(i);
    more.push_back(init);
  }
  if (more.empty())
    return failure();
  replaceLoop(scan, unused, more, rewriter);
  return success();
}

/// An input that repeats a tensor over time is an invariant.
static LogicalResult repeatInside(ScanOp scan, PatternRewriter &rewriter) {
  SmallVector<Value> more;
  Block &body = scan.getBody().front();
  // Adding arguments moves those that are there.
  SmallVector<Value> slices(scan.getSlices());
  for (auto [slice, input] : llvm::zip_equal(slices, scan.getInputs())) {
    auto repeat = input.getDefiningOp<BroadcastOp>();
    if (!repeat || slice.use_empty() ||
        llvm::is_contained(repeat.getDimensions(), 0))
      continue;
    more.push_back(repeat.getOperand());
    Value invariant =
        body.addArgument(repeat.getOperand().getType(), repeat.getLoc());
    Sizes dims = llvm::map_to_vector(repeat.getDimensions(),
                                     [](int64_t dim) { return dim - 1; });
    rewriter.setInsertionPointToStart(&body);
    rewriter.replaceAllUsesWith(slice,
                                broadcastTo(rewriter, repeat.getLoc(),
                                            invariant, getShape(slice), dims));
  }
  if (more.empty())
    return failure();
  rewriter.setInsertionPoint(scan);
  replaceLoop(scan, Unused(scan), more, rewriter);
  return success();
}

/// Arguments for the same tensor are one, as are outputs of the same slices.
static LogicalResult mergeEqual(ScanOp scan, PatternRewriter &rewriter) {
  bool changed = false;
  auto replace = [&](Value value, Value other) {
    if (value.use_empty())
      return;
    rewriter.replaceAllUsesWith(value, other);
    changed = true;
  };
  auto mergeArguments = [&](Block::BlockArgListType arguments,
                            OperandRange values) {
    for (size_t i = 1; i < values.size(); ++i) {
      size_t first = llvm::find(values, values[i]) - values.begin();
      if (first < i)
        replace(arguments[i], arguments[first]);
    }
  };
  mergeArguments(scan.getSlices(), scan.getInputs());
  mergeArguments(scan.getConstants(), scan.getInvariants());
  OperandRange slices = scan.getOutputSlices();
  for (size_t i = 1; i < slices.size(); ++i) {
    size_t first = llvm::find(slices, slices[i]) - slices.begin();
    if (first < i)
      replace(scan.getOutputs()[i], scan.getOutputs()[first]);
  }
  return success(changed);
}

/// What is stacked although it is there already, or the same in each step.
static Value getKnownOutput(ScanOp scan, Value slice,
                            PatternRewriter &rewriter) {
  int64_t length = scan.getLength();
  size_t inputs = scan.getInits().size();
  size_t invariants = inputs + scan.getInputs().size();
  if (auto argument = dyn_cast<BlockArgument>(slice)) {
    size_t index = argument.getArgNumber();
    if (index < inputs)
      return {};
    Value operand = scan->getOperand(index);
    return index < invariants ? operand
                              : repeatOverTime(rewriter, operand, length);
  }
  SplatElementsAttr splat;
  if (!matchPattern(slice, m_Constant(&splat)))
    return {};
  RankedTensorType type = getStackedType(slice.getType(), length);
  return ConstantOp::create(rewriter, slice.getLoc(), type,
                            splat.resizeSplat(type));
}

static LogicalResult replaceKnownOutputs(ScanOp scan,
                                         PatternRewriter &rewriter) {
  bool changed = false;
  for (auto [output, slice] :
       llvm::zip_equal(scan.getOutputs(), scan.getOutputSlices())) {
    if (output.use_empty())
      continue;
    if (Value known = getKnownOutput(scan, slice, rewriter)) {
      rewriter.replaceAllUsesWith(output, known);
      changed = true;
    }
  }
  return success(changed);
}

void mlc::populateLoopPatterns(RewritePatternSet &patterns) {
  patterns.add(dropUnused);
  patterns.add(moveConstantsInside);
  patterns.add(stopCarrying);
  patterns.add(repeatInside);
  patterns.add(mergeEqual);
  patterns.add(replaceKnownOutputs);
}
