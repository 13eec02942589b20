//===-- Attention.h - attention as primitives --------------------*- C++-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What mlc.attention and its gradient mean, written as products, exponentials
// and sums, with the scores in memory: for gradients of gradients, for dropout
// of probabilities, and to test the composite ops against.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_IR_ATTENTION_H
#define MLC_IR_ATTENTION_H

#include "ir/Builders.h"

namespace mlc {

/// Operands and attributes of mlc.attention; `mask` may be null.
struct AttentionInputs {
  mlir::Value query, key, value, mask;
  double scale;
  bool causal;
  bool bfloat16 = false;
};

struct AttentionSizes {
  int64_t batch, queries, keys, heads, keyHeads, size, valueSize;
  /// Heads of the query for each head of the key.
  int64_t share() const { return heads / keyHeads; }
};
AttentionSizes getAttentionSizes(mlir::Value query, mlir::Value key,
                                 mlir::Value value);

/// Stands for a score that is not allowed: whatever it is compared with is
/// larger, and the difference of two is still a number.
constexpr double kHiddenScore = -2.0e38;

/// The results of mlc.attention. `change` may replace the probabilities,
/// (batch, key heads, t, share, u), before they weigh the values.
std::pair<mlir::Value, mlir::Value>
buildAttention(mlir::OpBuilder &b, mlir::Location loc,
               const AttentionInputs &inputs,
               llvm::function_ref<mlir::Value(mlir::Value)> change = {});

/// The results of mlc.attention_gradient.
llvm::SmallVector<mlir::Value> buildAttentionGradient(mlir::OpBuilder &b,
                                                      mlir::Location loc,
                                                      AttentionGradientOp op);

/// The cotangents of query, key, value, logsumexp, delta and cotangent of `op`,
/// by those of its results (null: zero).
llvm::SmallVector<mlir::Value>
buildAttentionGradientVjp(mlir::OpBuilder &b, mlir::Location loc,
                          AttentionGradientOp op,
                          llvm::ArrayRef<mlir::Value> results);

} // namespace mlc

#endif // MLC_IR_ATTENTION_H
