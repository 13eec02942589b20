//===-- Ctc.cpp - connectionist temporal classification -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The probability that a sequence of scores spells a label, over all ways to
// stretch the label by repetition and by blanks: a recursion over time, in
// logarithms (Graves et al., ICML 2006). After each step, `gaps[n]` is that of
// n characters spelled and no longer in the last of them, `spelled[n]` that of
// still being in character n. The recursion and its stand-in for log 0 are
// those of Keras (and of optax).
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/losses/Losses.h"
#include "ir/Scan.h"

namespace mlc::frontend {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

/// Keras's blank, and its padding of labels.
constexpr int64_t kBlank = 0;
/// In place of log 0: what is added to it stays finite.
constexpr double kLogZero = -1e5;
/// Of character 0, which no label has: so small that nothing of it is left in
/// any sum, however often it is added up.
constexpr double kLogNever = -1e30;

/// log(e^x + e^y).
static Value logAddExp(Emitter &e, Value x, Value y) {
  Value larger = MaxOp::create(e, x, y);
  Value peak = e.unary<StopGradientOp>(larger);
  Value left = e.unary<ExpOp>(e.sub(x, peak));
  Value right = e.unary<ExpOp>(e.sub(y, peak));
  return e.add(peak, e.unary<LogOp>(e.add(left, right)));
}

/// `first` at index 0 of the last dimension, `rest` elsewhere.
static Value fillFrom(Emitter &e, llvm::ArrayRef<int64_t> shape, double first,
                      double rest) {
  Value index = e.iota(shape, int64_t(shape.size()) - 1);
  Value isFirst = e.compare(Predicate::eq, index, e.splat(index, 0));
  auto type = e.tensorType(shape, e.getFloatType());
  Value filled = constantSplat(e, e.getLoc(), type, first);
  return e.select(isFirst, filled, e.splat(filled, rest));
}

/// Each at the next index of the last dimension; a zero takes the first.
static Value shift(Emitter &e, Value x) {
  Sizes shape(getShape(x));
  Sizes zeros(shape.size(), 0), low = zeros;
  low.back() = 1;
  --shape.back();
  Value kept = slice(e, e.getLoc(), x, zeros, shape);
  return pad(e, e.getLoc(), kept, low, zeros);
}

/// kLogZero for each character, from 1, that the next one repeats.
static Value penalizeRepeats(Emitter &e, Value labels) {
  SizesRef shape = getShape(labels);
  int64_t batch = shape[0], count = shape[1];
  auto type = e.tensorType({batch, count + 1}, e.getFloatType());
  if (count == 1)
    return constantSplat(e, e.getLoc(), type, 0);
  Value characters = slice(e, e.getLoc(), labels, {0, 0}, {batch, count - 1});
  Value next = slice(e, e.getLoc(), labels, {0, 1}, {batch, count - 1});
  Value isSame = e.compare(Predicate::eq, characters, next);
  Value penalty = e.mul(e.convert(isSame, e.getFloatType()), kLogZero);
  return pad(e, e.getLoc(), penalty, {0, 1}, {0, 1});
}

/// (time, batch, 1 + characters): the scores of the label's characters.
static Value pickCharacters(Emitter &e, Value scores, Value labels) {
  SizesRef shape = getShape(labels);
  Sizes wide = {shape[0], shape[1], getShape(scores)[2]};
  Value index = e.iota(wide, 2);
  Value isCharacter =
      e.compare(Predicate::eq, index, e.expand(labels, wide, {2}));
  Value places = e.convert(isCharacter, e.getFloatType());
  Value picked =
      dotGeneral(e, e.getLoc(), scores, places, {{0}, {0}, {2}, {2}});
  picked = pad(e, e.getLoc(), picked, {0, 0, 1}, {0, 0, 0});
  Value never = fillFrom(e, getShape(picked), kLogNever, 0);
  return transpose(e, e.getLoc(), e.add(picked, never), {1, 0, 2});
}

/// A step of time. Carried are gaps and what is spelled; slices are the scores
/// of the characters and of the blank; constant is what repeats cost without a
/// blank between them.
static Values takeStep(Emitter &e, const ScanStep &step) {
  Value gaps = step.carried[0], spelled = step.carried[1];
  Value characters = step.slices[0], repeats = step.constants[0];
  Value blank = e.broadcast(step.slices[1], getShape(gaps), {0, 1});
  // On to the next character without a blank, unless it is the same.
  Value direct = logAddExp(e, gaps, e.add(spelled, repeats));
  Value entered = e.add(shift(e, direct), characters);
  Value stayed = e.add(spelled, characters);
  // A blank behind a character counts above, unless the next is the same.
  Value others = e.sub(e.splat(repeats, kLogZero), repeats);
  Value closed = e.add(e.add(spelled, blank), others);
  Value nextGaps = logAddExp(e, e.add(direct, blank), closed);
  return {nextGaps, logAddExp(e, entered, stayed)};
}

/// Of (batch, 1 + characters), the element behind each label's last character.
static Value pickLast(Emitter &e, Value gaps, Value labels) {
  Value isCharacter = e.compare(Predicate::ne, labels, e.splat(labels, kBlank));
  Value length =
      e.reduce(ReduceKind::add, e.convert(isCharacter, e.getI32Type()), {1});
  return pickLabelled(e, gaps, length);
}

LossValues buildCtc(const Comparison &c) {
  Emitter &e = c.e;
  Value labels = c.target, scores = logSoftmax(e, c.output, 2);
  int64_t batch = getShape(scores)[0], steps = getShape(scores)[1];
  Sizes carried = {batch, getShape(labels)[1] + 1};
  Value blanks =
      slice(e, e.getLoc(), scores, {0, 0, kBlank}, {batch, steps, 1});
  ScanFrame frame;
  frame.length = steps;
  frame.inits = {fillFrom(e, carried, 0, kLogZero)};
  frame.inits.push_back(fillFrom(e, carried, kLogNever, kLogZero));
  frame.inputs = {pickCharacters(e, scores, labels)};
  frame.inputs.push_back(transpose(e, e.getLoc(), blanks, {1, 0, 2}));
  frame.invariants = {penalizeRepeats(e, labels)};
  ScanOp scan = buildScan(e, e.getLoc(), frame, [&](const ScanStep &step) {
    return takeStep(e, step);
  });
  Value spelled = logAddExp(e, scan.getFinals()[0], scan.getFinals()[1]);
  return {e.unary<NegOp>(pickLast(e, spelled, labels)), {}};
}

} // namespace mlc::frontend
