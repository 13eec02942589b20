//===-- ArenaLayoutTest.cpp - temporaries share memory only over time -----===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ArenaLayout.h"

#include "mlc/model.h"
#include "gtest/gtest.h"

#include <random>
#include <vector>

using namespace mlc::codegen;

namespace {

std::vector<ArenaItem> makeItems(unsigned seed) {
  std::mt19937 random(seed);
  auto below = [&](int64_t bound) { return int64_t(random() % bound); };
  std::vector<ArenaItem> items(below(60));
  for (ArenaItem &item : items) {
    item.bytes = below(4) == 0 ? below(8) : below(5000);
    item.first = below(30);
    item.last = item.first + below(below(3) == 0 ? 30 : 4);
  }
  return items;
}

int64_t liveAt(const std::vector<ArenaItem> &items, int64_t step) {
  int64_t bytes = 0;
  for (const ArenaItem &item : items)
    if (item.first <= step && step <= item.last)
      bytes += alignBytes(item.bytes);
  return bytes;
}

void check(const std::vector<ArenaItem> &items, ArenaSize size) {
  int64_t live = 0;
  for (int64_t step = 0; step < 60; ++step)
    live = std::max(live, liveAt(items, step));
  EXPECT_EQ(size.live, live);
  EXPECT_GE(size.bytes, size.live);
  for (const ArenaItem &item : items) {
    EXPECT_EQ(item.offset % MLC_ALIGNMENT, 0);
    EXPECT_GE(item.offset, 0);
    EXPECT_LE(item.offset + item.bytes, size.bytes);
  }
  for (size_t i = 0; i < items.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const ArenaItem &a = items[i], &b = items[j];
      bool together = a.first <= b.last && b.first <= a.last;
      bool overlap =
          a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
      EXPECT_FALSE(together && overlap) << "items " << i << " and " << j;
    }
}

TEST(ArenaLayout, ItemsAliveTogetherNeverOverlap) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    std::vector<ArenaItem> items = makeItems(seed);
    check(items, layOutArena(items));
  }
}

TEST(ArenaLayout, IsTheSameEachTime) {
  std::vector<ArenaItem> once = makeItems(7), again = makeItems(7);
  layOutArena(once);
  layOutArena(again);
  for (size_t i = 0; i < once.size(); ++i)
    EXPECT_EQ(once[i].offset, again[i].offset);
}

TEST(ArenaLayout, NothingNeedsNothing) {
  ArenaSize size = layOutArena({});
  EXPECT_EQ(size.bytes, 0);
  EXPECT_EQ(size.live, 0);
}

TEST(ArenaLayout, AChainNeedsTwo) {
  std::vector<ArenaItem> items;
  for (int64_t i = 0; i < 10; ++i)
    items.push_back({"", 1000, i, i + 1, 0});
  EXPECT_EQ(layOutArena(items).bytes, 2 * alignBytes(1000));
}

} // namespace
