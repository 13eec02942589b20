//===-- Pooling.cpp - layers that make one element of a window, as ops ----===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/WindowPlaces.h"
#include "frontend/lowering/layers/Families.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// The axes between the batch and the channels.
struct Spatial {
  Sizes dimensions;
  Shape sizes;

  explicit Spatial(Value x) {
    SizesRef shape = getShape(x);
    for (int64_t d = 1; d + 1 < int64_t(shape.size()); ++d) {
      dimensions.push_back(d);
      sizes.push_back(shape[d]);
    }
  }
};

Value pool(LayerScope &layer, ReduceKind kind, const PoolingWindow &window) {
  Value x = layer.input();
  int64_t batch = getShape(x).front(), channels = getShape(x).back();
  // Windows of one element along the batch and the channels.
  auto withEnds = [](const Shape &sizes, int64_t first, int64_t last) {
    Sizes all{first};
    llvm::append_range(all, sizes);
    all.push_back(last);
    return all;
  };
  return ReduceWindowOp::create(
      layer.e, withShape(x, withEnds(window.output, batch, channels)), kind, x,
      withEnds(window.window, 1, 1), withEnds(window.strides, 1, 1),
      withEnds(window.low, 0, 0));
}

Values buildMax(LayerScope &layer) {
  PoolingWindow window =
      getPoolingWindow(layer.options(), Spatial(layer.input()).sizes);
  return {pool(layer, ReduceKind::max, window)};
}

/// For each window along an axis, one over the elements that it has.
std::vector<double> shares(const PoolingWindow &window, size_t axis,
                           int64_t size) {
  std::vector<double> result;
  for (int64_t i = 0; i < window.output[axis]; ++i) {
    int64_t begin = i * window.strides[axis] - window.low[axis];
    int64_t end = std::min(begin + window.window[axis], size);
    result.push_back(1.0 / double(end - std::max<int64_t>(begin, 0)));
  }
  return result;
}

Value constantVector(Emitter &e, llvm::ArrayRef<double> values) {
  auto type = e.tensorType(int64_t(values.size()), e.getFloatType());
  llvm::SmallVector<mlir::Attribute> numbers;
  for (double value : values)
    numbers.push_back(e.getFloatAttr(e.getFloatType(), value));
  return ConstantOp::create(e, type,
                            mlir::DenseElementsAttr::get(type, numbers));
}

Values buildAverage(LayerScope &layer) {
  Emitter &e = layer.e;
  Spatial spatial(layer.input());
  PoolingWindow window = getPoolingWindow(layer.options(), spatial.sizes);
  Value x = pool(layer, ReduceKind::add, window);
  double everywhere = 1;
  for (auto [axis, dimension] : llvm::enumerate(spatial.dimensions)) {
    std::vector<double> factors = shares(window, axis, spatial.sizes[axis]);
    if (llvm::all_equal(factors)) {
      everywhere *= factors.front();
      continue;
    }
    Value vector = constantVector(e, factors);
    x = e.mul(x, broadcastTo(e, e.getLoc(), vector, getShape(x), dimension));
  }
  return {e.mul(x, everywhere)};
}

/// With the axes that a reduction has dropped, or not, as the layer says.
Values finishGlobal(LayerScope &layer, Value x) {
  Sizes shape{getShape(x).front()};
  llvm::append_range(shape, layer.layer.results.front().shape);
  return {layer.e.reshape(x, shape)};
}

Values buildGlobalMax(LayerScope &layer) {
  Spatial spatial(layer.input());
  return finishGlobal(layer,
                      mlc::reduce(layer.e, layer.e.getLoc(), ReduceKind::max,
                                  layer.input(), spatial.dimensions));
}

/// The mean of the steps that count. As in Keras, a row of none has no mean,
/// and is not a number.
Values averageSteps(LayerScope &layer, Value mask) {
  Emitter &e = layer.e;
  Value x = layer.input();
  Value counts = e.broadcast(mask, getShape(x), {0, 1});
  Value kept = e.select(counts, x, e.splat(x, 0));
  Value sum = e.reduce(ReduceKind::add, kept, 1);
  Value count = e.reduce(ReduceKind::add, e.convert(mask, e.getFloatType()), 1);
  // Rows that are not there must not put theirs into the gradient.
  if (layer.rows)
    count = e.keepRows(count, layer.rows, 1);
  Value repeated = e.broadcast(count, getShape(sum), 0);
  return finishGlobal(layer, e.div(sum, repeated));
}

Values buildGlobalAverage(LayerScope &layer) {
  Emitter &e = layer.e;
  Spatial spatial(layer.input());
  Value sum = reduceAdd(e, e.getLoc(), layer.input(), spatial.dimensions);
  double count = double(elementCount(spatial.sizes));
  return finishGlobal(layer, e.mul(sum, 1 / count));
}

Values buildGlobalAverage1D(LayerScope &layer) {
  Value mask = layer.mask();
  return mask ? averageSteps(layer, mask) : buildGlobalAverage(layer);
}

} // namespace

LayerRows poolingLayerRows() {
  static const LayerRow rows[] = {
      {"MaxPooling1D", buildMax},
      {"AveragePooling1D", buildAverage},
      {"GlobalMaxPooling1D", buildGlobalMax},
      {"GlobalAveragePooling1D", buildGlobalAverage1D},
      {"MaxPooling2D", buildMax},
      {"AveragePooling2D", buildAverage},
      {"GlobalMaxPooling2D", buildGlobalMax},
      {"GlobalAveragePooling2D", buildGlobalAverage},
      {"MaxPooling3D", buildMax},
      {"AveragePooling3D", buildAverage},
      {"GlobalMaxPooling3D", buildGlobalMax},
      {"GlobalAveragePooling3D", buildGlobalAverage}};
  return rows;
}

} // namespace mlc::frontend
