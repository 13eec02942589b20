//===-- GroupGraph.h - groups that merge without making a cycle -*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Groups of nodes of an acyclic graph, at first one for each node. Two of them
// may merge if no path leads from one to the other through a third: that one
// could run neither before nor after them.
//
// So that a question costs what lies between two groups, and not the graph:
//
// - Groups are kept in a topological order, through merges too. A path between
//   two groups stays between their places, and is looked for from both ends
//   at once; whichever end has nowhere left to go answers "no" and is all
//   that has to move when they merge (after Pearce and Kelly, JEA 2006).
// - In a training step nearly everything reaches the loss and is reached from
//   it. Of 64 such hubs along the longest path, it is known what they reach
//   and what reaches them: a hub between two groups answers "yes" at once.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_PASSES_GROUPGRAPH_H
#define MLC_PASSES_GROUPGRAPH_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace mlc {

/// A list in which either of two items can be told to come first, and into
/// which items move anywhere: each has a label, and labels increase.
class OrderedList {
public:
  /// Items 0 to `count` - 1, in this order.
  explicit OrderedList(size_t count);

  bool isBefore(size_t lhs, size_t rhs) const {
    return labels[lhs] < labels[rhs];
  }
  void moveAfter(size_t item, size_t place);
  void remove(size_t item);

private:
  void insertAfter(size_t item, size_t place);
  /// Spreads the labels around `item` so that there is room behind it.
  void makeRoom(size_t item);

  llvm::SmallVector<uint64_t> labels;
  llvm::SmallVector<size_t> next, previous; ///< the last item is a sentinel
};

class GroupGraph {
public:
  /// `readers` has the nodes that read each node, all of which come after it.
  explicit GroupGraph(llvm::ArrayRef<llvm::SmallVector<size_t>> readers);

  size_t getGroup(size_t node) const { return groupOf[node]; }
  /// In no order.
  llvm::ArrayRef<size_t> getNodes(size_t group) const { return groups[group]; }

  /// Merges two groups, of which `consumer` reads `producer`, and returns the
  /// one that has the nodes of both; nothing if a path leads through a third.
  std::optional<size_t> merge(size_t producer, size_t consumer);

  /// The same of two groups of which either, or neither, may read the other.
  std::optional<size_t> mergeEither(size_t lhs, size_t rhs) {
    return order.isBefore(lhs, rhs) ? merge(lhs, rhs) : merge(rhs, lhs);
  }

private:
  /// A search from one group towards the other.
  struct Search {
    bool forward;
    size_t from, to;
    llvm::SmallVector<size_t> found, pending;
  };
  enum class Step { Met, Continues, Exhausted };

  void chooseHubs();
  llvm::SmallVector<size_t> longestPath() const;
  bool isHubBetween(size_t producer, size_t consumer) const;
  Step visit(Search &search, size_t group);
  Step advance(Search &search);
  /// What must move to let the two meet; nothing if a path is outside them.
  std::optional<Search> findBetween(size_t producer, size_t consumer);
  void reorder(Search &between);
  size_t unite(size_t producer, size_t consumer);

  llvm::SmallVector<llvm::SmallVector<size_t>> readers, producers;
  llvm::SmallVector<size_t> groupOf;
  llvm::SmallVector<llvm::SmallVector<size_t>> groups;
  OrderedList order;
  /// Of a group, one bit for each hub: that reaches it, that it reaches, in it.
  llvm::SmallVector<uint64_t> fromHubs, toHubs, hubsIn;
  /// The number of the search that saw a group last, and from which end.
  llvm::SmallVector<uint64_t> seen;
  uint64_t searches = 0;
};

} // namespace mlc

#endif // MLC_PASSES_GROUPGRAPH_H
