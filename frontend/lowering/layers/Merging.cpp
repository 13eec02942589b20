//===-- Merging.cpp - several inputs made one, as ops ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/Families.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

/// An input repeated to the shape of the result: along axes of size 1, and
/// along those that it lacks behind the batch.
static Value repeat(LayerScope &layer, Value input) {
  Sizes shape{getShape(input).front()};
  llvm::append_range(shape, layer.layer.results.front().shape);
  int64_t rank = getTensorType(input).getRank();
  int64_t skipped = shape.size() - rank;
  Sizes dimensions{0};
  for (int64_t i = 1; i < rank; ++i)
    dimensions.push_back(skipped + i);
  return layer.e.broadcast(input, shape, dimensions);
}

/// The inputs combined two at a time, from the left.
template <typename Op> static Value combine(LayerScope &layer) {
  Value result = repeat(layer, layer.input());
  for (Value input : layer.inputs.drop_front()) {
    Value next = repeat(layer, input);
    result = Op::create(layer.e, result, next);
  }
  return result;
}

template <typename Op> static Values buildElementwise(LayerScope &layer) {
  return {combine<Op>(layer)};
}

static Values buildAverage(LayerScope &layer) {
  Value sum = combine<AddOp>(layer);
  return {layer.e.div(sum, layer.e.splat(sum, double(layer.inputs.size())))};
}

/// A step counts if it does in any input; where one has no mask, nor has the
/// result.
static Value mergeMasks(LayerScope &layer) {
  Value merged;
  for (Value mask : layer.masks) {
    if (!mask)
      return {};
    merged = merged ? OrOp::create(layer.e, merged, mask).getResult() : mask;
  }
  return merged;
}

/// `mask`, of the leading dimensions of `input` (null: all count), repeated to
/// all of them, as numbers.
static Value repeatMask(Emitter &e, Value mask, Value input) {
  auto shape = getShape(input);
  if (!mask)
    return constantSplat(e, e.getLoc(), e.tensorType(shape, e.getI32Type()), 1);
  auto leading =
      llvm::to_vector(llvm::seq<int64_t>(0, getTensorType(mask).getRank()));
  return broadcastTo(e, e.getLoc(), e.convert(mask, e.getI32Type()), shape,
                     leading);
}

/// As Keras does it: whether anything of a step counts, once all masks have
/// been put together like their inputs.
static Value concatenateMasks(LayerScope &layer) {
  if (llvm::none_of(layer.masks, [](Value mask) { return bool(mask); }))
    return {};
  Emitter &e = layer.e;
  Values masks;
  for (auto [mask, input] : llvm::zip_equal(layer.masks, layer.inputs))
    masks.push_back(repeatMask(e, mask, input));
  int64_t rank = getTensorType(layer.input()).getRank();
  int64_t axis = normalizeAxis(layer.options().integer("axis"), rank);
  Value whole = concatenate(e, e.getLoc(), masks, axis);
  return e.convert(e.reduce(ReduceKind::max, whole, rank - 1), e.getI1Type());
}

static Values buildConcatenate(LayerScope &layer) {
  int64_t rank = getTensorType(layer.input()).getRank();
  int64_t axis = normalizeAxis(layer.options().integer("axis"), rank);
  return {concatenate(layer.e, layer.e.getLoc(), layer.inputs, axis)};
}

/// Divided by its length along an axis, but by no less than 1e-7.
static Value divideByLength(Emitter &e, Value x, int64_t axis) {
  Value sum = e.reduce(ReduceKind::add, e.mul(x, x), axis);
  Value inverse = e.minimum(e.unary<RsqrtOp>(sum), 1e7);
  return e.mul(x, e.expand(inverse, getShape(x), axis));
}

static Values buildDot(LayerScope &layer) {
  Emitter &e = layer.e;
  const std::vector<int64_t> &given = layer.options().integers("axes");
  Values operands(layer.inputs);
  int64_t axes[2];
  for (size_t i = 0; i < 2; ++i) {
    int64_t rank = getTensorType(operands[i]).getRank();
    axes[i] = normalizeAxis(given[given.size() == 1 ? 0 : i], rank);
    if (layer.options().flag("normalize"))
      operands[i] = divideByLength(e, operands[i], axes[i]);
  }
  Value product =
      e.dot(operands[0], operands[1], {{0}, {0}, {axes[0]}, {axes[1]}});
  Sizes shape{getShape(product).front()};
  llvm::append_range(shape, layer.layer.results.front().shape);
  return {e.reshape(product, shape)};
}

LayerRows mergingLayerRows() {
  static const LayerRow rows[] = {
      {"Add", buildElementwise<AddOp>, mergeMasks},
      {"Subtract", buildElementwise<SubOp>, mergeMasks},
      {"Multiply", buildElementwise<MulOp>, mergeMasks},
      {"Average", buildAverage, mergeMasks},
      {"Maximum", buildElementwise<MaxOp>, mergeMasks},
      {"Minimum", buildElementwise<MinOp>, mergeMasks},
      {"Concatenate", buildConcatenate, concatenateMasks},
      {"Dot", buildDot}};
  return rows;
}

} // namespace mlc::frontend
