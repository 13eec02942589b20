//===-- PooledBand.cpp - windows over a band of results -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/PooledBand.h"
#include "codegen/WindowValues.h"
#include "ir/Builders.h"

using namespace mlir;

namespace mlc::codegen {

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

PooledBand::PooledBand(func::FuncOp kernel, const WindowForm &form,
                       KernelBody &body, ArrayRef<int64_t> sizes, int64_t dim,
                       Value origin)
    : kernel(kernel), form(form), body(body), e(body.e), sizes(sizes), dim(dim),
      origin(origin) {}

void PooledBand::begin(Value start, Value column) {
  SmallVector<Value> results = getResults(kernel);
  auto *result = llvm::find(results, form.operand);
  isFilling = result == results.end();
  if (!isFilling) {
    layout = {body.outputs[result - results.begin()], e.constant(0),
              stridesOf(getShape(*result))};
    return;
  }
  // Columns count from the first one that is kept, rows from the band's.
  layout = {body.scratch, e.add(origin, e.mul(column, -1)), stridesOf(sizes)};
  if (dim >= 0)
    layout.origin = e.add(layout.origin, e.mul(start, -layout.strides[dim]));
}

void PooledBand::emitElement(const Coords &at) {
  Value element = e.splat(e.emit(form.operand, at));
  emitResultsOf(/*areWindows=*/false, at);
  if (isFilling)
    e.storeLinear(element, layout.memref, e.linearize(at, layout));
}

void PooledBand::emitWindows(Coords at, IndexRange range,
                             ArrayRef<Columns> columns) {
  TileEmitter::Scope scope(e);
  e.bindLayout(form.operand, layout);
  emitWindowsFrom(0, at, range, columns);
  e.unbindLayout(form.operand);
}

void PooledBand::emitWindowsFrom(int64_t depth, Coords &at, IndexRange range,
                                 ArrayRef<Columns> columns) {
  int64_t last = form.axes.size() - 1;
  if (depth == last) {
    for (const Columns &vector : columns) {
      e.setMask(vector.active);
      at[last] = vector.place;
      Value value = WindowValues(e, form, last).combined(at, /*isInner=*/true);
      e.bindValue(form.op->getResult(0), at, value);
      emitResultsOf(/*areWindows=*/true, at);
    }
    return e.setMask(e.getLanes());
  }
  if (depth != dim && sizes[depth] == 1)
    return emitWindowsFrom(depth + 1, at, range, columns);
  IndexRange all{e.constant(0), e.constant(form.axes[depth].windows)};
  const IndexRange &walked = depth == dim ? range : all;
  forEach(e, walked.begin, walked.end, 1, [&](Value index) {
    at[depth] = {index, 0};
    emitWindowsFrom(depth + 1, at, range, columns);
  });
}

bool PooledBand::keepsElements() const {
  return llvm::any_of(getResults(kernel), [&](Value result) {
    return getTypeOfPlaces(result).getShape() == getShape(form.operand);
  });
}

void PooledBand::emitResultsOf(bool areWindows, const Coords &at) {
  SmallVector<Value> results, outputs;
  for (auto [result, output] :
       llvm::zip_equal(getResults(kernel), body.outputs)) {
    bool isWhole = getTypeOfPlaces(result).getShape() == getShape(form.operand);
    if (isWhole == areWindows)
      continue;
    results.push_back(result);
    outputs.push_back(output);
  }
  emitResults(e, results, outputs, at);
}

} // namespace mlc::codegen
