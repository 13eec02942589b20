//===-- ContractionPooling.cpp - windows over a convolution's result ------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As many rows of the image as windows are high are a band. When a tile of work
// has made one, the band's windows are combined while its elements are in the
// first-level cache: those that nobody else reads never leave it.
//
//===----------------------------------------------------------------------===//

#include "codegen/ContractionLoops.h"
#include "codegen/WindowValues.h"

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
  int64_t elements = pooling ? 1 : 0;
  for (int64_t size : pooling ? bandSizes() : SmallVector<int64_t>())
    elements *= size;
  return elements;
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void PlanLoops::forEachInnerOfBands(
    const LoopPlace &base, llvm::function_ref<void(const LoopPlace &)> emit) {
  ArrayRef<ContractionDim> inner(plan.inner);
  size_t depth = plan.bandDepth();
  Value zero = e.constant(0);
  forEachInner(
      inner.take_front(depth), base, zero, [&](const LoopPlace &at, Value) {
        if (depth == inner.size()) {
          beginBand(zero);
          emit(at);
          return emitWindows(at, zero);
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
  forEach(e.constant(0), e.constant(axis.windows), 1, [&](Value band) {
    Value start = e.mul(band, axis.stride);
    beginBand(start);
    Value next = e.add(start, axis.stride);
    if (end > axis.full) // a gap behind the last window
      next = minimum(e, next, e.constant(axis.full));
    forEach(start, next, 1, emitRow);
    emitWindows(base, band);
  });
  // Rows behind the last window are somebody else's, if anybody's.
  bool isRead = llvm::any_of(getResults(kernel), [&](Value result) {
    return getShape(result) == getShape(plan.result);
  });
  fillsBand = false;
  if (isRead && end < axis.full)
    forEach(e.constant(end), e.constant(axis.full), 1, emitRow);
}

//===----------------------------------------------------------------------===//
// Bands
//===----------------------------------------------------------------------===//

/// How far a step along each dimension of a tensor of these sizes moves; not at
/// all along one that has no other place.
static SmallVector<int64_t> stridesOf(ArrayRef<int64_t> sizes) {
  SmallVector<int64_t> strides(sizes.size(), 0);
  int64_t stride = 1;
  for (int64_t d = sizes.size() - 1; d >= 0; --d) {
    strides[d] = sizes[d] == 1 ? 0 : stride;
    stride *= sizes[d];
  }
  return strides;
}

void PlanLoops::beginBand(Value start) {
  SmallVector<Value> results = getResults(kernel);
  auto *result = llvm::find(results, plan.pooling->operand);
  fillsBand = result == results.end();
  if (!fillsBand) {
    pooled = {body.outputs[result - results.begin()], e.constant(0),
              stridesOf(getShape(*result))};
    return;
  }
  pooled = {
      body.scratch,
      e.add(body.scratchBase, plan.scratchElements() - plan.bandElements()),
      stridesOf(plan.bandSizes())};
  // Columns count from the panel's first one, rows from the band's.
  pooled.origin = e.add(pooled.origin, e.mul(column, -1));
  if (size_t depth = plan.bandDepth(); depth < plan.inner.size())
    pooled.origin = e.add(pooled.origin,
                          e.mul(start, -pooled.strides[plan.inner[depth].inC]));
}

void PlanLoops::emitPooledElement(const Coords &at) {
  Value element = e.splat(e.emit(plan.pooling->operand, at));
  emitResultsOf(/*areWindows=*/false, at);
  if (fillsBand)
    e.storeLinear(element, pooled.memref, e.linearize(at, pooled));
}

void PlanLoops::emitWindows(const LoopPlace &base, Value band) {
  TileEmitter::Scope scope(e);
  e.bindLayout(plan.pooling->operand, pooled);
  Coords at = base.c;
  if (size_t depth = plan.bandDepth(); depth < plan.inner.size())
    at[plan.inner[depth].inC] = {band, 0};
  emitWindowsFrom(0, base, at);
  e.unbindLayout(plan.pooling->operand);
}

void PlanLoops::emitWindowsFrom(int64_t dim, const LoopPlace &base,
                                Coords &at) {
  const WindowForm &form = *plan.pooling;
  int64_t last = form.axes.size() - 1;
  if (dim == last) {
    for (int64_t v = 0; v < vectors; ++v) {
      e.setMask(lanesOf(v));
      at[last] = columnsAt(base, v);
      Value value = WindowValues(e, form, last).combined(at, /*isInner=*/true);
      e.bindValue(form.op->getResult(0), at, value);
      emitResultsOf(/*areWindows=*/true, at);
    }
    return e.setMask(plan.lanes);
  }
  size_t depth = plan.bandDepth();
  bool isBand = depth < plan.inner.size() && plan.inner[depth].inC == dim;
  if (isBand || plan.bandSizes()[dim] == 1)
    return emitWindowsFrom(dim + 1, base, at);
  forEach(e.constant(0), e.constant(form.axes[dim].windows), 1,
          [&](Value index) {
            at[dim] = {index, 0};
            emitWindowsFrom(dim + 1, base, at);
          });
}

void PlanLoops::emitResultsOf(bool areWindows, const Coords &at) {
  SmallVector<Value> results, outputs;
  for (auto [result, output] :
       llvm::zip_equal(getResults(kernel), body.outputs)) {
    if ((getShape(result) == getShape(plan.result)) == areWindows)
      continue;
    results.push_back(result);
    outputs.push_back(output);
  }
  emitResults(e, results, outputs, at);
}

} // namespace mlc::codegen
