//===-- Convolution.cpp - layers that move a filter, as ops ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/KernelWindow.h"
#include "frontend/lowering/layers/Families.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

/// The input's spatial sizes.
static Shape getSpatial(Value input) {
  SizesRef shape = getShape(input).drop_front().drop_back();
  return Shape(shape.begin(), shape.end());
}

/// A convolution, or a transposed one, of `x` and `kernel`: `filters` for each
/// place of the window's output.
template <typename Op>
static Value convolve(Emitter &e, Value x, Value kernel,
                      const KernelWindow &window, int64_t filters,
                      int64_t groups) {
  Sizes shape{getShape(x).front()};
  shape.append(window.output.begin(), window.output.end());
  shape.push_back(filters);
  return Op::create(e, withShape(x, shape), x, kernel, window.strides,
                    window.low, window.dilations, groups, e.getBfloat16());
}

static Values finish(LayerScope &layer, Value x) {
  Emitter &e = layer.e;
  if (Value bias = layer.variable("bias"))
    x = e.add(x, broadcastTrailing(e, e.getLoc(), bias, getShape(x)));
  return {activate(e, x, layer.options(), "activation")};
}

static Values buildConv(LayerScope &layer) {
  Value x = layer.input(), kernel = layer.variable("kernel");
  KernelWindow window = getConvolutionWindow(layer.options(), getSpatial(x));
  x = convolve<ConvolutionOp>(layer.e, x, kernel, window,
                              getShape(kernel).back(),
                              layer.options().integer("groups"));
  return finish(layer, x);
}

/// Each channel is a group; `kernel` has the filters of each side by side.
static Value convolveChannels(LayerScope &layer, Value kernel) {
  Value x = layer.input();
  SizesRef shape = getShape(kernel);
  int64_t channels = shape[shape.size() - 2];
  int64_t filters = channels * shape.back();
  Sizes grouped(shape.drop_back(2));
  grouped.append({1, filters});
  return convolve<ConvolutionOp>(
      layer.e, x, layer.e.reshape(kernel, grouped),
      getConvolutionWindow(layer.options(), getSpatial(x)), filters, channels);
}

static Values buildDepthwise(LayerScope &layer) {
  return finish(layer, convolveChannels(layer, layer.variable("kernel")));
}

static Values buildSeparable(LayerScope &layer) {
  Emitter &e = layer.e;
  Value x = convolveChannels(layer, layer.variable("depthwise_kernel"));
  Value kernel = layer.variable("pointwise_kernel");
  SizesRef shape = getShape(kernel);
  kernel = e.reshape(kernel, shape.take_back(2));
  return finish(layer, e.matmul(x, kernel));
}

static Values buildTransposed(LayerScope &layer) {
  Value x = layer.input(), kernel = layer.variable("kernel");
  SizesRef shape = getShape(kernel);
  KernelWindow window = getTransposedWindow(layer.options(), getSpatial(x));
  x = convolve<ConvolutionInputOp>(layer.e, x, kernel, window,
                                   shape[shape.size() - 2], /*groups=*/1);
  return finish(layer, x);
}

LayerRows convolutionLayerRows() {
  static const BuilderRow<LayerBuilder> rows[] = {
      {"Conv1D", buildConv},
      {"Conv2D", buildConv},
      {"DepthwiseConv1D", buildDepthwise},
      {"DepthwiseConv2D", buildDepthwise},
      {"SeparableConv1D", buildSeparable},
      {"SeparableConv2D", buildSeparable},
      {"Conv1DTranspose", buildTransposed},
      {"Conv2DTranspose", buildTransposed}};
  return rows;
}

} // namespace mlc::frontend
