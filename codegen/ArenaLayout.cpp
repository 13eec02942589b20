//===-- ArenaLayout.cpp - places for temporaries by lifetime --------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ArenaLayout.h"

#include "mlc/model.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace llvm;

namespace mlc::codegen {

int64_t alignBytes(int64_t bytes) { return alignTo(bytes, MLC_ALIGNMENT); }

int64_t spreadBytes(int64_t bytes) {
  // An odd number of lines: less than a tenth of a page, and no power of two.
  constexpr int64_t large = 32 << 10, lines = 9, spread = lines * MLC_ALIGNMENT;
  return alignBytes(bytes) + (bytes >= large ? spread : 0);
}

/// The lowest offset at which `item` meets none of `placed`, which is sorted by
/// offset, that lives with it.
static int64_t lowestOffset(const ArenaItem &item,
                            ArrayRef<const ArenaItem *> placed) {
  int64_t offset = 0;
  for (const ArenaItem *other : placed) {
    if (other->last < item.first || item.last < other->first)
      continue;
    if (offset + spreadBytes(item.bytes) <= other->offset)
      break;
    offset = std::max(offset, other->offset + spreadBytes(other->bytes));
  }
  return offset;
}

static int64_t placeInOrder(MutableArrayRef<ArenaItem> items,
                            ArrayRef<size_t> order) {
  SmallVector<const ArenaItem *> placed;
  int64_t bytes = 0;
  for (size_t i : order) {
    items[i].offset = lowestOffset(items[i], placed);
    bytes = std::max(bytes, items[i].offset + spreadBytes(items[i].bytes));
    auto behind = llvm::upper_bound(placed, items[i].offset,
                                    [](int64_t offset, const ArenaItem *other) {
                                      return offset < other->offset;
                                    });
    placed.insert(behind, &items[i]);
  }
  return bytes;
}

/// Goes through the steps, adding what begins and taking off what has ended.
static int64_t largestLiveSet(ArrayRef<ArenaItem> items) {
  int64_t steps = 0;
  for (const ArenaItem &item : items)
    steps = std::max(steps, item.last + 1);
  SmallVector<int64_t> change(steps + 1, 0);
  for (const ArenaItem &item : items) {
    change[item.first] += alignBytes(item.bytes);
    change[item.last + 1] -= alignBytes(item.bytes);
  }
  int64_t largest = 0, live = 0;
  for (int64_t bytes : change) {
    live += bytes;
    largest = std::max(largest, live);
  }
  return largest;
}

ArenaSize layOutArena(MutableArrayRef<ArenaItem> items) {
  using Less = function_ref<bool(const ArenaItem &, const ArenaItem &)>;
  auto sorted = [&](Less less) {
    SmallVector<size_t> order(items.size());
    std::iota(order.begin(), order.end(), 0);
    llvm::stable_sort(order, [&](size_t lhs, size_t rhs) {
      return less(items[lhs], items[rhs]);
    });
    return order;
  };
  SmallVector<size_t> orders[] = {
      sorted([](auto &lhs, auto &rhs) { return lhs.bytes > rhs.bytes; }),
      sorted([](auto &lhs, auto &rhs) {
        return lhs.bytes * (lhs.last - lhs.first + 1) >
               rhs.bytes * (rhs.last - rhs.first + 1);
      }),
      sorted([](auto &lhs, auto &rhs) { return lhs.first < rhs.first; })};
  size_t best = 0;
  int64_t bestBytes = -1;
  for (auto [i, order] : llvm::enumerate(orders)) {
    int64_t bytes = placeInOrder(items, order);
    if (bestBytes < 0 || bytes < bestBytes) {
      bestBytes = bytes;
      best = i;
    }
  }
  placeInOrder(items, orders[best]);
  return {bestBytes, largestLiveSet(items)};
}

} // namespace mlc::codegen
