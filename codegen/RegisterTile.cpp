//===-- RegisterTile.cpp - how many rows and vectors ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"

using namespace mlir;

namespace mlc::codegen {

double estimateCycles(const Target &target, RegisterTile tile, int64_t m,
                      int64_t n, int64_t lanes, int64_t gates, bool isEven) {
  constexpr double cacheBytes = 29, byteBits = 8;
  double fetch = target.vectorBits / byteBits / cacheBytes;
  auto cycles = [&](int64_t r, int64_t v) {
    v *= gates;
    // Two multiply-adds and two loads a cycle; eight chains hide latency; B
    // comes from the second-level cache, so many bytes a cycle.
    return std::max({r * v / 2.0, (r + v) / 2.0 + 0.5, fetch * v, 4.0});
  };
  auto column = [&](int64_t v) {
    if (v == 0)
      return 0.0;
    int64_t blocks = llvm::divideCeil(m, tile.rows), rest = m % tile.rows;
    // Two kinds of blocks are a little more to load and to jump to than one.
    constexpr double twoKinds = 1.01;
    if (isEven && rest > 0)
      return twoKinds * ((m % blocks) * cycles(m / blocks + 1, v) +
                         (blocks - m % blocks) * cycles(m / blocks, v));
    return (m / tile.rows) * cycles(tile.rows, v) +
           (rest > 0 ? cycles(rest, v) : 0);
  };
  int64_t panels = n / (tile.vectors * lanes),
          tail = llvm::divideCeil(n % (tile.vectors * lanes), lanes);
  return panels * column(tile.vectors) + column(tail);
}

int64_t countRegisters(const Target &target, RegisterTile tile, int64_t gates) {
  int64_t rows = tile.rows, columns = tile.vectors * gates;
  int64_t operands =
      target.ordersLoads ? rows + columns : std::min(rows, columns) + 1;
  return rows * columns + operands + (target.hasFma ? 0 : 1);
}

RegisterTile chooseTile(const Target &target, int64_t m, int64_t n,
                        int64_t lanes, int64_t unit, int64_t gates,
                        bool isEven) {
  RegisterTile best{unit, 1};
  double bestCycles = 0;
  for (int64_t vectors : {4, 2, 3, 1}) {
    int64_t most = unit > 1 ? target.vectorRegisters : vectors == 1 ? 16 : 8;
    for (int64_t rows = unit; rows <= std::min(most, m); rows += unit) {
      if (countRegisters(target, {rows, vectors}, gates) >
          target.vectorRegisters)
        continue;
      double total =
          estimateCycles(target, {rows, vectors}, m, n, lanes, gates, isEven);
      bool isLarger = rows * vectors > best.rows * best.vectors;
      if (bestCycles == 0 || total < bestCycles * (isLarger ? 1.005 : 0.995)) {
        bestCycles = total;
        best = {rows, vectors};
      }
    }
  }
  return best;
}

} // namespace mlc::codegen
