//===-- ExpandMath.cpp - mathematical functions as vector code ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Single precision uses polynomials at full vector width: of Approximations.cpp
// for what activations are made of, else MLIR's. Largest errors in units in the
// last place, held by test/codegen: exp 1, log 1, expm1 3, log1p 3, tanh 6, erf
// 6, logistic 3; expm1 5 within a factor of 1.5 of overflow. Results below
// 2^-125, the second smallest power of two of normal numbers, may be anything
// below it, and the logarithm takes arguments below the smallest for it. Double
// precision, used to check gradients, calls libm.
//
//===----------------------------------------------------------------------===//

#include "codegen/Approximations.h"
#include "codegen/Passes.h"
#include "codegen/ScalarLowering.h"

#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#define DEBUG_TYPE "mlc-expand-math"

using namespace mlir;

namespace mlc::codegen {
#define GEN_PASS_DEF_EXPANDMATH
#include "codegen/Passes.h.inc"

bool isInstruction(Operation *op) {
  return isa<math::SqrtOp, math::AbsFOp, math::FloorOp, math::CopySignOp>(op);
}

namespace {

/// Two instructions where the target has none that does both: a call of fma for
/// each element takes a hundred times as long, and the polynomials don't need
/// its accuracy.
void relaxMultiplyAdds(Operation *root) {
  root->walk([](math::FmaOp op) {
    OpBuilder b(op);
    op.replaceAllUsesWith(LLVM::FMulAddOp::create(b, op.getLoc(), op.getType(),
                                                  op.getA(), op.getB(),
                                                  op.getC())
                              .getResult());
    op.erase();
  });
}

template <typename Op>
LogicalResult approximate(Op op, PatternRewriter &rewriter) {
  Value value = emitApproximation(rewriter, op);
  if (value)
    rewriter.replaceOp(op, value);
  return success(value != nullptr);
}

struct ExpandMath : impl::ExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    RewritePatternSet polynomials(&getContext());
    polynomials.add(approximate<math::ExpOp>, /*benefit=*/2);
    polynomials.add(approximate<math::TanhOp>, /*benefit=*/2);
    polynomials.add(approximate<math::ErfOp>, /*benefit=*/2);
    populateMathPolynomialApproximationPatterns(polynomials);
    if (failed(applyPatternsGreedily(getOperation(), std::move(polynomials))))
      return signalPassFailure();
    relaxMultiplyAdds(getOperation());
    bool anyCall = false;
    getOperation().walk([&](Operation *op) {
      anyCall |= isa_and_nonnull<math::MathDialect>(op->getDialect()) &&
                 !isInstruction(op);
    });
    if (!anyCall)
      return;
    RewritePatternSet calls(&getContext());
    populateMathToLibmConversionPatterns(calls);
    ConversionTarget target(getContext());
    target.addLegalDialect<arith::ArithDialect, func::FuncDialect,
                           vector::VectorDialect, LLVM::LLVMDialect>();
    target.addDynamicallyLegalDialect<math::MathDialect>(
        [](Operation *op) { return isInstruction(op); });
    if (failed(
            applyPartialConversion(getOperation(), target, std::move(calls))))
      signalPassFailure();
  }
};

} // namespace
} // namespace mlc::codegen
