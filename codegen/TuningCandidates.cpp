//===-- TuningCandidates.cpp - what is worth measuring --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A few plans around the planner's own, each of which differs from it in one
// thing: tiles that its model of costs finds nearly as good, packing or not
// packing, other blocks of sums and shares of work. Every one costs the user a
// compilation of the whole model, so the list is short.
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"
#include "codegen/Tuning.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace mlc::codegen {

ContractionChoice getChoice(const ContractionPlan &plan) {
  ContractionChoice choice{plan.tile.rows, plan.tile.vectors, plan.packed};
  choice.block = plan.isBlocked() ? plan.kSize() : 0;
  choice.chunk = plan.mayCut ? plan.chunkSize : 0;
  return choice;
}

namespace {

constexpr int64_t kMostVectors = 4;

/// Cycles for each row and column of C.
double rateTile(const ContractionPlan &plan, const Target &target,
                RegisterTile tile) {
  return estimateCycles(target, tile, plan.m.size * plan.rowsPerStep(),
                        plan.n.size, plan.lanes, plan.gate.size);
}

/// Other tiles that fit the registers, by their estimated cycles.
std::vector<RegisterTile> rankTiles(const ContractionPlan &plan,
                                    const Target &target) {
  constexpr size_t most = 3;
  constexpr double slack = 1.35;
  if (plan.inMatrices)
    return {};
  double own = rateTile(plan, target, plan.tile);
  std::vector<std::pair<double, RegisterTile>> rated;
  for (int64_t vectors = 1; vectors <= kMostVectors; ++vectors)
    for (int64_t steps = 1; steps <= plan.m.size; ++steps) {
      RegisterTile tile{steps * plan.rowsPerStep(), vectors};
      if (countRegisters(target, tile, plan.gate.size) > target.vectorRegisters)
        break;
      bool isOwn = tile.rows == plan.tile.rows && vectors == plan.tile.vectors;
      bool isTooWide = (vectors - 1) * plan.lanes >= plan.n.size;
      if (double cycles = rateTile(plan, target, tile);
          !isOwn && !isTooWide && cycles <= own * slack)
        rated.push_back({cycles, tile});
    }
  // Larger ones first where they cost the same.
  llvm::stable_sort(rated, [](auto &lhs, auto &rhs) {
    int64_t left = lhs.second.rows * lhs.second.vectors,
            right = rhs.second.rows * rhs.second.vectors;
    return std::pair(lhs.first, -left) < std::pair(rhs.first, -right);
  });
  std::vector<RegisterTile> tiles;
  for (auto &[cycles, tile] : ArrayRef(rated).take_front(most))
    tiles.push_back(tile);
  return tiles;
}

/// Divisors of `size` about half and twice as large as `now`.
SmallVector<int64_t> findNeighbours(int64_t size, int64_t now) {
  constexpr int64_t least = 64; // shorter blocks are all beginnings and ends
  SmallVector<int64_t> found;
  for (int64_t wanted : {now / 2, now * 2}) {
    int64_t divisor = std::max(least, wanted);
    while (divisor < size && size % divisor != 0)
      ++divisor;
    if (divisor != now && divisor < size && divisor < 4 * now)
      found.push_back(divisor);
  }
  return found;
}

} // namespace

std::vector<ContractionChoice> listAlternatives(const ContractionPlan &plan,
                                                const Target &target) {
  ContractionChoice own = getChoice(plan);
  std::vector<ContractionChoice> choices;
  auto add = [&](auto change) {
    choices.push_back(own);
    change(choices.back());
  };
  // Blocks and chunks are of a size that fits the tile.
  for (RegisterTile tile : rankTiles(plan, target))
    add([&](ContractionChoice &choice) {
      choice = {tile.rows, tile.vectors, plan.packed};
    });
  if (plan.mayPack)
    add([&](ContractionChoice &choice) {
      choice = {own.rows, own.vectors, !own.packed};
    });
  int64_t sum = plan.sizeOf(plan.outerK) * plan.kSize();
  if (plan.mayBlock)
    for (int64_t block : findNeighbours(sum, own.block ? own.block : sum))
      add([&](ContractionChoice &choice) { choice.block = block; });
  int64_t steps = plan.blockSize();
  if (plan.mayCut)
    for (int64_t chunk : {llvm::alignTo(plan.chunkSize / 2, steps),
                          llvm::alignTo(plan.chunkSize * 2, steps)})
      if (chunk > 0 && chunk < plan.m.size && chunk != plan.chunkSize)
        add([&](ContractionChoice &choice) { choice.chunk = chunk; });
  return choices;
}

std::string explainMisfit(const ContractionPlan &plan, const Target &target,
                          const ContractionChoice &choice) {
  int64_t unit = plan.rowsPerStep();
  if (choice.rows < 1 || choice.rows % unit != 0 ||
      choice.rows / unit > plan.m.size)
    return llvm::formatv("expected `rows` to be a multiple of {0} up to {1}, "
                         "found {2}",
                         unit, unit * plan.m.size, choice.rows);
  if (choice.vectors < 1 || choice.vectors > kMostVectors)
    return llvm::formatv("expected `vectors` to be 1 to {0}, found {1}",
                         kMostVectors, choice.vectors);
  RegisterTile tile{choice.rows, choice.vectors};
  bool isOwn = tile.rows == plan.tile.rows && tile.vectors == plan.tile.vectors;
  if (!isOwn && plan.inMatrices)
    return llvm::formatv(
        "expected {0} `rows` and {1} `vectors` of matrix tiles", plan.tile.rows,
        plan.tile.vectors);
  int64_t registers = countRegisters(target, tile, plan.gate.size);
  if (!isOwn && registers > target.vectorRegisters)
    return llvm::formatv("a tile of {0} rows of {1} vectors needs {2} "
                         "registers, and there are {3}",
                         tile.rows, tile.vectors, registers,
                         target.vectorRegisters);
  return "";
}

} // namespace mlc::codegen
