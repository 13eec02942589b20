//===-- AttentionOps.cpp - attention without its scores
//----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "ir/Verification.h"

using namespace mlir;
using namespace mlc;

LogicalResult AttentionOp::verify() {
  SizesRef query = ::getShape(getQuery()), key = ::getShape(getKey()),
           value = ::getShape(getValue());
  for (SizesRef shape : {query, key, value})
    if (shape.size() != 4)
      return emitOpError() << "expected query, key and value of rank 4, found "
                           << shape.size();
  if (failed(verifyShape(*this, "key", {query[0], value[1], value[2], query[3]},
                         key)) ||
      failed(verifyShape(*this, "value", {query[0], key[1], key[2], value[3]},
                         value)) ||
      failed(verifyShape(*this, "output",
                         {query[0], query[1], query[2], value[3]},
                         ::getShape(getOutput()))) ||
      failed(verifyShape(*this, "logsumexp", {query[0], query[2], query[1]},
                         ::getShape(getLogsumexp()))))
    return failure();
  if (query[2] % key[2] != 0)
    return emitOpError() << "expected heads of the query to be a multiple of "
                         << "those of the key, " << key[2] << "; found "
                         << query[2];
  if (!getMask())
    return success();
  Sizes mask(::getShape(getMask())), full{query[0], query[2], query[1], key[1]};
  for (int64_t d = 0; d < std::min<int64_t>(3, mask.size()); ++d)
    if (mask[d] == 1)
      mask[d] = full[d];
  return verifyShape(*this, "mask", full, mask);
}

/// Two products of every query with every key, halved where the future is
/// hidden, and an exponential.
int64_t AttentionOp::getFlops() {
  SizesRef query = ::getShape(getQuery()), key = ::getShape(getKey());
  int64_t scores = query[0] * query[1] * query[2] * key[1];
  if (getCausal())
    scores /= 2;
  return scores * (2 * query[3] + 2 * ::getShape(getValue())[3] + 1);
}

void AttentionOp::buildVjp(OpBuilder &, ArrayRef<Value>,
                           function_ref<bool(unsigned)>,
                           MutableArrayRef<Value>) {}
