//===-- ContractionPooling.cpp - windows over a convolution's result ------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ContractionLoops.h"

using namespace mlir;

namespace mlc::codegen {

//===----------------------------------------------------------------------===//
// The plan
//===----------------------------------------------------------------------===//

size_t ContractionPlan::bandDepth() const {
  auto isAlongWindows = [&](const ContractionDim &dim) {
    return pooling->axes[dim.inC].isWindowed();
  };
  return llvm::find_if(inner, isAlongWindows) - inner.begin();
}

SmallVector<int64_t> ContractionPlan::bandSizes() const {
  SmallVector<int64_t> sizes(pooling->axes.size(), 1);
  auto takeAll = [&](const ContractionDim &dim) {
    sizes[dim.inC] = pooling->axes[dim.inC].full;
  };
  ArrayRef<ContractionDim> within = ArrayRef(inner).drop_front(bandDepth());
  llvm::for_each(within, takeAll);
  llvm::for_each(rowDims, takeAll);
  if (m.inC >= 0)
    takeAll(m);
  if (!within.empty())
    sizes[within.front().inC] = pooling->axes[within.front().inC].stride;
  sizes.back() = columns();
  return sizes;
}

int64_t ContractionPlan::bandElements() const {
  return pooling ? getElementCount(bandSizes()) : 0;
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void PlanLoops::makeBand() {
  size_t depth = plan.bandDepth();
  int64_t dim = depth < plan.inner.size() ? plan.inner[depth].inC : -1;
  Value origin =
      e.add(body.scratchBase, plan.scratchElements() - plan.bandElements());
  band.emplace(kernel, *plan.pooling, body, plan.bandSizes(), dim, origin);
}

void PlanLoops::forEachInnerOfBands(
    const LoopPlace &base, llvm::function_ref<void(const LoopPlace &)> emit) {
  ArrayRef<ContractionDim> inner(plan.inner);
  size_t depth = plan.bandDepth();
  makeBand();
  Value zero = e.constant(0);
  forEachInner(
      inner.take_front(depth), base, zero, [&](const LoopPlace &at, Value) {
        if (depth == inner.size()) {
          band->begin(zero, column);
          emit(at);
          return emitWindows(at, {});
        }
        emitBands(at, inner[depth], [&](Value row) {
          forEachInner(inner.drop_front(depth + 1), at.at(e, inner[depth], row),
                       zero,
                       [&](const LoopPlace &place, Value) { emit(place); });
        });
      });
}

void PlanLoops::emitBands(const LoopPlace &base, const ContractionDim &dim,
                          llvm::function_ref<void(Value)> emitRow) {
  const WindowAxis &axis = plan.pooling->axes[dim.inC];
  int64_t end = axis.windows * axis.stride;
  forEach(e.constant(0), e.constant(axis.windows), 1, [&](Value index) {
    Value start = e.mul(index, axis.stride), next = e.add(start, axis.stride);
    if (end > axis.full) // a gap behind the last window
      next = minimum(e, next, e.constant(axis.full));
    band->begin(start, column);
    forEach(start, next, 1, emitRow);
    emitWindows(base, {index, e.add(index, 1)});
  });
  // Rows behind the last window are somebody else's, if anybody's.
  band->end();
  if (band->keepsElements() && end < axis.full)
    forEach(e.constant(end), e.constant(axis.full), 1, emitRow);
}

void PlanLoops::emitWindows(const LoopPlace &base, IndexRange range) {
  SmallVector<PooledBand::Columns> columnsOfVectors;
  for (int64_t v = 0; v < vectors; ++v)
    columnsOfVectors.push_back({columnsAt(base, e.constant(v)), lanesOf(v)});
  band->emitWindows(base.c, range, columnsOfVectors);
}

} // namespace mlc::codegen
