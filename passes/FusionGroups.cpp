//===-- FusionGroups.cpp - which ops become one kernel --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/FusionGroups.h"
#include "ir/Builders.h"

using namespace mlir;

namespace mlc {

SmallVector<int64_t> FusionGroup::keptShape() const {
  SmallVector<int64_t> shape;
  for (int64_t d : kept)
    shape.push_back(domain[d]);
  return shape;
}

bool isOutsideOfKernels(Operation *op) {
  return isa<ScanOp>(op) || (isa<ReshapeOp>(op) && !getPick(op));
}

/// Does `user` need its operands in memory, whatever kernel it is near to?
static bool readsMemory(Operation *user) {
  return isOutsideOfKernels(user) || user->hasTrait<OpTrait::IsTerminator>();
}

/// Is `op` copied into every kernel that reads it, rather than computed once?
static bool isCopied(Operation *op) {
  if (!op->hasTrait<Recomputable>() && !isPartOfPick(op))
    return false;
  return llvm::none_of(op->getUsers(), readsMemory);
}

/// Ops that read elsewhere than at the place of their result.
static bool readsElsewhere(Operation *op) {
  return isa<TransposeOp, SliceOp, PadOp, ConcatenateOp, DotGeneralOp,
             BroadcastOp>(op);
}

/// Ops whose results are put together piece by piece: a kernel of their own.
static bool isAssembly(Operation *op) { return isa<PadOp, ConcatenateOp>(op); }

static FusionGroup makeGroup(Operation *op, size_t node) {
  FusionGroup group{FusionKind::pointwise, {}, {}, {node}};
  group.domain.assign(getShape(op->getResult(0)).begin(),
                      getShape(op->getResult(0)).end());
  if (isa<DotGeneralOp>(op))
    group.kind = FusionKind::contraction;
  if (auto reduce = dyn_cast<ReduceOp>(op)) {
    ArrayRef<int64_t> shape = getShape(reduce.getOperand());
    group.domain.assign(shape.begin(), shape.end());
    for (int64_t d = 0; d < int64_t(shape.size()); ++d)
      if (!llvm::is_contained(reduce.getDimensions(), d))
        group.kept.push_back(d);
    bool keepsLast =
        !group.kept.empty() && group.kept.back() == int64_t(shape.size()) - 1;
    group.kind = keepsLast ? FusionKind::column : FusionKind::row;
  }
  return group;
}

FusionGrouping::FusionGrouping(Block &block) {
  for (Operation &op : block.without_terminator())
    if (!isOutsideOfKernels(&op) && !isCopied(&op))
      addNode(&op);
  for (size_t node = 0; node < nodes.size(); ++node)
    mergeWithProducers(node);
  for (size_t node = 0; node < nodes.size(); ++node)
    if (groups[nodes[node].group].kind == FusionKind::contraction)
      mergeWithPickers(node);
}

std::optional<size_t> FusionGrouping::getNode(Operation *op) const {
  auto found = nodeOf.find(op);
  return found == nodeOf.end() ? std::nullopt
                               : std::optional<size_t>(found->second);
}

SmallVector<const FusionGroup *> FusionGrouping::getGroups() const {
  SmallVector<const FusionGroup *> result;
  for (const FusionGroup &group : groups)
    if (!group.nodes.empty())
      result.push_back(&group);
  return result;
}

void FusionGrouping::addNode(Operation *op) {
  size_t node = nodes.size();
  nodeOf[op] = node;
  nodes.push_back({op, node, {}, {}});
  groups.push_back(makeGroup(op, node));
  auto access = readsElsewhere(op) ? FusionEdge::Other : FusionEdge::Identity;
  for (Value operand : op->getOperands())
    findReads(node, operand, access, {});
  nodes[node].escapes = llvm::any_of(op->getUsers(), readsMemory);
}

/// Follows `operand` through copied ops to the nodes behind them.
void FusionGrouping::findReads(size_t node, Value operand,
                               FusionEdge::Access access,
                               ArrayRef<int64_t> dimensions) {
  Operation *op = operand.getDefiningOp();
  if (!op)
    return;
  if (std::optional<size_t> producer = getNode(op)) {
    FusionEdge edge{*producer, access, SmallVector<int64_t>(dimensions)};
    if (!llvm::is_contained(nodes[node].reads, edge)) {
      nodes[node].reads.push_back(edge);
      nodes[*producer].readers.push_back(node);
    }
    return;
  }
  if (isOutsideOfKernels(op)) { // what is behind it must be in memory before
    for (Value source : op->getOperands())
      findReads(node, source, FusionEdge::Other, {});
    return;
  }
  if (!isCopied(op))
    return;
  if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
    bool isFirst = access == FusionEdge::Identity;
    // A unit dimension that repeats is read at 0, not at its own place.
    for (auto [i, d] : llvm::enumerate(broadcast.getDimensions()))
      isFirst &= getShape(broadcast.getOperand())[i] ==
                 getShape(broadcast.getResult())[d];
    access = isFirst ? FusionEdge::Broadcast : FusionEdge::Other;
    dimensions = broadcast.getDimensions();
  } else if (std::optional<Pick> pick = getPick(op)) {
    access =
        access == FusionEdge::Identity ? FusionEdge::Picked : FusionEdge::Other;
    return findReads(node, pick->source, access, pick->getKept());
  } else if (isa<RandomOp>(op)) {
    access = FusionEdge::Other;
    nodes[node].drawsRandom = true;
  }
  for (Value source : op->getOperands())
    findReads(node, source, access, dimensions);
}

void FusionGrouping::mergeWithProducers(size_t node) {
  // Nearest first: what was just computed is the likeliest to be in registers.
  SmallVector<size_t> producers;
  for (const FusionEdge &edge : nodes[node].reads)
    producers.push_back(edge.producer);
  llvm::sort(producers, std::greater<size_t>());
  for (size_t producer : producers)
    if (nodes[producer].group != nodes[node].group)
      tryMerge(nodes[producer].group, nodes[node].group);
}

/// What picks gates is a group of its own by now: all of it, or nothing, is
/// computed while the product is in registers.
void FusionGrouping::mergeWithPickers(size_t node) {
  for (size_t reader : SmallVector<size_t>(nodes[node].readers))
    if (nodes[reader].group != nodes[node].group)
      tryMerge(nodes[node].group, nodes[reader].group);
}

/// All indices of a dimension of the product must be in registers at once.
constexpr int64_t kMostPicked = 6;

/// Are both dimensions of a product's result free ones of the same operand?
static bool areOfOneOperand(DotGeneralOp dot, int64_t lhs, int64_t rhs) {
  int64_t batch = dot.getLhsBatch().size();
  int64_t middle = getShape(dot.getLhs()).size() - dot.getLhsContract().size();
  return lhs >= batch && rhs >= batch && (lhs < middle) == (rhs < middle);
}

std::optional<SmallVector<int64_t>>
FusionGrouping::getPickedDims(const FusionGroup &producer,
                              const FusionGroup &consumer) const {
  if (producer.kind != FusionKind::contraction || !producer.kept.empty() ||
      consumer.kind != FusionKind::pointwise ||
      !isUsedOnlyBy(producer, consumer))
    return std::nullopt;
  FusionGroup merged = producer;
  for (size_t node : consumer.nodes)
    for (const FusionEdge &edge : nodes[node].reads)
      if (llvm::is_contained(producer.nodes, edge.producer)) {
        bool isFirst = merged.kept.empty();
        if (edge.access != FusionEdge::Picked ||
            (!isFirst && merged.kept != edge.dimensions))
          return std::nullopt;
        merged.kept = edge.dimensions;
      }
  if (merged.kept.empty() || merged.keptShape() != consumer.domain)
    return std::nullopt;
  int64_t rank = merged.domain.size(), picked = 0;
  while (picked < rank && llvm::is_contained(merged.kept, picked))
    ++picked;
  for (size_t node : producer.nodes)
    if (auto dot = dyn_cast<DotGeneralOp>(nodes[node].op);
        dot && areOfOneOperand(dot, picked, rank - 1) && picked < rank - 1 &&
        merged.domain[picked] <= kMostPicked)
      return merged.kept;
  return std::nullopt;
}

bool FusionGrouping::isUsedOnlyBy(const FusionGroup &producer,
                                  const FusionGroup &consumer) const {
  return llvm::all_of(producer.nodes, [&](size_t node) {
    return !nodes[node].escapes &&
           llvm::all_of(nodes[node].readers, [&](size_t reader) {
             return llvm::is_contained(producer.nodes, reader) ||
                    llvm::is_contained(consumer.nodes, reader);
           });
  });
}

std::optional<FusionKind>
FusionGrouping::mergedKind(const FusionGroup &lhs,
                           const FusionGroup &rhs) const {
  if (lhs.kind == FusionKind::pointwise && rhs.kind != FusionKind::pointwise)
    return mergedKind(rhs, lhs);
  if (rhs.kind != FusionKind::pointwise) {
    bool isSame = lhs.kind == rhs.kind && lhs.domain == rhs.domain &&
                  lhs.kept == rhs.kept;
    return isSame && lhs.kind != FusionKind::contraction
               ? std::optional(lhs.kind)
               : std::nullopt;
  }
  switch (lhs.kind) {
  case FusionKind::pointwise:
    return lhs.domain == rhs.domain ? std::optional(lhs.kind) : std::nullopt;
  case FusionKind::contraction:
    return (lhs.kept.empty() ? lhs.domain : lhs.keptShape()) == rhs.domain ||
                   getPickedDims(lhs, rhs)
               ? std::optional(lhs.kind)
               : std::nullopt;
  case FusionKind::row:
    return lhs.domain == rhs.domain || lhs.keptShape() == rhs.domain
               ? std::optional(lhs.kind)
               : std::nullopt;
  case FusionKind::column:
    if (lhs.keptShape() == rhs.domain)
      return lhs.kind;
    // What feeds the sums has no pass of its own in which it could be stored.
    return lhs.domain == rhs.domain && isUsedOnlyBy(rhs, lhs)
               ? std::optional(lhs.kind)
               : std::nullopt;
  case FusionKind::window:
  case FusionKind::scatter:
  case FusionKind::attention:
    return std::nullopt;
  }
  llvm_unreachable("all kinds are covered");
}

bool FusionGrouping::areEdgesLegal(const FusionGroup &merged) const {
  bool reduces =
      merged.kind == FusionKind::row || merged.kind == FusionKind::column;
  // Several reduced dimensions are walked as one: nothing may look at a part.
  bool walksAsOne = reduces && merged.domain.size() - merged.kept.size() > 1 &&
                    merged.kind == FusionKind::row;
  for (size_t node : merged.nodes) {
    if (isAssembly(nodes[node].op) ||
        (nodes[node].drawsRandom && merged.kind == FusionKind::contraction))
      return false;
    if (walksAsOne &&
        !llvm::all_of(nodes[node].op->getOperands(), [&](Value operand) {
          Operation *op = operand.getDefiningOp();
          return !op || !isCopied(op) || isa<ConstantOp>(op);
        }))
      return false;
    for (const FusionEdge &edge : nodes[node].reads) {
      if (!llvm::is_contained(merged.nodes, edge.producer))
        continue;
      if (edge.access == FusionEdge::Other)
        return false;
      if (edge.access == FusionEdge::Picked &&
          (merged.kind != FusionKind::contraction ||
           edge.dimensions != merged.kept))
        return false;
      if (edge.access == FusionEdge::Broadcast &&
          (!reduces || edge.dimensions != merged.kept ||
           getShape(nodes[edge.producer].op->getResult(0)) !=
               ArrayRef(merged.keptShape())))
        return false;
    }
  }
  return true;
}

/// Does a path lead from one group to the other through a third?
bool FusionGrouping::isPathOutside(size_t lhs, size_t rhs) const {
  SmallVector<size_t> pending;
  llvm::SmallDenseSet<size_t> seen;
  auto isInside = [&](size_t node) {
    return nodes[node].group == lhs || nodes[node].group == rhs;
  };
  auto addReaders = [&](size_t node) {
    for (size_t reader : nodes[node].readers)
      if (!isInside(reader))
        for (size_t member : groups[nodes[reader].group].nodes)
          if (seen.insert(member).second)
            pending.push_back(member);
  };
  for (size_t group : {lhs, rhs})
    for (size_t node : groups[group].nodes)
      addReaders(node);
  while (!pending.empty()) {
    size_t node = pending.pop_back_val();
    if (llvm::any_of(nodes[node].readers, isInside))
      return true;
    addReaders(node);
  }
  return false;
}

bool FusionGrouping::tryMerge(size_t lhs, size_t rhs) {
  std::optional<FusionKind> kind = mergedKind(groups[lhs], groups[rhs]);
  if (!kind)
    return false;
  FusionGroup merged = groups[lhs].kind == *kind ? groups[lhs] : groups[rhs];
  if (auto kept = getPickedDims(groups[lhs], groups[rhs]))
    merged.kept = *kept;
  merged.nodes.clear();
  std::merge(groups[lhs].nodes.begin(), groups[lhs].nodes.end(),
             groups[rhs].nodes.begin(), groups[rhs].nodes.end(),
             std::back_inserter(merged.nodes));
  if (!areEdgesLegal(merged) || isPathOutside(lhs, rhs))
    return false;
  for (size_t node : groups[rhs].nodes)
    nodes[node].group = lhs;
  groups[rhs].nodes.clear();
  groups[lhs] = std::move(merged);
  return true;
}

} // namespace mlc
