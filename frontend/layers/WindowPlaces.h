//===-- WindowPlaces.h - where windows go ------------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LAYERS_WINDOWPLACES_H
#define MLC_FRONTEND_LAYERS_WINDOWPLACES_H

#include "frontend/Model.h"

namespace mlc::frontend {

/// Along one axis: how many windows there are (below 1: none fits), and how
/// many places before the input the first one covers.
struct WindowPlaces {
  int64_t count, low;
};
/// Of windows that cover `extent` places of `size`; `padding` is Keras's.
WindowPlaces placeWindows(const std::string &padding, int64_t size,
                          int64_t extent, int64_t stride);

/// The windows of a pooling layer, one number for each spatial axis.
struct PoolingWindow {
  Shape window, strides, low, output;
};
PoolingWindow getPoolingWindow(const Component &options, const Shape &spatial);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LAYERS_WINDOWPLACES_H
