//===-- Families.h - the families of layers as ops ---------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The builders of each family of frontend/layers/;
// frontend/lowering/Layers.cpp joins them.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_LAYERS_FAMILIES_H
#define MLC_FRONTEND_LOWERING_LAYERS_FAMILIES_H

#include "frontend/lowering/Builders.h"

namespace mlc::frontend {

using LayerRow = BuilderRow<LayerBuilder>;
using LayerRows = llvm::ArrayRef<LayerRow>;

LayerRows coreLayerRows();
LayerRows convolutionLayerRows();
LayerRows activationLayerRows();
LayerRows normalizationLayerRows();
LayerRows attentionLayerRows();
LayerRows positionLayerRows();
LayerRows regularizationLayerRows();
LayerRows reshapingLayerRows();
LayerRows resizingLayerRows();
LayerRows mergingLayerRows();
LayerRows embeddingLayerRows();
LayerRows poolingLayerRows();
LayerRows recurrentLayerRows();
LayerRows spectrogramLayerRows();
LayerRows wrappingLayerRows();

/// The mask of the first input, unchanged: for layers that compute each step on
/// its own, in Keras those that support masking and say no more.
mlir::Value passMask(LayerScope &layer);
/// The same for layers that return one step or all of them.
mlir::Value passMaskOfSequence(LayerScope &layer);

/// The key of a layer's random numbers, under its own seed if it has one.
mlir::Value seededKey(LayerScope &layer);

/// Zeroes a random part of `x` while training, under the layer's option `seed`;
/// what is kept is scaled so that the expected sum stays the same. Along
/// `shared` dimensions all or nothing is kept.
mlir::Value dropOut(LayerScope &layer, mlir::Value x, double rate,
                    SizesRef shared = {});

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_LAYERS_FAMILIES_H
