//===-- Rematerialize.cpp - makes values again to fit a memory budget -----===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks from the function as it is to the one that needs the least memory, one
// choice (RecomputeChoice.h) at a time, and stops at the first whose memory
// plan keeps to the budget. The way does not depend on the budget: what it
// comes by is what can be had, and the smallest of it is what an error names.
//
//===----------------------------------------------------------------------===//

#include "codegen/MemoryPlan.h"
#include "codegen/ModelInterface.h"
#include "codegen/Passes.h"
#include "codegen/RecomputeChoice.h"
#include "codegen/Timeline.h"
#include "ir/Builders.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

#define DEBUG_TYPE "mlc-rematerialize"

using namespace mlir;

namespace mlc::codegen {
#define GEN_PASS_DEF_REMATERIALIZE
#include "codegen/Passes.h.inc"

namespace {

/// Operations of a core in the time in which it moves a byte.
constexpr double kFlopsPerByte = 3;

/// The function's steps in the order of their schedule, for the choice.
class Program {
public:
  Program(func::FuncOp function, const SymbolTable &symbols,
          const MemoryPlan &plan)
      : function(function), symbols(symbols), plan(plan) {
    for (auto [i, step] : llvm::enumerate(plan.schedule.steps))
      numberOf[step] = i;
    steps.resize(plan.schedule.steps.size());
    findReturned();
    for (auto [i, step] : llvm::enumerate(plan.schedule.steps))
      describe(steps[i], step);
    addInnerBytes();
  }

  SmallVector<RecomputeValue> values;
  SmallVector<RecomputeStep> steps;

private:
  void findReturned() {
    Operation *end = function.getBody().front().getTerminator();
    for (Value value : end->getOperands())
      returned.insert(getRoot(value));
  }

  /// Values of the arena are what the choice is about; what is in the state
  /// or returned has its place.
  void describe(RecomputeStep &described, Operation *step) {
    size_t number = numberOf[step];
    for (Value result : step->getResults()) {
      bool isFixed =
          returned.contains(result) || plan.schedule.inPlace.contains(result);
      described.mayRepeat &= !isFixed;
      described.makes.push_back(values.size());
      valueOf[result] = values.size();
      values.push_back(
          {isFixed ? 0 : alignBytes(bytesOf(result.getType())), number});
    }
    llvm::SmallSetVector<Value, 8> roots;
    for (Value operand : step->getOperands())
      roots.insert(getRoot(operand));
    for (Value root : roots)
      if (auto value = valueOf.find(root); value != valueOf.end())
        described.reads.push_back(value->second);
    described.cost = costOf(step);
  }

  /// In bytes that could be moved in that time.
  double costOf(Operation *step) {
    double cost = 1;
    step->walk([&](LaunchOp launch) {
      auto kernel = symbols.lookup<func::FuncOp>(launch.getKernel());
      auto number = [&](StringRef name) {
        auto value = kernel->getAttrOfType<IntegerAttr>(name);
        return value ? double(value.getInt()) : 0;
      };
      double repeats = 1;
      for (auto scan = launch->getParentOfType<ScanOp>(); scan;
           scan = scan->getParentOfType<ScanOp>())
        repeats *= double(scan.getLength());
      cost += repeats *
              (number(attr::kWork) / kFlopsPerByte + number(attr::kTraffic));
    });
    return cost;
  }

  /// Scratch, and what lives within loops.
  void addInnerBytes() {
    Timeline timeline(plan.schedule.steps);
    for (auto [i, step] : llvm::enumerate(plan.schedule.steps)) {
      int64_t first = timeline.start(step), last = timeline.end(step);
      SmallVector<ArenaItem> inner;
      for (const ArenaItem &item : plan.items)
        if (first <= item.first && item.last <= last)
          inner.push_back(item);
      int64_t made = 0;
      for (size_t value : steps[i].makes)
        if (timeline.lastRead(step->getResult(value - steps[i].makes.front())) <
            0)
          made += values[value].bytes;
      steps[i].innerBytes =
          std::max<int64_t>(0, layOutArena(inner).live - made);
    }
  }

  func::FuncOp function;
  const SymbolTable &symbols;
  const MemoryPlan &plan;
  llvm::DenseMap<Operation *, size_t> numberOf;
  llvm::DenseMap<Value, size_t> valueOf;
  llvm::SmallDenseSet<Value> returned;
};

/// Rewrites a copy of the function as the choice says.
class Rewriter {
public:
  Rewriter(func::FuncOp function, ArrayRef<Operation *> steps)
      : steps(steps), end(function.getBody().front().getTerminator()), b(end) {}

  void run(ArrayRef<RecomputeEntry> entries) {
    for (const RecomputeEntry &entry : entries)
      entry.isAgain ? repeat(entry) : keep(entry);
    for (OpOperand &returned : end->getOpOperands())
      rebase(returned, getRoot(returned.get()));
    Block &block = *end->getBlock();
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isa<LaunchOp, ScanOp, ReshapeOp>(op) && op.use_empty() &&
          !op.getResults().empty())
        op.erase();
  }

private:
  void keep(const RecomputeEntry &entry) {
    Operation *step = steps[entry.step];
    step->moveBefore(end);
    setOperands(step, entry);
  }

  void repeat(const RecomputeEntry &entry) {
    b.setInsertionPoint(end);
    Operation *copy = b.clone(*steps[entry.step]);
    setOperands(copy, entry);
    again.map(steps[entry.step]->getResults(), copy->getResults());
  }

  /// Lets `step` read what was made again where the entry says so.
  void setOperands(Operation *step, const RecomputeEntry &entry) {
    llvm::SmallSetVector<Value, 8> roots;
    llvm::DenseMap<Value, Value> sources;
    for (Value operand : step->getOperands())
      if (Value root = getRoot(operand); isMadeByStep(root))
        roots.insert(root);
    for (auto [root, isAgain] : llvm::zip_equal(roots, entry.readsAgain))
      sources[root] = isAgain ? again.lookup(root) : root;
    b.setInsertionPoint(step);
    for (OpOperand &operand : step->getOpOperands())
      if (auto source = sources.find(getRoot(operand.get()));
          source != sources.end())
        rebase(operand, source->second);
  }

  bool isMadeByStep(Value root) {
    return isa_and_nonnull<LaunchOp, ScanOp>(root.getDefiningOp());
  }

  /// Lets the operand be `root`, seen with its shape.
  void rebase(OpOperand &operand, Value root) {
    b.setInsertionPoint(operand.getOwner());
    Value value = operand.get();
    if (root.getType() == value.getType())
      return operand.set(root);
    if (isMadeByStep(root))
      operand.set(ReshapeOp::create(b, value.getLoc(), value.getType(), root));
  }

  ArrayRef<Operation *> steps;
  Operation *end;
  OpBuilder b;
  IRMapping again;
};

/// Choices, one after the other.
class Way {
public:
  explicit Way(const Program &program)
      : choice(program.values, program.steps), end(program.steps.size()) {}

  /// Goes on to the next place. False if there is none.
  bool goOn() { return choice.extend(end, moves); }

  size_t size() const { return moves.size(); }
  /// The steps that are done again after that many.
  llvm::BitVector after(size_t count) const {
    llvm::BitVector again(end.size());
    for (const SmallVector<size_t> &move : ArrayRef(moves).take_front(count))
      for (size_t step : move)
        again.set(step);
    return again;
  }
  int64_t estimatePeak() const { return choice.estimatePeak(end); }

  const RecomputeChoice choice;

private:
  SmallVector<SmallVector<size_t>> moves;
  llvm::BitVector end;
};

class FunctionFitter {
public:
  FunctionFitter(func::FuncOp function, const SymbolTable &symbols,
                 const Blocks &blocks, int64_t budget)
      : function(function), symbols(symbols), blocks(blocks), budget(budget) {}
  ~FunctionFitter() {
    if (base)
      base.erase();
  }

  /// Replaces the body if it must. The bytes that the function then needs: more
  /// than the budget if nothing brings it there.
  FailureOr<int64_t> run() {
    base = function.clone();
    FailureOr<int64_t> bytes = measure(base);
    if (failed(bytes))
      return failure();
    smallest = *bytes;
    for (int64_t before = -1; smallest > budget && smallest != before;) {
      before = smallest;
      if (failed(walkOnce()))
        return failure();
    }
    if (smallest < *bytes)
      function.getBody().takeBody(base.getBody());
    return smallest;
  }

private:
  FailureOr<int64_t> measure(func::FuncOp candidate) {
    FailureOr<MemoryPlan> plan = planFunction(candidate, symbols, blocks);
    if (failed(plan))
      return failure();
    return plan->arena.bytes + countStagedBytes(plan->inputs) +
           countStagedBytes(plan->outputs);
  }

  /// Goes a way from `base` to the first place that fits, or else to the one
  /// that needs least, and leaves it in `base`.
  LogicalResult walkOnce() {
    FailureOr<MemoryPlan> plan = planFunction(base, symbols, blocks);
    if (failed(plan))
      return failure();
    Program program(base, symbols, *plan);
    Way way(program);
    auto measureAt = [&](size_t moves) {
      return measure(way, plan->schedule, way.after(moves));
    };
    FailureOr<Stop> stop = findStop(way, measureAt);
    if (failed(stop))
      return failure();
    if (stop->bytes >= smallest)
      return success();
    smallest = stop->bytes;
    llvm::BitVector again = way.after(stop->moves);
    if (smallest <= budget)
      dropNeedless(way, plan->schedule, again);
    func::FuncOp chosen = rewrite(way, plan->schedule, again);
    base.erase();
    base = chosen;
    return success();
  }

  /// A place on the way, and what the function needs there.
  struct Stop {
    size_t moves;
    int64_t bytes;
  };
  using Measure = llvm::function_ref<FailureOr<int64_t>(size_t)>;

  /// Goes on to the first place that fits, then back to before it.
  FailureOr<Stop> findStop(Way &way, Measure measureAt) {
    Stop best{0, smallest};
    int64_t least = way.estimatePeak();
    for (size_t before = 0; best.bytes > budget && way.goOn();) {
      if (way.estimatePeak() >= least)
        continue;
      least = way.estimatePeak();
      FailureOr<int64_t> bytes = measureAt(way.size());
      if (failed(bytes))
        return failure();
      if (*bytes < best.bytes)
        best = {way.size(), *bytes};
      if (*bytes > budget)
        before = way.size();
      else if (failed(narrow(before, best, measureAt)))
        return failure();
    }
    return best;
  }

  /// Moves `stop`, which fits, back towards `tooFew` moves, which don't.
  LogicalResult narrow(size_t tooFew, Stop &stop, Measure measureAt) {
    while (stop.moves - tooFew > 1) {
      size_t middle = tooFew + (stop.moves - tooFew) / 2;
      FailureOr<int64_t> bytes = measureAt(middle);
      if (failed(bytes))
        return failure();
      if (*bytes <= budget)
        stop = {middle, *bytes};
      else
        tooFew = middle;
    }
    return success();
  }

  /// Takes back what was needed on the way, but isn't where it ended.
  void dropNeedless(const Way &way, const Schedule &schedule,
                    llvm::BitVector &again) {
    llvm::BitVector fewer = again;
    way.choice.dropNeedless(fewer,
                            way.choice.estimatePeak(again) + budget - smallest);
    FailureOr<int64_t> bytes = measure(way, schedule, fewer);
    if (succeeded(bytes) && *bytes <= budget)
      again = fewer;
  }

  FailureOr<int64_t> measure(const Way &way, const Schedule &schedule,
                             const llvm::BitVector &again) {
    func::FuncOp candidate = rewrite(way, schedule, again);
    FailureOr<int64_t> bytes = measure(candidate);
    candidate.erase();
    return bytes;
  }

  func::FuncOp rewrite(const Way &way, const Schedule &schedule,
                       const llvm::BitVector &again) {
    IRMapping mapping;
    auto copy = cast<func::FuncOp>(base->clone(mapping));
    SmallVector<Operation *> steps;
    for (Operation *step : schedule.steps)
      steps.push_back(mapping.lookup(step));
    Rewriter(copy, steps).run(way.choice.expand(again));
    return copy;
  }

  func::FuncOp function, base;
  const SymbolTable &symbols;
  const Blocks &blocks;
  int64_t budget, smallest = 0;
};

struct Rematerialize : impl::RematerializeBase<Rematerialize> {
  using RematerializeBase::RematerializeBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<Blocks> blocks = layOutBlocks(module);
    if (failed(blocks))
      return signalPassFailure();
    SymbolTable symbols(module);
    int64_t most = 0;
    func::FuncOp neediest;
    for (auto function : module.getOps<func::FuncOp>()) {
      if (function->hasAttr(attr::kKernel))
        continue;
      FailureOr<int64_t> bytes =
          FunctionFitter(function, symbols, *blocks, memory).run();
      if (failed(bytes))
        return signalPassFailure();
      if (*bytes > most) {
        most = *bytes;
        neediest = function;
      }
    }
    if (most > memory)
      reportSmallest(neediest, most);
  }

private:
  void reportSmallest(func::FuncOp function, int64_t bytes) {
    emitError(function.getLoc())
        << "expected a memory budget of at least " << bytes
        << " bytes, the smallest workspace that " << function.getName()
        << " can do with; found " << int64_t(memory)
        << ": allow it that much, or make \"batch_size\" smaller";
    signalPassFailure();
  }
};

} // namespace
} // namespace mlc::codegen
