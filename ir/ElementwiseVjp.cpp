//===-- ElementwiseVjp.cpp - gradient rules of elementwise ops ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Algebra.h"

using namespace mlir;
using namespace mlc;

using Cotangents = MutableArrayRef<Value>;
using IsWanted = function_ref<bool(unsigned)>;

constexpr double kTwoOverSqrtPi = 1.1283791670955125739;

/// Where `condition`, `value`; elsewhere 0.
static Term keepWhere(Term condition, Term value) {
  return condition.select(value, value.splat(0));
}
static Term dropWhere(Term condition, Term value) {
  return condition.select(value.splat(0), value);
}

//===----------------------------------------------------------------------===//
// The table. x (and y) are the operands, z is the result, g its cotangent.
// Where a formula can use z instead of x, x need not be kept for the backward
// pass: max(x, 0) is differentiated from its own result.
//===----------------------------------------------------------------------===//

#define MLC_UNARY_RULE(OP, FORMULA)                                            \
  void OP::buildVjp(OpBuilder &b, ArrayRef<Value> results, IsWanted isWanted,  \
                    Cotangents operands) {                                     \
    if (!results[0] || !isWanted(0))                                           \
      return;                                                                  \
    Term g(b, getLoc(), results[0]);                                           \
    [[maybe_unused]] Term x = g.with(getOperand()), z = g.with(getResult());   \
    operands[0] = FORMULA;                                                     \
  }

// clang-format off
MLC_UNARY_RULE(NegOp,      -g)
MLC_UNARY_RULE(AbsOp,      x.apply<SignOp>() * g)
MLC_UNARY_RULE(ExpOp,      g * z)
MLC_UNARY_RULE(Expm1Op,    (z + 1.0) * g)
MLC_UNARY_RULE(LogOp,      g / x)
MLC_UNARY_RULE(Log1pOp,    g / (x + 1.0))
MLC_UNARY_RULE(SqrtOp,     g / (z + z))
MLC_UNARY_RULE(RsqrtOp,    g * (z * (z * z) * -0.5))
MLC_UNARY_RULE(TanhOp,     g * (1.0 - z * z))
MLC_UNARY_RULE(ErfOp,      (-(x * x)).apply<ExpOp>() * kTwoOverSqrtPi * g)
MLC_UNARY_RULE(RoundBfloat16Op, g)
MLC_UNARY_RULE(LogisticOp, g * (z * (1.0 - z)))
// clang-format on
#undef MLC_UNARY_RULE

#define MLC_BINARY_RULE(OP, BY_X, BY_Y)                                        \
  void OP::buildVjp(OpBuilder &b, ArrayRef<Value> results, IsWanted isWanted,  \
                    Cotangents operands) {                                     \
    if (!results[0])                                                           \
      return;                                                                  \
    Term g(b, getLoc(), results[0]);                                           \
    [[maybe_unused]] Term x = g.with(getLhs()), y = g.with(getRhs()),          \
                          z = g.with(getResult());                             \
    if (isWanted(0))                                                           \
      operands[0] = BY_X;                                                      \
    if (isWanted(1))                                                           \
      operands[1] = BY_Y;                                                      \
  }

// clang-format off
MLC_BINARY_RULE(AddOp, g,     g)
MLC_BINARY_RULE(SubOp, g,     -g)
MLC_BINARY_RULE(MulOp, g * y, g * x)
MLC_BINARY_RULE(DivOp, g / y, -(g / y * z))
MLC_BINARY_RULE(MaxOp, keepWhere(z.compare(Predicate::gt, y), g),
                       dropWhere(z.compare(Predicate::gt, y), g))
MLC_BINARY_RULE(MinOp, keepWhere(z.compare(Predicate::lt, y), g),
                       dropWhere(z.compare(Predicate::lt, y), g))
// clang-format on
#undef MLC_BINARY_RULE

//===----------------------------------------------------------------------===//
// Operands of several types
//===----------------------------------------------------------------------===//

void SelectOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                        IsWanted isWanted, Cotangents operands) {
  if (!results[0])
    return;
  Term g(b, getLoc(), results[0]);
  if (isWanted(1))
    operands[1] = keepWhere(g.with(getCondition()), g);
  if (isWanted(2))
    operands[2] = dropWhere(g.with(getCondition()), g);
}

void ConvertOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                         IsWanted isWanted, Cotangents operands) {
  if (results[0] && isWanted(0))
    operands[0] = convertTo(b, getLoc(), results[0],
                            getTensorType(getOperand()).getElementType());
}
