//===-- ContractionPlan.cpp - the role of each index ----------------------===//
//-----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"
#include "codegen/Pairs.h"

using namespace mlir;

namespace mlc::codegen {

int64_t ContractionPlan::sizeOf(ArrayRef<ContractionDim> dims) {
  int64_t size = 1;
  for (const ContractionDim &dim : dims)
    size *= dim.size;
  return size;
}

std::pair<int64_t, int64_t> ContractionPlan::getInterior() const {
  if (m.border < 0)
    return {0, m.size};
  const Border &border = borders[m.border];
  auto last = llvm::find_if(
      k, [&](const ContractionDim &dim) { return dim.border == m.border; });
  auto isInside = [&](int64_t step) {
    return border.contains(step, 0) && border.contains(step, last->size - 1);
  };
  int64_t begin = 0, end = m.size;
  while (begin < end && !isInside(begin))
    ++begin;
  while (end > begin && !isInside(end - 1))
    --end;
  return {begin, end};
}

/// The dimension of the product of which the kernel picks single indices, or -1
/// if its results have all dimensions.
static int64_t findGateDim(func::FuncOp kernel, ArrayRef<int64_t> shape) {
  if (cast<RankedTensorType>(getResults(kernel)[0].getType()).getRank() ==
      int64_t(shape.size()))
    return -1;
  for (auto slice : kernel.getOps<tensor::ExtractSliceOp>()) {
    if (slice.getSourceType().getShape() != shape)
      continue;
    for (auto [d, size] : llvm::enumerate(slice.getStaticSizes()))
      if (size != shape[d])
        return d;
  }
  return -1;
}

namespace {

/// Gives each index of a contraction its role.
class Planner {
public:
  Planner(func::FuncOp kernel, const Target &target, Contraction product,
          Operation *op)
      : target(target), op(op), isConvolution(!isa<linalg::GenericOp>(op)) {
    static_cast<Contraction &>(plan) = std::move(product);
    plan.lanes = getLanes(kernel, target);
    if (isConvolution)
      simplifyBorders(plan);
    mergeNeighbours(kernel, plan);
    dims = plan.dims;
    if (!isConvolution)
      gateDim = findGateDim(kernel, getShape(plan.result));
  }

  ContractionPlan run() {
    takeVectors();
    for (const ContractionDim &dim : dims)
      if (dim.inC < 0)
        plan.k.push_back(dim);
    llvm::erase_if(dims, [](const ContractionDim &dim) { return dim.inC < 0; });
    if (plan.k.empty())
      plan.k.push_back({});
    isConvolution ? takeRowsOfConvolution() : takeRows();
    plan.outer = dims;
    chooseBlocking(plan, target, op);
    return std::move(plan);
  }

private:
  /// Takes out of `dims` the largest of the candidates.
  ContractionDim
  takeLargest(llvm::function_ref<bool(const ContractionDim &)> isCandidate) {
    auto chosen = dims.end();
    for (auto it = dims.begin(); it != dims.end(); ++it)
      if (isCandidate(*it) && (chosen == dims.end() || it->size > chosen->size))
        chosen = it;
    if (chosen == dims.end())
      return {};
    ContractionDim dim = *chosen;
    dims.erase(chosen);
    return dim;
  }

  void swapOperands() {
    std::swap(plan.a, plan.b);
    std::swap(plan.aOffset, plan.bOffset);
    for (ContractionDim &dim : dims)
      std::swap(dim.a, dim.b);
  }

  /// Can C be read and written in vectors along `dim`? Rows must not move along
  /// the same dimension of C, as places of a remainder and remainders do.
  bool isContiguous(const ContractionDim &dim) const {
    bool isLast = dim.inC == int64_t(plan.cOffsets.size()) - 1;
    auto isBeside = [&](const ContractionDim &other) {
      return other.inC == dim.inC;
    };
    return dim.inC >= 0 && dim.c == 1 && dim.border < 0 &&
           (isLast || llvm::count_if(dims, isBeside) == 1);
  }

  /// Depthwise: lanes are groups, and A is read as vectors too. Several filters
  /// of each channel are neighbours, for which lanes of A are repeated.
  bool takeGroups() {
    auto filters = llvm::find_if(
        dims, [&](auto &d) { return isContiguous(d) && d.a == 0 && d.b == 1; });
    if (filters == dims.end() || plan.lanes % filters->size != 0)
      return false;
    auto groups = llvm::find_if(dims, [&](const ContractionDim &dim) {
      return dim.inC == filters->inC && dim.a == 1 && dim.b == filters->size &&
             dim.c == filters->size;
    });
    if (groups == dims.end())
      return false;
    plan.repeat = filters->size;
    plan.n = *groups;
    plan.n.size *= plan.repeat;
    plan.n.b = plan.n.c = plan.n.cStep = 1;
    dims.erase(std::max(filters, groups));
    dims.erase(std::min(filters, groups));
    return true;
  }

  void takeVectors() {
    if (isConvolution && takeGroups())
      return;
    int64_t last = plan.cOffsets.size() - 1;
    auto isVectorDim = [&](const ContractionDim &dim) {
      return isContiguous(dim) && (dim.a == 0) != (dim.b == 0) &&
             (!isConvolution || dim.inC == last || dim.a + dim.b == 1);
    };
    auto vectorDim = llvm::find_if(
        dims, [&](auto &d) { return isVectorDim(d) && d.size > 1; });
    if (vectorDim == dims.end())
      vectorDim = llvm::find_if(dims, isVectorDim);
    if (vectorDim != dims.end() && vectorDim->b == 0)
      swapOperands();
    plan.gate =
        takeLargest([&](auto &d) { return d.inC >= 0 && d.inC == gateDim; });
    plan.n = takeLargest([&](auto &d) { return isVectorDim(d) && d.a == 0; });
    if (plan.n.inC < 0 && isConvolution)
      plan.n = takeLargest(
          [&](auto &d) { return isContiguous(d) && d.a != 0 && d.b != 0; });
  }

  void takeRows() {
    plan.m = takeLargest([](auto &d) { return d.inC >= 0 && d.b == 0; });
    plan.tile =
        chooseTile(plan.m.size, plan.n.size, plan.lanes, target.vectorRegisters,
                   /*unit=*/1, plan.gate.size);
  }

  /// Rows are pixels, channels of the filter, or, where those are few, all of
  /// several inner dimensions and some of the next.
  void takeRowsOfConvolution() {
    SmallVector<ContractionDim> candidates;
    for (const ContractionDim &dim : dims)
      if (dim.b == 0)
        candidates.push_back(dim);
    llvm::stable_sort(candidates,
                      [](auto &lhs, auto &rhs) { return lhs.c < rhs.c; });
    double best = 0;
    SmallVector<ContractionDim> rowDims;
    plan.tile = chooseTile(1, plan.n.size, plan.lanes, target.vectorRegisters);
    for (size_t i = 0; i < candidates.size(); ++i) {
      for (size_t j = i; j < (i == 0 ? candidates.size() : i + 1); ++j)
        considerRows(ArrayRef(candidates).take_front(i), candidates[j], best);
      if (plan.sizeOf(ArrayRef(candidates).take_front(i + 1)) > 14)
        break;
    }
    llvm::erase_if(dims, [&](const ContractionDim &dim) {
      auto isSame = [&](const ContractionDim &other) {
        return other.inC == dim.inC && other.cStep == dim.cStep;
      };
      return isSame(plan.m) || llvm::any_of(plan.rowDims, isSame);
    });
  }

  void considerRows(ArrayRef<ContractionDim> rowDims, const ContractionDim &m,
                    double &best) {
    int64_t unit = plan.sizeOf(rowDims), rows = unit * m.size;
    RegisterTile tile =
        chooseTile(rows, plan.n.size, plan.lanes, target.vectorRegisters, unit);
    double cost =
        estimateCycles(tile, rows, plan.n.size, plan.lanes) / double(rows);
    // Rows of images whose size is a power of two compete for the same lines of
    // the first-level cache.
    if (m.a % 1024 == 0 && tile.rows / unit >= 4)
      cost *= 1.3;
    if (best != 0 && cost > best * 0.97)
      return;
    best = cost;
    plan.tile = tile;
    plan.m = m;
    plan.rowDims.assign(rowDims.rbegin(), rowDims.rend());
  }

  const Target &target;
  Operation *op;
  bool isConvolution;
  ContractionPlan plan;
  SmallVector<ContractionDim> dims;
  /// See findGateDim.
  int64_t gateDim = -1;
};

} // namespace

FailureOr<std::vector<ContractionPlan>> makePlans(func::FuncOp kernel,
                                                  const Target &target) {
  std::vector<ContractionPlan> plans;
  for (Operation &op : kernel.getOps())
    if (isa<ConvolutionOp, ConvolutionInputOp, ConvolutionFilterOp>(op)) {
      for (Contraction &part : readConvolution(&op))
        plans.push_back(Planner(kernel, target, part, &op).run());
      return plans;
    }
  linalg::GenericOp op = getReductions(kernel).front();
  if (op.getNumDpsInputs() != 2)
    return op.emitOpError("expected a contraction of two operands");
  Contraction product = readProduct(op);
  if (failed(verifyTarget(op, product.bfloat16, target)))
    return failure();
  plans.push_back(Planner(kernel, target, product, op).run());
  if (plans.back().gate.a != 0)
    return op.emitOpError("picks indices that vary with the broadcast operand");
  return plans;
}

} // namespace mlc::codegen
