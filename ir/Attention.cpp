//===-- Attention.cpp - attention as primitives ---------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Attention.h"
#include "ir/Algebra.h"

#include <cmath>

using namespace mlir;

namespace mlc {

AttentionSizes getAttentionSizes(Value query, Value key, Value value) {
  SizesRef q = getShape(query), k = getShape(key);
  return {q[0], q[1], k[1], q[2], k[2], q[3], getShape(value)[3]};
}

namespace {

/// Products between rows (of queries), keys and scores. Scores, and what has
/// one element for each, are (batch, key heads, t, share, u); rows are
/// (batch, t, heads, size), keys (batch, u, key heads, size).
class Formula {
public:
  Formula(OpBuilder &b, Location loc, const AttentionInputs &inputs)
      : b(b), loc(loc), inputs(inputs),
        sizes(getAttentionSizes(inputs.query, inputs.key, inputs.value)),
        shape{sizes.batch, sizes.keyHeads, sizes.queries, sizes.share(),
              sizes.keys} {}

  Value dotOfRowsAndKeys(Value rows, Value keys) {
    return dotGeneral(b, loc, grouped(rows), keys, {{0, 2}, {0, 2}, {4}, {3}},
                      inputs.bfloat16);
  }
  Value weighKeys(Value scores, Value keys) {
    Value sum = dotGeneral(b, loc, scores, keys, {{0, 1}, {0, 2}, {4}, {1}},
                           inputs.bfloat16);
    sum = transpose(b, loc, sum, {0, 2, 1, 3, 4});
    return reshapeTo(
        b, loc, sum,
        {sizes.batch, sizes.queries, sizes.heads, getShape(keys)[3]});
  }
  Value weighRows(Value scores, Value rows) {
    Value sum = dotGeneral(b, loc, scores, grouped(rows),
                           {{0, 1}, {0, 2}, {2, 3}, {1, 3}}, inputs.bfloat16);
    return transpose(b, loc, sum, {0, 2, 1, 3});
  }

  /// (batch, heads, t) and (batch, t, heads) at each score, and back.
  Value repeatHeadsFirst(Value value) {
    value = reshapeTo(b, loc, value, {shape[0], shape[1], shape[3], shape[2]});
    return repeat(transpose(b, loc, value, {0, 1, 3, 2}));
  }
  Value sumHeadsFirst(Value scores) {
    return headsFirst(reduceAdd(b, loc, scores, {4}));
  }
  Value headsFirst(Value value) {
    value = transpose(b, loc, value, {0, 1, 3, 2});
    return reshapeTo(b, loc, value, {shape[0], sizes.heads, shape[2]});
  }
  Value repeatHeadsLast(Value value) {
    value = reshapeTo(b, loc, value, {shape[0], shape[2], shape[1], shape[3]});
    return repeat(transpose(b, loc, value, {0, 2, 1, 3}));
  }
  Value sumHeadsLast(Value scores) {
    Value value = reduceAdd(b, loc, scores, {4});
    value = transpose(b, loc, value, {0, 2, 1, 3});
    return reshapeTo(b, loc, value, {shape[0], shape[2], sizes.heads});
  }
  Value repeat(Value value) {
    return broadcastReduced(b, loc, value, shape, {4});
  }
  Value splat(double number) {
    return constantSplat(b, loc, withShape(inputs.query, shape), number);
  }

  Term term(Value value) { return {b, loc, value}; }
  Value scaled(Value value) { return term(value) * inputs.scale; }
  /// `scores` where they are allowed, `other` elsewhere.
  Value keepAllowed(Value scores, double other) {
    Value allowed = getAllowed();
    return allowed
               ? Value(term(allowed).select(term(scores), term(splat(other))))
               : scores;
  }

private:
  Value grouped(Value rows) {
    return reshapeTo(b, loc, rows,
                     {sizes.batch, sizes.queries, sizes.keyHeads, sizes.share(),
                      getShape(rows)[3]});
  }

  /// Null: all are.
  Value getAllowed() {
    if (allowed || (!inputs.mask && !inputs.causal))
      return allowed;
    if (inputs.mask)
      allowed = broadcastMask();
    if (!inputs.causal)
      return allowed;
    auto type = RankedTensorType::get(shape, b.getI32Type());
    Value row = IotaOp::create(b, loc, type, 2);
    Value column = IotaOp::create(b, loc, type, 4);
    Value past = compare(b, loc, Predicate::ge, row, column);
    if (allowed)
      past = AndOp::create(b, loc, past.getType(), allowed, past);
    return allowed = past;
  }

  Value broadcastMask() {
    Value mask = inputs.mask;
    Sizes from(getShape(mask));
    if (from[1] == 1 || sizes.share() == 1)
      return broadcastTo(b, loc, mask, shape, {0, 1, 2, 4});
    // Booleans are not kept in memory, where reshapes and transposes may want
    // what they read.
    Value number =
        convertTo(b, loc, mask, getTensorType(inputs.query).getElementType());
    number = reshapeTo(b, loc, number,
                       {from[0], shape[1], shape[3], from[2], from[3]});
    number = transpose(b, loc, number, {0, 1, 3, 2, 4});
    number = broadcastTo(b, loc, number, shape, {0, 1, 2, 3, 4});
    return compare(b, loc, Predicate::ne, number, splat(0));
  }

  OpBuilder &b;
  Location loc;
  AttentionInputs inputs;
  AttentionSizes sizes;
  Sizes shape;
  Value allowed;
};

/// What the gradient computes on its way.
struct GradientTerms {
  Value probabilities; ///< p
  Value weights;       ///< the cotangent's product with the values
  Value centered;      ///< weights - delta
  Value scores;        ///< d
};

} // namespace

std::pair<Value, Value> buildAttention(OpBuilder &b, Location loc,
                                       const AttentionInputs &inputs,
                                       function_ref<Value(Value)> change) {
  Formula f(b, loc, inputs);
  Value scores = f.scaled(f.dotOfRowsAndKeys(inputs.query, inputs.key));
  scores = f.keepAllowed(scores, kHiddenScore);
  // Any constant may be taken off: no gradient goes through the maximum.
  Value peak = f.term(reduce(b, loc, ReduceKind::max, scores, {4}))
                   .apply<StopGradientOp>();
  Value repeatedPeak = f.repeat(peak);
  Value power = (f.term(scores) - f.term(repeatedPeak)).apply<ExpOp>();
  Value sum = reduceAdd(b, loc, power, {4});
  Value repeatedSum = f.repeat(sum);
  Value probabilities = f.term(power) / f.term(repeatedSum);
  if (change)
    probabilities = change(probabilities);
  Value output = f.weighKeys(probabilities, inputs.value);
  Value logarithm = f.term(sum).apply<LogOp>();
  Term logsumexp = f.term(peak) + f.term(logarithm);
  if (inputs.mask) {
    Term limit = logsumexp.splat(kHiddenScore / 2);
    Term isEmpty = f.term(peak).compare(Predicate::lt, limit);
    Term none = logsumexp.splat(-INFINITY);
    logsumexp = isEmpty.select(none, logsumexp);
  }
  return {output, f.headsFirst(logsumexp)};
}

static AttentionInputs getInputs(AttentionGradientOp op) {
  return {op.getQuery(),
          op.getKey(),
          op.getValue(),
          op.getMask(),
          op.getScale().convertToDouble(),
          op.getCausal(),
          op.getBfloat16()};
}

static GradientTerms buildTerms(Formula &f, AttentionGradientOp op) {
  GradientTerms terms;
  Value scores = f.scaled(f.dotOfRowsAndKeys(op.getQuery(), op.getKey()));
  Term sum = f.term(f.repeatHeadsFirst(op.getLogsumexp()));
  std::optional<Term> isEmpty;
  if (op.getMask()) {
    Term none = sum.splat(-INFINITY);
    isEmpty = sum.compare(Predicate::eq, none);
    Term zero = sum.splat(0);
    sum = isEmpty->select(zero, sum);
  }
  terms.probabilities = f.keepAllowed((f.term(scores) - sum).apply<ExpOp>(), 0);
  if (isEmpty) {
    Term even = sum.splat(1.0 / getShape(op.getKey())[1]);
    terms.probabilities = isEmpty->select(even, f.term(terms.probabilities));
  }
  terms.weights = f.dotOfRowsAndKeys(op.getCotangent(), op.getValue());
  Value delta = f.repeatHeadsLast(op.getDelta());
  terms.centered = f.term(terms.weights) - f.term(delta);
  // Where nothing is allowed, probabilities don't depend on scores.
  terms.scores =
      f.keepAllowed(f.term(terms.probabilities) * f.term(terms.centered), 0);
  return terms;
}

SmallVector<Value> buildAttentionGradient(OpBuilder &b, Location loc,
                                          AttentionGradientOp op) {
  Formula f(b, loc, getInputs(op));
  GradientTerms terms = buildTerms(f, op);
  Value query = f.scaled(f.weighKeys(terms.scores, op.getKey()));
  Value key = f.scaled(f.weighRows(terms.scores, op.getQuery()));
  Value value = f.weighRows(terms.probabilities, op.getCotangent());
  return {query, key, value};
}

/// A sum in which null stands for zero.
static Value plus(Formula &f, Value lhs, Value rhs) {
  if (!lhs || !rhs)
    return lhs ? lhs : rhs;
  return f.term(lhs) + f.term(rhs);
}

SmallVector<Value> buildAttentionGradientVjp(OpBuilder &b, Location loc,
                                             AttentionGradientOp op,
                                             ArrayRef<Value> results) {
  Formula f(b, loc, getInputs(op));
  GradientTerms terms = buildTerms(f, op);
  Value onQuery = results[0], onKey = results[1], onValue = results[2];
  Value query, key, value, logsumexp, delta, cotangent;
  // Cotangents of d, then of p and of the weights.
  Value onScores, onProbabilities, onWeights;
  if (onQuery)
    onScores = f.scaled(f.dotOfRowsAndKeys(onQuery, op.getKey()));
  if (onKey)
    onScores =
        plus(f, onScores, f.scaled(f.dotOfRowsAndKeys(op.getQuery(), onKey)));
  if (onScores) {
    onScores = f.keepAllowed(onScores, 0);
    onProbabilities = f.term(onScores) * f.term(terms.centered);
    onWeights = f.term(onScores) * f.term(terms.probabilities);
    delta = -f.term(f.sumHeadsLast(onWeights));
    cotangent = f.weighKeys(onWeights, op.getValue());
    value = f.weighRows(onWeights, op.getCotangent());
  }
  if (onValue) {
    onProbabilities = plus(f, onProbabilities,
                           f.dotOfRowsAndKeys(op.getCotangent(), onValue));
    cotangent = plus(f, cotangent, f.weighKeys(terms.probabilities, onValue));
  }
  Value onExponent =
      f.keepAllowed(f.term(onProbabilities) * f.term(terms.probabilities), 0);
  logsumexp = -f.term(f.sumHeadsFirst(onExponent));
  query = f.scaled(f.weighKeys(onExponent, op.getKey()));
  key = f.scaled(f.weighRows(onExponent, op.getQuery()));
  if (onKey)
    query = plus(f, query, f.scaled(f.weighKeys(terms.scores, onKey)));
  if (onQuery)
    key = plus(f, key, f.scaled(f.weighRows(terms.scores, onQuery)));
  return {query, key, value, logsumexp, delta, cotangent};
}

} // namespace mlc
