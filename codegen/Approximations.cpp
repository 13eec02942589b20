//===-- Approximations.cpp - functions of activations ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An LSTM computes five of these for each unit and step, attention an exp for
// each score: they are a tenth of such kernels, so every instruction counts.
// MLIR's patterns for the same functions take half as many again to twice as
// many. The coefficients minimize the largest relative error (below 2^-25);
// scripts/fit_functions.py finds them.
//
//===----------------------------------------------------------------------===//

#include "codegen/Approximations.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace mlc::codegen {

static Value constant(OpBuilder &b, Location loc, Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr attr = isa<FloatType>(element)
                       ? TypedAttr(b.getFloatAttr(element, value))
                       : TypedAttr(b.getIntegerAttr(element, int64_t(value)));
  if (auto vector = dyn_cast<VectorType>(type))
    attr = SplatElementsAttr::get(vector, Attribute(attr));
  return arith::ConstantOp::create(b, loc, attr);
}

Value emitLimit(OpBuilder &b, Location loc, Value value, Value bound,
                arith::CmpFPredicate isBeyond) {
  Value beyond = arith::CmpFOp::create(b, loc, isBeyond, bound, value);
  return arith::SelectOp::create(b, loc, beyond, bound, value);
}

static Value emitAtMost(OpBuilder &b, Location loc, Value value, double limit) {
  return emitLimit(b, loc, value, constant(b, loc, value.getType(), limit),
                   arith::CmpFPredicate::OLT);
}

// In this order: where the limits are -1 and 1 and the result is multiplied,
// LLVM would take a last choice of 1 apart.
Value emitBetween(OpBuilder &b, Location loc, Value value, double least,
                  double most) {
  Value kept = emitAtMost(b, loc, value, most);
  return emitLimit(b, loc, kept, constant(b, loc, value.getType(), least),
                   arith::CmpFPredicate::OGT);
}

Value emitQuotient(OpBuilder &b, Location loc, Value lhs, Value rhs) {
  auto flags = arith::FastMathFlags::none;
  if (getElementTypeOrSelf(lhs.getType()).isF32())
    flags = arith::FastMathFlags::arcp | arith::FastMathFlags::ninf |
            arith::FastMathFlags::contract;
  return arith::DivFOp::create(
      b, loc, lhs, rhs, arith::FastMathFlagsAttr::get(b.getContext(), flags));
}

namespace {

/// c[0] + c[1] * x + c[2] * x^2 + ...
Value emitPolynomial(OpBuilder &b, Location loc, Value x,
                     ArrayRef<double> coefficients) {
  Value sum = constant(b, loc, x.getType(), coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = math::FmaOp::create(b, loc, sum, x,
                              constant(b, loc, x.getType(), coefficient));
  return sum;
}

bool isFloat32(Operation *op) {
  return getElementTypeOrSelf(op->getResult(0).getType()).isF32();
}

/// exp(x) = 2^(n - 1) * 2 * exp(r), n an integer and |r| at most ln(2) / 2: the
/// largest results have an n of 128, and 2^128 is no float.
struct Exponential {
  // An n of -126, which makes zero, to 129, which makes infinity.
  static constexpr double kSmallest = -87.5, kLargest = 89.3;
  // Added to n, this leaves n - 1 and the bias of exponents in a float's lowest
  // bits.
  static constexpr double kShifter = 0x1.8p23 + 126;

  static Value emit(math::ExpOp op, OpBuilder &b) {
    Location loc = op.getLoc();
    Type type = op.getType();
    auto number = [&](double value) { return constant(b, loc, type, value); };
    // exp(-x) is as cheap: all that changes are signs of constants.
    Value x = op.getOperand();
    auto minus = x.getDefiningOp<arith::NegFOp>();
    double sign = minus ? -1 : 1;
    if (minus)
      x = minus.getOperand();
    if (!op->hasAttr(kIsInRange))
      x = emitBetween(b, loc, x, minus ? -kLargest : kSmallest,
                      minus ? -kSmallest : kLargest);
    Value shifted = math::FmaOp::create(b, loc, x, number(sign * 0x1.715476p0),
                                        number(kShifter));
    Value n = arith::SubFOp::create(b, loc, shifted, number(kShifter));
    // sign * r, by ln(2) in two parts, of which n times the first is exact.
    Value r = math::FmaOp::create(b, loc, n, number(sign * -0x1.63p-1), x);
    r = math::FmaOp::create(b, loc, n, number(sign * 0x1.bd0106p-13), r);
    Value twice =
        emitPolynomial(b, loc, r,
                       {2, sign * 2, 0x1.fffffcp-1, sign * 0x1.555492p-2,
                        0x1.5558f2p-4, sign * 0x1.1239d4p-6, 0x1.6a244cp-9});
    // Whoever adds to it may do so in one instruction.
    return arith::MulFOp::create(
        b, loc, twice, emitPowerOfTwo(b, loc, shifted),
        arith::FastMathFlagsAttr::get(b.getContext(),
                                      arith::FastMathFlags::contract));
  }

  /// 2^(n - 1): what the shifter left is moved to where a float's exponent is.
  static Value emitPowerOfTwo(OpBuilder &b, Location loc, Value shifted) {
    Type word = b.getI32Type();
    if (auto vector = dyn_cast<VectorType>(shifted.getType()))
      word = vector.clone(word);
    constexpr int64_t mantissaBits = 23;
    Value bits = arith::ShLIOp::create(
        b, loc, arith::BitcastOp::create(b, loc, word, shifted),
        constant(b, loc, word, mantissaBits));
    return arith::BitcastOp::create(b, loc, shifted.getType(), bits);
  }
};

/// An odd function that is 1 for large arguments: x * p(x^2) / q(x^2), where
/// x^2 is taken for `limit`^2 at most. What is beyond is larger than 1, and
/// becomes 1.
struct OddFunction {
  double limit;
  ArrayRef<double> p, q;
};

constexpr double kTanhP[] = {1, 0x1.120442p-3, 0x1.c9f858p-9, 0x1.595562p-16,
                             0x1.c9a3cep-27};
constexpr double kTanhQ[] = {1, 0x1.de576ap-2, 0x1.a7df26p-6, 0x1.5841dap-12,
                             0x1.a0b862p-21};
constexpr OddFunction kTanh = {9.02, kTanhP, kTanhQ};

constexpr double kErfP[] = {0x1.20dd74p0,  0x1.8656a8p-3, 0x1.b04996p-5,
                            0x1.ee7b96p-9, 0x1.2aae8p-12, 0x1.129cc4p-19};
constexpr double kErfQ[] = {1,
                            0x1.012602p-1,
                            0x1.d3b1ccp-4,
                            0x1.eaf914p-7,
                            0x1.311a16p-10,
                            0x1.3f2b02p-15};
constexpr OddFunction kErf = {3.925, kErfP, kErfQ};

Value emitOdd(OpBuilder &b, Location loc, Value x,
              const OddFunction &function) {
  Value square = emitAtMost(b, loc, arith::MulFOp::create(b, loc, x, x),
                            function.limit * function.limit);
  Value slope = emitQuotient(b, loc, emitPolynomial(b, loc, square, function.p),
                             emitPolynomial(b, loc, square, function.q));
  return emitBetween(b, loc, arith::MulFOp::create(b, loc, x, slope), -1, 1);
}

} // namespace

Value emitApproximation(OpBuilder &b, Operation *op) {
  if (!isa<math::ExpOp, math::TanhOp, math::ErfOp>(op) || !isFloat32(op))
    return {};
  if (auto exp = dyn_cast<math::ExpOp>(op))
    return Exponential::emit(exp, b);
  return emitOdd(b, op->getLoc(), op->getOperand(0),
                 isa<math::TanhOp>(op) ? kTanh : kErf);
}

} // namespace mlc::codegen
