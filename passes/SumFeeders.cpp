//===-- SumFeeders.cpp - ops computed for a sum of columns ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A batch normalization's backward pass sums up its gradient, and its gradient
// times the normalized input. The product before them could compute both, and
// would store both; but the gradient is stored anyway, and so is the input. So
// the sums read these, in one pass, and nothing else is stored.
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "passes/FusionGroups.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace mlc {

std::optional<size_t> FusionGrouping::findSum(size_t node) const {
  const FusionGroup &group = groups[node];
  if (group.kind != FusionKind::pointwise || group.isAssembly ||
      group.isStack || group.drawsRandom || nodes[node].escapes)
    return std::nullopt;
  std::optional<size_t> sum;
  for (size_t reader : nodes[node].readers) {
    bool isSum = groups[reader].kind == FusionKind::column;
    std::optional<size_t> end = isSum ? reader : nodes[reader].feeds;
    if (!end || (sum && sum != end) || groups[reader].domain != group.domain)
      return std::nullopt;
    sum = end;
  }
  return sum;
}

void FusionGrouping::findFeeders() {
  llvm::MapVector<size_t, SmallVector<size_t>> feeders;
  for (size_t node = nodes.size(); node-- > 0;) {
    nodes[node].feeds = findSum(node);
    if (nodes[node].feeds)
      feeders[*nodes[node].feeds].push_back(node);
  }
  for (auto &[sum, ops] : feeders)
    if (!areSourcesInMemory(sum, ops))
      for (size_t op : ops)
        nodes[op].feeds.reset();
}

SmallVector<Value> FusionGrouping::getSources(size_t sum,
                                              ArrayRef<size_t> feeders) const {
  int64_t size = ShapedType::getNumElements(groups[sum].domain);
  llvm::SmallSetVector<Value, 4> sources;
  SmallVector<Operation *> pending;
  for (size_t feeder : feeders)
    pending.push_back(nodes[feeder].op);
  while (!pending.empty())
    for (Value operand : pending.pop_back_val()->getOperands()) {
      Operation *op = operand.getDefiningOp();
      std::optional<size_t> node = getNode(op);
      if (isCopied(op))
        pending.push_back(op);
      else if (!(node && nodes[*node].feeds == sum) &&
               cast<ShapedType>(operand.getType()).getNumElements() == size)
        sources.insert(operand);
    }
  return sources.takeVector();
}

bool FusionGrouping::areSourcesInMemory(size_t sum,
                                        ArrayRef<size_t> feeders) const {
  constexpr size_t mostSources = 2;
  SmallVector<Value> sources = getSources(sum, feeders);
  auto isForSum = [&](Value source) {
    std::optional<size_t> node = getNode(source.getDefiningOp());
    return node && !nodes[*node].escapes &&
           llvm::all_of(nodes[*node].readers, [&](size_t reader) {
             return nodes[reader].feeds == sum;
           });
  };
  return sources.size() <= mostSources && llvm::none_of(sources, isForSum);
}

} // namespace mlc
