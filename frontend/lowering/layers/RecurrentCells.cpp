//===-- RecurrentCells.cpp - one step of each recurrence ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The products of all gates are one, (batch, units) by (units, gates, units),
// from which each gate is picked: all gates of a unit are in registers at once
// when its new state is computed.
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/layers/RecurrentCells.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

/// Gate `index` of (batch, gates, units).
static Value pickGate(Emitter &e, Value gates, int64_t index) {
  auto shape = getShape(gates);
  Value gate =
      slice(e, e.getLoc(), gates, {0, index, 0}, {shape[0], 1, shape[2]});
  return e.reshape(gate, {shape[0], shape[2]});
}

/// Gates [begin, end) of a kernel (units, gates, units).
static Value pickKernels(Emitter &e, Value kernel, int64_t begin, int64_t end) {
  auto shape = getShape(kernel);
  return slice(e, e.getLoc(), kernel, {0, begin, 0},
               {shape[0], end - begin, shape[2]});
}

static Value getKernel(LayerScope &layer, int64_t gates) {
  Value kernel = layer.variable("recurrent_kernel");
  int64_t units = getShape(kernel)[0];
  return layer.e.reshape(kernel, {units, gates, units});
}

/// The bias for the gates, or null; row `row` of it if there are several.
static Value getBias(LayerScope &layer, int64_t gates, int64_t row = 0) {
  Value bias = layer.variable("bias");
  if (!bias)
    return {};
  Emitter &e = layer.e;
  auto shape = getShape(bias);
  if (shape.size() == 2)
    bias = slice(e, e.getLoc(), bias, {row, 0}, {1, shape[1]});
  int64_t units = getTensorType(bias).getNumElements() / gates;
  return e.reshape(bias, {gates, units});
}

static Value addToRows(Emitter &e, Value x, Value bias) {
  return e.add(x, broadcastTrailing(e, e.getLoc(), bias, getShape(x)));
}

/// (batch, gates, units): the state by the kernel of each gate. With `dropped`,
/// factors (batch, gates, units), each gate sees another part of the state.
static Value multiply(Emitter &e, Value state, Value kernel, Value dropped) {
  if (!dropped)
    return e.dot(state, kernel, {{}, {}, {1}, {0}});
  Value each = e.mul(
      broadcastTo(e, e.getLoc(), state, getShape(dropped), {0, 2}), dropped);
  Value product = e.dot(each, kernel, {{1}, {1}, {2}, {0}});
  return transpose(e, e.getLoc(), product, {1, 0, 2});
}

static Values withMask(Values constants, Value dropped) {
  if (dropped)
    constants.push_back(dropped);
  return constants;
}

/// The constant behind the first `count`, or null.
static Value getMask(const CellStep &step, size_t count) {
  return step.constants.size() > count ? step.constants[count] : Value();
}

static Value activateGate(const CellStep &step, Value gate) {
  return activate(step.e, gate, step.options, "recurrent_activation");
}

//===----------------------------------------------------------------------===//
// SimpleRNN
//===----------------------------------------------------------------------===//

template <int64_t gates> static Value getWholeBias(LayerScope &layer) {
  return getBias(layer, gates);
}

template <int64_t gates>
static Values prepareKernel(LayerScope &layer, Value dropped) {
  return withMask({getKernel(layer, gates)}, dropped);
}

static Values stepSimple(const CellStep &step) {
  Emitter &e = step.e;
  Value product =
      multiply(e, step.states[0], step.constants[0], getMask(step, 1));
  Value sum = pickGate(e, e.add(product, step.input), 0);
  return {activate(e, sum, step.options, "activation")};
}

//===----------------------------------------------------------------------===//
// LSTM
//===----------------------------------------------------------------------===//

static Values stepLstm(const CellStep &step) {
  Emitter &e = step.e;
  Value product =
      multiply(e, step.states[0], step.constants[0], getMask(step, 1));
  Value sum = e.add(product, step.input);
  Value input = activateGate(step, pickGate(e, sum, 0));
  Value forget = activateGate(step, pickGate(e, sum, 1));
  Value candidate =
      activate(e, pickGate(e, sum, 2), step.options, "activation");
  Value output = activateGate(step, pickGate(e, sum, 3));
  Value kept = e.mul(forget, step.states[1]);
  Value added = e.mul(input, candidate);
  Value carry = e.add(kept, added);
  Value shown = activate(e, carry, step.options, "activation");
  return {e.mul(output, shown), carry};
}

//===----------------------------------------------------------------------===//
// GRU
//===----------------------------------------------------------------------===//

/// Kernels and the state's bias if the reset gate comes behind the product;
/// else the kernels of the two gates, and that of the candidate.
static Values prepareGru(LayerScope &layer, Value dropped) {
  Value kernel = getKernel(layer, 3);
  if (!layer.options().flag("reset_after"))
    return withMask({pickKernels(layer.e, kernel, 0, 2),
                     pickKernels(layer.e, kernel, 2, 3)},
                    dropped);
  Values constants = {kernel};
  if (Value bias = getBias(layer, 3, 1))
    constants.push_back(bias);
  return withMask(constants, dropped);
}

/// update * state + (1 - update) * candidate.
static Value mix(Emitter &e, Value update, Value state, Value candidate) {
  Value kept = e.mul(update, state);
  Value rest = e.sub(e.splat(update, 1), update);
  return e.add(kept, e.mul(rest, candidate));
}

static Values stepResetAfter(const CellStep &step) {
  Emitter &e = step.e;
  bool hasBias = step.options.flag("use_bias");
  Value product = multiply(e, step.states[0], step.constants[0],
                           getMask(step, hasBias ? 2 : 1));
  if (hasBias)
    product = addToRows(e, product, step.constants[1]);
  Value sum = e.add(product, step.input);
  Value update = activateGate(step, pickGate(e, sum, 0));
  Value reset = activateGate(step, pickGate(e, sum, 1));
  Value remembered = e.mul(reset, pickGate(e, product, 2));
  Value candidate = activate(e, e.add(pickGate(e, step.input, 2), remembered),
                             step.options, "activation");
  return {mix(e, update, step.states[0], candidate)};
}

/// Gates [begin, end) of factors (batch, gates, units), or null.
static Value pickDropped(Emitter &e, Value dropped, int64_t begin,
                         int64_t end) {
  return dropped ? pickKernels(e, dropped, begin, end) : Value();
}

static Values stepResetBefore(const CellStep &step) {
  Emitter &e = step.e;
  Value dropped = getMask(step, 2);
  Value state = step.states[0];
  Value gatesInput = pickKernels(e, step.input, 0, 2);
  Value gates =
      multiply(e, state, step.constants[0], pickDropped(e, dropped, 0, 2));
  gates = e.add(gates, gatesInput);
  Value update = activateGate(step, pickGate(e, gates, 0));
  Value reset = activateGate(step, pickGate(e, gates, 1));
  Value product = multiply(e, e.mul(reset, state), step.constants[1],
                           pickDropped(e, dropped, 2, 3));
  Value sum = e.add(pickGate(e, step.input, 2), pickGate(e, product, 0));
  Value candidate = activate(e, sum, step.options, "activation");
  return {mix(e, update, state, candidate)};
}

static Values stepGru(const CellStep &step) {
  return step.options.flag("reset_after") ? stepResetAfter(step)
                                          : stepResetBefore(step);
}

const RecurrentCell kSimpleCell = {
    "SimpleRNN", 1, 1, getWholeBias<1>, prepareKernel<1>, stepSimple};
const RecurrentCell kLstmCell = {"LSTM",           4,       2, getWholeBias<4>,
                                 prepareKernel<4>, stepLstm};
const RecurrentCell kGruCell = {"GRU",           3,          1,
                                getWholeBias<3>, prepareGru, stepGru};

} // namespace mlc::frontend
