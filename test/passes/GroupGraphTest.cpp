//===-- GroupGraphTest.cpp - merging groups without making a cycle --------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/GroupGraph.h"

#include "gtest/gtest.h"

#include <random>
#include <set>

using namespace mlc;

namespace {

using Readers = llvm::SmallVector<llvm::SmallVector<size_t>>;

/// What GroupGraph is to answer, from its definition: walks all of the graph.
class PlainGroups {
public:
  explicit PlainGroups(const Readers &readers)
      : readers(readers), groupOf(readers.size()) {
    for (size_t node = 0; node < readers.size(); ++node)
      groupOf[node] = node;
  }

  bool merge(size_t producer, size_t consumer) {
    if (isPathOutside(producer, consumer))
      return false;
    for (size_t &group : groupOf)
      group = group == consumer ? producer : group;
    return true;
  }

  bool mergeEither(size_t lhs, size_t rhs) {
    return !isPathOutside(rhs, lhs) && merge(lhs, rhs);
  }

  size_t getGroup(size_t node) const { return groupOf[node]; }

private:
  bool isPathOutside(size_t producer, size_t consumer) const {
    std::set<size_t> seen;
    llvm::SmallVector<size_t> pending{producer};
    while (!pending.empty()) {
      size_t group = pending.pop_back_val();
      for (size_t node = 0; node < readers.size(); ++node)
        for (size_t reader : readers[node]) {
          size_t next = groupOf[reader];
          if (groupOf[node] != group || next == producer)
            continue;
          if (next == consumer && group != producer)
            return true;
          if (next != consumer && seen.insert(next).second)
            pending.push_back(next);
        }
    }
    return false;
  }

  const Readers &readers;
  llvm::SmallVector<size_t> groupOf;
};

class RandomGraphs : public testing::TestWithParam<uint32_t> {};

/// Edges mostly to what is near, as in a chain of layers, and some far away.
Readers makeGraph(std::mt19937 &random, size_t count) {
  Readers readers(count);
  for (size_t node = 0; node + 1 < count; ++node)
    for (unsigned edge = random() % 4; edge > 0; --edge) {
      size_t reach = random() % 5 == 0 ? count : 6;
      size_t reader = node + 1 + random() % reach;
      if (reader < count && !llvm::is_contained(readers[node], reader))
        readers[node].push_back(reader);
    }
  return readers;
}

TEST_P(RandomGraphs, MergesWhatNoPathKeepsApart) {
  std::mt19937 random(GetParam());
  size_t count = 2 + random() % 60, merged = 0, refused = 0;
  Readers readers = makeGraph(random, count);
  GroupGraph graph(readers);
  PlainGroups plain(readers);
  for (int attempt = 0; attempt < 400; ++attempt) {
    size_t node = random() % count;
    if (readers[node].empty())
      continue;
    size_t reader = readers[node][random() % readers[node].size()];
    if (graph.getGroup(node) == graph.getGroup(reader))
      continue;
    bool expected = plain.merge(plain.getGroup(node), plain.getGroup(reader));
    std::optional<size_t> group =
        graph.merge(graph.getGroup(node), graph.getGroup(reader));
    ASSERT_EQ(group.has_value(), expected) << node << " to " << reader;
    (expected ? merged : refused) += 1;
  }
  // The same nodes are together.
  for (size_t lhs = 0; lhs < count; ++lhs)
    for (size_t rhs = 0; rhs < count; ++rhs)
      EXPECT_EQ(graph.getGroup(lhs) == graph.getGroup(rhs),
                plain.getGroup(lhs) == plain.getGroup(rhs));
  RecordProperty("merged", int(merged));
  RecordProperty("refused", int(refused));
}

/// Any two groups, whichever comes first.
TEST_P(RandomGraphs, MergesSiblings) {
  std::mt19937 random(GetParam());
  size_t count = 2 + random() % 60;
  Readers readers = makeGraph(random, count);
  GroupGraph graph(readers);
  PlainGroups plain(readers);
  for (int attempt = 0; attempt < 400; ++attempt) {
    size_t lhs = random() % count, rhs = random() % count;
    if (graph.getGroup(lhs) == graph.getGroup(rhs))
      continue;
    bool expected = plain.mergeEither(plain.getGroup(lhs), plain.getGroup(rhs));
    ASSERT_EQ(
        graph.mergeEither(graph.getGroup(lhs), graph.getGroup(rhs)).has_value(),
        expected)
        << lhs << " and " << rhs;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGraphs, testing::Range(0u, 60u));

TEST(OrderedList, KeepsItsOrderWhereverItemsMove) {
  constexpr size_t kCount = 300;
  OrderedList list(kCount);
  std::vector<size_t> expected(kCount);
  for (size_t i = 0; i < kCount; ++i)
    expected[i] = i;
  std::mt19937 random(1);
  for (int move = 0; move < 3000; ++move) {
    // Again and again to one place, where labels run out.
    size_t place = move % 3 ? 7 : random() % kCount, item = random() % kCount;
    if (item == place)
      continue;
    list.moveAfter(item, place);
    expected.erase(std::find(expected.begin(), expected.end(), item));
    expected.insert(std::find(expected.begin(), expected.end(), place) + 1,
                    item);
  }
  for (size_t i = 0; i + 1 < kCount; ++i)
    EXPECT_TRUE(list.isBefore(expected[i], expected[i + 1])) << i;
}

} // namespace
