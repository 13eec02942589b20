//===-- RandomGraph.cpp - seeded functions of mlc ops ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomGraph.h"

#include <numeric>

using namespace mlc;
using namespace mlir;

RandomGraph::RandomGraph(ModuleOp module, const std::string &name,
                         FloatType element, uint32_t seed)
    : b(module.getBodyRegion()), loc(b.getUnknownLoc()), element(element),
      random(seed) {
  b.setInsertionPointToEnd(module.getBody());
  function = func::FuncOp::create(b, loc, name, b.getFunctionType({}, {}));
  b.setInsertionPointToEnd(function.addEntryBlock());
}

//===----------------------------------------------------------------------===//
// Chance
//===----------------------------------------------------------------------===//

int64_t RandomGraph::size() {
  static const int64_t sizes[] = {1, 2, 3, 4, 5, 7, 9, 16, 17};
  return sizes[pick(std::size(sizes))];
}

Sizes RandomGraph::shape(int64_t rank) {
  Sizes result;
  for (int64_t d = 0; d < rank; ++d)
    result.push_back(size());
  return result;
}

Sizes RandomGraph::permutation(int64_t rank) {
  Sizes result(rank);
  std::iota(result.begin(), result.end(), 0);
  for (int64_t d = rank - 1; d > 0; --d)
    std::swap(result[d], result[pick(d + 1)]);
  return result;
}

Sizes RandomGraph::dimensions(int64_t rank, int64_t least) {
  Sizes result = permutation(rank);
  result.resize(between(std::min(least, rank), rank));
  llvm::sort(result);
  return result;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// Small enough that a model of a dozen ops compiles in a blink.
static constexpr int64_t kMostElements = 1200;

Value RandomGraph::newArgument(Type type, int64_t range) {
  unsigned index = function.getNumArguments();
  if (failed(function.insertArgument(index, type, {}, loc)))
    llvm::report_fatal_error("no argument could be added");
  ranges.push_back(range);
  return function.getArgument(index);
}

Value RandomGraph::argument(SizesRef shape) {
  Value value = newArgument(RankedTensorType::get(shape, element), 0);
  variables.push_back(function.getNumArguments() - 1);
  values.push_back(value);
  return value;
}

Value RandomGraph::booleans(SizesRef shape) {
  Value lhs = argument(shape), rhs = argument(shape);
  auto predicate = static_cast<Predicate>(pick(6));
  return compare(b, loc, predicate, lhs, rhs);
}

Value RandomGraph::integers(SizesRef shape, int64_t range) {
  return newArgument(RankedTensorType::get(shape, b.getI32Type()), range);
}

Value RandomGraph::key() { return integers({2}, 1 << 30); }

Value RandomGraph::constant(SizesRef shape) {
  auto type = RankedTensorType::get(shape, element);
  if (chance(2))
    return constantSplat(b, loc, type, double(between(-8, 8)) / 8);
  SmallVector<APFloat> elements;
  for (int64_t i = 0; i < getElementCount(shape); ++i) {
    APFloat value(double(between(-1024, 1024)) / 1024);
    bool inexact;
    value.convert(element.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &inexact);
    elements.push_back(value);
  }
  return ConstantOp::create(
      b, loc, type, cast<ElementsAttr>(DenseElementsAttr::get(type, elements)));
}

Value RandomGraph::any(int64_t leastRank) {
  SmallVector<Value> fitting;
  for (Value value : values)
    if (int64_t(getShape(value).size()) >= leastRank)
      fitting.push_back(value);
  if (fitting.empty() || chance(6))
    return argument(shape(between(std::max<int64_t>(1, leastRank),
                                  std::max<int64_t>(3, leastRank))));
  // The newest half of the time, so that graphs get deep.
  return chance(2) ? fitting.back() : fitting[pick(fitting.size())];
}

Value RandomGraph::reshaped(Value value, SizesRef shape) {
  double of = bound(value);
  if (getShape(value) == shape)
    return value;
  value = reshapeTo(b, loc, value, shape);
  bounds[value] = of;
  return value;
}

Value RandomGraph::floats(SizesRef shape) {
  SmallVector<Value> same, reshapes;
  for (Value value : values) {
    if (getShape(value) == shape)
      same.push_back(value);
    else if (getElementCount(getShape(value)) == getElementCount(shape))
      reshapes.push_back(value);
  }
  if (!same.empty() && !chance(4))
    return same[pick(same.size())];
  if (!reshapes.empty() && !chance(4))
    return reshaped(reshapes[pick(reshapes.size())], shape);
  if (chance(5))
    return constant(shape);
  // A row or a column, repeated.
  if (shape.size() > 1 && chance(3)) {
    Sizes kept = dimensions(shape.size(), 0);
    Sizes inner = mlc::pick(shape, kept);
    return broadcastTo(b, loc, argument(inner), shape, kept);
  }
  return argument(shape);
}

Value RandomGraph::bounded(Value value) {
  if (bound(value) <= 1)
    return value;
  Value result = TanhOp::create(b, loc, value);
  bounds[result] = 1;
  return result;
}

Value RandomGraph::positive(Value value) {
  value = bounded(value);
  Value square = MulOp::create(b, loc, value, value);
  Value half = constantSplat(b, loc, value.getType(), 0.5);
  Value result = AddOp::create(b, loc, square, half);
  bounds[result] = 1.5;
  return result;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

double RandomGraph::bound(Value value) const {
  auto found = bounds.find(value);
  return found == bounds.end() ? 1 : found->second;
}

void RandomGraph::add(Value value, double bound) {
  constexpr double kLargest = 4;
  if (bound > kLargest) {
    Value scale = constantSplat(b, loc, value.getType(), kLargest / bound);
    value = MulOp::create(b, loc, value, scale);
    bound = kLargest;
  }
  if (getElementCount(getShape(value)) > kMostElements) {
    value = reduceAdd(b, loc, value, {0});
    bound *= 17;
  }
  bounds[value] = bound;
  if (!llvm::is_contained(values, value))
    values.push_back(value);
}

/// The sum over what nobody reads, each weighted by its own constants.
Value RandomGraph::makeLoss() {
  Value loss;
  for (Value value : SmallVector<Value>(values)) {
    if (!value.use_empty())
      continue;
    SizesRef shape = getShape(value);
    Value weighted = MulOp::create(b, loc, value, constant(shape));
    Sizes all(shape.size());
    std::iota(all.begin(), all.end(), 0);
    Value sum = reduceAdd(b, loc, weighted, all);
    loss = loss ? Value(AddOp::create(b, loc, loss, sum)) : sum;
  }
  return loss;
}

void RandomGraph::finish() {
  Value loss = makeLoss();
  SmallVector<Value> returned;
  for (Value value : values)
    if (!isa<BlockArgument>(value) && (value.hasOneUse() || chance(3)))
      returned.push_back(value);
  outputs = returned.size();
  returned.push_back(loss);
  SmallVector<Value> wanted;
  for (unsigned variable : variables)
    wanted.push_back(function.getArgument(variable));
  if (!wanted.empty()) {
    auto gradient = GradientOp::create(b, loc, loss, wanted);
    returned.append(gradient.result_begin(), gradient.result_end());
  }
  func::ReturnOp::create(b, loc, returned);
  function.setType(b.getFunctionType(function.getArgumentTypes(),
                                     ValueRange(returned).getTypes()));
}

std::vector<Tensor> RandomGraph::makeArguments() {
  // Odd multiples of 2^-16, no two of them equal, none of them 0: no extremum
  // is a tie, and no comparison depends on rounding.
  constexpr uint32_t kNumbers = 1 << 16, kMultiplier = 40503;
  uint32_t next = uint32_t(pick(kNumbers));
  auto drawFloat = [&] {
    uint32_t number = (next++ * kMultiplier) % kNumbers;
    return (2.0 * number + 1) / kNumbers - 1;
  };
  std::vector<Tensor> tensors;
  for (auto [argument, range] :
       llvm::zip_equal(function.getArguments(), ranges)) {
    Tensor tensor{Sizes(getShape(argument)), {}};
    for (int64_t i = 0; i < getElementCount(tensor.shape); ++i)
      tensor.values.push_back(range ? double(pick(range)) : drawFloat());
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}
