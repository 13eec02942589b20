//===-- Positions.cpp - layers that tell positions apart, as ops ----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/Families.h"

#include <cmath>

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

/// A constant of (rows, columns): positions and features.
static Value table(Emitter &e, int64_t rows, int64_t columns,
                   llvm::function_ref<double(int64_t, int64_t)> value) {
  llvm::SmallVector<llvm::APFloat> elements;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      llvm::APFloat element(value(row, column));
      bool losesInfo;
      element.convert(e.getFloatType().getFloatSemantics(),
                      llvm::APFloat::rmNearestTiesToEven, &losesInfo);
      elements.push_back(element);
    }
  auto type = e.tensorType({rows, columns}, e.getFloatType());
  return ConstantOp::create(e, type,
                            mlir::DenseElementsAttr::get(type, elements));
}

/// How many positions there are, of which the axis of the input may be one.
static int64_t countPositions(const LayerScope &layer, int64_t size) {
  return layer.step ? layer.step.length : size;
}

/// What a table of all positions says of the layer's.
static Value takePositions(LayerScope &layer, Value rows) {
  if (!layer.step)
    return rows;
  Emitter &e = layer.e;
  Sizes shape{1, getShape(rows)[1]};
  Value ids = e.reshape(layer.step.position, {1});
  return GatherOp::create(e, e.tensorType(shape, e.getFloatType()), rows, ids);
}

/// A table of positions, repeated to the layer's result.
static Value repeatTable(LayerScope &layer, Value rows) {
  return broadcastTrailing(layer.e, layer.e.getLoc(),
                           takePositions(layer, rows), getShape(layer.input()));
}

static Values buildPositionEmbedding(LayerScope &layer) {
  SizesRef shape = getShape(layer.input()).take_back(2);
  Value rows = layer.variable("embeddings");
  if (!layer.step)
    rows = slice(layer.e, layer.e.getLoc(), rows, {0, 0}, shape);
  return {repeatTable(layer, rows)};
}

/// sin(p / w^(2i / n)) and cos of the same at features 2i and 2i + 1 of n.
static Values buildSine(LayerScope &layer) {
  SizesRef shape = getShape(layer.input()).take_back(2);
  double wavelength = layer.options().number("max_wavelength");
  Value rows =
      table(layer.e, countPositions(layer, shape[0]), shape[1],
            [&](int64_t position, int64_t feature) {
              double power = double(feature / 2 * 2) / double(shape[1]);
              double angle = double(position) * std::pow(1 / wavelength, power);
              return feature % 2 ? std::cos(angle) : std::sin(angle);
            });
  return {repeatTable(layer, rows)};
}

/// Feature i of the first half and the same one of the second half are a pair,
/// turned by p / w^(2i / n).
static Values buildRotary(LayerScope &layer) {
  Emitter &e = layer.e;
  mlir::Location loc = e.getLoc();
  Value x = layer.input();
  Sizes shape(getShape(x));
  const Component &options = layer.options();
  int64_t sequence =
              normalizeAxis(options.integer("sequence_axis"), shape.size()),
          feature =
              normalizeAxis(options.integer("feature_axis"), shape.size());
  int64_t pairs = shape[feature] / 2,
          positions = countPositions(layer, shape[sequence]);
  Sizes half = shape, offsets(shape.size(), 0);
  half[feature] = pairs;
  Value first = slice(e, loc, x, offsets, half);
  offsets[feature] = pairs;
  Value second = slice(e, loc, x, offsets, half);
  auto wave = [&](double (*of)(double)) {
    Value values = table(e, positions, pairs, [&](int64_t row, int64_t pair) {
      double position = double(row) / options.number("scaling_factor");
      return of(position / std::pow(options.number("max_wavelength"),
                                    double(pair) / double(pairs)));
    });
    values = takePositions(layer, values);
    if (feature < sequence)
      values = transpose(e, loc, values, {1, 0});
    return broadcastTo(
        e, loc, values, half,
        {std::min(sequence, feature), std::max(sequence, feature)});
  };
  Value cosine = wave(+[](double angle) { return std::cos(angle); });
  Value sine = wave(+[](double angle) { return std::sin(angle); });
  Value x1 = e.mul(first, cosine), y1 = e.mul(second, sine);
  Value x2 = e.mul(second, cosine), y2 = e.mul(first, sine);
  Value left = e.sub(x1, y1), right = e.add(x2, y2);
  return {concatenate(e, loc, {left, right}, feature)};
}

LayerRows positionLayerRows() {
  static const LayerRow rows[] = {
      {"PositionEmbedding", buildPositionEmbedding, passMask},
      {"SinePositionEncoding", buildSine, passMask},
      {"RotaryEmbedding", buildRotary, passMask}};
  return rows;
}

} // namespace mlc::frontend
