//===-- MarkDistant.cpp - --mlc-mark-distant ------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the forward pass keeps for the backward pass is read again when much
// else has been read and written, and is in no cache by then. A store through
// the caches would first read the line from memory, and drop others for it.
//
//===----------------------------------------------------------------------===//

#include "codegen/LoopNest.h"
#include "codegen/Passes.h"
#include "codegen/Schedule.h"
#include "ir/Builders.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#define DEBUG_TYPE "mlc-mark-distant"

using namespace mlir;

namespace mlc::codegen {
#define GEN_PASS_DEF_MARKDISTANT
#include "codegen/Passes.h.inc"

namespace {

/// Bytes that a program touches before it reads a tensor again, for which that
/// is likely to have left a core's share of the caches.
constexpr int64_t kDistantBytes = 16 << 20;

/// Bytes of all that a step reads and writes.
int64_t touchedBytes(Operation *step) {
  llvm::SmallSetVector<Value, 8> tensors(step->result_begin(),
                                         step->result_end());
  for (Value operand : step->getOperands())
    tensors.insert(getRoot(operand));
  int64_t bytes = 0;
  for (Value tensor : tensors)
    bytes += bytesOf(tensor.getType());
  return bytes;
}

/// Looks at a function's steps in the order of the program.
class DistantResults {
public:
  DistantResults(func::FuncOp function, const SymbolTable &symbols)
      : symbols(symbols), steps(getSteps(function.getBody().front())) {
    int64_t bytes = 0;
    for (auto [i, step] : llvm::enumerate(steps)) {
      indexOf[step] = i;
      before.push_back(bytes);
      bytes += touchedBytes(step);
    }
  }

  /// For each result of a kernel, launches that write it for later, less those
  /// that don't.
  using Votes = llvm::MapVector<std::pair<Operation *, unsigned>, int64_t>;

  void count(Votes &votes) {
    for (Operation *step : steps)
      if (auto launch = dyn_cast<LaunchOp>(step)) {
        for (OpResult result : launch.getResults())
          vote(votes, launch, result, isDistant(result));
      } else {
        auto scan = cast<ScanOp>(step);
        for (auto inner : scan.getBody().getOps<LaunchOp>())
          for (OpResult result : inner.getResults())
            vote(votes, inner, result, isStackedFarAway(scan, result));
      }
  }

private:
  void vote(Votes &votes, LaunchOp launch, OpResult result, bool isForLater) {
    auto *kernel = symbols.lookup(launch.getKernel());
    votes[{kernel, result.getResultNumber()}] += isForLater ? 1 : -1;
  }

  /// Is all that the loop does with `value` to stack it for later?
  bool isStackedFarAway(ScanOp scan, Value value) {
    Operation *yield = scan.getYield();
    size_t carried = scan.getInits().size();
    return llvm::all_of(value.getUses(), [&](OpOperand &use) {
      return use.getOwner() == yield && use.getOperandNumber() >= carried &&
             isDistant(scan->getResult(use.getOperandNumber()));
    });
  }

  /// A loop writes or reads what it stacks bit by bit, halfway on average.
  bool isDistant(Value value) {
    std::optional<size_t> reader = findReader(value);
    if (!reader)
      return false;
    size_t writer = indexOf.lookup(value.getDefiningOp());
    int64_t bytes = before[*reader] - before[writer + 1];
    for (size_t end : {writer, *reader})
      if (isa<ScanOp>(steps[end]))
        bytes += touchedBytes(steps[end]) / 2;
    return bytes >= kDistantBytes;
  }

  /// The first step that reads `value`; none if it leaves the function: that
  /// may be memory of the caller's.
  std::optional<size_t> findReader(Value value) {
    std::optional<size_t> first;
    SmallVector<Value> pending{value};
    while (!pending.empty())
      for (Operation *user : pending.pop_back_val().getUsers()) {
        if (user->hasTrait<OpTrait::IsTerminator>())
          return std::nullopt;
        if (auto index = indexOf.find(user); index != indexOf.end())
          first = std::min(first.value_or(index->second), index->second);
        else
          pending.append(user->result_begin(), user->result_end());
      }
    return first;
  }

  const SymbolTable &symbols;
  SmallVector<Operation *> steps;
  llvm::DenseMap<Operation *, size_t> indexOf;
  SmallVector<int64_t> before; ///< bytes touched before each step
};

struct MarkDistant : impl::MarkDistantBase<MarkDistant> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    DistantResults::Votes votes;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function->hasAttr(attr::kKernel))
        DistantResults(function, symbols).count(votes);
    for (auto &[result, sum] : votes)
      if (sum > 0)
        cast<func::FuncOp>(result.first)
            .setResultAttr(result.second, kDistant,
                           UnitAttr::get(&getContext()));
  }
};

} // namespace
} // namespace mlc::codegen
