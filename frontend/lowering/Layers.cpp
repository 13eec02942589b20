//===-- Layers.cpp - layers as ops ----------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The builders are in frontend/lowering/layers/, one file for each family.
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/Families.h"

namespace mlc::frontend {

using mlir::Value;

mlir::Value SequenceStep::get(llvm::StringRef name) const {
  for (auto [cache, value] : llvm::zip_equal(caches, values))
    if (cache.name == name)
      return value;
  return {};
}

void SequenceStep::set(llvm::StringRef name, mlir::Value changed) {
  for (auto [cache, value] : llvm::zip_equal(caches, values))
    if (cache.name == name)
      value = changed;
}

mlir::Value LayerScope::variable(llvm::StringRef name) const {
  for (size_t i = 0; i < owner.variables.size(); ++i)
    if (owner.variables[i].name == name)
      return variables[i];
  return {};
}

void LayerScope::update(llvm::StringRef name, mlir::Value value) {
  for (size_t i = 0; i < owner.variables.size(); ++i)
    if (owner.variables[i].name == name)
      variables[i] = value;
}

Sizes getAxes(const LayerScope &layer, std::string_view option) {
  Sizes axes;
  int64_t rank = getTensorType(layer.input()).getRank();
  for (int64_t axis : layer.options().integers(option))
    axes.push_back(normalizeAxis(axis, rank));
  llvm::sort(axes);
  return axes;
}

constexpr LayerRows (*kFamilies[])() = {
    coreLayerRows,          convolutionLayerRows,    activationLayerRows,
    normalizationLayerRows, regularizationLayerRows, reshapingLayerRows,
    resizingLayerRows,      mergingLayerRows,        embeddingLayerRows,
    poolingLayerRows,       recurrentLayerRows,      wrappingLayerRows,
    attentionLayerRows,     positionLayerRows,       spectrogramLayerRows,
};

Value passMask(LayerScope &layer) { return layer.mask(); }

static std::vector<LayerRow> joinFamilies() {
  std::vector<LayerRow> rows;
  for (auto *family : kFamilies)
    llvm::append_range(rows, family());
  return rows;
}

LayerRows layerBuilders() {
  static const std::vector<LayerRow> rows = joinFamilies();
  return rows;
}

} // namespace mlc::frontend
