//===-- FusionGroups.h - which ops become one kernel ------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A group is a set of ops that one loop nest can compute in one pass:
//
//   pointwise    ops on one shape
//   row          reductions along the last dimensions, and ops on the rows and
//                on what they reduce to
//   column       reductions that keep the last dimension, ops that feed them
//                alone, and ops on the results
//   contraction  a product, and ops on its result
//   scatter      an addition to rows of a table, and ops that make what is
//                added
//   window       an op on windows, ops on its result, and ops that nothing but
//                its windows reads if no two of them overlap
//
// Ops that are cheap to compute again (constants, broadcasts, comparisons,
// random numbers) belong to no group: every group that needs one has a copy.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_PASSES_FUSIONGROUPS_H
#define MLC_PASSES_FUSIONGROUPS_H

#include "ir/MlcDialect.h"
#include "ir/Pick.h"
#include "passes/GroupGraph.h"

namespace mlc {

/// Ops that stand between kernels: views, loops with kernels of their own, and
/// numbers of random streams.
bool isOutsideOfKernels(mlir::Operation *op);

/// A sum of products of two operands: what FusionKind::contraction is for.
bool isContraction(mlir::Operation *op);

/// Does `op` walk through its operands by strides, or through several of their
/// dimensions as one, so that nothing but memory or a constant can be read?
bool walksMemory(mlir::Operation *op);

/// How a node reads what another has computed.
struct FusionEdge {
  size_t producer; ///< index of the node
  enum Access {
    Identity,  ///< at the same place
    Broadcast, ///< through one broadcast along `dimensions`
    Picked,    ///< one index of a dimension, at the place in `dimensions`
    Windowed,  ///< in disjoint windows: each element by one place at most
    Other      ///< anywhere: a product's operand, a transpose
  } access;
  llvm::SmallVector<int64_t> dimensions;
  bool operator==(const FusionEdge &other) const {
    return producer == other.producer && access == other.access &&
           dimensions == other.dimensions;
  }
};

/// An op that is computed in exactly one kernel.
struct FusionNode {
  mlir::Operation *op;
  llvm::SmallVector<FusionEdge> reads;
  llvm::SmallVector<size_t> readers;
  /// Its result leaves: it is returned, or seen through a reshape.
  bool escapes = false;
  /// It draws random numbers: hundreds of instructions for each vector, which
  /// would be repeated for every row of a product's register tile.
  bool drawsRandom = false;
  /// The only sum of columns that its result ends in, if what that takes is
  /// better read again by the sum than written for it: see findFeeders.
  std::optional<size_t> feeds;
};

struct FusionGroup {
  FusionKind kind;
  llvm::SmallVector<int64_t> domain; ///< of the loops; of a product: its result
  /// Dimensions that a row or column group keeps, or a contraction whose
  /// results are computed from all indices of another dimension; empty: all.
  llvm::SmallVector<int64_t> kept;
  /// The shape of windows over a convolution's result, if the group has any.
  std::vector<int64_t> pooled;
  size_t place; ///< among the groups: that of the one which was read first
  /// Of any of its nodes: what rules out some company.
  bool isAssembly = false, isStack = false, drawsRandom = false,
       seesParts = false;
  llvm::SmallVector<size_t> nodes; ///< in program order

  llvm::SmallVector<int64_t> keptShape() const;
};

/// The sum of the second factor of `dot` over the dimensions that the product
/// contracts, if there is one.
ReduceOp findSumOfFactor(DotGeneralOp dot);

class FusionGrouping {
public:
  /// Groups the ops of `block`, greedily in program order, whatever can be read
  /// from registers rather than from memory; without `merge`, each op alone.
  explicit FusionGrouping(mlir::Block &block, bool merge = true);

  llvm::ArrayRef<FusionNode> getNodes() const { return nodes; }
  /// By their places.
  llvm::ArrayRef<FusionGroup> getGroups() const { return groups; }
  /// The node that `op`, which may be null, is, if any.
  std::optional<size_t> getNode(mlir::Operation *op) const;
  /// Is `op` copied into every kernel that reads it?
  bool isCopied(mlir::Operation *op) const { return copied.contains(op); }

private:
  FusionGroup makeGroup(mlir::Operation *op, size_t node) const;
  void addNode(mlir::Operation *op);
  void findReads(size_t node, mlir::Value operand, FusionEdge::Access access,
                 llvm::ArrayRef<int64_t> dimensions);
  // SumFeeders.cpp
  /// Finds ops on one shape that nothing but one sum of columns reads, through
  /// others like them. A kernel that computes what they read could compute them
  /// too, but would have to write their result, which the sum would then read.
  void findFeeders();
  /// The sum that such an op feeds, those behind it being known.
  std::optional<size_t> findSum(size_t node) const;
  /// What the ops that feed the sum read of its size.
  llvm::SmallVector<mlir::Value>
  getSources(size_t sum, llvm::ArrayRef<size_t> feeders) const;
  /// Is that in memory anyway, and not much?
  bool areSourcesInMemory(size_t sum, llvm::ArrayRef<size_t> feeders) const;
  void mergeAll();
  /// Sums of columns that read the same are one pass over it.
  void mergeWithSiblings(size_t sum);
  void mergeWithProducers(size_t node);
  // ProductSums.cpp
  /// The sum of a product's factor, and what is computed of that, is done by
  /// the product's kernel.
  void mergeWithSum(size_t product);
  /// Has the group nothing but `sum`, and what is computed of it?
  bool isSumAlone(size_t group, ReduceOp sum) const;
  /// Does neither group read the other?
  bool areApart(size_t lhs, size_t rhs) const;
  void mergeWithPickers(size_t node);
  /// The dimensions that `consumer` keeps of the product in `producer`, if it
  /// picks indices of a dimension and nobody else reads the product.
  std::optional<llvm::SmallVector<int64_t>>
  getPickedDims(size_t producer, size_t consumer) const;
  void tryMerge(size_t producer, size_t consumer);
  /// Puts together what became of both groups.
  FusionGroup combine(size_t lhs, size_t rhs, FusionKind kind) const;
  /// Drops the groups that others took in, and orders the rest.
  void finish();
  /// The kind that both become together, if there is one; `arePicked`: see
  /// getPickedDims.
  std::optional<FusionKind> mergedKind(size_t lhs, size_t rhs,
                                       bool arePicked) const;
  bool areNodesLegal(const FusionGroup &merged) const;
  bool areEdgesLegal(size_t producer, size_t consumer,
                     const FusionGroup &merged) const;
  bool isEdgeLegal(const FusionEdge &edge, const FusionGroup &merged) const;
  /// Can windows over a convolution's result be combined where it is made?
  bool poolsResult(size_t convolution, size_t window) const;
  bool isUsedOnlyBy(size_t producer, size_t consumer) const;
  bool readsTable(size_t group, size_t scatter) const;

  llvm::SmallVector<FusionNode> nodes;
  llvm::SmallVector<FusionGroup> groups;
  llvm::DenseMap<mlir::Operation *, size_t> nodeOf;
  llvm::DenseSet<mlir::Operation *> copied;
  std::optional<GroupGraph> graph;
};

} // namespace mlc

#endif // MLC_PASSES_FUSIONGROUPS_H
