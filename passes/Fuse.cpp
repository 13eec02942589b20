//===-- Fuse.cpp - forms the regions that become kernels ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "passes/FusionGroups.h"
#include "passes/Passes.h"
#include "passes/Recomputation.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

#include <queue>

#define DEBUG_TYPE "mlc-fuse"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_FUSE
#include "passes/Passes.h.inc"

namespace {

/// No loop nest reduces the last dimension and, apart from it, an outer one:
/// does such a reduction in two steps, the last dimensions first.
void splitReduction(ReduceOp reduce) {
  int64_t rank = getShape(reduce.getOperand()).size();
  SmallVector<int64_t> outer(reduce.getDimensions()), inner;
  while (!outer.empty() && outer.back() == rank - 1 - int64_t(inner.size())) {
    inner.insert(inner.begin(), outer.pop_back_val());
  }
  if (inner.empty() || outer.empty())
    return;
  OpBuilder b(reduce);
  Value half = mlc::reduce(b, reduce.getLoc(), reduce.getKind(),
                           reduce.getOperand(), inner);
  Value whole = mlc::reduce(b, reduce.getLoc(), reduce.getKind(), half, outer);
  reduce.getResult().replaceAllUsesWith(whole);
  reduce.erase();
}

/// A product that sums nothing isn't a contraction: it is the elementwise
/// product of its operands, repeated to the result's shape.
void expandOuterProduct(DotGeneralOp dot) {
  if (!dot.getLhsContract().empty())
    return;
  OpBuilder b(dot);
  int64_t batches = dot.getLhsBatch().size();
  int64_t nextFree = batches;
  auto repeat = [&](Value operand, ArrayRef<int64_t> batch) {
    SmallVector<int64_t> order(batch), dimensions;
    for (int64_t d = 0; d < int64_t(getShape(operand).size()); ++d)
      if (!llvm::is_contained(batch, d))
        order.push_back(d);
    for (int64_t i = 0; i < int64_t(order.size()); ++i)
      dimensions.push_back(i < batches ? i : nextFree++);
    if (!llvm::is_sorted(order))
      operand = mlc::transpose(b, dot.getLoc(), operand, order);
    return broadcastTo(b, dot.getLoc(), operand, getShape(dot.getResult()),
                       dimensions);
  };
  Value lhs = repeat(dot.getLhs(), dot.getLhsBatch());
  Value rhs = repeat(dot.getRhs(), dot.getRhsBatch());
  Value product = MulOp::create(b, dot.getLoc(), lhs, rhs);
  dot.getResult().replaceAllUsesWith(product);
  dot.erase();
}

/// What `op` walks through is in memory. An op that is cheap to compute again
/// is computed for it alone, so that others need not read that memory.
void separateOperands(Operation *op) {
  if (!walksMemory(op))
    return;
  OpBuilder b(op);
  for (OpOperand &operand : op->getOpOperands())
    if (Operation *source = operand.get().getDefiningOp();
        source && source->hasTrait<Recomputable>() &&
        !isa<ConstantOp>(source) && !source->hasOneUse())
      operand.set(b.clone(*source)->getResult(0));
}

/// Gives a constant number of a stream to its reader alone: it stays outside of
/// kernels, where an equal number that others read has no need to be.
void separateStream(RandomOp random) {
  auto stream = random.getStream().getDefiningOp<ConstantOp>();
  if (stream && !stream->hasOneUse())
    random.getStreamMutable().assign(
        OpBuilder(random).clone(*stream)->getResult(0));
}

/// Gives each stack reshapes of its own: see getStack.
void separatePieces(ConcatenateOp stack) {
  OpBuilder b(stack);
  for (OpOperand &operand : stack->getOpOperands())
    if (auto reshape = operand.get().getDefiningOp<ReshapeOp>();
        reshape && !reshape->hasOneUse() &&
        getShape(operand.get())[stack.getDimension()] == 1)
      operand.set(b.clone(*reshape)->getResult(0));
}

/// Builds the fusions of one block and puts them in an order in which each
/// follows what it reads.
class FusionBuilder {
public:
  FusionBuilder(Block &block, bool merge)
      : block(block), grouping(block, merge) {
    if (merge)
      recomputation.emplace(grouping);
  }

  void run() {
    b.setInsertionPoint(block.getTerminator());
    collectItems();
    for (size_t item : order())
      items[item].group ? emitFusion(*items[item].group)
                        : emitWhole(items[item].whole);
    Operation *end = block.getTerminator();
    for (OpOperand &operand : end->getOpOperands())
      operand.set(fused.lookupOrDefault(operand.get()));
    for (Operation *op : llvm::reverse(old))
      op->erase();
  }

private:
  /// What is emitted as a whole: a group, or an op that stands between kernels.
  struct Item {
    const FusionGroup *group;
    Operation *whole;
    SmallVector<size_t> after; ///< items that read this one
    unsigned waiting = 0;
  };

  void collectItems() {
    for (const FusionGroup &group : grouping.getGroups()) {
      for (size_t node : group.nodes)
        itemOf[grouping.getNodes()[node].op] = items.size();
      items.push_back({&group, nullptr, {}, 0});
    }
    for (Operation &op : block.without_terminator()) {
      old.push_back(&op);
      if (isOutsideOfKernels(&op)) {
        itemOf[&op] = items.size();
        items.push_back({nullptr, &op, {}, 0});
      }
    }
    for (Operation *op : old)
      if (auto item = itemOf.find(op); item != itemOf.end())
        for (Value operand : op->getOperands())
          addEdges(operand, item->second);
  }

  void addEdges(Value operand, size_t reader) {
    Operation *op = operand.getDefiningOp();
    if (!op)
      return;
    if (auto item = itemOf.find(op);
        item != itemOf.end() && !isCopied(op, items[reader].group)) {
      if (item->second != reader) {
        items[item->second].after.push_back(reader);
        ++items[reader].waiting;
      }
      return;
    }
    for (Value source : op->getOperands())
      addEdges(source, reader);
  }

  size_t numberOf(const FusionGroup *group) const {
    return group - grouping.getGroups().data();
  }

  /// Does `group` compute `op`, which is in another group, itself?
  bool isCopied(Operation *op, const FusionGroup *group) const {
    return recomputation && group &&
           recomputation->isCopied(op, numberOf(group));
  }

  /// Position in the program decides between items that are ready.
  SmallVector<size_t> order() {
    llvm::DenseMap<Operation *, size_t> position;
    for (auto [i, op] : llvm::enumerate(old))
      position[op] = i;
    using Ready = std::pair<size_t, size_t>;
    std::priority_queue<Ready, std::vector<Ready>, std::greater<Ready>> ready;
    auto push = [&](size_t item) {
      Operation *last =
          items[item].group
              ? grouping.getNodes()[items[item].group->nodes.back()].op
              : items[item].whole;
      ready.push({position[last], item});
    };
    for (size_t item = 0; item < items.size(); ++item)
      if (items[item].waiting == 0)
        push(item);
    SmallVector<size_t> result;
    while (!ready.empty()) {
      size_t item = ready.top().second;
      ready.pop();
      result.push_back(item);
      for (size_t reader : items[item].after)
        if (--items[reader].waiting == 0)
          push(reader);
    }
    return result;
  }

  void emitWhole(Operation *op) {
    Operation *copy = b.clone(*op, fused);
    fused.map(op->getResults(), copy->getResults());
  }

  /// The op that gives a kernel its name: the product, else the reduction or
  /// window if there is one, else the last.
  Operation *anchor(const FusionGroup &group) {
    Operation *first = nullptr;
    for (size_t node : group.nodes) {
      Operation *op = grouping.getNodes()[node].op;
      if (isContraction(op))
        return op;
      if (!first && isa<ReduceOp, ScatterAddOp, ReduceWindowOp, SpreadWindowOp,
                        SelectWindowOp, PickWindowOp>(op))
        first = op;
    }
    return first ? first : grouping.getNodes()[group.nodes.back()].op;
  }

  /// Does a kernel other than the group's read the result of `op`, maybe
  /// through `value`, which every kernel copies?
  bool isUsedOutside(Operation *op, Value value, const FusionGroup &group) {
    auto readsIt = [&](const FusionGroup *reader) {
      return reader != &group && !isCopied(op, reader);
    };
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      if (user->hasTrait<OpTrait::IsTerminator>())
        return true;
      auto item = itemOf.find(user);
      if (item == itemOf.end())
        return isUsedOutside(op, user->getResult(0), group);
      if (readsIt(items[item->second].group))
        return true;
      return recomputation &&
             llvm::any_of(recomputation->getCopiers(user), [&](size_t copier) {
               return readsIt(&grouping.getGroups()[copier]);
             });
    });
  }

  void emitFusion(const FusionGroup &group) {
    SmallVector<Operation *> ops;
    llvm::SetVector<Value> inputs;
    llvm::SmallDenseSet<Operation *> seen;
    for (size_t node : group.nodes)
      collect(grouping.getNodes()[node].op, group, ops, inputs, seen);
    SmallVector<Value> results;
    SmallVector<Type> types;
    for (size_t node : group.nodes)
      for (Value result : grouping.getNodes()[node].op->getResults())
        if (isUsedOutside(result.getDefiningOp(), result, group)) {
          results.push_back(result);
          types.push_back(result.getType());
        }
    if (results.empty()) // all who read it have copies
      return;
    SmallVector<Value> operands;
    for (Value input : inputs)
      operands.push_back(fused.lookupOrDefault(input));
    Operation *named = anchor(group);
    std::string name =
        (getLayerName(named->getLoc()) + "." + named->getName().stripDialect())
            .str();
    auto fusion =
        FusionOp::create(b, named->getLoc(), types, operands, group.kind, name);
    fillBody(fusion, ops, inputs.getArrayRef(), results);
    for (auto [result, value] : llvm::zip_equal(results, fusion.getResults()))
      fused.map(result, value);
  }

  /// Adds `op` to `ops` after the copied ops that it reads.
  void collect(Operation *op, const FusionGroup &group,
               SmallVector<Operation *> &ops, llvm::SetVector<Value> &inputs,
               llvm::SmallDenseSet<Operation *> &seen) {
    if (!seen.insert(op).second)
      return;
    for (Value operand : op->getOperands()) {
      Operation *source = operand.getDefiningOp();
      auto item = source ? itemOf.find(source) : itemOf.end();
      bool isOfAnother =
          item != itemOf.end() && items[item->second].group != &group;
      if (!source || (isOfAnother && !isCopied(source, &group)))
        inputs.insert(operand);
      else if (isOfAnother || item == itemOf.end())
        collect(source, group, ops, inputs, seen);
    }
    ops.push_back(op);
  }

  void fillBody(FusionOp fusion, ArrayRef<Operation *> ops,
                ArrayRef<Value> inputs, ArrayRef<Value> results) {
    OpBuilder::InsertionGuard guard(b);
    Block *body = b.createBlock(&fusion.getBody());
    IRMapping inside;
    for (Value input : inputs)
      inside.map(input, body->addArgument(input.getType(), input.getLoc()));
    for (Operation *op : ops)
      b.clone(*op, inside);
    SmallVector<Value> yielded;
    for (Value result : results)
      yielded.push_back(inside.lookup(result));
    YieldOp::create(b, fusion.getLoc(), yielded);
  }

  Block &block;
  FusionGrouping grouping;
  std::optional<Recomputation> recomputation;
  OpBuilder b{block.getParentOp()->getContext()};
  SmallVector<Item> items;
  llvm::DenseMap<Operation *, size_t> itemOf;
  SmallVector<Operation *> old;
  IRMapping fused;
};

struct Fuse : impl::FuseBase<Fuse> {
  using FuseBase::FuseBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || function->hasAttr(attr::kKernel))
      return;
    function.walk(splitReduction);
    function.walk(expandOuterProduct);
    function.walk(separateOperands);
    function.walk(separateStream);
    function.walk(separatePieces);
    // Bodies of loops first: the loops are then copied as they are.
    function.walk([&](ScanOp scan) {
      FusionBuilder(scan.getBody().front(), merge).run();
    });
    FusionBuilder(function.getBody().front(), merge).run();
  }
};

} // namespace
} // namespace mlc
