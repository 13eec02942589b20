//===-- Schedule.cpp - the order of kernels and what they update ----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Schedule.h"
#include "ir/Builders.h"

#include "llvm/ADT/SetVector.h"

#include <set>

using namespace mlir;

namespace mlc::codegen {

Value getRoot(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getOperand();
  return value;
}

bool mayShare(func::FuncOp kernel, int64_t result, int64_t operand) {
  for (Attribute pair : kernel->getAttrOfType<ArrayAttr>(attr::kShares)) {
    auto indices = cast<ArrayAttr>(pair);
    if (cast<IntegerAttr>(indices[0]).getInt() == result &&
        cast<IntegerAttr>(indices[1]).getInt() == operand)
      return true;
  }
  return false;
}

SmallVector<Operation *> getSteps(Block &block) {
  SmallVector<Operation *> steps;
  for (Operation &op : block)
    if (isa<LaunchOp, ScanOp>(op))
      steps.push_back(&op);
  return steps;
}

namespace {

class Scheduler {
public:
  Scheduler(func::FuncOp function, const SymbolTable &symbols)
      : function(function), symbols(symbols),
        program(getSteps(function.getBody().front())), after(program.size()),
        waiting(program.size(), 0), takes(program.size(), 0),
        temporaries(program.size()) {
    for (auto [i, step] : llvm::enumerate(program))
      indexOf[step] = i;
  }

  Schedule run() {
    addDataEdges();
    Operation *end = function.getBody().front().getTerminator();
    for (OpOperand &returned : end->getOpOperands())
      if (auto updated = function.getResultAttrOfType<IntegerAttr>(
              returned.getOperandNumber(), attr::kUpdates))
        tryInPlace(getRoot(returned.get()),
                   function.getArgument(updated.getInt()));
    order();
    return std::move(schedule);
  }

private:
  void addDataEdges() {
    for (auto [i, step] : llvm::enumerate(program))
      for (Value operand : step->getOperands()) {
        Value root = getRoot(operand);
        readers[root].push_back(i);
        if (auto producer = indexOf.find(root.getDefiningOp());
            producer != indexOf.end()) // no constant
          after[producer->second].push_back(i);
      }
  }

  bool isReachable(size_t from, size_t to) {
    if (leadsForward && to < from)
      return false;
    SmallVector<size_t> pending{from};
    llvm::SmallDenseSet<size_t> seen;
    while (!pending.empty()) {
      size_t at = pending.pop_back_val();
      if (at == to)
        return true;
      if (!(leadsForward && at > to) && seen.insert(at).second)
        pending.append(after[at].begin(), after[at].end());
    }
    return false;
  }

  /// The operand of `value`'s launch that `value` may be written over and that
  /// nothing else reads; null if there is none.
  Value findOverwritten(Value value) {
    auto writer = value.getDefiningOp<LaunchOp>();
    if (!writer)
      return {};
    auto kernel = symbols.lookup<func::FuncOp>(writer.getKernel());
    int64_t result = cast<OpResult>(value).getResultNumber();
    for (auto [i, operand] : llvm::enumerate(writer.getOperands()))
      if (operand.getDefiningOp<LaunchOp>() && operand.hasOneUse() &&
          !schedule.inPlace.contains(operand) && mayShare(kernel, result, i))
        return operand;
    return {};
  }

  bool readsInPlace(Value value, BlockArgument updated) {
    auto writer = value.getDefiningOp<LaunchOp>();
    return writer && llvm::is_contained(writer.getOperands(), updated);
  }

  /// Values that may take the place of `updated` one after the other, `value`
  /// the last: a table to which rows are added several times. It is the first
  /// only that reads the old one.
  SmallVector<Value> findChain(Value value, BlockArgument updated) {
    SmallVector<Value> chain{value};
    while (!readsInPlace(chain.back(), updated)) {
      Value before = findOverwritten(chain.back());
      if (!before)
        return {value};
      chain.push_back(before);
    }
    return chain;
  }

  void tryInPlace(Value value, BlockArgument updated) {
    SmallVector<Value> chain = findChain(value, updated);
    if (!tryFirstInPlace(chain.back(), updated)) {
      if (chain.size() == 1 || !tryFirstInPlace(value, updated))
        return;
      chain = {value};
    }
    for (Value later : chain)
      schedule.inPlace[later] = updated;
  }

  /// Lets `value` take the place of `updated` if nothing speaks against it.
  bool tryFirstInPlace(Value value, BlockArgument updated) {
    auto writer = value.getDefiningOp<LaunchOp>();
    if (!writer || schedule.inPlace.contains(value))
      return false;
    auto kernel = symbols.lookup<func::FuncOp>(writer.getKernel());
    int64_t result = cast<OpResult>(value).getResultNumber();
    for (auto [i, operand] : llvm::enumerate(writer.getOperands()))
      if (getRoot(operand) == updated && !mayShare(kernel, result, i))
        return false;
    size_t writerIndex = indexOf[writer];
    for (size_t reader : readers[updated])
      if (reader != writerIndex && isReachable(writerIndex, reader))
        return false;
    for (size_t reader : readers[updated])
      if (reader != writerIndex) {
        after[reader].push_back(writerIndex);
        leadsForward &= reader < writerIndex;
      }
    return true;
  }

  //===--- Order ----------------------------------------------------------===//

  /// The earliest in the program of those that are ready comes next; but what
  /// frees more memory than it takes goes first, such as the update of a weight
  /// which was all that still needed an activation.
  void order() {
    countReaders();
    for (auto &successors : after)
      for (size_t successor : successors)
        ++waiting[successor];
    for (size_t i = 0; i < program.size(); ++i)
      if (waiting[i] == 0)
        makeReady(i);
    while (!ready.empty() || !freeing.empty()) {
      std::set<size_t> &from = freeing.empty() ? ready : freeing;
      size_t next = *from.begin();
      from.erase(from.begin());
      run(next);
    }
  }

  void run(size_t step) {
    schedule.steps.push_back(program[step]);
    for (Value root : temporaries[step])
      if (--unread[root] == 1)
        reconsiderReaders(root);
    for (size_t successor : after[step])
      if (--waiting[successor] == 0)
        makeReady(successor);
  }

  /// Counts the steps that read each value which lives in the arena.
  void countReaders() {
    Operation *end = function.getBody().front().getTerminator();
    llvm::SmallDenseSet<Value> returned;
    for (Value value : end->getOperands())
      returned.insert(getRoot(value));
    for (auto [i, step] : llvm::enumerate(program)) {
      for (Value result : step->getResults())
        if (!returned.contains(result) && !schedule.inPlace.contains(result))
          takes[i] += bytesOf(result.getType());
      for (Value operand : step->getOperands()) {
        Value root = getRoot(operand);
        if (indexOf.contains(root.getDefiningOp()) &&
            !returned.contains(root) && !schedule.inPlace.contains(root))
          temporaries[i].insert(root);
      }
      for (Value root : temporaries[i])
        ++unread[root];
    }
  }

  bool freesMemory(size_t step) {
    int64_t freed = 0;
    for (Value root : temporaries[step])
      if (unread[root] == 1)
        freed += bytesOf(root.getType());
    return freed > takes[step];
  }

  void makeReady(size_t step) {
    (freesMemory(step) ? freeing : ready).insert(step);
  }

  /// One step is left that reads `root`: it frees it.
  void reconsiderReaders(Value root) {
    for (size_t reader : readers[root])
      if (ready.count(reader) && freesMemory(reader)) {
        ready.erase(reader);
        freeing.insert(reader);
      }
  }

  func::FuncOp function;
  const SymbolTable &symbols;
  SmallVector<Operation *> program;
  llvm::DenseMap<Operation *, size_t> indexOf;
  llvm::DenseMap<Value, SmallVector<size_t>> readers;
  SmallVector<SmallVector<size_t>> after; ///< launches that must follow each
  /// Every edge so far leads to a later place in the program, so that whatever
  /// is reached from a launch comes after it.
  bool leadsForward = true;
  SmallVector<unsigned> waiting; ///< steps that each has to wait for
  SmallVector<int64_t> takes;    ///< bytes of the arena that each makes
  SmallVector<llvm::SmallSetVector<Value, 4>> temporaries; ///< that each reads
  llvm::DenseMap<Value, unsigned> unread; ///< steps that have yet to read it
  std::set<size_t> ready, freeing;
  Schedule schedule;
};

} // namespace

Schedule makeSchedule(func::FuncOp function, const SymbolTable &symbols) {
  return Scheduler(function, symbols).run();
}

} // namespace mlc::codegen
