//===-- RegisterTile.cpp - how many rows and vectors ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"

using namespace mlir;

namespace mlc::codegen {

double estimateCycles(RegisterTile tile, int64_t m, int64_t n, int64_t lanes,
                      int64_t gates) {
  auto cycles = [&](int64_t r, int64_t v) {
    v *= gates;
    // Two multiply-adds and two loads a cycle; eight chains hide latency; B
    // comes from the second-level cache at half a vector a cycle.
    return std::max({r * v / 2.0, (r + v) / 2.0 + 0.5, 2.0 * v, 4.0});
  };
  auto column = [&](int64_t v) {
    return v == 0 ? 0.0
                  : (m / tile.rows) * cycles(tile.rows, v) +
                        (m % tile.rows ? cycles(m % tile.rows, v) : 0);
  };
  int64_t panels = n / (tile.vectors * lanes),
          tail = llvm::divideCeil(n % (tile.vectors * lanes), lanes);
  return panels * column(tile.vectors) + column(tail);
}

RegisterTile chooseTile(int64_t m, int64_t n, int64_t lanes, int64_t registers,
                        int64_t unit, int64_t gates) {
  RegisterTile best{unit, 1};
  double bestCycles = 0;
  for (int64_t vectors : {4, 2, 3, 1}) {
    int64_t most = unit > 1 ? registers : vectors == 1 ? 16 : 8;
    for (int64_t rows = unit; rows <= std::min(most, m); rows += unit) {
      // Accumulators, a row of B, and a broadcast scalar must fit.
      int64_t columns = vectors * gates;
      if (rows * columns + columns + 1 > registers)
        continue;
      double total = estimateCycles({rows, vectors}, m, n, lanes, gates);
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
