//===-- Families.h - the families of layers ----------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each family is a file with a table; frontend/Layers.cpp joins them.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LAYERS_FAMILIES_H
#define MLC_FRONTEND_LAYERS_FAMILIES_H

#include "frontend/Tables.h"

namespace mlc::frontend {

std::vector<LayerRule> coreLayers();
std::vector<LayerRule> convolutionLayers();
std::vector<LayerRule> activationLayers();
std::vector<LayerRule> normalizationLayers();
std::vector<LayerRule> attentionLayers();
std::vector<LayerRule> positionLayers();
std::vector<LayerRule> regularizationLayers();
std::vector<LayerRule> reshapingLayers();
std::vector<LayerRule> resizingLayers();
std::vector<LayerRule> mergingLayers();
std::vector<LayerRule> embeddingLayers();
std::vector<LayerRule> poolingLayers();
std::vector<LayerRule> recurrentLayers();
std::vector<LayerRule> spectrogramLayers();
std::vector<LayerRule> wrappingLayers();

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LAYERS_FAMILIES_H
