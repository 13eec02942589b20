//===-- WindowPlaces.cpp - where windows go -------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/WindowPlaces.h"

#include <algorithm>

namespace mlc::frontend {

WindowPlaces placeWindows(const std::string &padding, int64_t size,
                          int64_t extent, int64_t stride) {
  if (padding == "valid")
    return {size < extent ? 0 : (size - extent) / stride + 1, 0};
  int64_t count = (size - 1) / stride + 1;
  if (padding == "causal")
    return {count, extent - 1};
  int64_t beyond = std::max<int64_t>(0, (count - 1) * stride + extent - size);
  return {count, beyond / 2};
}

PoolingWindow getPoolingWindow(const Component &options, const Shape &spatial) {
  size_t axes = spatial.size();
  PoolingWindow result;
  result.window = options.perAxis("pool_size", axes);
  result.strides =
      options.has("strides") ? options.perAxis("strides", axes) : result.window;
  for (size_t i = 0; i < axes; ++i) {
    WindowPlaces places = placeWindows(options.text("padding"), spatial[i],
                                       result.window[i], result.strides[i]);
    result.low.push_back(places.low);
    result.output.push_back(places.count);
  }
  return result;
}

} // namespace mlc::frontend
