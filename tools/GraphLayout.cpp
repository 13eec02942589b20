//===-- tools/GraphLayout.cpp - places for the nodes of a graph -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/GraphLayout.h"

#include <algorithm>

namespace mlc::tools {

namespace {
constexpr double kGap = 24, kRowGap = 44, kMargin = 20, kEdgeWidth = 12;
constexpr int kSweeps = 8;
} // namespace

size_t GraphLayout::addNode(double width) {
  nodes.emplace_back();
  nodes.back().width = width;
  return nodes.size() - 1;
}

void GraphLayout::addEdge(size_t from, size_t to) {
  edges.emplace_back(from, to);
}

void GraphLayout::run(double nodeHeight) {
  assignRows();
  splitEdges();
  orderRows();
  placeRows();
  double left = 0, right = 0;
  for (const Node &node : nodes) {
    left = std::min(left, node.x - node.width / 2);
    right = std::max(right, node.x + node.width / 2);
  }
  double pitch = nodeHeight + kRowGap;
  for (Node &node : nodes) {
    node.x += kMargin - left;
    node.y = kMargin + nodeHeight / 2 + pitch * static_cast<double>(node.row);
  }
  totalWidth = right - left + 2 * kMargin;
  totalHeight =
      2 * kMargin + pitch * static_cast<double>(rows.size()) - kRowGap;
}

void GraphLayout::assignRows() {
  // An edge leads to a node with a larger number, so one walk by `to` is
  // enough.
  std::vector<std::pair<size_t, size_t>> sorted(edges);
  std::stable_sort(
      sorted.begin(), sorted.end(),
      [](const auto &lhs, const auto &rhs) { return lhs.second < rhs.second; });
  for (auto [from, to] : sorted)
    nodes[to].row = std::max(nodes[to].row, nodes[from].row + 1);
}

/// Puts a narrow node into each row that an edge crosses.
void GraphLayout::splitEdges() {
  for (auto [from, to] : edges) {
    std::vector<size_t> path = {from};
    for (size_t row = nodes[from].row + 1; row < nodes[to].row; ++row) {
      path.push_back(addNode(kEdgeWidth));
      nodes.back().row = row;
    }
    path.push_back(to);
    for (size_t i = 1; i < path.size(); ++i) {
      nodes[path[i - 1]].below.push_back(path[i]);
      nodes[path[i]].above.push_back(path[i - 1]);
    }
    paths.push_back(std::move(path));
  }
}

double GraphLayout::middleOf(const std::vector<size_t> &neighbours,
                             double otherwise) const {
  if (neighbours.empty())
    return otherwise;
  double sum = 0;
  for (size_t node : neighbours)
    sum += nodes[node].x;
  return sum / static_cast<double>(neighbours.size());
}

/// Brings each node near its neighbours, which undoes crossings. Here x counts
/// places in a row.
void GraphLayout::orderRows() {
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (rows.size() <= nodes[i].row)
      rows.resize(nodes[i].row + 1);
    nodes[i].x = static_cast<double>(rows[nodes[i].row].size());
    rows[nodes[i].row].push_back(i);
  }
  auto sortRow = [&](std::vector<size_t> &row, bool fromAbove) {
    std::vector<std::pair<double, size_t>> keys;
    for (size_t node : row)
      keys.emplace_back(
          middleOf(fromAbove ? nodes[node].above : nodes[node].below,
                   nodes[node].x),
          node);
    std::stable_sort(keys.begin(), keys.end(), [](auto &lhs, auto &rhs) {
      return lhs.first < rhs.first;
    });
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = keys[i].second;
      nodes[row[i]].x = static_cast<double>(i);
    }
  };
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (size_t i = 1; i < rows.size(); ++i)
      sortRow(rows[i], true);
    for (size_t i = rows.size(); i-- > 0;)
      sortRow(rows[i], false);
  }
  for (size_t i = 1; i < rows.size(); ++i)
    sortRow(rows[i], true);
}

void GraphLayout::placeRows() {
  for (std::vector<size_t> &row : rows) {
    double x = 0;
    for (size_t node : row) {
      nodes[node].x = x + nodes[node].width / 2;
      x += nodes[node].width + kGap;
    }
    for (size_t node : row)
      nodes[node].x -= (x - kGap) / 2;
  }
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (size_t i = 1; i < rows.size(); ++i)
      placeRow(rows[i], true);
    for (size_t i = rows.size() - 1; i-- > 0;)
      placeRow(rows[i], false);
  }
}

/// Moves each node of a row toward its neighbours as far as the order and the
/// gaps allow: the mean of a pass from the left and one from the right.
void GraphLayout::placeRow(const std::vector<size_t> &row, bool fromAbove) {
  std::vector<double> wanted, fromLeft(row.size()), fromRight(row.size());
  for (size_t node : row)
    wanted.push_back(middleOf(fromAbove ? nodes[node].above : nodes[node].below,
                              nodes[node].x));
  auto apart = [&](size_t i) {
    return (nodes[row[i - 1]].width + nodes[row[i]].width) / 2 + kGap;
  };
  for (size_t i = 0; i < row.size(); ++i)
    fromLeft[i] =
        i == 0 ? wanted[i] : std::max(wanted[i], fromLeft[i - 1] + apart(i));
  for (size_t i = row.size(); i-- > 0;)
    fromRight[i] = i + 1 == row.size()
                       ? wanted[i]
                       : std::min(wanted[i], fromRight[i + 1] - apart(i + 1));
  for (size_t i = 0; i < row.size(); ++i)
    nodes[row[i]].x = (fromLeft[i] + fromRight[i]) / 2;
}

std::vector<std::vector<Point>> GraphLayout::routes() const {
  std::vector<std::vector<Point>> result;
  for (const std::vector<size_t> &path : paths) {
    result.emplace_back();
    for (size_t node : path)
      result.back().push_back(position(node));
  }
  return result;
}

} // namespace mlc::tools
