//===-- ScalarLowering.cpp - elementwise ops on scalars -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ScalarLowering.h"
#include "codegen/Approximations.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

using Rule = Value (*)(Operation *, ValueRange, OpBuilder &);

Value number(OpBuilder &b, Location loc, Type type, double value) {
  if (isa<FloatType>(type))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value));
  return arith::ConstantOp::create(b, loc,
                                   b.getIntegerAttr(type, int64_t(value)));
}

template <typename MathOp>
Value unary(Operation *op, ValueRange operands, OpBuilder &b) {
  return MathOp::create(b, op->getLoc(), operands[0]);
}

/// One op for floats, another for integers.
template <typename FloatOp, typename IntOp>
Value binary(Operation *op, ValueRange operands, OpBuilder &b) {
  if (isa<FloatType>(operands[0].getType()))
    return FloatOp::create(b, op->getLoc(), operands[0], operands[1]);
  return IntOp::create(b, op->getLoc(), operands[0], operands[1]);
}

/// Is `value` a root and a positive number, as what optimizers divide by?
bool isRootAndEpsilon(Value value) {
  DenseElementsAttr epsilon;
  auto sum = value.getDefiningOp<AddOp>();
  return sum && sum.getLhs().getDefiningOp<SqrtOp>() &&
         matchPattern(sum.getRhs(), m_Constant(&epsilon)) &&
         epsilon.isSplat() && epsilon.getSplatValue<APFloat>().isNormal() &&
         !epsilon.getSplatValue<APFloat>().isNegative();
}

/// A division takes as long as ten multiplications: where the divisor is known
/// to be a positive number, it needn't be one. Roots of floats are below the
/// limit, but for infinity.
Value quotient(Operation *op, ValueRange operands, OpBuilder &b) {
  constexpr double largestRoot = 0x1p64;
  if (!operands[0].getType().isF32() || !isRootAndEpsilon(op->getOperand(1)))
    return binary<arith::DivFOp, arith::DivSIOp>(op, operands, b);
  Location loc = op->getLoc();
  Value limit = number(b, loc, operands[1].getType(), largestRoot);
  return emitQuotient(
      b, loc, operands[0],
      emitLimit(b, loc, operands[1], limit, arith::CmpFPredicate::OLT));
}

Value sign(Operation *op, ValueRange operands, OpBuilder &b) {
  Location loc = op->getLoc();
  Type type = operands[0].getType();
  Value zero = number(b, loc, type, 0);
  Value isPositive = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT,
                                           operands[0], zero);
  Value isNegative = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT,
                                           operands[0], zero);
  Value rest = arith::SelectOp::create(b, loc, isNegative,
                                       number(b, loc, type, -1), zero);
  return arith::SelectOp::create(b, loc, isPositive, number(b, loc, type, 1),
                                 rest);
}

Value rsqrt(Operation *op, ValueRange operands, OpBuilder &b) {
  Value root = math::SqrtOp::create(b, op->getLoc(), operands[0]);
  return arith::DivFOp::create(
      b, op->getLoc(), number(b, op->getLoc(), root.getType(), 1), root);
}

/// 1 / (1 + exp(-x)). Floats are kept where the sum is a number: see
/// emitQuotient.
Value logistic(Operation *op, ValueRange operands, OpBuilder &b) {
  Location loc = op->getLoc();
  Value x = operands[0], one = number(b, loc, x.getType(), 1);
  bool isFloat = x.getType().isF32();
  if (isFloat)
    x = emitBetween(b, loc, x, -kLargestExponent, kLargestExponent);
  auto power = math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, x));
  if (isFloat)
    power->setAttr(kIsInRange, b.getUnitAttr());
  auto flags =
      isFloat ? arith::FastMathFlags::contract : arith::FastMathFlags::none;
  Value sum = arith::AddFOp::create(
      b, loc, one, power, arith::FastMathFlagsAttr::get(b.getContext(), flags));
  return emitQuotient(b, loc, one, sum);
}

/// By integers, for not all machines can convert: half a unit of what is cut
/// off is added, or a little less, so that ties go to even. A NaN stays one.
Value roundBfloat16(Operation *op, ValueRange operands, OpBuilder &b) {
  Location loc = op->getLoc();
  Type word = b.getI32Type();
  auto integer = [&](int32_t value) {
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
  };
  Value x = operands[0], bits = arith::BitcastOp::create(b, loc, word, x);
  Value odd = arith::AndIOp::create(
      b, loc, arith::ShRUIOp::create(b, loc, bits, integer(16)), integer(1));
  Value half = arith::AddIOp::create(b, loc, odd, integer(0x7fff));
  Value kept = arith::AndIOp::create(
      b, loc, arith::AddIOp::create(b, loc, bits, half), integer(~0xffff));
  Value rounded = arith::BitcastOp::create(b, loc, x.getType(), kept);
  Value isNumber =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ORD, x, x);
  return arith::SelectOp::create(b, loc, isNumber, rounded, x);
}

/// max and min against a constant that isn't NaN are one instruction on most
/// machines when written as a comparison that keeps a NaN of the other operand.
template <arith::CmpFPredicate keepRhs, typename FloatOp, typename IntOp>
Value extremum(Operation *op, ValueRange operands, OpBuilder &b) {
  DenseElementsAttr constant;
  if (isa<FloatType>(operands[0].getType()) &&
      matchPattern(op->getOperand(1), m_Constant(&constant)) &&
      constant.isSplat() && !constant.getSplatValue<APFloat>().isNaN()) {
    return emitLimit(b, op->getLoc(), operands[0], operands[1], keepRhs);
  }
  return binary<FloatOp, IntOp>(op, operands, b);
}

Value compare(Operation *op, ValueRange operands, OpBuilder &b) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  static constexpr F floats[] = {F::OEQ, F::UNE, F::OLT,
                                 F::OLE, F::OGT, F::OGE};
  static constexpr I ints[] = {I::eq, I::ne, I::slt, I::sle, I::sgt, I::sge};
  auto predicate = unsigned(cast<CompareOp>(op).getPredicate());
  if (isa<FloatType>(operands[0].getType()))
    return arith::CmpFOp::create(b, op->getLoc(), floats[predicate],
                                 operands[0], operands[1]);
  return arith::CmpIOp::create(b, op->getLoc(), ints[predicate], operands[0],
                               operands[1]);
}

Value select(Operation *op, ValueRange operands, OpBuilder &b) {
  return arith::SelectOp::create(b, op->getLoc(), operands[0], operands[1],
                                 operands[2]);
}

Value logicalNot(Operation *op, ValueRange operands, OpBuilder &b) {
  Value yes = arith::ConstantOp::create(b, op->getLoc(), b.getBoolAttr(true));
  return arith::XOrIOp::create(b, op->getLoc(), operands[0], yes);
}

Value convertToFloat(Location loc, Value value, FloatType to, OpBuilder &b) {
  Type from = value.getType();
  if (from.isInteger(1))
    return arith::UIToFPOp::create(b, loc, to, value);
  if (isa<IntegerType>(from))
    return arith::SIToFPOp::create(b, loc, to, value);
  if (from.getIntOrFloatBitWidth() < to.getWidth())
    return arith::ExtFOp::create(b, loc, to, value);
  return from == to ? value : arith::TruncFOp::create(b, loc, to, value);
}

Value convert(Operation *op, ValueRange operands, OpBuilder &b) {
  Location loc = op->getLoc();
  Value value = operands[0];
  Type from = value.getType(),
       to = cast<ConvertOp>(op).getType().getElementType();
  if (auto type = dyn_cast<FloatType>(to))
    return convertToFloat(loc, value, type, b);
  if (to.isInteger(1)) {
    Value zero = number(b, loc, from, 0);
    if (isa<FloatType>(from))
      return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, value,
                                   zero);
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, value, zero);
  }
  if (isa<FloatType>(from))
    return arith::FPToSIOp::create(b, loc, to, value);
  if (from.getIntOrFloatBitWidth() > to.getIntOrFloatBitWidth())
    return arith::TruncIOp::create(b, loc, to, value);
  if (from == to)
    return value;
  if (from.isInteger(1))
    return arith::ExtUIOp::create(b, loc, to, value);
  return arith::ExtSIOp::create(b, loc, to, value);
}

/// A row for each elementwise op.
const llvm::StringMap<Rule> &rules() {
  using arith::CmpFPredicate;
  static const llvm::StringMap<Rule> table = {
      {NegOp::getOperationName(), unary<arith::NegFOp>},
      {AbsOp::getOperationName(), unary<math::AbsFOp>},
      {SignOp::getOperationName(), sign},
      {ExpOp::getOperationName(), unary<math::ExpOp>},
      {Expm1Op::getOperationName(), unary<math::ExpM1Op>},
      {LogOp::getOperationName(), unary<math::LogOp>},
      {Log1pOp::getOperationName(), unary<math::Log1pOp>},
      {SqrtOp::getOperationName(), unary<math::SqrtOp>},
      {RsqrtOp::getOperationName(), rsqrt},
      {TanhOp::getOperationName(), unary<math::TanhOp>},
      {ErfOp::getOperationName(), unary<math::ErfOp>},
      {LogisticOp::getOperationName(), logistic},
      {NotOp::getOperationName(), logicalNot},
      {AndOp::getOperationName(), binary<arith::MulFOp, arith::AndIOp>},
      {OrOp::getOperationName(), binary<arith::AddFOp, arith::OrIOp>},
      {AddOp::getOperationName(), binary<arith::AddFOp, arith::AddIOp>},
      {SubOp::getOperationName(), binary<arith::SubFOp, arith::SubIOp>},
      {MulOp::getOperationName(), binary<arith::MulFOp, arith::MulIOp>},
      {DivOp::getOperationName(), quotient},
      {MaxOp::getOperationName(),
       extremum<CmpFPredicate::OGT, arith::MaximumFOp, arith::MaxSIOp>},
      {MinOp::getOperationName(),
       extremum<CmpFPredicate::OLT, arith::MinimumFOp, arith::MinSIOp>},
      {CompareOp::getOperationName(), compare},
      {SelectOp::getOperationName(), select},
      {ConvertOp::getOperationName(), convert},
      {RoundBfloat16Op::getOperationName(), roundBfloat16},
  };
  return table;
}

} // namespace

Value lowerToScalar(Operation *op, ValueRange operands, OpBuilder &b) {
  auto rule = rules().find(op->getName().getStringRef());
  return rule == rules().end() ? Value() : rule->second(op, operands, b);
}

bool hasScalarLowering(StringRef opName) { return rules().contains(opName); }

//===----------------------------------------------------------------------===//
// Random numbers
//===----------------------------------------------------------------------===//

namespace {
/// Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror, Shaw, "Parallel Random
/// Numbers: As Easy as 1, 2, 3", SC 2011.
class Threefry {
public:
  Threefry(OpBuilder &b, Location loc, Value key0, Value key1)
      : b(b), loc(loc) {
    Value parity = word(0x1BD11BDA);
    keys = {key0, key1,
            arith::XOrIOp::create(
                b, loc, arith::XOrIOp::create(b, loc, parity, key0), key1)};
  }

  std::pair<Value, Value> encrypt(Value x0, Value x1) {
    static constexpr uint32_t rotations[2][4] = {{13, 15, 26, 6},
                                                 {17, 29, 16, 24}};
    x0 = add(x0, keys[0]);
    x1 = add(x1, keys[1]);
    for (uint32_t group = 1; group <= 5; ++group) {
      for (uint32_t rotation : rotations[(group - 1) % 2]) {
        x0 = add(x0, x1);
        x1 = arith::XOrIOp::create(b, loc, rotate(x1, rotation), x0);
      }
      x0 = add(x0, keys[group % 3]);
      x1 = add(add(x1, keys[(group + 1) % 3]), word(group));
    }
    return {x0, x1};
  }

  Value word(uint32_t value) {
    return arith::ConstantOp::create(b, loc,
                                     b.getI32IntegerAttr(int32_t(value)));
  }
  Value shiftRight(Value value, uint32_t count) {
    return arith::ShRUIOp::create(b, loc, value, word(count));
  }

private:
  Value add(Value lhs, Value rhs) {
    return arith::AddIOp::create(b, loc, lhs, rhs);
  }
  Value rotate(Value value, uint32_t count) {
    Value high = arith::ShLIOp::create(b, loc, value, word(count));
    return arith::OrIOp::create(b, loc, high, shiftRight(value, 32 - count));
  }

  OpBuilder &b;
  Location loc;
  std::array<Value, 3> keys;
};
} // namespace

Value emitRandom(OpBuilder &b, Location loc, std::pair<Value, Value> key,
                 Value index, Value stream, FloatType type) {
  Threefry generator(b, loc, key.first, key.second);
  Value counter = arith::IndexCastOp::create(b, loc, b.getI32Type(), index);
  auto [first, second] = generator.encrypt(counter, stream);
  if (type.isF32()) {
    Value bits =
        arith::UIToFPOp::create(b, loc, type, generator.shiftRight(first, 8));
    return arith::MulFOp::create(b, loc, bits, number(b, loc, type, 0x1p-24));
  }
  // 26 bits of the first word, 27 of the second.
  Value high =
      arith::UIToFPOp::create(b, loc, type, generator.shiftRight(first, 6));
  Value low =
      arith::UIToFPOp::create(b, loc, type, generator.shiftRight(second, 5));
  high = arith::MulFOp::create(b, loc, high, number(b, loc, type, 0x1p-26));
  low = arith::MulFOp::create(b, loc, low, number(b, loc, type, 0x1p-53));
  return arith::AddFOp::create(b, loc, high, low);
}

} // namespace mlc::codegen
