//===-- ContractionPlan.cpp - indices, roles and register tiles -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"

using namespace mlir;

namespace mlc::codegen {

int64_t ContractionPlan::kSize() const {
  int64_t size = 1;
  for (const ContractionDim &dim : k)
    size *= dim.size;
  return size;
}

int64_t ContractionPlan::outerSize() const {
  int64_t size = 1;
  for (const ContractionDim &dim : outer)
    size *= dim.size;
  return size;
}

/// Row-major stride of loop dimension `d` in an operand read through `map`.
static int64_t strideOf(AffineMap map, ArrayRef<int64_t> shape, unsigned d) {
  int64_t stride = 1, found = 0;
  for (int64_t i = shape.size() - 1; i >= 0; --i) {
    if (map.getResult(i) == getAffineDimExpr(d, map.getContext()))
      found += stride;
    stride *= shape[i];
  }
  return found;
}

static SmallVector<ContractionDim> readDims(linalg::GenericOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  auto shape = [&](unsigned i) {
    return cast<RankedTensorType>(op->getOperand(i).getType()).getShape();
  };
  SmallVector<ContractionDim> dims;
  for (unsigned d = 0; d < sizes.size(); ++d) {
    ContractionDim dim{sizes[d], strideOf(maps[0], shape(0), d),
                       strideOf(maps[1], shape(1), d),
                       strideOf(maps[2], shape(2), d), -1};
    for (auto [i, expr] : llvm::enumerate(maps[2].getResults()))
      if (expr == getAffineDimExpr(d, op.getContext()))
        dim.inC = i;
    dims.push_back(dim);
  }
  return dims;
}

/// Joins neighbours that every operand walks as one: [batch, time] rows of a
/// Dense layer, contiguous sums.
static void mergeNeighbours(func::FuncOp kernel, int64_t cRank,
                            SmallVector<ContractionDim> &dims) {
  for (size_t i = 0; i + 1 < dims.size();) {
    ContractionDim &lhs = dims[i], &rhs = dims[i + 1];
    bool sameRole = (lhs.a == 0) == (rhs.a == 0) &&
                    (lhs.b == 0) == (rhs.b == 0) &&
                    (lhs.inC < 0) == (rhs.inC < 0);
    bool contiguous = lhs.a == rhs.a * rhs.size && lhs.b == rhs.b * rhs.size &&
                      lhs.c == rhs.c * rhs.size;
    bool together =
        lhs.inC < 0 || (rhs.inC == lhs.inC + 1 &&
                        areDimsWalkedAsOne(kernel, cRank, lhs.inC, rhs.inC));
    if (!sameRole || !contiguous || !together) {
      ++i;
      continue;
    }
    rhs.size *= lhs.size;
    dims.erase(dims.begin() + i);
  }
}

RegisterTile chooseTile(int64_t m, int64_t n, int64_t lanes, int64_t registers,
                        int64_t gates) {
  RegisterTile best{1, 1};
  double bestCycles = 0;
  for (int64_t vectors : {4, 2, 3, 1})
    for (int64_t rows = 1; rows <= (vectors == 1 ? 16 : 8); ++rows) {
      // Accumulators, a row of B, and a broadcast scalar must fit.
      int64_t columns = vectors * gates;
      if (rows * columns + columns + 1 > registers || rows > m)
        continue;
      auto cycles = [&](int64_t r, int64_t v) {
        v *= gates;
        // Two multiply-adds and two loads a cycle; eight chains hide latency; B
        // comes from the second-level cache at half a vector a cycle.
        return std::max({r * v / 2.0, (r + v) / 2.0 + 0.5, 2.0 * v, 4.0});
      };
      int64_t panels = n / (vectors * lanes),
              tail = llvm::divideCeil(n % (vectors * lanes), lanes);
      auto column = [&](int64_t v) {
        return v == 0 ? 0.0
                      : (m / rows) * cycles(rows, v) +
                            (m % rows ? cycles(m % rows, v) : 0);
      };
      double total = panels * column(vectors) + column(tail);
      bool isLarger = rows * vectors > best.rows * best.vectors;
      if (bestCycles == 0 || total < bestCycles * (isLarger ? 1.005 : 0.995)) {
        bestCycles = total;
        best = {rows, vectors};
      }
    }
  return best;
}

/// Takes out of `dims` the dimension that `better` prefers, among those in C.
static ContractionDim
takeLargest(SmallVector<ContractionDim> &dims,
            llvm::function_ref<bool(const ContractionDim &)> isCandidate) {
  auto chosen = dims.end();
  for (auto it = dims.begin(); it != dims.end(); ++it)
    if (isCandidate(*it) && (chosen == dims.end() || it->size > chosen->size))
      chosen = it;
  if (chosen == dims.end())
    return {};
  ContractionDim dim = *chosen;
  dims.erase(chosen);
  return dim;
}

static void swapOperands(ContractionPlan &plan,
                         SmallVector<ContractionDim> &dims) {
  std::swap(plan.a, plan.b);
  for (ContractionDim &dim : dims)
    std::swap(dim.a, dim.b);
}

/// The dimension of the product of which the kernel picks single indices, or -1
/// if its results have all dimensions.
static int64_t findGateDim(func::FuncOp kernel, ArrayRef<int64_t> shape) {
  if (cast<RankedTensorType>(getResults(kernel)[0].getType()).getRank() ==
      int64_t(shape.size()))
    return -1;
  for (auto slice : kernel.getOps<tensor::ExtractSliceOp>()) {
    if (slice.getSourceType().getShape() != shape)
      continue;
    for (auto [d, size] : llvm::enumerate(slice.getStaticSizes()))
      if (size != shape[d])
        return d;
  }
  return -1;
}

FailureOr<ContractionPlan> makePlan(func::FuncOp kernel, const Target &target) {
  ContractionPlan plan;
  plan.op = getReductions(kernel).front();
  if (plan.op.getNumDpsInputs() != 2)
    return plan.op.emitOpError("expected a contraction of two operands");
  plan.a = plan.op.getInputs()[0];
  plan.b = plan.op.getInputs()[1];
  plan.lanes = getLanes(kernel, target);
  auto type = cast<RankedTensorType>(plan.op.getResult(0).getType());
  plan.cRank = type.getRank();
  int64_t gateDim = findGateDim(kernel, type.getShape());
  SmallVector<ContractionDim> dims = readDims(plan.op);
  mergeNeighbours(kernel, plan.cRank, dims);

  auto isVectorDim = [](const ContractionDim &dim) {
    return dim.inC >= 0 && dim.c == 1 && (dim.a == 0) != (dim.b == 0);
  };
  auto vectorDim = llvm::find_if(
      dims, [&](auto &d) { return isVectorDim(d) && d.size > 1; });
  if (vectorDim == dims.end())
    vectorDim = llvm::find_if(dims, isVectorDim);
  if (vectorDim != dims.end() && vectorDim->b == 0)
    swapOperands(plan, dims);
  plan.gate = takeLargest(
      dims, [&](auto &d) { return d.inC >= 0 && d.inC == gateDim; });
  if (plan.gate.a != 0)
    return plan.op.emitOpError("picks indices that vary with the broadcast "
                               "operand");
  plan.n = takeLargest(
      dims, [](auto &d) { return d.inC >= 0 && d.c == 1 && d.a == 0; });
  plan.m = takeLargest(dims, [](auto &d) { return d.inC >= 0 && d.b == 0; });
  for (const ContractionDim &dim : dims)
    (dim.inC < 0 ? plan.k : plan.outer).push_back(dim);

  if (plan.k.empty())
    plan.k.push_back({});
  plan.tile = chooseTile(plan.m.size, plan.n.size, plan.lanes,
                         target.vectorRegisters, plan.gate.size);
  // A panel of B whose columns aren't contiguous is transposed while packed.
  plan.packed = plan.n.size > 1 && plan.n.b != 1;
  plan.chunkRows = plan.m.size;
  // Enough pieces to share out between threads, by the shape alone; packing is
  // not repeated for the sake of it.
  if (!plan.packed && plan.outerSize() * plan.panels() < 16) {
    int64_t tiles = llvm::divideCeil(plan.m.size, 8 * plan.tile.rows);
    plan.chunkRows = std::min(plan.m.size, tiles * plan.tile.rows);
  }
  return plan;
}

} // namespace mlc::codegen
