//===-- LowerToLinalg.cpp - kernels from mlc to linalg --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every op becomes a `linalg.generic` whose output map is the identity (with
// the reduced dimensions left out), so that what differs between a broadcast
// and a transpose is only the map that the operand is read through. Windows
// have bounds that maps can't say: their ops stay as they are.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/ScalarLowering.h"
#include "ir/Pick.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

#define DEBUG_TYPE "mlc-to-linalg"

using namespace mlir;

namespace mlc::codegen {
#define GEN_PASS_DEF_LOWERTOLINALG
#include "codegen/Passes.h.inc"

namespace {

using Body = llvm::function_ref<Value(OpBuilder &, Location, ValueRange)>;

/// Builds the generic for one op whose operands are already lowered.
class Lowering {
public:
  Lowering(Operation *op, ValueRange operands, OpBuilder &b)
      : op(op), operands(operands), b(b), loc(op->getLoc()),
        type(cast<RankedTensorType>(op->getResult(0).getType())) {}

  /// The value of the op's result, or null if there is no rule.
  Value lower() {
    if (hasScalarLowering(op->getName().getStringRef()))
      return elementwise();
    return llvm::TypeSwitch<Operation *, Value>(op)
        .Case<ConstantOp>([&](ConstantOp) { return constant(); })
        .Case<StopGradientOp>([&](StopGradientOp) { return operands[0]; })
        // linalg could only say it of a padded input: the contraction's loops
        // read the op as it is.
        .Case<ConvolutionOp, ConvolutionInputOp, ConvolutionFilterOp>(
            [&](auto) { return copy(); })
        .Case<IotaOp, RandomOp, BroadcastOp, ReshapeOp, TransposeOp, SliceOp,
              PadOp, ConcatenateOp, ReduceOp, DotGeneralOp, GatherOp, ReverseOp,
              ScatterAddOp>([&](auto typed) { return lower(typed); })
        .Case<ReduceWindowOp, SpreadWindowOp, SelectWindowOp, PickWindowOp>(
            [&](auto) { return keep(); })
        .Default([](Operation *) { return Value(); });
  }

private:
  AffineExpr dim(int64_t d) { return b.getAffineDimExpr(d); }
  AffineMap map(int64_t dims, ArrayRef<AffineExpr> results) {
    return AffineMap::get(dims, 0, results, b.getContext());
  }
  AffineMap identity() { return b.getMultiDimIdentityMap(type.getRank()); }
  RankedTensorType typeOf(unsigned operand) {
    return cast<RankedTensorType>(operands[operand].getType());
  }

  /// The same op, on lowered operands: its kind of kernel knows it.
  Value keep() {
    Operation *copy = b.clone(*op);
    copy->setOperands(operands);
    return copy->getResult(0);
  }

  Value splat(RankedTensorType of, double value) {
    Type element = of.getElementType();
    Attribute number = isa<FloatType>(element)
                           ? Attribute(b.getFloatAttr(element, value))
                           : b.getIntegerAttr(element, int64_t(value));
    return arith::ConstantOp::create(b, loc,
                                     DenseElementsAttr::get(of, number));
  }

  Value generic(ValueRange inputs, ArrayRef<AffineMap> maps, Value init,
                ArrayRef<utils::IteratorType> iterators, Body body) {
    auto op = linalg::GenericOp::create(
        b, loc, TypeRange{type}, inputs, ValueRange{init}, maps, iterators,
        [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
          linalg::YieldOp::create(nested, nestedLoc,
                                  body(nested, nestedLoc, args));
        });
    return op.getResult(0);
  }

  /// A generic over the result's elements, which reads `inputs` through `maps`.
  Value parallel(ValueRange inputs, SmallVector<AffineMap> maps, Body body) {
    maps.push_back(identity());
    Value init =
        tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
    return generic(inputs, maps, init,
                   SmallVector<utils::IteratorType>(
                       type.getRank(), utils::IteratorType::parallel),
                   body);
  }

  Value readThrough(ArrayRef<AffineExpr> exprs) {
    return parallel(
        operands.take_front(), {map(type.getRank(), exprs)},
        [](OpBuilder &, Location, ValueRange args) { return args[0]; });
  }

  Value elementwise() {
    return parallel(
        operands, SmallVector<AffineMap>(operands.size(), identity()),
        [&](OpBuilder &nested, Location, ValueRange args) {
          return lowerToScalar(op, args.take_front(operands.size()), nested);
        });
  }

  Value copy() {
    IRMapping mapping;
    mapping.map(op->getOperands(), operands);
    return b.clone(*op, mapping)->getResult(0);
  }

  Value constant() {
    auto value = dyn_cast<DenseElementsAttr>(cast<ConstantOp>(op).getValue());
    return value ? Value(arith::ConstantOp::create(b, loc, value)) : Value();
  }

  Value lower(IotaOp iota) {
    return parallel({}, {}, [&](OpBuilder &nested, Location l, ValueRange) {
      Value index = linalg::IndexOp::create(nested, l, iota.getDimension());
      if (auto element = dyn_cast<FloatType>(type.getElementType())) {
        Value integer =
            arith::IndexCastOp::create(nested, l, nested.getI32Type(), index);
        return Value(arith::SIToFPOp::create(nested, l, element, integer));
      }
      return Value(
          arith::IndexCastOp::create(nested, l, type.getElementType(), index));
    });
  }

  Value lower(RandomOp) {
    auto word = [&](int64_t i) {
      return map(type.getRank(), {getAffineConstantExpr(i, b.getContext())});
    };
    return parallel(
        {operands[0], operands[0], operands[1]},
        {word(0), word(1), map(type.getRank(), {})},
        [&](OpBuilder &nested, Location l, ValueRange args) {
          Value linear = arith::ConstantIndexOp::create(nested, l, 0);
          for (int64_t d = 0; d < type.getRank(); ++d) {
            Value size =
                arith::ConstantIndexOp::create(nested, l, type.getDimSize(d));
            Value index = linalg::IndexOp::create(nested, l, d);
            linear = arith::AddIOp::create(
                nested, l, arith::MulIOp::create(nested, l, linear, size),
                index);
          }
          return emitRandom(nested, l, {args[0], args[1]}, linear, args[2],
                            cast<FloatType>(type.getElementType()));
        });
  }

  Value lower(BroadcastOp broadcast) {
    SmallVector<AffineExpr> exprs;
    for (auto [i, d] : llvm::enumerate(broadcast.getDimensions()))
      exprs.push_back(typeOf(0).getDimSize(i) == 1 && type.getDimSize(d) != 1
                          ? getAffineConstantExpr(0, b.getContext())
                          : dim(d));
    return readThrough(exprs);
  }

  /// Within a kernel, a reshape drops the dimension that its slice picks from,
  /// or adds that of a stack.
  Value lower(ReshapeOp) {
    SmallVector<AffineExpr> exprs;
    if (std::optional<int64_t> added = getStackedDimension(op)) {
      for (int64_t d = 0; d < type.getRank(); ++d)
        if (d != *added)
          exprs.push_back(dim(d));
      return readThrough(exprs);
    }
    std::optional<Pick> pick = getPick(op);
    if (!pick)
      return {};
    for (int64_t d = 0; d < typeOf(0).getRank(); ++d)
      exprs.push_back(d == pick->dimension
                          ? getAffineConstantExpr(0, b.getContext())
                          : dim(d < pick->dimension ? d : d - 1));
    return readThrough(exprs);
  }

  Value lower(TransposeOp transpose) {
    SmallVector<AffineExpr> exprs(type.getRank());
    for (auto [i, d] : llvm::enumerate(transpose.getPermutation()))
      exprs[d] = dim(i);
    return readThrough(exprs);
  }

  Value lower(SliceOp slice) {
    SmallVector<OpFoldResult> offsets, sizes, strides;
    for (int64_t d = 0; d < type.getRank(); ++d) {
      offsets.push_back(b.getIndexAttr(slice.getOffsets()[d]));
      sizes.push_back(b.getIndexAttr(type.getDimSize(d)));
      strides.push_back(b.getIndexAttr(slice.getStrides()[d]));
    }
    return tensor::ExtractSliceOp::create(b, loc, operands[0], offsets, sizes,
                                          strides);
  }

  Value lower(PadOp pad) {
    SmallVector<OpFoldResult> offsets, sizes, strides;
    for (int64_t d = 0; d < type.getRank(); ++d) {
      offsets.push_back(b.getIndexAttr(pad.getLow()[d]));
      sizes.push_back(b.getIndexAttr(typeOf(0).getDimSize(d)));
      strides.push_back(b.getIndexAttr(pad.getInterior()[d] + 1));
    }
    return tensor::InsertSliceOp::create(b, loc, operands[0], splat(type, 0),
                                         offsets, sizes, strides);
  }

  Value lower(ConcatenateOp concatenate) {
    return tensor::ConcatOp::create(b, loc, type, concatenate.getDimension(),
                                    operands);
  }

  Value lower(ReduceOp reduce) {
    RankedTensorType from = typeOf(0);
    SmallVector<utils::IteratorType> iterators(from.getRank(),
                                               utils::IteratorType::parallel);
    for (int64_t d : reduce.getDimensions())
      iterators[d] = utils::IteratorType::reduction;
    SmallVector<AffineExpr> kept;
    for (int64_t d = 0; d < from.getRank(); ++d)
      if (iterators[d] == utils::IteratorType::parallel)
        kept.push_back(dim(d));
    SmallVector<AffineMap> maps{b.getMultiDimIdentityMap(from.getRank()),
                                map(from.getRank(), kept)};
    return generic(operands, maps, neutral(reduce.getKind()), iterators,
                   [&](OpBuilder &nested, Location l, ValueRange args) {
                     return combine(nested, l, reduce.getKind(), args[0],
                                    args[1]);
                   });
  }

  Value neutral(ReduceKind kind) {
    Type element = type.getElementType();
    if (kind == ReduceKind::add)
      return splat(type, 0);
    bool isMax = kind == ReduceKind::max;
    if (isa<FloatType>(element))
      return splat(type, isMax ? -INFINITY : INFINITY);
    unsigned bits = element.getIntOrFloatBitWidth();
    APInt limit =
        isMax ? APInt::getSignedMinValue(bits) : APInt::getSignedMaxValue(bits);
    return arith::ConstantOp::create(b, loc,
                                     DenseElementsAttr::get(type, limit));
  }

  static Value combine(OpBuilder &b, Location loc, ReduceKind kind, Value lhs,
                       Value rhs) {
    bool isFloat = isa<FloatType>(lhs.getType());
    switch (kind) {
    case ReduceKind::add:
      return isFloat ? Value(arith::AddFOp::create(b, loc, lhs, rhs))
                     : arith::AddIOp::create(b, loc, lhs, rhs);
    case ReduceKind::max:
      return isFloat ? Value(arith::MaximumFOp::create(b, loc, lhs, rhs))
                     : arith::MaxSIOp::create(b, loc, lhs, rhs);
    case ReduceKind::min:
      return isFloat ? Value(arith::MinimumFOp::create(b, loc, lhs, rhs))
                     : arith::MinSIOp::create(b, loc, lhs, rhs);
    }
    llvm_unreachable("all kinds are covered");
  }

  static Value roundToBfloat16(OpBuilder &b, Location loc, Value value) {
    Value rounded = arith::TruncFOp::create(b, loc, b.getBF16Type(), value);
    return arith::ExtFOp::create(b, loc, value.getType(), rounded);
  }

  /// Loops are the result's dimensions, then the contracted ones.
  Value lower(DotGeneralOp dot) {
    int64_t rank = type.getRank(), loops = rank + dot.getLhsContract().size();
    SmallVector<AffineExpr> lhs(typeOf(0).getRank()), rhs(typeOf(1).getRank());
    int64_t next = 0;
    for (auto [l, r] : llvm::zip_equal(dot.getLhsBatch(), dot.getRhsBatch()))
      lhs[l] = rhs[r] = dim(next++);
    for (auto [i, pair] : llvm::enumerate(
             llvm::zip_equal(dot.getLhsContract(), dot.getRhsContract())))
      lhs[std::get<0>(pair)] = rhs[std::get<1>(pair)] = dim(rank + i);
    for (auto *exprs : {&lhs, &rhs})
      for (AffineExpr &expr : *exprs)
        if (!expr)
          expr = dim(next++);
    SmallVector<AffineExpr> result;
    for (int64_t d = 0; d < rank; ++d)
      result.push_back(dim(d));
    SmallVector<utils::IteratorType> iterators(loops,
                                               utils::IteratorType::parallel);
    std::fill(iterators.begin() + rank, iterators.end(),
              utils::IteratorType::reduction);
    return generic(operands,
                   {map(loops, lhs), map(loops, rhs), map(loops, result)},
                   splat(type, 0), iterators,
                   [&](OpBuilder &nested, Location l, ValueRange args) {
                     Value x = args[0], y = args[1];
                     if (dot.getBfloat16()) {
                       x = roundToBfloat16(nested, l, x);
                       y = roundToBfloat16(nested, l, y);
                     }
                     Value product = arith::MulFOp::create(nested, l, x, y);
                     return arith::AddFOp::create(nested, l, product, args[2]);
                   });
  }

  /// Reads the id at the place of the result, then the table at that row.
  Value lower(GatherOp) {
    SmallVector<AffineExpr> place;
    for (int64_t d = 0; d < typeOf(1).getRank(); ++d)
      place.push_back(dim(d));
    return parallel(
        operands.take_back(), {map(type.getRank(), place)},
        [&](OpBuilder &nested, Location l, ValueRange args) {
          SmallVector<Value> at{arith::IndexCastOp::create(
              nested, l, nested.getIndexType(), args[0])};
          for (int64_t d = typeOf(1).getRank(); d < type.getRank(); ++d)
            at.push_back(linalg::IndexOp::create(nested, l, d));
          return tensor::ExtractOp::create(nested, l, operands[0], at);
        });
  }

  Value lower(ReverseOp reverse) {
    SmallVector<AffineExpr> exprs;
    for (int64_t d = 0; d < type.getRank(); ++d) {
      bool isReversed = llvm::is_contained(reverse.getDimensions(), d);
      exprs.push_back(isReversed ? type.getDimSize(d) - 1 - dim(d) : dim(d));
    }
    return readThrough(exprs);
  }

  /// No generic can say where it writes: the loop nest knows this op.
  Value lower(ScatterAddOp) {
    return ScatterAddOp::create(b, loc, operands[0], operands[1], operands[2]);
  }

  Operation *op;
  ValueRange operands;
  OpBuilder &b;
  Location loc;
  RankedTensorType type;
};

LogicalResult lowerKernel(func::FuncOp kernel) {
  IRMapping lowered;
  SmallVector<Operation *> old;
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    OpBuilder b(&op);
    SmallVector<Value> operands;
    for (Value operand : op.getOperands())
      operands.push_back(lowered.lookupOrDefault(operand));
    if (isa<AttentionOp, AttentionGradientOp>(op)) {
      b.clone(op, lowered); // its loop nest takes it as it is
      old.push_back(&op);
      continue;
    }
    Value value = Lowering(&op, operands, b).lower();
    if (!value)
      return op.emitOpError("has no lowering to linalg");
    lowered.map(op.getResult(0), value);
    old.push_back(&op);
  }
  Operation *end = kernel.getBody().front().getTerminator();
  for (OpOperand &operand : end->getOpOperands())
    operand.set(lowered.lookupOrDefault(operand.get()));
  for (Operation *op : llvm::reverse(old))
    op->erase();
  return success();
}

struct LowerToLinalg : impl::LowerToLinalgBase<LowerToLinalg> {
  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (kernel->hasAttr(attr::kKernel) && failed(lowerKernel(kernel)))
        return signalPassFailure();
  }
};

} // namespace
} // namespace mlc::codegen
