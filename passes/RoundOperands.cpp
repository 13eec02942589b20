//===-- RoundOperands.cpp - bfloat16 products for float32 kernels ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "passes/Passes.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlc;

namespace mlc {
#define GEN_PASS_DEF_ROUNDOPERANDS
#include "passes/Passes.h.inc"
} // namespace mlc

namespace {

class Rounding {
public:
  template <typename Op> void run(Op op, ArrayRef<OpOperand *> factors) {
    for (OpOperand *factor : factors)
      factor->set(getRounded(factor->get()));
    op.setBfloat16(false);
  }

private:
  Value getRounded(Value value) {
    Value &rounded = known[value];
    if (!rounded) {
      OpBuilder b(value.getContext());
      b.setInsertionPointAfterValue(value);
      rounded = RoundBfloat16Op::create(b, value.getLoc(), value);
    }
    return rounded;
  }

  DenseMap<Value, Value> known;
};

struct RoundOperandsPass
    : public mlc::impl::RoundOperandsBase<RoundOperandsPass> {
  using RoundOperandsBase::RoundOperandsBase;

  template <typename Op> void round(Op op) {
    if (op.getBfloat16())
      rounding.run(op, {&op.getLhsMutable(), &op.getRhsMutable()});
  }
  template <typename Op>
  void roundHeads(Op op, ArrayRef<OpOperand *> others = {}) {
    SmallVector<OpOperand *> factors{&op.getQueryMutable(), &op.getKeyMutable(),
                                     &op.getValueMutable()};
    factors.append(others.begin(), others.end());
    if (op.getBfloat16())
      rounding.run(op, factors);
  }

  void runOnOperation() override {
    rounding = {};
    getOperation().walk([&](Operation *op) {
      llvm::TypeSwitch<Operation *>(op)
          .Case<ConvolutionOp, ConvolutionInputOp, ConvolutionFilterOp>(
              [&](auto product) { round(product); })
          .Case([&](DotGeneralOp dot) {
            // What sums nothing isn't a kernel of its own.
            if (!keepProducts || dot.getLhsContract().empty())
              round(dot);
          })
          .Case([&](AttentionOp attention) {
            if (!keepProducts)
              roundHeads(attention);
          })
          .Case([&](AttentionGradientOp gradient) {
            if (!keepProducts)
              roundHeads(gradient, &gradient.getCotangentMutable());
          });
    });
  }

  Rounding rounding;
};

} // namespace
