//===-- Inference.h - what rules of layers share -----------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LAYERS_INFERENCE_H
#define MLC_FRONTEND_LAYERS_INFERENCE_H

#include "frontend/Tables.h"

namespace mlc::frontend {

constexpr size_t kAnyNumberOfInputs = std::numeric_limits<size_t>::max();

/// The variable `name` of a layer, by the options NAME_initializer and
/// NAME_regularizer (if the layer has that one).
Variable makeVariable(std::string name, Shape shape, const Component &options);

/// The result is as the first input.
void inferSame(LayerInference &layer);
/// The same, for layers that take floats only.
void inferSameFloat(LayerInference &layer);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LAYERS_INFERENCE_H
