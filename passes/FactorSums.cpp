//===-- FactorSums.cpp - --mlc-factor-sums --------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A sum of x * c, where c is the same along what is summed, is the sum of x,
// times c. The gradients of a normalization are sums of one product with
// different factors: without those they are one sum.
//
// A sum of a + b is the sum of a plus that of b. Where one of these is there
// already, as in the gradients of a batch normalization, nothing has to wait
// for a + b: it needn't be in memory before it is used.
//
// x * a + x * b is x * (a + b). What flows back through an activation such as
// gelu is the factor x of several terms: their sum is the activation's
// derivative, which the forward pass computes where it has all that it is made
// of, and keeps instead of that.
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#define DEBUG_TYPE "mlc-factor-sums"

namespace mlc {
#define GEN_PASS_DEF_FACTORSUMS
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

namespace {
/// The factors of a product, nested products taken apart: those that are the
/// same along the dimensions of a sum, as they would be read beside its result,
/// and the rest.
class Factors {
public:
  Factors(PatternRewriter &rewriter, ReduceOp sum)
      : rewriter(rewriter), sum(sum) {}

  void add(Value value) {
    constexpr size_t most = 8;
    if (auto product = value.getDefiningOp<MulOp>();
        product && terms.size() + common.size() < most) {
      add(product.getLhs());
      add(product.getRhs());
    } else if (auto negative = value.getDefiningOp<NegOp>()) {
      isNegative = !isNegative;
      add(negative.getOperand());
    } else if (auto select = value.getDefiningOp<SelectOp>();
               select && matchPattern(select.getOnFalse(), m_AnyZeroFloat()) &&
               isCommon(select.getOnTrue())) {
      masks.push_back(select.getCondition());
      common.push_back(select.getOnTrue());
    } else if (isCommon(value)) {
      common.push_back(value);
    } else {
      terms.push_back(value);
    }
  }

  bool hasCommon() const { return isNegative || !common.empty(); }

  /// Is what would be left summed up already?
  bool isSummedElsewhere() {
    return terms.size() == 1 && masks.empty() &&
           llvm::any_of(terms.front().getUsers(), [&](Operation *user) {
             auto other = dyn_cast<ReduceOp>(user);
             return other && other != sum &&
                    other.getKind() == ReduceKind::add &&
                    other.getDimensions() == sum.getDimensions();
           });
  }

  /// Replaces the sum, unless nothing would be left to sum up.
  LogicalResult replace() {
    if (!hasCommon() || terms.empty())
      return failure();
    Value product = terms.front();
    for (Value term : ArrayRef(terms).drop_front())
      product = MulOp::create(rewriter, sum.getLoc(), product, term);
    for (Value mask : masks)
      product = SelectOp::create(
          rewriter, sum.getLoc(), mask, product,
          constantSplat(rewriter, sum.getLoc(), product.getType(), 0));
    Value result = mlc::reduce(rewriter, sum.getLoc(), ReduceKind::add, product,
                               sum.getDimensions());
    for (Value factor : common)
      result = MulOp::create(rewriter, sum.getLoc(), result, beside(factor));
    if (isNegative)
      result = NegOp::create(rewriter, sum.getLoc(), result);
    rewriter.replaceOp(sum, result);
    return success();
  }

private:
  bool isCommon(Value value) {
    if (auto constant = value.getDefiningOp<ConstantOp>())
      return cast<DenseElementsAttr>(constant.getValue()).isSplat();
    auto broadcast = value.getDefiningOp<BroadcastOp>();
    return broadcast &&
           llvm::none_of(broadcast.getDimensions(), [&](int64_t dimension) {
             return llvm::is_contained(sum.getDimensions(), dimension);
           });
  }

  /// A common factor in the shape of the result.
  Value beside(Value factor) {
    auto type = cast<RankedTensorType>(sum.getType());
    if (auto constant = factor.getDefiningOp<ConstantOp>()) {
      auto values = cast<DenseElementsAttr>(constant.getValue());
      return ConstantOp::create(rewriter, sum.getLoc(), type,
                                values.resizeSplat(type));
    }
    auto broadcast = factor.getDefiningOp<BroadcastOp>();
    SmallVector<int64_t> dimensions;
    for (int64_t dimension : broadcast.getDimensions())
      dimensions.push_back(
          dimension - llvm::count_if(sum.getDimensions(), [&](int64_t reduced) {
            return reduced < dimension;
          }));
    return broadcastTo(rewriter, sum.getLoc(), broadcast.getOperand(),
                       type.getShape(), dimensions);
  }

  PatternRewriter &rewriter;
  ReduceOp sum;
  SmallVector<Value> terms, common, masks;
  bool isNegative = false;
};
} // namespace

static bool isFloatSum(ReduceOp sum) {
  return sum.getKind() == ReduceKind::add &&
         isa<FloatType>(cast<ShapedType>(sum.getType()).getElementType());
}

static LogicalResult pullFactorsOut(ReduceOp sum, PatternRewriter &rewriter) {
  if (!isFloatSum(sum))
    return failure();
  Factors factors(rewriter, sum);
  factors.add(sum.getOperand());
  return factors.replace();
}

/// Takes the additions that make `value` apart.
static void collectAddends(Value value, SmallVectorImpl<Value> &addends) {
  constexpr size_t most = 4;
  auto addition = value.getDefiningOp<AddOp>();
  if (!addition || addends.size() >= most) {
    addends.push_back(value);
    return;
  }
  collectAddends(addition.getLhs(), addends);
  collectAddends(addition.getRhs(), addends);
}

/// Of columns only: rows are in registers or in cache, where their sums and
/// what uses them are in one kernel anyway.
static LogicalResult sumAddends(ReduceOp sum, PatternRewriter &rewriter) {
  int64_t last = getShape(sum.getOperand()).size() - 1;
  if (!isFloatSum(sum) || llvm::is_contained(sum.getDimensions(), last))
    return failure();
  SmallVector<Value> addends;
  collectAddends(sum.getOperand(), addends);
  if (addends.size() < 2)
    return failure();
  bool isKnown = llvm::any_of(addends, [&](Value addend) {
    Factors factors(rewriter, sum);
    factors.add(addend);
    return factors.isSummedElsewhere();
  });
  if (!isKnown)
    return failure();
  llvm::SmallMapVector<Value, Value, 4> sums;
  Value result;
  for (Value addend : addends) {
    Value &part = sums[addend];
    if (!part)
      part = mlc::reduce(rewriter, sum.getLoc(), ReduceKind::add, addend,
                         sum.getDimensions());
    result =
        result ? AddOp::create(rewriter, sum.getLoc(), result, part) : part;
  }
  rewriter.replaceOp(sum, result);
  return success();
}

namespace {
/// A sum, with what is computed for it alone by additions and multiplications
/// of one another, down to leaves.
class LinearSum {
public:
  LinearSum(PatternRewriter &rewriter, AddOp root)
      : rewriter(rewriter), root(root) {
    constexpr size_t most = 32;
    SmallVector<Operation *> pending = {root};
    while (!pending.empty() && nodes.size() < most) {
      Operation *op = pending.pop_back_val();
      if (!nodes.insert(op))
        continue;
      for (Value operand : op->getOperands()) {
        Operation *next = operand.getDefiningOp();
        // The last of its users to come takes it in.
        if (isa_and_nonnull<AddOp, SubOp, MulOp, NegOp>(next) &&
            llvm::all_of(next->getUsers(),
                         [&](Operation *user) { return nodes.contains(user); }))
          pending.push_back(next);
      }
    }
    for (Operation *op : nodes)
      for (Value operand : op->getOperands())
        if (!isNode(operand) && !operand.getDefiningOp<ConstantOp>())
          leaves.insert(operand);
  }

  /// Fails where no leaf is a factor of every term.
  LogicalResult replace() {
    for (Value leaf : leaves) {
      factor = leaf;
      degrees.clear();
      if (countProducts() < 2 || degreeOf(root) != 1)
        continue;
      rewriter.replaceOp(root, MulOp::create(rewriter, root.getLoc(), factor,
                                             coefficientOf(root.getResult())));
      return success();
    }
    return failure();
  }

private:
  static constexpr int kNotLinear = -1;

  bool isNode(Value value) const {
    return value.getDefiningOp() && nodes.contains(value.getDefiningOp());
  }

  /// Multiplications by the factor, of which one will do.
  int64_t countProducts() const {
    return llvm::count_if(factor.getUsers(), [&](Operation *user) {
      return isa<MulOp>(user) && nodes.contains(user);
    });
  }

  /// 1 if `value` is a multiple of the factor, 0 if it doesn't depend on it.
  int degreeOf(Value value) {
    if (!isNode(value))
      return value == factor;
    if (auto known = degrees.find(value); known != degrees.end())
      return known->second;
    Operation *op = value.getDefiningOp();
    int first = degreeOf(op->getOperand(0)),
        second = isa<NegOp>(op) ? first : degreeOf(op->getOperand(1));
    int degree = isa<MulOp>(op) ? first + second : first;
    bool isLinear = first >= 0 && second >= 0 && degree <= 1 &&
                    (isa<MulOp>(op) || first == second);
    return degrees[value] = isLinear ? degree : kNotLinear;
  }

  /// `value`, of degree 1, for a factor of 1.
  Value coefficientOf(Value value) {
    Location loc = value.getLoc();
    if (value == factor)
      return constantSplat(rewriter, loc, value.getType(), 1);
    if (Value known = coefficients.lookup(value))
      return known;
    Operation *op = value.getDefiningOp();
    if (!isa<MulOp>(op)) {
      IRMapping mapping;
      for (Value operand : op->getOperands())
        mapping.map(operand, coefficientOf(operand));
      return coefficients[value] = rewriter.clone(*op, mapping)->getResult(0);
    }
    bool isFirst = degreeOf(op->getOperand(0)) == 1;
    Value multiple = op->getOperand(isFirst ? 0 : 1),
          other = op->getOperand(isFirst ? 1 : 0);
    if (multiple == factor)
      return other;
    Value coefficient = coefficientOf(multiple);
    return coefficients[value] =
               MulOp::create(rewriter, loc, coefficient, other);
  }

  PatternRewriter &rewriter;
  AddOp root;
  llvm::SetVector<Operation *> nodes;
  llvm::SetVector<Value> leaves;
  Value factor;
  llvm::DenseMap<Value, int> degrees;
  llvm::DenseMap<Value, Value> coefficients;
};
} // namespace

static LogicalResult pullFactorOutOfTerms(AddOp sum,
                                          PatternRewriter &rewriter) {
  return LinearSum(rewriter, sum).replace();
}

namespace {
struct FactorSums : public mlc::impl::FactorSumsBase<FactorSums> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add(pullFactorsOut);
    patterns.add(sumAddends);
    patterns.add(pullFactorOutOfTerms);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
