//===-- AttentionOps.cpp - attention without its scores -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Algebra.h"
#include "ir/Attention.h"
#include "ir/Verification.h"

using namespace mlir;
using namespace mlc;

/// Checks what both ops have; `output` is of the output or its cotangent.
static LogicalResult verifyOperands(Operation *op, Value queryValue,
                                    Value keyValue, Value valueValue,
                                    Value output, Value logsumexp,
                                    Value maskValue) {
  SizesRef query = getShape(queryValue), key = getShape(keyValue),
           value = getShape(valueValue);
  for (SizesRef shape : {query, key, value})
    if (shape.size() != 4)
      return op->emitOpError()
             << "expected query, key and value of rank 4, found "
             << shape.size();
  if (failed(verifyShape(op, "key", {query[0], value[1], value[2], query[3]},
                         key)) ||
      failed(verifyShape(op, "value", {query[0], key[1], key[2], value[3]},
                         value)) ||
      failed(verifyShape(op, "output", {query[0], query[1], query[2], value[3]},
                         getShape(output))) ||
      failed(verifyShape(op, "logsumexp", {query[0], query[2], query[1]},
                         getShape(logsumexp))))
    return failure();
  if (query[2] % key[2] != 0)
    return op->emitOpError()
           << "expected heads of the query to be a multiple "
           << "of those of the key, " << key[2] << "; found " << query[2];
  if (!maskValue)
    return success();
  Sizes mask(getShape(maskValue)), full{query[0], query[2], query[1], key[1]};
  for (int64_t d = 0; d < std::min<int64_t>(3, mask.size()); ++d)
    if (mask[d] == 1)
      mask[d] = full[d];
  return verifyShape(op, "mask", full, mask);
}

LogicalResult AttentionOp::verify() {
  if (failed(verifyBfloat16(*this, getBfloat16())))
    return failure();
  return verifyOperands(*this, getQuery(), getKey(), getValue(), getOutput(),
                        getLogsumexp(), getMask());
}

LogicalResult AttentionGradientOp::verify() {
  if (failed(verifyBfloat16(*this, getBfloat16())) ||
      failed(verifyOperands(*this, getQuery(), getKey(), getValue(),
                            getCotangent(), getLogsumexp(), getMask())))
    return failure();
  SizesRef query = ::getShape(getQuery());
  return failure(
      failed(verifyShape(*this, "delta", {query[0], query[1], query[2]},
                         ::getShape(getDelta()))) ||
      failed(verifyShape(*this, "gradient of the query", query,
                         ::getShape(getQueryGradient()))) ||
      failed(verifyShape(*this, "gradient of the key", ::getShape(getKey()),
                         ::getShape(getKeyGradient()))) ||
      failed(verifyShape(*this, "gradient of the value", ::getShape(getValue()),
                         ::getShape(getValueGradient()))));
}

/// Scores that are looked at: half of them where the future is hidden.
static int64_t countScores(const AttentionSizes &sizes, bool causal) {
  int64_t scores = sizes.batch * sizes.heads * sizes.queries * sizes.keys;
  return causal ? scores / 2 : scores;
}

/// A product for the scores, one with the values, and an exponential.
int64_t AttentionOp::getFlops() {
  AttentionSizes sizes = getAttentionSizes(getQuery(), getKey(), getValue());
  return countScores(sizes, getCausal()) *
         (2 * sizes.size + 2 * sizes.valueSize + 1);
}

/// The scores again, a product for each gradient, and one with the cotangent.
int64_t AttentionGradientOp::getFlops() {
  AttentionSizes sizes = getAttentionSizes(getQuery(), getKey(), getValue());
  return countScores(sizes, getCausal()) *
         (6 * sizes.size + 4 * sizes.valueSize + 3);
}

void AttentionOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                           function_ref<bool(unsigned)> isWanted,
                           MutableArrayRef<Value> operands) {
  Value cotangent = results[0];
  if (!cotangent)
    cotangent = constantSplat(b, getLoc(), getOutput().getType(), 0);
  Value product = MulOp::create(b, getLoc(), cotangent, getOutput());
  Value delta = reduceAdd(b, getLoc(), product, {3});
  if (results[1]) {
    Value other = transpose(b, getLoc(), results[1], {0, 2, 1});
    delta = SubOp::create(b, getLoc(), delta, other);
  }
  auto gradient = AttentionGradientOp::create(
      b, getLoc(),
      TypeRange{getQuery().getType(), getKey().getType(), getValue().getType()},
      getQuery(), getKey(), getValue(), getLogsumexp(), delta, cotangent,
      getMask(), getScaleAttr(), getCausalAttr(), getBfloat16Attr());
  for (unsigned i : {0u, 1u, 2u})
    if (isWanted(i))
      operands[i] = gradient.getResult(i);
}

void AttentionGradientOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                                   function_ref<bool(unsigned)> isWanted,
                                   MutableArrayRef<Value> operands) {
  SmallVector<Value> cotangents =
      buildAttentionGradientVjp(b, getLoc(), *this, results);
  for (auto [i, cotangent] : llvm::enumerate(cotangents))
    if (isWanted(i))
      operands[i] = cotangent;
}
