//===-- Constants.cpp - constants with one value everywhere ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Constants.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlc;

DenseElementsAttr mlc::getSplat(RankedTensorType type, double value) {
  Builder b(type.getContext());
  Type element = type.getElementType();
  if (isa<FloatType>(element))
    return DenseElementsAttr::get(type, b.getFloatAttr(element, value));
  auto integer = static_cast<int64_t>(value);
  return DenseElementsAttr::get(type, b.getIntegerAttr(element, integer));
}

Attribute mlc::resizeSplat(Attribute constant, Type type) {
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(constant))
    return splat.resizeSplat(cast<ShapedType>(type));
  return {};
}

bool mlc::isSplatOf(Attribute constant, double value) {
  auto splat = dyn_cast_or_null<SplatElementsAttr>(constant);
  if (!splat)
    return false;
  if (isa<FloatType>(splat.getElementType()))
    return splat.getSplatValue<APFloat>().convertToDouble() == value;
  APInt integer = splat.getSplatValue<APInt>();
  bool isBool = integer.getBitWidth() == 1;
  int64_t found = isBool ? static_cast<int64_t>(integer.getZExtValue())
                         : integer.getSExtValue();
  return static_cast<double>(found) == value;
}

Attribute mlc::foldFloatSplats(
    Attribute lhs, Attribute rhs,
    function_ref<APFloat(const APFloat &, const APFloat &)> compute) {
  auto left = dyn_cast_or_null<SplatElementsAttr>(lhs);
  auto right = dyn_cast_or_null<SplatElementsAttr>(rhs);
  if (!left || !right || !isa<FloatType>(left.getElementType()))
    return {};
  APFloat value =
      compute(left.getSplatValue<APFloat>(), right.getSplatValue<APFloat>());
  return DenseElementsAttr::get(left.getType(), value);
}
