//===-- SplitProducts.cpp - --mlc-split-products --------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A thread updates some rows of a weight. If all threads read all of it in the
// next step's product, the lines of each move to all others, which takes longer
// than to multiply them with few rows. So the product is one for each part of
// the weight's rows, which are shared out as they are for the update, and a
// sum of those.
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlc {
#define GEN_PASS_DEF_SPLITPRODUCTS
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

/// Rows of the other factor below which a line of the weight takes longer to
/// come from another processor than to be multiplied.
constexpr int64_t kFewRows = 64;
/// Bytes of a weight below which nothing is shared out.
constexpr int64_t kLargeWeight = 128 << 10;
/// Parts of a weight, and least rows of one.
constexpr int64_t kParts = 4, kLeastRows = 64;

static bool isUpdated(func::FuncOp function, Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner()->getParentOp() != function)
    return false;
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (auto updated =
            function.getResultAttrOfType<IntegerAttr>(i, attr::kUpdates);
        updated && updated.getInt() == argument.getArgNumber())
      return true;
  return false;
}

/// Does `dot` sum over the first dimension of a large weight, for few rows?
static bool isWorthSplitting(func::FuncOp function, DotGeneralOp dot) {
  DotDimensions dims = dot.getDotDimensions();
  if (!dims.lhsBatch.empty() || dims.lhsContract.size() != 1 ||
      dims.rhsContract != Sizes{0} || dot.getBfloat16() ||
      !isUpdated(function, dot.getRhs()))
    return false;
  int64_t size = getShape(dot.getRhs()).front(),
          rows = getElementCount(getShape(dot.getLhs())) / size;
  return rows <= kFewRows && size % kParts == 0 &&
         size / kParts >= kLeastRows &&
         bytesOf(dot.getRhs().getType()) >= kLargeWeight;
}

/// `value` with dimension `dim` as parts, and what is in each.
static Value splitDimension(OpBuilder &b, Value value, int64_t dim) {
  Sizes shape(getShape(value));
  shape[dim] /= kParts;
  shape.insert(shape.begin() + dim, kParts);
  return reshapeTo(b, value.getLoc(), value, shape);
}

static void split(DotGeneralOp dot) {
  OpBuilder b(dot);
  int64_t along = dot.getDotDimensions().lhsContract.front();
  Value lhs = splitDimension(b, dot.getLhs(), along),
        rhs = splitDimension(b, dot.getRhs(), 0);
  DotDimensions dims{{along}, {0}, {along + 1}, {1}};
  Value parts = dotGeneral(b, dot.getLoc(), lhs, rhs, dims);
  dot.replaceAllUsesWith(reduceAdd(b, dot.getLoc(), parts, {0}));
  dot.erase();
}

namespace {
struct SplitProducts : public mlc::impl::SplitProductsBase<SplitProducts> {
  void runOnOperation() override {
    SmallVector<DotGeneralOp> products;
    for (auto dot : getOperation().getOps<DotGeneralOp>())
      if (isWorthSplitting(getOperation(), dot))
        products.push_back(dot);
    llvm::for_each(products, split);
  }
};
} // namespace
