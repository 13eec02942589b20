//===-- ScanVjp.cpp - the gradient rule of a loop over time ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gradient is a loop over the same steps, the other way round. It carries
// the cotangents of the carried values; its inputs are the cotangents of the
// outputs. What its body reads of the forward body it gets in the cheapest way:
// slices of the forward inputs are read again, what is a matter of a few
// instructions is computed again, and only the rest is stacked by the forward
// loop, which is replaced by one with more outputs. Cotangents of invariants
// are sums over the steps: ScanSums.h says how they are taken.
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "ir/Pick.h"
#include "ir/ReverseMode.h"
#include "ir/ScanSums.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

#include <memory>

using namespace mlir;
using namespace mlc;

//===----------------------------------------------------------------------===//
// Which carried values a gradient passes through
//===----------------------------------------------------------------------===//

/// Adds to `active` what it reaches in the body, around the loop too.
static void spreadActivity(ScanOp scan, DenseSet<Value> &active) {
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation &op : scan.getBody().front().without_terminator())
      if (passesGradient(&op) &&
          llvm::any_of(op.getOperands(),
                       [&](Value value) { return active.contains(value); }))
        for (Value result : op.getResults())
          if (carriesGradient(result.getType()))
            active.insert(result);
    for (auto [carried, next] :
         llvm::zip_equal(scan.getCarried(), scan.getNext()))
      if (active.contains(next))
        changed |= active.insert(carried).second;
  }
}

namespace {

/// Makes the reverse loop of one loop.
class ScanReversal {
public:
  ScanReversal(ScanOp scan, OpBuilder &builder, ArrayRef<Value> cotangents,
               function_ref<bool(unsigned)> isWanted);

  void run(MutableArrayRef<Value> operandCotangents);

private:
  void findCarried();
  void makeArguments();
  bool sweep();
  void planSums();
  void finishBody();

  // What the reverse body reads of the forward body.
  void buryUnused();
  SmallVector<Value> collectReads();
  bool isFree(Value value);
  bool isAvailable(Value value) {
    return isFree(value) || stored.contains(value);
  }
  void decide(Value value);
  Value fetch(Value value);
  void resolveReads();

  ScanOp createReverse();
  void stackResults(ScanOp reverse);

  size_t countCarried() const { return carried.size() + sumsOfSteps.size(); }
  bool wants(size_t operand) const { return wanted[operand]; }

  ScanOp scan;
  OpBuilder &outer;
  Location loc;
  SmallVector<Value> cotangents; ///< of the results
  SmallVector<bool> wanted;      ///< of the operands
  std::unique_ptr<Block> body, unused;
  OpBuilder inner;
  ReverseMode mode;
  ScanSums sums;

  SmallVector<unsigned> carried; ///< whose cotangents the reverse loop carries
  SmallVector<Value> sumsOfSteps;
  ScanFrame frame;
  /// Slices of operands' cotangents, by operand, and of what sums need.
  SmallVector<std::pair<unsigned, Value>> inputCotangents;
  SmallVector<Value> stackedInReverse;
  llvm::SetVector<Value> stored; ///< values of the forward body to stack
  DenseMap<Value, bool> freedom;
  DenseMap<Value, Value> fetched;
  SmallVector<std::pair<BlockArgument, Value>> storedSlices;
};

} // namespace

/// The wanted operands as seen by the body: its arguments, and the carried ones
/// that those reach.
static SmallVector<Value> getVariables(ScanOp scan,
                                       function_ref<bool(unsigned)> isWanted) {
  DenseSet<Value> active;
  for (BlockArgument argument : scan.getBody().getArguments())
    if (isWanted(argument.getArgNumber()) &&
        carriesGradient(argument.getType()))
      active.insert(argument);
  spreadActivity(scan, active);
  SmallVector<Value> variables;
  for (BlockArgument argument : scan.getBody().getArguments())
    if (active.contains(argument))
      variables.push_back(argument);
  return variables;
}

ScanReversal::ScanReversal(ScanOp scan, OpBuilder &builder,
                           ArrayRef<Value> cotangents,
                           function_ref<bool(unsigned)> isWanted)
    : scan(scan), outer(builder), loc(scan.getLoc()), cotangents(cotangents),
      body(std::make_unique<Block>()), unused(std::make_unique<Block>()),
      inner(builder.getContext()), mode(inner, getVariables(scan, isWanted)),
      sums(scan) {
  for (size_t i = 0; i < scan->getNumOperands(); ++i)
    wanted.push_back(isWanted(i) &&
                     carriesGradient(scan->getOperand(i).getType()));
  frame.length = scan.getLength();
  frame.reverse = !scan.getReverse();
  inner.setInsertionPointToEnd(body.get());
}

/// Those that a wanted operand reaches, and that reach a result that has a
/// cotangent.
void ScanReversal::findCarried() {
  DenseSet<Value> active, needed;
  for (BlockArgument argument : scan.getBody().getArguments())
    if (wants(argument.getArgNumber()))
      active.insert(argument);
  spreadActivity(scan, active);
  for (auto [yielded, cotangent] :
       llvm::zip_equal(scan.getYield()->getOperands(), cotangents))
    if (cotangent)
      needed.insert(yielded);
  // A final cotangent reaches the value that was carried in where it goes
  // through the body, as all others.
  addDependences(scan, needed);
  for (auto [index, value] : llvm::enumerate(scan.getCarried()))
    if (active.contains(value) && (needed.contains(value) || cotangents[index]))
      carried.push_back(index);
}

/// The reverse body's first arguments, and what they are cotangents of.
void ScanReversal::makeArguments() {
  for (unsigned index : carried) {
    Value init = cotangents[index];
    if (!init)
      init = constantSplat(outer, loc, scan.getInits()[index].getType(), 0);
    frame.inits.push_back(init);
    mode.seed(scan.getNext()[index], body->addArgument(init.getType(), loc));
  }
  size_t finals = scan.getInits().size();
  for (auto [index, slice] : llvm::enumerate(scan.getOutputSlices())) {
    Value cotangent = cotangents[finals + index];
    if (!cotangent)
      continue;
    frame.inputs.push_back(cotangent);
    Value argument = body->addArgument(slice.getType(), loc);
    mode.seed(slice, argument);
    sums.setStacked(argument, cotangent);
  }
}

/// Builds the reverse body but for its end; false if nothing comes of it.
bool ScanReversal::sweep() {
  // Missing rules were reported before any rule was asked.
  bool hasRules = succeeded(mode.run(scan.getYield()));
  assert(hasRules && "was checked by the outer sweep");
  (void)hasRules;
  size_t finals = scan.getInits().size();
  for (auto [index, slice] : llvm::enumerate(scan.getSlices()))
    if (wants(finals + index))
      if (Value cotangent = mode.takeCotangent(slice))
        inputCotangents.push_back({finals + index, cotangent});
  return !carried.empty() || !inputCotangents.empty() ||
         llvm::any_of(scan.getConstants(), [&](BlockArgument argument) {
           return wants(argument.getArgNumber()) &&
                  !mode.getParts(argument).empty();
         });
}

void ScanReversal::planSums() {
  for (BlockArgument argument : scan.getConstants())
    if (wants(argument.getArgNumber()))
      for (Value part : mode.getParts(argument))
        sums.plan(part);
  for (Value value : sums.getToStack()) {
    if (value.getParentBlock() == body.get())
      stackedInReverse.push_back(value);
    else
      stored.insert(value);
  }
  sumsOfSteps.append(sums.getToAdd().begin(), sums.getToAdd().end());
}

/// Ends the body: next cotangents, sums so far, then what is stacked.
void ScanReversal::finishBody() {
  SmallVector<Value> yielded;
  for (unsigned index : carried) {
    Value next = mode.takeCotangent(scan.getCarried()[index]);
    if (!next)
      next = constantSplat(inner, loc, scan.getInits()[index].getType(), 0);
    yielded.push_back(next);
  }
  for (Value part : sumsOfSteps) {
    frame.inits.push_back(constantSplat(outer, loc, part.getType(), 0));
    Value sum = body->insertArgument(yielded.size(), part.getType(), loc);
    yielded.push_back(AddOp::create(inner, loc, sum, part));
  }
  for (auto [operand, cotangent] : inputCotangents)
    yielded.push_back(cotangent);
  yielded.append(stackedInReverse);
  YieldOp::create(inner, loc, yielded);
}

//===----------------------------------------------------------------------===//
// What the reverse body reads of the forward body
//===----------------------------------------------------------------------===//

/// Products that became sums over time are not computed in the loop; until the
/// sums are built their ops are kept elsewhere.
void ScanReversal::buryUnused() {
  DenseSet<Value> used;
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*body))) {
    bool isUsed = op.hasTrait<OpTrait::IsTerminator>() ||
                  llvm::any_of(op.getResults(), [&](Value result) {
                    return used.contains(result);
                  });
    if (isUsed)
      used.insert_range(op.getOperands());
    else
      op.moveBefore(unused.get(), unused->begin());
  }
}

SmallVector<Value> ScanReversal::collectReads() {
  llvm::SetVector<Value> reads;
  Block *forward = &scan.getBody().front();
  for (Operation &op : *body)
    for (Value operand : op.getOperands())
      if (operand.getParentBlock() == forward)
        reads.insert(operand);
  return reads.takeVector();
}

/// A few instructions for each element, if the operands are at hand.
static bool isCheap(Operation *op) {
  return op->hasTrait<mlc::Recomputable>() ||
         isa<ReshapeOp, TransposeOp, SliceOp, ConvertOp, SelectOp, AddOp, SubOp,
             MulOp, NegOp, AbsOp, SignOp, MaxOp, MinOp>(op);
}

/// Computed again even from operands that have to be stored for it, if those
/// are no larger.
static bool isView(Operation *op) {
  return op->hasTrait<mlc::Recomputable>() ||
         isa<ReshapeOp, TransposeOp, ConvertOp>(op);
}

/// Whether the reverse body gets `value` without anything being stored.
bool ScanReversal::isFree(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument.getArgNumber() >= scan.getInits().size();
  auto known = freedom.find(value);
  if (known != freedom.end())
    return known->second;
  Operation *op = value.getDefiningOp();
  bool result = isCheap(op) &&
                llvm::all_of(op->getOperands(),
                             [&](Value operand) { return isFree(operand); });
  freedom[value] = result;
  return result;
}

/// Stores `value`, or what it can be computed again from.
void ScanReversal::decide(Value value) {
  if (isAvailable(value))
    return;
  Operation *op = value.getDefiningOp();
  // Of a gate, what is picked: the slice before has a dimension more, and would
  // be a kernel of its own.
  bool isPicked = op && getPick(op) && !isAvailable(op->getOperand(0));
  if (!op || !isView(op) || isPicked) {
    stored.insert(value);
    return;
  }
  int64_t bytes = 0;
  for (Value operand : op->getOperands())
    if (!isAvailable(operand))
      bytes += bytesOf(operand.getType());
  if (bytes > bytesOf(value.getType())) {
    stored.insert(value);
    return;
  }
  for (Value operand : op->getOperands())
    decide(operand);
}

/// `value` of the forward body in the reverse body; copies of ops go before
/// all else.
Value ScanReversal::fetch(Value value) {
  if (Value known = fetched.lookup(value))
    return known;
  auto argument = dyn_cast<BlockArgument>(value);
  size_t finals = scan.getInits().size();
  Value copy;
  if (stored.contains(value) || argument) {
    size_t place = countCarried() + frame.inputs.size();
    bool isSlice = stored.contains(value) ||
                   argument.getArgNumber() < finals + scan.getInputs().size();
    if (!isSlice)
      place += frame.invariants.size();
    copy = body->insertArgument(place, value.getType(), loc);
    if (stored.contains(value))
      storedSlices.push_back({cast<BlockArgument>(copy), value});
    Value source; // of what is stored: known once the forward loop is replaced
    if (!stored.contains(value))
      source = scan->getOperand(argument.getArgNumber());
    (isSlice ? frame.inputs : frame.invariants).push_back(source);
  } else {
    Operation *op = value.getDefiningOp();
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, fetch(operand));
    copy = inner.clone(*op, mapping)
               ->getResult(cast<OpResult>(value).getResultNumber());
  }
  fetched[value] = copy;
  sums.setOrigin(copy, value);
  return copy;
}

void ScanReversal::resolveReads() {
  SmallVector<Value> reads = collectReads();
  for (Value value : reads)
    if (Operation *op = value.getDefiningOp();
        !isAvailable(value) && (!op || !isView(op)))
      stored.insert(value);
  for (Value value : reads)
    decide(value);
  OpBuilder::InsertionGuard guard(inner);
  Operation *first = &body->front();
  inner.setInsertionPoint(first);
  for (Value value : reads) {
    Value copy = fetch(value);
    value.replaceUsesWithIf(copy, [&](OpOperand &use) {
      Operation *owner = use.getOwner();
      return owner->getBlock() == body.get() && !owner->isBeforeInBlock(first);
    });
  }
}

//===----------------------------------------------------------------------===//
// Joining
//===----------------------------------------------------------------------===//

/// Replaces the forward loop by one that stacks what is stored, and makes the
/// reverse loop.
ScanOp ScanReversal::createReverse() {
  SmallVector<Value> outputs = addOutputs(scan, stored.getArrayRef());
  DenseMap<Value, Value> outputOf;
  for (auto [value, output] : llvm::zip_equal(stored, outputs)) {
    outputOf[value] = output;
    sums.setStacked(value, output);
  }
  for (auto [argument, value] : storedSlices)
    frame.inputs[argument.getArgNumber() - countCarried()] =
        outputOf.lookup(value);
  // Where all are sums over what was stored before, there is nothing to loop
  // for.
  if (body->getTerminator()->getNumOperands() == 0)
    return {};
  return createScan(outer, loc, frame, body.release());
}

void ScanReversal::stackResults(ScanOp reverse) {
  for (auto [index, part] : llvm::enumerate(sumsOfSteps))
    sums.setSum(part, reverse.getFinals()[carried.size() + index]);
  ResultRange outputs = reverse.getOutputs().drop_front(inputCotangents.size());
  for (auto [value, output] : llvm::zip_equal(stackedInReverse, outputs))
    sums.setStacked(value, output);
}

void ScanReversal::run(MutableArrayRef<Value> operandCotangents) {
  findCarried();
  makeArguments();
  if (!sweep())
    return;
  planSums();
  finishBody();
  buryUnused();
  resolveReads();
  ScanOp reverse = createReverse();
  if (reverse)
    stackResults(reverse);
  for (auto [index, operand] : llvm::enumerate(carried))
    if (wants(operand))
      operandCotangents[operand] = reverse.getFinals()[index];
  for (auto [index, input] : llvm::enumerate(inputCotangents))
    operandCotangents[input.first] = reverse.getOutputs()[index];
  for (BlockArgument argument : scan.getConstants()) {
    Value &sum = operandCotangents[argument.getArgNumber()];
    if (wants(argument.getArgNumber()))
      for (Value part : mode.getParts(argument)) {
        Value all = sums.build(outer, part);
        sum = sum ? AddOp::create(outer, loc, sum, all).getResult() : all;
      }
  }
}

void ScanOp::buildVjp(OpBuilder &builder, ArrayRef<Value> resultCotangents,
                      function_ref<bool(unsigned)> isWanted,
                      MutableArrayRef<Value> operandCotangents) {
  ScanReversal(*this, builder, resultCotangents, isWanted)
      .run(operandCotangents);
}
