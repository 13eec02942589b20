//===-- NodeNames.h - what the names in a model stand for --------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_NODENAMES_H
#define MLC_FRONTEND_NODENAMES_H

#include "frontend/Graph.h"

#include <map>
#include <set>

namespace mlc::frontend {

/// The nodes of a graph, which are a model's inputs and layers, by name.
class NodeNames {
public:
  NodeNames(const std::vector<Alias> &aliases, Diagnostics &diagnostics)
      : aliases(aliases), isAliasUsed(aliases.size()),
        diagnostics(diagnostics) {}

  /// These fail if a name is taken.
  bool declareNode(const std::string &name, size_t node,
                   const Location &location);
  bool declareAliases();
  /// Gives each node another number.
  void renumber(const std::vector<size_t> &numbers);

  std::optional<size_t> findNode(const std::string &name) const;
  /// The result that "name:2" is, or "name", which is the first one; whether
  /// the node has so many is not known here. Nodes from `firstNode` on are
  /// suggested for a wrong name.
  std::optional<ValueId> find(const Reference &reference, size_t firstNode);
  /// What a reference finally stands for. Null where that isn't one thing: an
  /// error then, unless there was one before.
  const Reference *followAliases(const Reference &reference);
  /// Whether anything refers to an alias.
  bool isUsed(size_t alias) const { return isAliasUsed[alias]; }

private:
  bool declare(const std::string &name, const Location &location);
  const Reference *target(const Alias &alias, const Reference &reference);
  void reportMissing(const Reference &reference, bool isNamedHere,
                     size_t firstNode);

  const std::vector<Alias> &aliases;
  std::vector<bool> isAliasUsed;
  Diagnostics &diagnostics;
  std::map<std::string, Location> declared;               ///< names, and where
  std::map<std::string, size_t, std::less<>> nodes;       ///< by name
  std::map<std::string, size_t, std::less<>> aliasPlaces; ///< by name
  std::set<const Reference *> reported; ///< targets of aliases that are missing
};

} // namespace mlc::frontend

#endif // MLC_FRONTEND_NODENAMES_H
