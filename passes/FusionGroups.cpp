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

/// The number of a stream of random numbers stays with those who launch the
/// kernel that draws them, so that kernels which differ in it alone are equal.
static bool isStream(Operation *op) {
  return isa<ConstantOp>(op) && !op->use_empty() &&
         llvm::all_of(op->getUses(), [](OpOperand &use) {
           auto random = dyn_cast<RandomOp>(use.getOwner());
           return random && use.get() != random.getKey();
         });
}

bool isOutsideOfKernels(Operation *op) {
  return isa<ScanOp>(op) || isStream(op) ||
         (isa<ReshapeOp>(op) && !getPick(op) && !getStackedDimension(op));
}

bool isContraction(Operation *op) {
  return isa<DotGeneralOp, ConvolutionOp, ConvolutionInputOp,
             ConvolutionFilterOp>(op);
}

/// Does `user` need its operands in memory, whatever kernel it is near to?
static bool readsMemory(Operation *user) {
  return isOutsideOfKernels(user) || user->hasTrait<OpTrait::IsTerminator>();
}

/// Does `op` walk through several dimensions of its operand as one?
static bool walksSeveralAsOne(Operation *op) {
  auto reduce = dyn_cast<ReduceOp>(op);
  if (!reduce || reduce.getDimensions().size() < 2)
    return false;
  int64_t last = getShape(reduce.getOperand()).size() - 1;
  return llvm::is_contained(reduce.getDimensions(), last);
}

bool walksMemory(Operation *op) {
  return isContraction(op) || walksSeveralAsOne(op);
}

/// Ops whose results are put together piece by piece: a kernel of their own.
static bool isAssembly(Operation *op) {
  return isa<PadOp, ConcatenateOp>(op) && !getStack(op);
}

/// A slice that nothing else than pieces are made of.
static bool isPartOfAssembly(Operation *op) {
  return isa<SliceOp>(op) && llvm::all_of(op->getUsers(), isAssembly);
}

/// Whether `op` can be copied into every kernel that reads it, rather than
/// computed once.
static bool canBeCopied(Operation *op) {
  if (!op->hasTrait<Recomputable>() && !isPartOfPick(op) &&
      !getStackedDimension(op) && !isPartOfAssembly(op))
    return false;
  return llvm::none_of(op->getUsers(), [&](Operation *user) {
    return readsMemory(user) || (walksMemory(user) && !isa<ConstantOp>(op));
  });
}

/// Ops that read elsewhere than at the place of their result.
static bool readsElsewhere(Operation *op) {
  return (isContraction(op) ||
          isa<TransposeOp, SliceOp, PadOp, ConcatenateOp, BroadcastOp, GatherOp,
              ScatterAddOp, ReverseOp, AttentionOp, AttentionGradientOp>(op)) &&
         !getStack(op);
}

/// Does `op` move windows over its operands?
static bool isWindow(Operation *op) {
  return isa<ReduceWindowOp, SpreadWindowOp, SelectWindowOp, PickWindowOp>(op);
}

/// Windows of which no two have an element in common.
static bool hasDisjointWindows(Operation *op) {
  auto numbers = [&](StringRef name) {
    return op->getAttrOfType<DenseI64ArrayAttr>(name).asArrayRef();
  };
  return llvm::all_of(
      llvm::zip_equal(numbers("window"), numbers("strides")),
      [](auto pair) { return std::get<0>(pair) <= std::get<1>(pair); });
}

static FusionEdge::Access accessOf(Operation *op) {
  if (isWindow(op))
    return hasDisjointWindows(op) ? FusionEdge::Windowed : FusionEdge::Other;
  return readsElsewhere(op) ? FusionEdge::Other : FusionEdge::Identity;
}

FusionGroup FusionGrouping::makeGroup(Operation *op, size_t node) const {
  FusionGroup group;
  group.kind = FusionKind::pointwise;
  group.place = node;
  group.isAssembly = isAssembly(op);
  group.seesParts =
      readsElsewhere(op) || isa<IotaOp>(op) ||
      llvm::any_of(op->getOperands(), [&](Value operand) {
        Operation *source = operand.getDefiningOp();
        return source && isCopied(source) && !isa<ConstantOp>(source);
      });
  std::optional<Stack> stack = getStack(op);
  group.isStack = stack.has_value();
  group.domain =
      Sizes(getShape(stack ? stack->pieces.front() : op->getResult(0)));
  if (isa<AttentionOp, AttentionGradientOp>(op))
    group.kind = FusionKind::attention;
  if (isContraction(op))
    group.kind = FusionKind::contraction;
  if (auto scatter = dyn_cast<ScatterAddOp>(op)) {
    group.kind = FusionKind::scatter;
    group.domain.assign(getShape(scatter.getUpdates()).begin(),
                        getShape(scatter.getUpdates()).end());
  }
  if (isWindow(op))
    group.kind = FusionKind::window;
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

FusionGrouping::FusionGrouping(Block &block, bool merge) {
  for (Operation &op : block.without_terminator()) {
    if (isOutsideOfKernels(&op))
      continue;
    if (canBeCopied(&op))
      copied.insert(&op);
    else
      addNode(&op);
  }
  SmallVector<SmallVector<size_t>> readers;
  for (const FusionNode &node : nodes)
    readers.push_back(node.readers);
  graph.emplace(readers);
  if (merge) {
    findFeeders();
    mergeAll();
  }
  finish();
}

std::optional<size_t> FusionGrouping::getNode(Operation *op) const {
  auto found = nodeOf.find(op);
  return found == nodeOf.end() ? std::nullopt
                               : std::optional<size_t>(found->second);
}

void FusionGrouping::addNode(Operation *op) {
  size_t node = nodes.size();
  nodeOf[op] = node;
  nodes.emplace_back().op = op;
  groups.push_back(makeGroup(op, node));
  auto scatter = dyn_cast<ScatterAddOp>(op);
  if (std::optional<Pick> pick = getPick(op)) { // a result of its kernel too
    findReads(node, pick->source, FusionEdge::Picked, pick->getKept());
  } else {
    for (Value operand : op->getOperands()) {
      bool isUpdate = scatter && operand == scatter.getUpdates();
      findReads(node, operand, isUpdate ? FusionEdge::Identity : accessOf(op),
                {});
    }
  }
  groups[node].drawsRandom = nodes[node].drawsRandom;
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
    if (getStack(op)) // made at other places than it is read
      access = FusionEdge::Other;
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

void FusionGrouping::mergeAll() {
  for (size_t node = 0; node < nodes.size(); ++node)
    mergeWithProducers(node);
  for (size_t node = 0; node < nodes.size(); ++node)
    if (groups[graph->getGroup(node)].kind == FusionKind::contraction)
      mergeWithPickers(node);
  for (size_t node = 0; node < nodes.size(); ++node)
    mergeWithSum(node);
  for (size_t node = 0; node < nodes.size(); ++node)
    if (isa<ReduceOp>(nodes[node].op))
      mergeWithSiblings(node);
}

void FusionGrouping::mergeWithProducers(size_t node) {
  // Nearest first: what was just computed is the likeliest to be in registers.
  SmallVector<size_t> producers;
  for (const FusionEdge &edge : nodes[node].reads)
    producers.push_back(edge.producer);
  llvm::sort(producers, std::greater<size_t>());
  std::optional<size_t> sum = nodes[node].feeds;
  for (size_t producer : producers)
    if (graph->getGroup(producer) != graph->getGroup(node) &&
        (!sum || nodes[producer].feeds == sum))
      tryMerge(graph->getGroup(producer), graph->getGroup(node));
}

void FusionGrouping::mergeWithSiblings(size_t sum) {
  size_t group = graph->getGroup(sum);
  if (groups[group].kind != FusionKind::column)
    return;
  llvm::SmallSetVector<size_t, 8> siblings;
  for (size_t node : graph->getNodes(group))
    for (const FusionEdge &edge : nodes[node].reads)
      if (edge.access == FusionEdge::Identity &&
          groups[group].domain ==
              ArrayRef(getShape(nodes[edge.producer].op->getResult(0))))
        siblings.insert(nodes[edge.producer].readers.begin(),
                        nodes[edge.producer].readers.end());
  for (size_t sibling : siblings) {
    size_t lhs = graph->getGroup(sum), rhs = graph->getGroup(sibling);
    if (lhs == rhs || groups[rhs].kind != FusionKind::column ||
        !mergedKind(lhs, rhs, /*arePicked=*/false))
      continue;
    FusionGroup merged = combine(lhs, rhs, FusionKind::column);
    if (std::optional<size_t> both = graph->mergeEither(lhs, rhs))
      groups[*both] = std::move(merged);
  }
}

/// What picks gates is a group of its own by now: all of it, or nothing, is
/// computed while the product is in registers.
void FusionGrouping::mergeWithPickers(size_t node) {
  for (size_t reader : SmallVector<size_t>(nodes[node].readers))
    if (graph->getGroup(reader) != graph->getGroup(node))
      tryMerge(graph->getGroup(node), graph->getGroup(reader));
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
FusionGrouping::getPickedDims(size_t producer, size_t consumer) const {
  const FusionGroup &product = groups[producer], &picker = groups[consumer];
  if (product.kind != FusionKind::contraction || !product.kept.empty() ||
      picker.kind != FusionKind::pointwise || !isUsedOnlyBy(producer, consumer))
    return std::nullopt;
  FusionGroup merged = product;
  for (size_t node : graph->getNodes(consumer))
    for (const FusionEdge &edge : nodes[node].reads)
      if (graph->getGroup(edge.producer) == producer) {
        bool isFirst = merged.kept.empty();
        if (edge.access != FusionEdge::Picked ||
            (!isFirst && merged.kept != edge.dimensions))
          return std::nullopt;
        merged.kept = edge.dimensions;
      }
  if (merged.kept.empty() || merged.keptShape() != picker.domain)
    return std::nullopt;
  int64_t rank = merged.domain.size(), picked = 0;
  while (picked < rank && llvm::is_contained(merged.kept, picked))
    ++picked;
  for (size_t node : graph->getNodes(producer))
    if (auto dot = dyn_cast<DotGeneralOp>(nodes[node].op);
        dot && areOfOneOperand(dot, picked, rank - 1) && picked < rank - 1 &&
        merged.domain[picked] <= kMostPicked)
      return merged.kept;
  return std::nullopt;
}

bool FusionGrouping::isUsedOnlyBy(size_t producer, size_t consumer) const {
  return llvm::all_of(graph->getNodes(producer), [&](size_t node) {
    return !nodes[node].escapes &&
           llvm::all_of(nodes[node].readers, [&](size_t reader) {
             size_t group = graph->getGroup(reader);
             return group == producer || group == consumer;
           });
  });
}

/// A share of work is at least an image then, of which there must be enough.
constexpr int64_t kLeastImages = 16;

/// Is every window of `op` whole, and within one image and channel?
static bool hasWholeWindows(ReduceWindowOp op) {
  SizesRef full = getShape(op.getOperand()), windowed = getShape(op);
  int64_t last = full.size() - 1;
  for (int64_t d = 0; d <= last; ++d) {
    bool isAlone = full[d] == windowed[d] && op.getWindow()[d] == 1;
    if (op.getLow()[d] != 0 || ((d == 0 || d == last) && !isAlone) ||
        (windowed[d] - 1) * op.getStrides()[d] + op.getWindow()[d] > full[d])
      return false;
  }
  return full != windowed;
}

bool FusionGrouping::poolsResult(size_t convolution, size_t window) const {
  const FusionGroup &product = groups[convolution];
  if (product.kind != FusionKind::contraction || !product.pooled.empty() ||
      product.domain.front() < kLeastImages || product.domain.back() == 1)
    return false;
  bool isPlain = llvm::any_of(graph->getNodes(convolution), [&](size_t node) {
    auto op = dyn_cast<ConvolutionOp>(nodes[node].op);
    return op && op.getGroups() == 1 && !op.getBfloat16();
  });
  return isPlain && llvm::any_of(graph->getNodes(window), [&](size_t node) {
           auto op = dyn_cast<ReduceWindowOp>(nodes[node].op);
           return op && getShape(op.getOperand()) == ArrayRef(product.domain) &&
                  hasWholeWindows(op);
         });
}

/// Whether `group` reads a table that `scatter` may be about to change in
/// place.
bool FusionGrouping::readsTable(size_t group, size_t scatter) const {
  SmallVector<Value> tables;
  for (size_t node : graph->getNodes(scatter))
    if (auto op = dyn_cast<ScatterAddOp>(nodes[node].op))
      tables.push_back(op.getTable());
  return llvm::any_of(graph->getNodes(group), [&](size_t node) {
    return llvm::any_of(nodes[node].op->getOperands(), [&](Value operand) {
      return llvm::is_contained(tables, operand);
    });
  });
}

std::optional<FusionKind> FusionGrouping::mergedKind(size_t lhsGroup,
                                                     size_t rhsGroup,
                                                     bool arePicked) const {
  const FusionGroup &lhs = groups[lhsGroup], &rhs = groups[rhsGroup];
  if (lhs.kind == FusionKind::pointwise && rhs.kind != FusionKind::pointwise)
    return mergedKind(rhsGroup, lhsGroup, arePicked);
  if (rhs.kind == FusionKind::window)
    return poolsResult(lhsGroup, rhsGroup) ? std::optional(lhs.kind)
                                           : std::nullopt;
  if (rhs.kind != FusionKind::pointwise) {
    bool isSame = lhs.kind == rhs.kind && lhs.domain == rhs.domain &&
                  lhs.kept == rhs.kept;
    bool isReduction =
        lhs.kind == FusionKind::row || lhs.kind == FusionKind::column;
    return isSame && isReduction ? std::optional(lhs.kind) : std::nullopt;
  }
  switch (lhs.kind) {
  case FusionKind::pointwise:
    return lhs.domain == rhs.domain ? std::optional(lhs.kind) : std::nullopt;
  case FusionKind::contraction:
    return (lhs.kept.empty() ? lhs.domain : lhs.keptShape()) == rhs.domain ||
                   (!lhs.pooled.empty() &&
                    ArrayRef(lhs.pooled) == ArrayRef(rhs.domain)) ||
                   arePicked
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
    return lhs.domain == rhs.domain && isUsedOnlyBy(rhsGroup, lhsGroup)
               ? std::optional(lhs.kind)
               : std::nullopt;
  case FusionKind::window:
    // What only the windows read is computed where they read it.
    return lhs.domain == rhs.domain || isUsedOnlyBy(rhsGroup, lhsGroup)
               ? std::optional(lhs.kind)
               : std::nullopt;
  case FusionKind::scatter:
    // Nor has what is added to the rows.
    return lhs.domain == rhs.domain && isUsedOnlyBy(rhsGroup, lhsGroup) &&
                   !readsTable(rhsGroup, lhsGroup)
               ? std::optional(lhs.kind)
               : std::nullopt;
  case FusionKind::attention:
  case FusionKind::pack:
    return std::nullopt;
  }
  llvm_unreachable("all kinds are covered");
}

bool FusionGrouping::areNodesLegal(const FusionGroup &merged) const {
  // Several reduced dimensions are walked as one: nothing may look at a part.
  bool walksAsOne = merged.kind == FusionKind::row &&
                    merged.domain.size() - merged.kept.size() > 1;
  bool isUnrolled = merged.kind == FusionKind::contraction ||
                    merged.kind == FusionKind::window;
  return !merged.isAssembly && !(walksAsOne && merged.seesParts) &&
         !(merged.isStack && merged.kind != FusionKind::pointwise &&
           merged.kind != FusionKind::contraction) &&
         !(merged.drawsRandom && isUnrolled);
}

bool FusionGrouping::isEdgeLegal(const FusionEdge &edge,
                                 const FusionGroup &merged) const {
  if (edge.access == FusionEdge::Picked)
    return merged.kind == FusionKind::contraction &&
           edge.dimensions == merged.kept;
  if (edge.access == FusionEdge::Windowed)
    return true;
  if (edge.access != FusionEdge::Broadcast)
    return edge.access == FusionEdge::Identity;
  bool reduces =
      merged.kind == FusionKind::row || merged.kind == FusionKind::column;
  return reduces && edge.dimensions == merged.kept &&
         getShape(nodes[edge.producer].op->getResult(0)) ==
             ArrayRef(merged.keptShape());
}

/// Looks only at edges between the two. Those inside of either were legal, and
/// are: a group that changes its kind was pointwise, with edges at one place.
bool FusionGrouping::areEdgesLegal(size_t producer, size_t consumer,
                                   const FusionGroup &merged) const {
  auto isLegal = [&](const FusionEdge &edge) {
    return graph->getGroup(edge.producer) != producer ||
           isEdgeLegal(edge, merged);
  };
  if (graph->getNodes(consumer).size() <= graph->getNodes(producer).size())
    return llvm::all_of(graph->getNodes(consumer), [&](size_t node) {
      return llvm::all_of(nodes[node].reads, isLegal);
    });
  return llvm::all_of(graph->getNodes(producer), [&](size_t node) {
    return llvm::all_of(nodes[node].readers, [&](size_t reader) {
      return graph->getGroup(reader) != consumer ||
             llvm::all_of(nodes[reader].reads, isLegal);
    });
  });
}

FusionGroup FusionGrouping::combine(size_t lhsGroup, size_t rhsGroup,
                                    FusionKind kind) const {
  const FusionGroup &lhs = groups[lhsGroup], &rhs = groups[rhsGroup];
  FusionGroup merged = lhs.kind == kind ? lhs : rhs;
  merged.place = lhs.place;
  if (kind == FusionKind::contraction && rhs.kind == FusionKind::window)
    merged.pooled.assign(rhs.domain.begin(), rhs.domain.end());
  merged.isAssembly = lhs.isAssembly || rhs.isAssembly;
  merged.isStack = lhs.isStack || rhs.isStack;
  merged.drawsRandom = lhs.drawsRandom || rhs.drawsRandom;
  merged.seesParts = lhs.seesParts || rhs.seesParts;
  return merged;
}

void FusionGrouping::tryMerge(size_t producer, size_t consumer) {
  std::optional<SmallVector<int64_t>> picked =
      getPickedDims(producer, consumer);
  std::optional<FusionKind> kind =
      mergedKind(producer, consumer, picked.has_value());
  if (!kind)
    return;
  FusionGroup merged = combine(producer, consumer, *kind);
  if (picked)
    merged.kept = *picked;
  if (!areNodesLegal(merged) || !areEdgesLegal(producer, consumer, merged))
    return;
  if (std::optional<size_t> group = graph->merge(producer, consumer))
    groups[*group] = std::move(merged);
}

void FusionGrouping::finish() {
  for (size_t group = 0; group < groups.size(); ++group) {
    groups[group].nodes = llvm::to_vector(graph->getNodes(group));
    llvm::sort(groups[group].nodes);
  }
  llvm::erase_if(groups,
                 [](const FusionGroup &group) { return group.nodes.empty(); });
  llvm::sort(groups, [](const FusionGroup &lhs, const FusionGroup &rhs) {
    return lhs.place < rhs.place;
  });
}

} // namespace mlc
