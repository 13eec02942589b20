//===-- SplitReductions.cpp - --mlc-split-reductions ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads share a reduction by its columns. Where a large tensor has few, the
// sums over all dimensions but the first are taken first, and then theirs: the
// order in which a nest adds them up anyway, so that the result is the same.
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "passes/FusionGroups.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#define DEBUG_TYPE "mlc-split-reductions"

namespace mlc {
#define GEN_PASS_DEF_SPLITREDUCTIONS
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

/// Bytes below which sharing a pass over memory costs more than it saves.
constexpr int64_t kWorthSplitting = 256 << 10;
/// Columns that are enough for many threads.
constexpr int64_t kManyColumns = 1024;
/// Partial sums that are enough for many threads, and few enough to add up.
constexpr int64_t kFewestParts = 4, kMostParts = 512;

/// Does `reduce` keep the last dimension, and few columns of a large tensor?
static bool isWorthSplitting(ReduceOp reduce) {
  ArrayRef<int64_t> shape = getShape(reduce.getOperand()),
                    dimensions = reduce.getDimensions();
  int64_t last = int64_t(shape.size()) - 1;
  if (dimensions.size() < 2 || llvm::is_contained(dimensions, last))
    return false;
  int64_t parts = shape[dimensions.front()];
  // The kernel of such a product sums it up, too.
  for (Operation *user : reduce.getOperand().getUsers())
    if (auto dot = dyn_cast<DotGeneralOp>(user);
        dot && dot.getRhs() == reduce.getOperand() &&
        findSumOfFactor(dot) == reduce)
      return false;
  return parts >= kFewestParts && parts <= kMostParts &&
         getTensorType(reduce.getResult()).getNumElements() <= kManyColumns &&
         bytesOf(reduce.getOperand().getType()) >= kWorthSplitting;
}

static void split(ReduceOp reduce) {
  OpBuilder b(reduce);
  int64_t first = reduce.getDimensions().front();
  Value parts =
      mlc::reduce(b, reduce.getLoc(), reduce.getKind(), reduce.getOperand(),
                  reduce.getDimensions().drop_front());
  // Nothing before `first` is reduced: it keeps its place.
  Value whole =
      mlc::reduce(b, reduce.getLoc(), reduce.getKind(), parts, {first});
  reduce.replaceAllUsesWith(whole);
  reduce.erase();
}

namespace {
struct SplitReductions
    : public mlc::impl::SplitReductionsBase<SplitReductions> {
  void runOnOperation() override {
    SmallVector<ReduceOp> reductions;
    getOperation().walk([&](ReduceOp reduce) {
      if (isWorthSplitting(reduce))
        reductions.push_back(reduce);
    });
    llvm::for_each(reductions, split);
  }
};
} // namespace
