//===-- Wrapping.cpp - layers within layers, as ops -----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Wrapping.h"
#include "frontend/lowering/layers/Families.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

/// The results of a layer within `outer`, with the outer one's variables of its
/// name.
static Values buildWrapped(LayerScope &outer, const WrappedLayer &inner,
                           llvm::ArrayRef<Value> inputs, Value rows,
                           Value mask) {
  Layer layer;
  layer.name = outer.layer.name + "/" + inner.name;
  layer.component = inner.component;
  Values variables;
  std::string prefix = inner.name + "/";
  for (auto [variable, value] :
       llvm::zip_equal(outer.owner.variables, outer.variables))
    if (variable.name.rfind(prefix, 0) == 0) {
      layer.variables.push_back(variable);
      layer.variables.back().name.erase(0, prefix.size());
      variables.push_back(value);
    }
  Values masks(inputs.size());
  masks[0] = mask;
  LayerScope scope{outer.e,        layer,        layer, inputs, variables,
                   outer.training, outer.random, rows,  masks};
  return findBuilder(layerBuilders(), layer.component.type)(scope);
}

/// Two outputs made one by the mode; both without.
static Values merge(LayerScope &layer, Value forward, Value backward) {
  Emitter &e = layer.e;
  if (!layer.options().has("merge_mode"))
    return {forward, backward};
  const std::string &mode = layer.options().text("merge_mode");
  if (mode == "concat")
    return {concatenate(e, e.getLoc(), {forward, backward},
                        getTensorType(forward).getRank() - 1)};
  if (mode == "mul")
    return {e.mul(forward, backward)};
  Value sum = e.add(forward, backward);
  return {mode == "ave" ? e.div(sum, e.splat(sum, 2)) : sum};
}

/// Outputs of all steps, in the order of time, with 0 for those that don't
/// count: so does Keras within a Bidirectional, and nowhere else.
static Value orderSteps(LayerScope &layer, const WrappedLayer &direction,
                        Value outputs) {
  Emitter &e = layer.e;
  if (direction.component.flag("go_backwards"))
    outputs = ReverseOp::create(e, outputs, 1);
  Value mask = layer.mask();
  if (!mask)
    return outputs;
  Value counts = broadcastTo(e, e.getLoc(), mask, getShape(outputs), {0, 1});
  return e.select(counts, outputs, e.splat(outputs, 0));
}

static Values buildBidirectional(LayerScope &layer) {
  std::vector<WrappedLayer> directions = getDirections(layer.options());
  llvm::ArrayRef<Value> states = layer.inputs.drop_front();
  Values results[2];
  for (size_t i : {0, 1}) {
    Values inputs = {layer.input()};
    llvm::append_range(
        inputs, states.slice(i * (states.size() / 2), states.size() / 2));
    results[i] =
        buildWrapped(layer, directions[i], inputs, layer.rows, layer.mask());
    if (directions[i].component.flag("return_sequences"))
      results[i][0] = orderSteps(layer, directions[i], results[i][0]);
  }
  Values merged = merge(layer, results[0][0], results[1][0]);
  for (Values &side : results)
    merged.append(side.begin() + 1, side.end());
  return merged;
}

/// Steps are rows: (batch, time, ...) is (batch * time, ...) to the layer.
static Values buildTimeDistributed(LayerScope &layer) {
  Emitter &e = layer.e;
  llvm::SmallVector<int64_t> shape(getShape(layer.input()));
  int64_t batch = shape[0], steps = shape[1];
  shape.erase(shape.begin());
  shape[0] = batch * steps;
  Value rows = layer.rows;
  if (rows)
    rows = e.mul(rows, double(steps));
  Values results = buildWrapped(layer, getStepLayer(layer.options()),
                                {e.reshape(layer.input(), shape)}, rows, {});
  for (Value &result : results) {
    llvm::SmallVector<int64_t> whole(getShape(result));
    whole[0] = steps;
    whole.insert(whole.begin(), batch);
    result = e.reshape(result, whole);
  }
  return results;
}

static Value maskBidirectional(LayerScope &layer) {
  bool isSequence = layer.options().component("layer").flag("return_sequences");
  return isSequence ? layer.mask() : Value();
}

/// Both outputs, where they aren't made one.
static size_t countMaskedOfBidirectional(const Component &options) {
  return options.has("merge_mode") ? 1 : 2;
}

LayerRows wrappingLayerRows() {
  static const LayerRow rows[] = {
      {"Bidirectional", buildBidirectional, maskBidirectional,
       countMaskedOfBidirectional},
      {"TimeDistributed", buildTimeDistributed, passMask}};
  return rows;
}

} // namespace mlc::frontend
