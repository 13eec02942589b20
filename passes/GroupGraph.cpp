//===-- GroupGraph.cpp - groups that merge without making a cycle ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/GroupGraph.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

using namespace llvm;

namespace mlc {

//===----------------------------------------------------------------------===//
// The order
//===----------------------------------------------------------------------===//

/// Labels stay below, so that sums of them don't overflow.
static constexpr unsigned kLabelBits = 62;

OrderedList::OrderedList(size_t count)
    : labels(count + 1), next(count + 1), previous(count + 1) {
  uint64_t step = (uint64_t(1) << kLabelBits) / (count + 1);
  for (size_t i = 0; i <= count; ++i) {
    // The sentinel is the start, and what follows the last.
    labels[i] = i == count ? 0 : (i + 1) * step - 1;
    next[i] = i == count ? 0 : i + 1;
    previous[i] = i == 0 ? count : i - 1;
  }
}

void OrderedList::remove(size_t item) {
  next[previous[item]] = next[item];
  previous[next[item]] = previous[item];
}

void OrderedList::moveAfter(size_t item, size_t place) {
  remove(item);
  insertAfter(item, place);
}

void OrderedList::insertAfter(size_t item, size_t place) {
  size_t sentinel = labels.size() - 1;
  auto labelBehind = [&] {
    return next[place] == sentinel ? uint64_t(1) << kLabelBits
                                   : labels[next[place]];
  };
  if (labelBehind() - labels[place] < 2)
    makeRoom(place);
  labels[item] = labels[place] + (labelBehind() - labels[place]) / 2;
  next[item] = next[place];
  previous[item] = place;
  previous[next[place]] = item;
  next[place] = item;
}

/// Ranges of labels double in size until one is sparse enough; the larger, the
/// sparser it has to be (Bender et al., "Two simplified algorithms for
/// maintaining order in a list", 2002). Moves cost a logarithm on average.
void OrderedList::makeRoom(size_t item) {
  constexpr double kDensity = 0.75;
  size_t sentinel = labels.size() - 1, first = item, last = item;
  uint64_t count = 1;
  double allowed = 1;
  for (unsigned bits = 1; bits <= kLabelBits; ++bits) {
    uint64_t size = uint64_t(1) << bits, base = labels[item] & ~(size - 1);
    while (first != sentinel && labels[previous[first]] >= base) {
      first = previous[first];
      ++count;
    }
    while (next[last] != sentinel && labels[next[last]] < base + size) {
      last = next[last];
      ++count;
    }
    allowed *= 2 * kDensity;
    if (double(count) > allowed || size / count < 2)
      continue;
    uint64_t label = base, step = size / count;
    for (size_t at = first;; at = next[at]) {
      labels[at] = label;
      label += step;
      if (at == last)
        return;
    }
  }
}

//===----------------------------------------------------------------------===//
// Hubs
//===----------------------------------------------------------------------===//

static constexpr size_t kHubs = 64;

GroupGraph::GroupGraph(ArrayRef<SmallVector<size_t>> readers)
    : readers(readers), producers(readers.size()), groupOf(readers.size()),
      groups(readers.size()), order(readers.size()), fromHubs(readers.size()),
      toHubs(readers.size()), hubsIn(readers.size()), seen(readers.size()) {
  for (size_t node = 0; node < readers.size(); ++node) {
    groupOf[node] = node;
    groups[node] = {node};
    for (size_t reader : readers[node])
      producers[reader].push_back(node);
  }
  chooseHubs();
}

SmallVector<size_t> GroupGraph::longestPath() const {
  constexpr size_t kNone = std::numeric_limits<size_t>::max();
  SmallVector<size_t> length(readers.size(), 1), before(readers.size(), kNone);
  size_t end = 0;
  for (size_t node = 0; node < readers.size(); ++node) {
    for (size_t producer : producers[node])
      if (length[producer] + 1 > length[node]) {
        length[node] = length[producer] + 1;
        before[node] = producer;
      }
    if (length[node] > length[end])
      end = node;
  }
  SmallVector<size_t> path;
  if (!readers.empty())
    for (size_t node = end; node != kNone; node = before[node])
      path.push_back(node);
  return path;
}

void GroupGraph::chooseHubs() {
  SmallVector<size_t> path = longestPath();
  size_t count = std::min(kHubs, path.size());
  for (size_t hub = 0; hub < count; ++hub)
    hubsIn[path[(2 * hub + 1) * path.size() / (2 * count)]] |= uint64_t(1)
                                                               << hub;
  for (size_t node = 0; node < readers.size(); ++node)
    for (size_t producer : producers[node])
      fromHubs[node] |= fromHubs[producer] | hubsIn[producer];
  for (size_t node = readers.size(); node-- > 0;)
    for (size_t reader : readers[node])
      toHubs[node] |= toHubs[reader] | hubsIn[reader];
}

bool GroupGraph::isHubBetween(size_t producer, size_t consumer) const {
  return toHubs[producer] & fromHubs[consumer] & ~hubsIn[producer] &
         ~hubsIn[consumer];
}

//===----------------------------------------------------------------------===//
// Searching and merging
//===----------------------------------------------------------------------===//

/// Adds the neighbours of `group` that lie between both ends.
GroupGraph::Step GroupGraph::visit(Search &search, size_t group) {
  uint64_t mark = 2 * searches + search.forward;
  uint64_t otherMark = 2 * searches + !search.forward;
  auto &neighbours = search.forward ? readers : producers;
  for (size_t node : groups[group])
    for (size_t neighbour : neighbours[node]) {
      size_t next = groupOf[neighbour];
      if (next == search.from || (next == search.to && group == search.from) ||
          seen[next] == mark)
        continue;
      if (next == search.to || seen[next] == otherMark)
        return Step::Met;
      if (search.forward ? !order.isBefore(next, search.to)
                         : !order.isBefore(search.to, next))
        continue;
      seen[next] = mark;
      search.found.push_back(next);
      search.pending.push_back(next);
    }
  return search.pending.empty() ? Step::Exhausted : Step::Continues;
}

GroupGraph::Step GroupGraph::advance(Search &search) {
  return visit(search, search.pending.pop_back_val());
}

std::optional<GroupGraph::Search> GroupGraph::findBetween(size_t producer,
                                                          size_t consumer) {
  ++searches;
  Search ends[] = {{true, producer, consumer, {}, {}},
                   {false, consumer, producer, {}, {}}};
  for (Search &search : ends) {
    Step step = visit(search, search.from);
    if (step != Step::Continues)
      return step == Step::Met ? std::nullopt : std::optional(search);
  }
  for (unsigned turn = 0;; turn ^= 1) {
    Step step = advance(ends[turn]);
    if (step != Step::Continues)
      return step == Step::Met ? std::nullopt : std::optional(ends[turn]);
  }
}

/// Lets both groups be neighbours in the order: moves what follows the producer
/// behind the consumer, or what the consumer follows before the producer.
void GroupGraph::reorder(Search &between) {
  llvm::sort(between.found,
             [&](size_t lhs, size_t rhs) { return order.isBefore(lhs, rhs); });
  size_t place = between.to;
  if (between.forward) {
    order.moveAfter(between.from, place);
    place = between.from;
  }
  for (size_t group : between.found) {
    order.moveAfter(group, place);
    place = group;
  }
  if (between.forward)
    return;
  if (place != between.to)
    order.moveAfter(between.to, place);
  order.moveAfter(between.from, between.to);
}

/// The larger group takes in the smaller.
size_t GroupGraph::unite(size_t producer, size_t consumer) {
  auto [kept, gone] = groups[producer].size() >= groups[consumer].size()
                          ? std::pair(producer, consumer)
                          : std::pair(consumer, producer);
  for (size_t node : groups[gone])
    groupOf[node] = kept;
  groups[kept].append(groups[gone]);
  groups[gone].clear();
  fromHubs[kept] |= fromHubs[gone];
  toHubs[kept] |= toHubs[gone];
  hubsIn[kept] |= hubsIn[gone];
  order.remove(gone);
  return kept;
}

std::optional<size_t> GroupGraph::merge(size_t producer, size_t consumer) {
  if (isHubBetween(producer, consumer))
    return std::nullopt;
  std::optional<Search> between = findBetween(producer, consumer);
  if (!between)
    return std::nullopt;
  reorder(*between);
  return unite(producer, consumer);
}

} // namespace mlc
