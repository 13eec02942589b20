//===-- tools/GraphLayout.h - places for the nodes of a graph ---*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_GRAPHLAYOUT_H
#define MLC_TOOLS_GRAPHLAYOUT_H

#include <cstddef>
#include <utility>
#include <vector>

namespace mlc::tools {

struct Point {
  double x = 0, y = 0;
};

/// A directed graph without cycles, laid out from top to bottom: each node is
/// in the row below the lowest of those that lead to it. Edges that span
/// several rows have a place of their own in each row between.
class GraphLayout {
public:
  /// Nodes are numbered from 0.
  size_t addNode(double width);
  /// `from` has been added before `to`.
  void addEdge(size_t from, size_t to);
  void run(double nodeHeight);

  /// The middle of a node.
  Point position(size_t node) const { return {nodes[node].x, nodes[node].y}; }
  /// The points that each edge goes through, in the order of addEdge.
  std::vector<std::vector<Point>> routes() const;
  double width() const { return totalWidth; }
  double height() const { return totalHeight; }

private:
  struct Node {
    double width = 0, x = 0, y = 0;
    size_t row = 0;
    std::vector<size_t> above, below;
  };

  void assignRows();
  void splitEdges();
  void orderRows();
  void placeRows();
  void placeRow(const std::vector<size_t> &row, bool fromAbove);
  double middleOf(const std::vector<size_t> &neighbours,
                  double otherwise) const;

  std::vector<Node> nodes;
  std::vector<std::pair<size_t, size_t>> edges;
  std::vector<std::vector<size_t>> paths; ///< of each edge, the nodes
  std::vector<std::vector<size_t>> rows;
  double totalWidth = 0, totalHeight = 0;
};

} // namespace mlc::tools

#endif // MLC_TOOLS_GRAPHLAYOUT_H
