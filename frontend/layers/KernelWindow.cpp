//===-- KernelWindow.cpp - where convolutions look -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/KernelWindow.h"

#include "frontend/layers/WindowPlaces.h"

#include <algorithm>

namespace mlc::frontend {

static KernelWindow readWindow(const Component &options, size_t axes) {
  return {options.perAxis("kernel_size", axes),
          options.perAxis("strides", axes),
          options.perAxis("dilation_rate", axes),
          {},
          {}};
}

KernelWindow getConvolutionWindow(const Component &options,
                                  const Shape &spatial) {
  KernelWindow window = readWindow(options, spatial.size());
  for (size_t i = 0; i < spatial.size(); ++i) {
    int64_t extent = (window.kernel[i] - 1) * window.dilations[i] + 1;
    WindowPlaces places = placeWindows(options.text("padding"), spatial[i],
                                       extent, window.strides[i]);
    window.low.push_back(places.low);
    window.output.push_back(places.count);
  }
  return window;
}

KernelWindow getTransposedWindow(const Component &options,
                                 const Shape &spatial) {
  KernelWindow window = readWindow(options, spatial.size());
  bool isValid = options.text("padding") == "valid";
  bool isGiven = options.has("output_padding");
  Shape beyond =
      isGiven ? options.perAxis("output_padding", spatial.size()) : Shape();
  for (size_t i = 0; i < spatial.size(); ++i) {
    int64_t stride = window.strides[i];
    int64_t extent = (window.kernel[i] - 1) * window.dilations[i] + 1;
    int64_t spread = (spatial[i] - 1) * stride;
    int64_t size = spatial[i] * stride;
    if (isValid)
      size = spread + extent +
             (isGiven ? beyond[i] : std::max<int64_t>(stride - extent, 0));
    else if (isGiven)
      size = spread + extent % 2 + beyond[i];
    // What windows cover beyond that is cut off on both sides, one more at the
    // end if it is odd.
    window.low.push_back(std::max<int64_t>(spread + extent - size, 0) / 2);
    window.output.push_back(size);
  }
  return window;
}

} // namespace mlc::frontend
