//===-- Distributions.cpp - random numbers of a distribution -------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Distributions.h"

#include <cmath>

namespace mlc::frontend {

using mlir::RankedTensorType;
using mlir::Value;

/// Uniform in (-1, 1), never at the ends: mlc.random gives k / 2^m, and 2k + 1
/// over 2^m less 1 is exact for both float types.
static Value drawSigned(Emitter &e, RankedTensorType type,
                        RandomSource &random) {
  int bits = type.getElementType().isF64() ? 53 : 24;
  Value uniform = random.draw(e, type.getShape());
  return e.add(e.sub(e.mul(uniform, 2), 1), std::ldexp(1.0, -bits));
}

Value drawUniform(Emitter &e, RankedTensorType type, RandomSource &random,
                  double low, double high) {
  Value x = e.mul(drawSigned(e, type, random), (high - low) / 2);
  return low == -high ? x : e.add(x, (low + high) / 2);
}

static Value buildPolynomial(Emitter &e, Value x,
                             llvm::ArrayRef<double> coefficients) {
  Value sum = e.splat(x, coefficients.front());
  for (double coefficient : coefficients.drop_front())
    sum = e.add(e.mul(sum, x), coefficient);
  return sum;
}

/// The inverse of erf, to about 3e-7: M. Giles, "Approximating the erfinv
/// function", GPU Computing Gems 2 (2011), single precision. That is exact
/// enough for initial weights of either type.
static Value buildErfInv(Emitter &e, Value x) {
  static const double center[] = {
      2.81022636e-08,  3.43273939e-07, -3.5233877e-06,
      -4.39150654e-06, 0.00021858087,  -0.00125372503,
      -0.00417768164,  0.246640727,    1.50140941};
  static const double tail[] = {-0.000200214257, 0.000100950558, 0.00134934322,
                                -0.00367342844,  0.00573950773,  -0.0076224613,
                                0.00943887047,   1.00167406,     2.83297682};
  Value one = e.splat(x, 1);
  Value w = e.unary<NegOp>(e.unary<LogOp>(e.mul(e.sub(one, x), e.add(x, one))));
  Value near = buildPolynomial(e, e.sub(w, 2.5), center);
  Value far = buildPolynomial(e, e.sub(e.unary<SqrtOp>(w), 3), tail);
  Value isNear = e.compare(Predicate::lt, w, e.splat(w, 5));
  return e.mul(e.select(isNear, near, far), x);
}

/// Normal by inverting the distribution function. Truncation at two standard
/// deviations is a narrower range of its argument.
Value drawNormal(Emitter &e, RankedTensorType type, RandomSource &random,
                 double mean, double deviation, bool truncated) {
  Value x = drawSigned(e, type, random);
  if (truncated)
    x = e.mul(x, std::erf(std::sqrt(2.0)));
  Value z = e.mul(buildErfInv(e, x), deviation * std::sqrt(2.0));
  return mean == 0 ? z : e.add(z, mean);
}

} // namespace mlc::frontend
