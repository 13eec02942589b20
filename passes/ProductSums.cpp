//===-- ProductSums.cpp - sums of the columns of a product's factor -------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradients of a layer's weight and of its bias sum up the same tensor over
// the same dimensions, one of them times the layer's input. The product has a
// panel of it in the nearest cache: its columns are summed up there.
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "passes/FusionGroups.h"

using namespace mlir;

namespace mlc {

ReduceOp findSumOfFactor(DotGeneralOp dot) {
  DotDimensions dims = dot.getDotDimensions();
  Value factor = dot.getRhs();
  ArrayRef<int64_t> shape = getShape(factor);
  bool hasRows = getShape(dot.getLhs()).size() >
                 dims.lhsBatch.size() + dims.lhsContract.size();
  llvm::sort(dims.rhsContract);
  // The product's columns are the factor's if there are several.
  if (!dims.rhsBatch.empty() || dot.getBfloat16() || !hasRows ||
      shape.back() == 1 ||
      llvm::is_contained(dims.rhsContract, int64_t(shape.size()) - 1))
    return {};
  for (Operation *user : factor.getUsers())
    if (auto sum = dyn_cast<ReduceOp>(user);
        sum && sum.getKind() == ReduceKind::add &&
        sum->getBlock() == dot->getBlock() &&
        sum.getDimensions() == ArrayRef(dims.rhsContract))
      return sum;
  return {};
}

bool FusionGrouping::isSumAlone(size_t group, ReduceOp sum) const {
  ArrayRef<size_t> members = graph->getNodes(group);
  return groups[group].kind == FusionKind::column &&
         llvm::all_of(members, [&](size_t node) {
           Operation *op = nodes[node].op;
           return op == sum ||
                  (!isa<ReduceOp>(op) &&
                   getShape(op->getResult(0)) == ArrayRef(getShape(sum)));
         });
}

bool FusionGrouping::areApart(size_t lhs, size_t rhs) const {
  auto reads = [&](size_t reader, size_t read) {
    return llvm::any_of(graph->getNodes(reader), [&](size_t node) {
      return llvm::any_of(nodes[node].reads, [&](const FusionEdge &edge) {
        return graph->getGroup(edge.producer) == read;
      });
    });
  };
  return !reads(lhs, rhs) && !reads(rhs, lhs);
}

void FusionGrouping::mergeWithSum(size_t product) {
  auto dot = dyn_cast<DotGeneralOp>(nodes[product].op);
  ReduceOp sum = dot ? findSumOfFactor(dot) : ReduceOp();
  std::optional<size_t> node = sum ? getNode(sum) : std::nullopt;
  if (!node)
    return;
  size_t lhs = graph->getGroup(product), rhs = graph->getGroup(*node);
  if (groups[lhs].kind != FusionKind::contraction ||
      !groups[lhs].kept.empty() || !isSumAlone(rhs, sum) || !areApart(lhs, rhs))
    return;
  FusionGroup merged = combine(lhs, rhs, FusionKind::contraction);
  if (!areNodesLegal(merged))
    return;
  if (std::optional<size_t> both = graph->mergeEither(lhs, rhs))
    groups[*both] = std::move(merged);
}

} // namespace mlc
