//===-- DecomposeAttention.cpp - --mlc-decompose-attention ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "ir/Attention.h"

#define DEBUG_TYPE "mlc-decompose-attention"

using namespace mlir;
using namespace mlc;

namespace mlc {
#define GEN_PASS_DEF_DECOMPOSEATTENTION
#include "passes/Passes.h.inc"
} // namespace mlc

namespace {

void decompose(AttentionOp op) {
  OpBuilder b(op);
  auto [output, logsumexp] = buildAttention(
      b, op.getLoc(),
      {op.getQuery(), op.getKey(), op.getValue(), op.getMask(),
       op.getScale().convertToDouble(), op.getCausal(), op.getBfloat16()});
  op->replaceAllUsesWith(ValueRange{output, logsumexp});
  op->erase();
}

void decompose(AttentionGradientOp op) {
  OpBuilder b(op);
  op->replaceAllUsesWith(buildAttentionGradient(b, op.getLoc(), op));
  op->erase();
}

struct DecomposeAttentionPass
    : public mlc::impl::DecomposeAttentionBase<DecomposeAttentionPass> {
  void runOnOperation() override {
    getOperation().walk([](AttentionOp op) { decompose(op); });
    getOperation().walk([](AttentionGradientOp op) { decompose(op); });
  }
};

} // namespace
