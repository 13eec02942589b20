//===-- ContractionPlan.cpp - the role of each index ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Pairs.h"
#include "codegen/Panels.h"
#include "codegen/ScalarLowering.h"
#include "codegen/Tuning.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace mlc::codegen {

int64_t ContractionPlan::sizeOf(ArrayRef<ContractionDim> dims) {
  int64_t size = 1;
  for (const ContractionDim &dim : dims)
    size *= dim.size;
  return size;
}

int64_t ContractionPlan::elementBytes() const {
  Type element = getElementTypeOrSelf(a.getType());
  return llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

std::pair<ContractionDim, ContractionDim> cutDim(const ContractionDim &dim,
                                                 int64_t inner) {
  ContractionDim steps = dim, within = dim;
  steps.size = dim.size / inner;
  steps.a *= inner;
  steps.b *= inner;
  within.size = inner;
  return {steps, within};
}

int64_t nearestDivisor(int64_t size, int64_t least, int64_t wanted,
                       int64_t most) {
  int64_t best = 1;
  for (int64_t divisor = least; divisor <= std::min(most, size); ++divisor)
    if (size % divisor == 0 &&
        (best == 1 || std::abs(divisor - wanted) < std::abs(best - wanted)))
      best = divisor;
  return best;
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

/// The kernel's first reduction of so many operands, or null.
static linalg::GenericOp findReduction(func::FuncOp kernel, int64_t operands) {
  for (linalg::GenericOp reduction : getReductions(kernel))
    if (reduction.getNumDpsInputs() == operands)
      return reduction;
  return {};
}

linalg::GenericOp getProduct(func::FuncOp kernel) {
  return findReduction(kernel, 2);
}

/// The sum that the kernel computes beside its product, or null.
static linalg::GenericOp getColumnSum(func::FuncOp kernel) {
  return findReduction(kernel, 1);
}

/// The dimension of the product of which the kernel picks single indices, or -1
/// if its results have all dimensions.
static int64_t findGateDim(func::FuncOp kernel, ArrayRef<int64_t> shape) {
  if (getColumnSum(kernel) ||
      getTypeOfPlaces(getResults(kernel)[0]).getRank() == int64_t(shape.size()))
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
    plan.pooling = findWindow(kernel.getBody().front());
    if (isConvolution)
      simplifyBorders(plan);
    mergeNeighbours(kernel, plan);
    dims = plan.dims;
    if (isConvolution)
      return;
    gateDim = findGateDim(kernel, getShape(plan.result));
    if (linalg::GenericOp sum = getColumnSum(kernel))
      plan.columnSums = sum.getResult(0);
  }

  std::string describe() const { return describeContraction(plan, plan.lanes); }

  /// With the planner's own choices, or with that one.
  FailureOr<ContractionPlan> run(const std::optional<TunedChoice> &tuned) {
    takeVectors();
    for (const ContractionDim &dim : dims)
      if (dim.inC < 0)
        plan.k.push_back(dim);
    llvm::erase_if(dims, [](const ContractionDim &dim) { return dim.inC < 0; });
    if (plan.k.empty())
      plan.k.push_back({});
    isConvolution ? takeRowsOfConvolution() : takeRows();
    plan.outer = dims;
    if (auto unpack = plan.b.getDefiningOp<linalg::UnPackOp>())
      plan.panelSource = unpack.getSource();
    if (tuned)
      if (llvm::Error misfit = followTile(tuned->choice))
        return refuse(*tuned, std::move(misfit));
    if (llvm::Error misfit =
            chooseBlocking(plan, target, op, tuned ? &tuned->choice : nullptr))
      return refuse(*tuned, std::move(misfit));
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
    plan.inMatrices = target.matrixTiles && plan.isPaired();
    if (plan.inMatrices)
      plan.tile = chooseMatrixTile(plan.m.size, plan.n.size, plan.gate.size);
    else
      plan.tile = chooseTile(target, plan.m.size, plan.n.size, plan.lanes,
                             /*unit=*/1, plan.gate.size, /*isEven=*/true);
  }

  /// Rows are pixels, channels of the filter, or, where those are few, all of
  /// several inner dimensions and some of the next.
  void takeRowsOfConvolution() {
    SmallVector<ContractionDim> candidates;
    for (const ContractionDim &dim : dims)
      if (dim.b == 0 && !(plan.pooling && dim.inC == 0))
        candidates.push_back(dim);
    llvm::stable_sort(candidates,
                      [](auto &lhs, auto &rhs) { return lhs.c < rhs.c; });
    double best = 0;
    SmallVector<ContractionDim> rowDims;
    plan.tile = chooseTile(target, 1, plan.n.size, plan.lanes);
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
    RegisterTile tile = chooseTile(target, rows, plan.n.size, plan.lanes, unit);
    double cost = estimateCycles(target, tile, rows, plan.n.size, plan.lanes) /
                  double(rows);
    // Rows of images whose size is a power of two compete for the same lines of
    // the first-level cache.
    constexpr int64_t floatBytes = 4;
    int64_t wayBytes = target.l1.bytes / target.l1.ways;
    if (m.a * floatBytes % wayBytes == 0 &&
        2 * tile.rows / unit >= target.l1.ways)
      cost *= 1.3;
    if (best != 0 && cost > best * 0.97)
      return;
    best = cost;
    plan.tile = tile;
    plan.m = m;
    plan.rowDims.assign(rowDims.rbegin(), rowDims.rend());
  }

  llvm::Error followTile(const ContractionChoice &choice) {
    std::string misfit = explainMisfit(plan, target, choice);
    if (!misfit.empty())
      return llvm::createStringError(misfit);
    plan.tile = {choice.rows, choice.vectors};
    return llvm::Error::success();
  }

  LogicalResult refuse(const TunedChoice &tuned, llvm::Error misfit) {
    Location at = tuned.location ? Location(tuned.location) : op->getLoc();
    return emitError(at) << llvm::toString(std::move(misfit));
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

/// The plan of one contraction: as tuned, or the candidate to be measured,
/// which is added to `planned` then, or the planner's own.
static FailureOr<ContractionPlan>
makePlan(func::FuncOp kernel, const Target &target, const Contraction &product,
         Operation *op, std::vector<PlannedChoice> &planned) {
  Planner planner(kernel, target, product, op);
  // Panels are as the planner's own tiles read them: see makeOwnPlan.
  if (product.a.getDefiningOp<linalg::UnPackOp>() ||
      product.b.getDefiningOp<linalg::UnPackOp>())
    return planner.run(std::nullopt);
  std::string name = planner.describe();
  std::optional<int64_t> candidate = getCandidate(kernel);
  if (!candidate)
    return planner.run(findChoice(kernel, name));
  FailureOr<ContractionPlan> own = planner.run(std::nullopt);
  if (failed(own))
    return failure();
  std::vector<ContractionChoice> others = listAlternatives(*own, target);
  auto count = static_cast<int64_t>(others.size());
  planned.push_back({name, getChoice(*own), count + 1});
  if (*candidate < 1 || *candidate > count)
    return own;
  TunedChoice chosen{others[*candidate - 1], {}};
  planned.back().choice = chosen.choice;
  return Planner(kernel, target, product, op).run(chosen);
}

std::optional<ContractionPlan> makeOwnPlan(func::FuncOp kernel,
                                           const Target &target) {
  linalg::GenericOp op = getProduct(kernel);
  if (!op)
    return std::nullopt;
  Contraction product = readProduct(op);
  if (product.bfloat16)
    return std::nullopt;
  FailureOr<ContractionPlan> plan =
      Planner(kernel, target, product, op).run(std::nullopt);
  if (failed(plan) || plan->gate.a != 0)
    return std::nullopt;
  return std::move(*plan);
}

/// Does the kernel compute functions that are long polynomials?
static bool computesMuch(func::FuncOp kernel) {
  WalkResult walk = kernel.walk([](Operation *op) {
    return isa<math::MathDialect>(op->getDialect()) && !isInstruction(op)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return walk.wasInterrupted();
}

FailureOr<std::vector<ContractionPlan>> makePlans(func::FuncOp kernel,
                                                  const Target &target) {
  std::vector<Contraction> parts;
  Operation *op = nullptr;
  for (Operation &each : kernel.getOps())
    if (isa<ConvolutionOp, ConvolutionInputOp, ConvolutionFilterOp>(each)) {
      op = &each;
      parts = readConvolution(op);
      break;
    }
  if (!op) {
    linalg::GenericOp product = getProduct(kernel);
    if (!product)
      return kernel.emitOpError("expected a contraction of two operands");
    op = product;
    parts = {readProduct(product)};
    if (failed(verifyTarget(product, parts[0].bfloat16, target)))
      return failure();
  }
  std::vector<ContractionPlan> plans;
  std::vector<PlannedChoice> planned;
  for (Contraction &part : parts) {
    auto plan = makePlan(kernel, target, part, op, planned);
    if (failed(plan))
      return failure();
    plans.push_back(std::move(*plan));
    plans.back().isEpilogueLong = plans.back().rowDims.empty() &&
                                  plans.back().m.border < 0 &&
                                  computesMuch(kernel);
    if (plans.back().gate.a != 0)
      return op->emitOpError(
          "picks indices that vary with the broadcast operand");
    if (plans.back().panelSource && failed(readPanels(plans.back())))
      return failure();
  }
  if (!planned.empty())
    setPlannedChoices(kernel, planned);
  return plans;
}

} // namespace mlc::codegen
