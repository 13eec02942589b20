//===-- Wrapping.h - layers within layers ------------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An option of kind Layer holds a layer that the owner applies. Its variables
// are the owner's, named "inner/kernel".
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LAYERS_WRAPPING_H
#define MLC_FRONTEND_LAYERS_WRAPPING_H

#include "frontend/Tables.h"

namespace mlc::frontend {

/// A layer within a layer, and the name of its variables.
struct WrappedLayer {
  Component component;
  std::string name;
};

/// What a Bidirectional runs: the layer as it is, then the other way round.
std::vector<WrappedLayer> getDirections(const Component &bidirectional);

/// What a TimeDistributed applies to each step.
WrappedLayer getStepLayer(const Component &timeDistributed);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LAYERS_WRAPPING_H
