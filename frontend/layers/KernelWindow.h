//===-- KernelWindow.h - where convolutions look -----------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the options of a convolution mean on an input of some size: one owner
// for the rules that infer shapes and the builders that make ops.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LAYERS_KERNELWINDOW_H
#define MLC_FRONTEND_LAYERS_KERNELWINDOW_H

#include "frontend/Model.h"

namespace mlc::frontend {

/// One number for each spatial axis.
struct KernelWindow {
  Shape kernel, strides, dilations;
  Shape low;    ///< places before the input that the first window covers
  Shape output; ///< of a transposed convolution: what a window covers
};

/// The window of a Conv, DepthwiseConv or SeparableConv layer over `spatial`,
/// the input's sizes. Outputs are below 1 where the kernel doesn't fit.
KernelWindow getConvolutionWindow(const Component &options,
                                  const Shape &spatial);
/// The window of a ConvTranspose layer.
KernelWindow getTransposedWindow(const Component &options,
                                 const Shape &spatial);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LAYERS_KERNELWINDOW_H
