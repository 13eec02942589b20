//===-- Recurrent.cpp - layers that walk along time, as ops ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One loop, with time as the first dimension of what it walks along. The input
// is projected before it, all steps at once.
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/Families.h"
#include "frontend/lowering/layers/RecurrentCells.h"
#include "ir/Scan.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// One recurrent layer.
class Recurrence {
public:
  Recurrence(LayerScope &layer, const RecurrentCell &cell)
      : layer(layer), cell(cell), e(layer.e), batch(getShape(layer.input())[0]),
        steps(getShape(layer.input())[1]), features(getShape(layer.input())[2]),
        units(layer.options().integer("units")) {}

  Values build();

private:
  bool drops(std::string_view option) const {
    return layer.training && layer.options().number(option) > 0;
  }
  Value drawFactors(std::string_view option, llvm::ArrayRef<int64_t> shape);
  Value project();
  Value projectDropped(Value sequence, Value kernel);
  ScanFrame makeFrame();
  Value initialState(int64_t index);
  Values step(const ScanStep &step);

  LayerScope &layer;
  const RecurrentCell &cell;
  Emitter &e;
  int64_t batch, steps, features, units;
};

} // namespace

/// What dropout multiplies with: 0, or so much that the sum stays.
Value Recurrence::drawFactors(std::string_view option,
                              llvm::ArrayRef<int64_t> shape) {
  double rate = layer.options().number(option);
  Value random = e.random(seededKey(layer), layer.random.nextStream++, shape);
  Value isKept = e.compare(Predicate::ge, random, e.splat(random, rate));
  Value kept = e.splat(random, 1 / (1 - rate));
  return e.select(isKept, kept, e.splat(random, 0));
}

/// As in Keras, each gate drops other features where the state is dropped too.
Value Recurrence::projectDropped(Value sequence, Value kernel) {
  int64_t gates = drops("recurrent_dropout") ? cell.gates : 1;
  Value factors = drawFactors("dropout", {batch, gates, features});
  llvm::SmallVector<int64_t> shape = {steps, batch, gates, features};
  Value each = broadcastTo(e, e.getLoc(), sequence, shape, {0, 1, 3});
  each = e.mul(each, broadcastTo(e, e.getLoc(), factors, shape, {1, 2, 3}));
  if (gates == 1)
    return e.dot(e.reshape(each, {steps, batch, features}), kernel,
                 {{}, {}, {2}, {0}});
  Value product = e.dot(each, kernel, {{2}, {1}, {3}, {0}});
  return transpose(e, e.getLoc(), product, {1, 2, 0, 3});
}

/// (time, batch, gates, units) of all steps.
Value Recurrence::project() {
  Value sequence = transpose(e, e.getLoc(), layer.input(), {1, 0, 2});
  Value kernel =
      e.reshape(layer.variable("kernel"), {features, cell.gates, units});
  Value product = drops("dropout")
                      ? projectDropped(sequence, kernel)
                      : e.dot(sequence, kernel, {{}, {}, {2}, {0}});
  Value bias = cell.getInputBias(layer);
  if (!bias)
    return product;
  return e.add(product,
               broadcastTrailing(e, e.getLoc(), bias, getShape(product)));
}

/// Names of the caches where a function goes position by position.
static constexpr llvm::StringLiteral kStateCaches[] = {"state", "cell_state"};

/// What is given, or what the position before left, or 0.
Value Recurrence::initialState(int64_t index) {
  if (layer.inputs.size() > 1)
    return layer.inputs[1 + index];
  Value start = constantSplat(
      e, e.getLoc(), e.tensorType({batch, units}, e.getFloatType()), 0);
  if (!layer.step)
    return start;
  Value position = layer.step.position;
  Value isFirst = e.compare(Predicate::eq, position, e.splat(position, 0));
  isFirst = e.broadcastScalar(isFirst, {batch, units});
  return e.select(isFirst, start, layer.step.get(kStateCaches[index]));
}

ScanFrame Recurrence::makeFrame() {
  ScanFrame frame;
  frame.length = steps;
  frame.reverse = layer.options().flag("go_backwards");
  frame.inputs = {project()};
  if (Value mask = layer.mask())
    frame.inputs.push_back(transpose(e, e.getLoc(), mask, {1, 0}));
  for (int64_t i = 0; i < cell.states; ++i)
    frame.inits.push_back(initialState(i));
  Value dropped;
  if (drops("recurrent_dropout"))
    dropped = drawFactors("recurrent_dropout", {batch, cell.gates, units});
  frame.invariants = cell.prepare(layer, dropped);
  return frame;
}

/// The next states, which a step that doesn't count leaves as they were; the
/// output too if those of all steps are wanted.
Values Recurrence::step(const ScanStep &step) {
  CellStep now{e, layer.options(), step.slices[0], step.carried,
               step.constants};
  Values next = cell.step(now);
  if (step.slices.size() > 1)
    for (auto [value, before] : llvm::zip_equal(next, step.carried)) {
      Value counts =
          broadcastTo(e, e.getLoc(), step.slices[1], getShape(value), 0);
      value = e.select(counts, value, before);
    }
  if (layer.options().flag("return_sequences"))
    next.push_back(next[0]);
  return next;
}

Values Recurrence::build() {
  ScanFrame frame = makeFrame();
  ScanOp scan = buildScan(e, e.getLoc(), frame,
                          [&](const ScanStep &now) { return step(now); });
  for (int64_t i = 0; layer.step && i < cell.states; ++i)
    layer.step.set(kStateCaches[i], scan.getFinals()[i]);
  Values results = {scan.getFinals()[0]};
  if (layer.options().flag("return_sequences")) {
    results[0] = transpose(e, e.getLoc(), scan.getOutputs()[0], {1, 0, 2});
    if (frame.reverse)
      results[0] = ReverseOp::create(e, results[0], 1);
  }
  if (layer.options().flag("return_state"))
    llvm::append_range(results, scan.getFinals());
  return results;
}

template <const RecurrentCell &cell>
static Values buildRecurrent(LayerScope &layer) {
  return Recurrence(layer, cell).build();
}

Value passMaskOfSequence(LayerScope &layer) {
  return layer.options().flag("return_sequences") ? layer.mask() : Value();
}

LayerRows recurrentLayerRows() {
  static const LayerRow rows[] = {
      {"SimpleRNN", buildRecurrent<kSimpleCell>, passMaskOfSequence},
      {"LSTM", buildRecurrent<kLstmCell>, passMaskOfSequence},
      {"GRU", buildRecurrent<kGruCell>, passMaskOfSequence}};
  return rows;
}

} // namespace mlc::frontend
