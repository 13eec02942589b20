//===-- Recomputation.cpp - what kernels compute once more ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Recomputation.h"

#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

#define DEBUG_TYPE "mlc-fuse"

using namespace mlir;

namespace mlc {

namespace {

/// Ops that one kernel may compute for the sake of others' results; a
/// contraction repeats them for each vector of its register tile.
constexpr size_t kMostOps = 32, kMostOpsOfContraction = 16;
/// Tensors of that many bytes come from memory, others from a cache.
constexpr int64_t kFarBytes = 512 << 10;

double countVectors(Value value) {
  auto tensor = cast<RankedTensorType>(value.getType());
  return double(tensor.getNumElements()) *
         double(tensor.getElementTypeBitWidth()) / 512;
}

/// Cycles of one core to load or store the tensor, in 64 bytes each: measured
/// rates of memory and of the second-level cache.
double moveCycles(Value value) {
  constexpr double far = 6, near = 1.5;
  return countVectors(value) *
         (countVectors(value) * 64 >= kFarBytes ? far : near);
}

/// Cycles to compute the op, each vector by the length of its polynomial or by
/// the divider.
double computeCycles(Operation *op) {
  double perVector =
      TypeSwitch<Operation *, double>(op)
          .Case<AddOp, SubOp, MulOp, MaxOp, MinOp, NegOp, AbsOp, SelectOp,
                ConvertOp, StopGradientOp, SignOp>([](auto) { return 0.7; })
          .Case<DivOp, SqrtOp, RsqrtOp, ExpOp>([](auto) { return 10.0; })
          .Default(14.0);
  return countVectors(op->getResult(0)) * perVector;
}

bool isElementwise(Operation *op) {
  return op->hasTrait<OpTrait::Elementwise>() && op->getNumResults() == 1;
}

} // namespace

/// The decision for one group: which of the values that it reads element by
/// element it computes, and from what.
class Recomputation::Cut {
public:
  Cut(const Recomputation &all, size_t group)
      : all(all), grouping(all.grouping), group(group),
        kind(grouping.getGroups()[group].kind) {}

  /// False if everything stays as it is.
  bool find();

  llvm::SetVector<Operation *> copies;
  llvm::SetVector<Value> leaves;

private:
  struct Entry {
    SmallVector<Value> sources; ///< through ops that every kernel copies
    bool isWanted = false, isLeaf = false;
    double cycles = 0; ///< to have it, one way or the other
  };

  void findWanted();
  bool addEntry(Operation *op);
  bool addSources(Value operand, SmallVector<Value> &sources);
  bool collect();
  void cut();
  double costOf(Value value) const;
  double gain();
  void take(Operation *op);
  bool isEntry(Value value) const {
    Operation *op = value.getDefiningOp();
    return op && entries.contains(op);
  }

  const Recomputation &all;
  const FusionGrouping &grouping;
  size_t group;
  FusionKind kind;
  llvm::SetVector<Operation *> wanted;
  llvm::SmallDenseSet<Value> isRead; ///< by the group, and stays so
  llvm::MapVector<Operation *, Entry> entries;
  llvm::DenseMap<Value, unsigned> users; ///< of sources, among the entries
  SmallVector<Operation *> order;        ///< of the entries, as in the program
};

/// Results of other groups that the group reads at the place of its own.
void Recomputation::Cut::findWanted() {
  llvm::SmallDenseSet<Operation *> elsewhere;
  for (size_t node : grouping.getGroups()[group].nodes) {
    for (const FusionEdge &edge : grouping.getNodes()[node].reads) {
      Operation *op = grouping.getNodes()[edge.producer].op;
      if (all.groupOf[edge.producer] == group)
        continue;
      if (edge.access == FusionEdge::Identity && isElementwise(op))
        wanted.insert(op);
      else
        elsewhere.insert(op);
    }
    for (Value operand : grouping.getNodes()[node].op->getOperands())
      if (!operand.getDefiningOp())
        isRead.insert(operand);
  }
  wanted.remove_if([&](Operation *op) { return elsewhere.contains(op); });
  for (Operation *op : elsewhere)
    for (Value result : op->getResults())
      isRead.insert(result);
}

/// What `operand` is computed from where ops that every kernel copies are seen
/// through. False if it can't be computed just anywhere.
bool Recomputation::Cut::addSources(Value operand,
                                    SmallVector<Value> &sources) {
  Operation *op = operand.getDefiningOp();
  if (!op || !grouping.isCopied(op)) {
    sources.push_back(operand);
    return true;
  }
  if (isa<ConstantOp>(op))
    return true;
  if (isa<BroadcastOp>(op)) {
    // Several reduced dimensions are walked as one: no part may be looked at.
    const FusionGroup &reader = grouping.getGroups()[group];
    if (kind == FusionKind::row &&
        reader.domain.size() - reader.kept.size() > 1)
      return false;
    sources.push_back(op->getOperand(0));
    return true;
  }
  if (!isElementwise(op))
    return false;
  return llvm::all_of(op->getOperands(), [&](Value source) {
    return addSources(source, sources);
  });
}

bool Recomputation::Cut::addEntry(Operation *op) {
  if (entries.contains(op))
    return true;
  size_t most =
      kind == FusionKind::contraction ? kMostOpsOfContraction : kMostOps;
  if (entries.size() == most)
    return false;
  SmallVector<Value> sources;
  for (Value operand : op->getOperands())
    if (!addSources(operand, sources))
      return false;
  entries[op].sources = sources;
  return true;
}

/// Everything that the wanted values could be computed from, back to what is
/// not elementwise. What is beyond the limit is a leaf.
bool Recomputation::Cut::collect() {
  SmallVector<Operation *> pending;
  for (Operation *op : wanted) {
    if (!addEntry(op))
      return false;
    entries[op].isWanted = true;
    pending.push_back(op);
  }
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val();
    for (Value source : SmallVector<Value>(entries[op].sources)) {
      Operation *next = source.getDefiningOp();
      bool isNew = next && !entries.contains(next) && grouping.getNode(next) &&
                   isElementwise(next) &&
                   cast<ShapedType>(source.getType()).getShape() ==
                       cast<ShapedType>(op->getResult(0).getType()).getShape();
      if (isNew && addEntry(next))
        pending.push_back(next);
    }
  }
  for (auto &[op, entry] : entries)
    order.push_back(op);
  llvm::sort(order, [&](Operation *lhs, Operation *rhs) {
    return *grouping.getNode(lhs) < *grouping.getNode(rhs);
  });
  for (Operation *op : order)
    for (Value source : llvm::SmallDenseSet<Value>(entries[op].sources.begin(),
                                                   entries[op].sources.end()))
      ++users[source];
  return true;
}

/// Loading it, and storing it if it is stored for this group alone. Conditions
/// are computed where they are used: nothing is gained by storing one.
double Recomputation::Cut::costOf(Value value) const {
  double cycles = isRead.contains(value) ? 0 : moveCycles(value);
  if (all.isStoredAnyway(value, group))
    return cycles;
  if (cast<ShapedType>(value.getType()).getElementType().isInteger(1))
    return std::numeric_limits<double>::infinity();
  return cycles + moveCycles(value);
}

/// In program order: a value is loaded if that costs no more than to compute it
/// from what nothing else needs. On trees this is the cheapest cut.
void Recomputation::Cut::cut() {
  for (Operation *op : order) {
    Entry &entry = entries[op];
    double cycles = computeCycles(op);
    llvm::SmallDenseSet<Value> seen;
    for (Value source : entry.sources) {
      if (users[source] > 1 || !seen.insert(source).second)
        continue;
      if (!isEntry(source))
        cycles += costOf(source);
      else if (const Entry &from = entries[source.getDefiningOp()];
               !from.isWanted)
        cycles += from.cycles;
    }
    entry.cycles = std::min(cycles, costOf(op->getResult(0)));
    entry.isLeaf = costOf(op->getResult(0)) <= cycles;
  }
}

/// Takes `op` into the copies, and what it is computed from.
void Recomputation::Cut::take(Operation *op) {
  if (!copies.insert(op))
    return;
  for (Value source : entries[op].sources) {
    Operation *from = source.getDefiningOp();
    if (isEntry(source) && !entries[from].isLeaf)
      take(from);
    else
      leaves.insert(source);
  }
}

/// Cycles that are saved.
double Recomputation::Cut::gain() {
  double before = 0, after = 0;
  for (Operation *op : wanted) {
    before += costOf(op->getResult(0));
    if (entries[op].isLeaf)
      leaves.insert(op->getResult(0));
    else
      take(op);
  }
  for (Value leaf : leaves)
    after += costOf(leaf);
  for (Operation *op : copies)
    after += computeCycles(op);
  return before - after;
}

bool Recomputation::Cut::find() {
  const FusionGroup &reader = grouping.getGroups()[group];
  bool isSupported = kind == FusionKind::pointwise ||
                     kind == FusionKind::contraction ||
                     kind == FusionKind::row || kind == FusionKind::column;
  if (!isSupported || reader.isAssembly || reader.isStack)
    return false;
  findWanted();
  if (wanted.empty() || !collect())
    return false;
  cut();
  return gain() > 0 && !copies.empty();
}

Recomputation::Recomputation(const FusionGrouping &grouping)
    : grouping(grouping), groupOf(grouping.getNodes().size()),
      copies(grouping.getGroups().size()) {
  for (auto [i, group] : llvm::enumerate(grouping.getGroups()))
    for (size_t node : group.nodes)
      groupOf[node] = i;
  for (size_t group = 0; group < copies.size(); ++group) {
    Cut cut(*this, group);
    if (!cut.find())
      continue;
    for (Operation *op : cut.copies) {
      copies[group].insert(op);
      copiers[op].push_back(group);
    }
    for (Value leaf : cut.leaves)
      leafOf[leaf].push_back(group);
  }
}

ArrayRef<size_t> Recomputation::getCopiers(Operation *op) const {
  auto found = copiers.find(op);
  return found == copiers.end() ? ArrayRef<size_t>() : found->second;
}

/// Is `value` in memory whatever `reader` does?
bool Recomputation::isStoredAnyway(Value value, size_t reader) const {
  Operation *op = value.getDefiningOp();
  std::optional<size_t> node = op ? grouping.getNode(op) : std::nullopt;
  if (!node || grouping.getNodes()[*node].escapes)
    return true;
  auto isOther = [&](size_t group) {
    return group != reader && group != groupOf[*node];
  };
  if (auto leaf = leafOf.find(value);
      leaf != leafOf.end() && llvm::any_of(leaf->second, isOther))
    return true;
  return llvm::any_of(grouping.getNodes()[*node].readers, [&](size_t user) {
    return isOther(groupOf[user]) && !isCopied(op, groupOf[user]);
  });
}

} // namespace mlc
