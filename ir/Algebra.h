//===-- Algebra.h - formulas over tensors -----------------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Used by gradient rules and optimizers.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_IR_ALGEBRA_H
#define MLC_IR_ALGEBRA_H

#include "ir/Builders.h"

namespace mlc {

/// A tensor in a formula: `g * (y * (1.0 - y))` builds the ops. Numbers become
/// constants of the other operand's type. C++ leaves open which operand of an
/// operator is evaluated first, so that for the same ops in the same order from
/// every compiler, at most one operand may build any: name the others before.
class Term {
public:
  Term(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value)
      : b(&b), loc(loc), value(value) {}
  operator mlir::Value() const { return value; }

  /// Another value, or the same number everywhere, in this one's formula.
  Term with(mlir::Value other) const { return Term(*b, loc, other); }
  Term splat(double number) const {
    return with(constantSplat(*b, loc, value.getType(), number));
  }
  /// This scalar everywhere.
  Term broadcast(SizesRef shape) const {
    return with(broadcastScalar(*b, loc, value, shape));
  }
  template <typename OpTy> Term apply() const {
    return with(OpTy::create(*b, loc, value).getResult());
  }
  template <typename OpTy> Term apply(Term other) const {
    return with(OpTy::create(*b, loc, value, other.value).getResult());
  }
  Term convert(mlir::Type element) const {
    return with(convertTo(*b, loc, value, element));
  }
  Term compare(Predicate predicate, Term other) const {
    return with(mlc::compare(*b, loc, predicate, value, other.value));
  }
  /// Of this condition's elements: where it holds, `onTrue`.
  Term select(Term onTrue, Term onFalse) const {
    return with(SelectOp::create(*b, loc, onTrue.value.getType(), value,
                                 onTrue.value, onFalse.value)
                    .getResult());
  }

private:
  mlir::OpBuilder *b;
  mlir::Location loc;
  mlir::Value value;
};

inline Term operator-(Term x) { return x.apply<NegOp>(); }
inline Term operator+(Term x, Term y) { return x.apply<AddOp>(y); }
inline Term operator-(Term x, Term y) { return x.apply<SubOp>(y); }
inline Term operator*(Term x, Term y) { return x.apply<MulOp>(y); }
inline Term operator/(Term x, Term y) { return x.apply<DivOp>(y); }
inline Term operator+(Term x, double y) { return x + x.splat(y); }
inline Term operator-(Term x, double y) { return x - x.splat(y); }
inline Term operator*(Term x, double y) { return x * x.splat(y); }
inline Term operator/(Term x, double y) { return x / x.splat(y); }
inline Term operator-(double x, Term y) { return y.splat(x) - y; }

} // namespace mlc

#endif // MLC_IR_ALGEBRA_H
