//===-- WindowValues.cpp - what is found in a window ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/WindowValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;

namespace mlc::codegen {

/// Brings `value` to all lanes, if there are any.
Value WindowValues::brought(Value value, const Coords &at) {
  return at[vectorDim].laneStride != 0 ? e.splat(value) : value;
}

Value WindowValues::constant(double value, const Coords &at) {
  return brought(e.constant(e.b.getFloatAttr(form.elementType(), value)), at);
}

Value WindowValues::emitAt(Value tensor, const Coords &at) {
  return brought(e.emit(tensor, at), at);
}

/// The offsets in a window that lie inside.
SmallVector<IndexRange> WindowValues::offsetsOf(const Coords &window,
                                                bool isInner) {
  SmallVector<IndexRange> box(form.axes.size());
  for (auto [range, axis, coord] : llvm::zip_equal(box, form.axes, window)) {
    if (!axis.isWindowed())
      continue;
    range = {e.constant(0), e.constant(axis.window)};
    if (isInner)
      continue;
    Value start = e.add(e.mul(coord.index, axis.stride), -axis.low);
    auto fromStart = [&](int64_t place) {
      return e.b.createOrFold<arith::SubIOp>(e.loc, e.constant(place), start);
    };
    Value begin = fromStart(0), end = fromStart(axis.full);
    range = {maximum(e, range.begin, begin), minimum(e, range.end, end)};
  }
  return box;
}

Coords WindowValues::elementAt(const Coords &window, ArrayRef<Value> offsets) {
  Coords element;
  for (auto [coord, axis, offset] :
       llvm::zip_equal(window, form.axes, offsets)) {
    if (!axis.isWindowed()) {
      element.push_back(coord);
      continue;
    }
    Value fromStart = e.add(offset, -axis.low);
    element.push_back({e.add(e.mul(coord.index, axis.stride), fromStart),
                       coord.laneStride * axis.stride});
  }
  return element;
}

double WindowValues::neutral() const {
  if (form.kind == ReduceKind::add)
    return 0;
  return form.kind == ReduceKind::max ? -INFINITY : INFINITY;
}

Value WindowValues::combine(Value lhs, Value rhs) {
  // NaN comes through. Which of two zeros does isn't promised: it costs much.
  auto flags = arith::FastMathFlagsAttr::get(e.b.getContext(),
                                             arith::FastMathFlags::nsz);
  switch (form.kind) {
  case ReduceKind::add:
    return arith::AddFOp::create(e.b, e.loc, lhs, rhs);
  case ReduceKind::max:
    return arith::MaximumFOp::create(e.b, e.loc, lhs, rhs, flags);
  case ReduceKind::min:
    return arith::MinimumFOp::create(e.b, e.loc, lhs, rhs, flags);
  }
  llvm_unreachable("all kinds are covered");
}

Value WindowValues::combined(const Coords &window, bool isInner) {
  SmallVector<IndexRange> box = offsetsOf(window, isInner);
  SmallVector<Value> carried;
  if (!isUnrolled(box))
    carried = {constant(neutral(), window)};
  carried = foldBox(
      e, box, carried,
      [&](ArrayRef<Value> offsets, ValueRange before) -> SmallVector<Value> {
        Value value = emitAt(form.operand, elementAt(window, offsets));
        return {before.empty() ? value : combine(before[0], value)};
      });
  return carried[0];
}

/// `payload` where the window's keys have their first extremum; a NaN is one.
Value WindowValues::atExtremum(const Coords &window, bool isInner,
                               Payload payload) {
  SmallVector<IndexRange> box = offsetsOf(window, isInner);
  SmallVector<Value> carried;
  if (!isUnrolled(box)) {
    SmallVector<Value> first;
    for (const IndexRange &range : box)
      first.push_back(range.begin ? range.begin : e.constant(0));
    Value none = constant(neutral(), window);
    carried = {none, payload(first)};
  }
  carried = foldBox(
      e, box, carried,
      [&](ArrayRef<Value> offsets, ValueRange before) -> SmallVector<Value> {
        Value key = emitAt(form.keys, elementAt(window, offsets));
        Value here = payload(offsets);
        if (before.empty())
          return {key, here};
        Value isBetter = beats(key, before[0]);
        key = arith::SelectOp::create(e.b, e.loc, isBetter, key, before[0]);
        here = arith::SelectOp::create(e.b, e.loc, isBetter, here, before[1]);
        return {key, here};
      });
  return carried[1];
}

Value WindowValues::beats(Value key, Value best) {
  auto isBeyondOrNaN = form.kind == ReduceKind::max ? arith::CmpFPredicate::UGT
                                                    : arith::CmpFPredicate::ULT;
  Value beats = arith::CmpFOp::create(e.b, e.loc, isBeyondOrNaN, key, best);
  Value canBeBeaten =
      arith::CmpFOp::create(e.b, e.loc, arith::CmpFPredicate::ORD, best, best);
  return arith::AndIOp::create(e.b, e.loc, beats, canBeBeaten);
}

Value WindowValues::picked(const Coords &window, bool isInner) {
  return atExtremum(window, isInner, [&](ArrayRef<Value> offsets) {
    return emitAt(form.operand, elementAt(window, offsets));
  });
}

Value WindowValues::position(const Coords &window, bool isInner) {
  return atExtremum(window, isInner, [&](ArrayRef<Value> offsets) {
    return numberOf(offsets, window);
  });
}

/// As wide as the keys, so that their comparisons choose between positions.
IntegerType WindowValues::positionType() {
  return e.b.getIntegerType(form.elementType().getIntOrFloatBitWidth());
}

Value WindowValues::numberOf(ArrayRef<Value> offsets, const Coords &window) {
  Value linear = e.constant(0);
  for (auto [axis, offset] : llvm::zip_equal(form.axes, offsets))
    if (axis.isWindowed())
      linear = e.add(e.mul(linear, axis.window), offset);
  Value number =
      e.b.createOrFold<arith::IndexCastOp>(e.loc, positionType(), linear);
  return brought(number, window);
}

Value WindowValues::cast(Value value, Type element) {
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    element = vector.clone(element);
  return arith::BitcastOp::create(e.b, e.loc, element, value);
}
Value WindowValues::asFloat(Value position) {
  return cast(position, form.elementType());
}
Value WindowValues::asPosition(Value bits) {
  return cast(bits, positionType());
}

} // namespace mlc::codegen
