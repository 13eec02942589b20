//===-- EvaluateAttention.cpp - what attention computes -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EvaluateAttention.h"

#include <cmath>

using namespace mlir;
using namespace mlc;

namespace {

using Index = std::array<int64_t, 4>;

/// A tensor of four dimensions.
double &at(Tensor &tensor, const Index &index) {
  int64_t offset = 0;
  for (size_t i = 0; i < 4; ++i)
    offset = offset * tensor.shape[i] + index[i];
  return tensor.values[offset];
}
double at(const Tensor &tensor, const Index &index) {
  return at(const_cast<Tensor &>(tensor), index);
}

/// The sum of products over the last dimension.
double dot(const Tensor &lhs, Index left, const Tensor &rhs, Index right) {
  double sum = 0;
  for (int64_t i = 0; i < lhs.shape[3]; ++i) {
    left[3] = right[3] = i;
    sum += at(lhs, left) * at(rhs, right);
  }
  return sum;
}

Tensor makeZeros(SizesRef shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return {Sizes(shape), std::vector<double>(count)};
}

/// What both ops have.
struct Heads {
  const Tensor &query, &key, &value;
  const Tensor *mask;
  double scale;
  bool causal;

  int64_t queries() const { return query.shape[1]; }
  int64_t keys() const { return key.shape[1]; }
  int64_t heads() const { return query.shape[2]; }
  int64_t keyHead(int64_t h) const { return h * key.shape[2] / heads(); }

  bool isAllowed(int64_t b, int64_t h, int64_t t, int64_t u) const {
    if (causal && u > t)
      return false;
    if (!mask)
      return true;
    Index index{b, h, t, u};
    for (size_t i = 0; i < 4; ++i)
      index[i] = mask->shape[i] == 1 ? 0 : index[i];
    return at(*mask, index) != 0;
  }
  double score(int64_t b, int64_t h, int64_t t, int64_t u) const {
    return scale * dot(query, {b, t, h}, key, {b, u, keyHead(h)});
  }
  /// Calls `body` with b, h, t.
  template <typename Body> void forEachRow(Body body) const {
    for (int64_t b = 0; b < query.shape[0]; ++b)
      for (int64_t h = 0; h < heads(); ++h)
        for (int64_t t = 0; t < queries(); ++t)
          body(b, h, t);
  }
};

template <typename Op> Heads makeHeads(Op op, GetTensor get) {
  return {get(op.getQuery()),
          get(op.getKey()),
          get(op.getValue()),
          op.getMask() ? &get(op.getMask()) : nullptr,
          op.getScale().convertToDouble(),
          op.getCausal()};
}

} // namespace

std::vector<Tensor> mlc::evaluateAttention(AttentionOp op, GetTensor get) {
  Heads heads = makeHeads(op, get);
  SizesRef query = heads.query.shape;
  Tensor output =
      makeZeros({query[0], query[1], query[2], heads.value.shape[3]});
  Tensor logsumexp{{query[0], query[2], query[1]}, {}};
  heads.forEachRow([&](int64_t b, int64_t h, int64_t t) {
    std::vector<double> weights;
    double sum = 0;
    for (int64_t u = 0; u < heads.keys(); ++u) {
      weights.push_back(
          heads.isAllowed(b, h, t, u) ? std::exp(heads.score(b, h, t, u)) : 0);
      sum += weights.back();
    }
    logsumexp.values.push_back(std::log(sum));
    for (int64_t u = 0; u < heads.keys(); ++u)
      for (int64_t i = 0; i < output.shape[3]; ++i)
        at(output, {b, t, h, i}) +=
            (sum == 0 ? 1.0 / heads.keys() : weights[u] / sum) *
            at(heads.value, {b, u, heads.keyHead(h), i});
  });
  return {output, logsumexp};
}

std::vector<Tensor> mlc::evaluateAttention(AttentionGradientOp op,
                                           GetTensor get) {
  Heads heads = makeHeads(op, get);
  const Tensor &cotangent = get(op.getCotangent());
  const std::vector<double> &logsumexp = get(op.getLogsumexp()).values;
  const std::vector<double> &delta = get(op.getDelta()).values;
  Tensor query = makeZeros(heads.query.shape);
  Tensor key = makeZeros(heads.key.shape);
  Tensor value = makeZeros(heads.value.shape);
  heads.forEachRow([&](int64_t b, int64_t h, int64_t t) {
    int64_t g = heads.keyHead(h);
    double sum = logsumexp[(b * heads.heads() + h) * heads.queries() + t];
    double mean = delta[(b * heads.queries() + t) * heads.heads() + h];
    for (int64_t u = 0; u < heads.keys(); ++u) {
      double p = heads.isAllowed(b, h, t, u)
                     ? std::exp(heads.score(b, h, t, u) - sum)
                     : 0;
      double weight = dot(cotangent, {b, t, h}, heads.value, {b, u, g});
      double d = p * (weight - mean);
      if (std::isinf(sum)) // a row that may look at nothing
        p = 1.0 / heads.keys();
      for (int64_t i = 0; i < key.shape[3]; ++i) {
        at(query, {b, t, h, i}) +=
            heads.scale * d * at(heads.key, {b, u, g, i});
        at(key, {b, u, g, i}) +=
            heads.scale * d * at(heads.query, {b, t, h, i});
      }
      for (int64_t i = 0; i < value.shape[3]; ++i)
        at(value, {b, u, g, i}) += p * at(cotangent, {b, t, h, i});
    }
  });
  return {query, key, value};
}
