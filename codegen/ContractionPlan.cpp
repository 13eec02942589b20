//===-- ContractionPlan.cpp - indices, roles and register tiles -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"
#include "ir/Builders.h"

#include "mlir/IR/TypeUtilities.h"

#include <numeric>

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

/// Row-major stride of loop dimension `d` in an operand read through `map`.
static int64_t strideOf(AffineMap map, ArrayRef<int64_t> shape, unsigned d) {
  int64_t stride = 1, found = 0;
  for (int64_t i = shape.size() - 1; i >= 0; --i) {
    if (map.getResult(i) == getAffineDimExpr(d, map.getContext()))
      found += stride;
    stride *= shape[i];
  }
  return found;
}

static Contraction readProduct(linalg::GenericOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  auto shape = [&](unsigned i) {
    return cast<RankedTensorType>(op->getOperand(i).getType()).getShape();
  };
  Contraction product;
  product.a = op.getInputs()[0];
  product.b = op.getInputs()[1];
  product.result = op.getResult(0);
  product.cOffsets.assign(shape(2).size(), 0);
  for (unsigned d = 0; d < sizes.size(); ++d) {
    ContractionDim dim{sizes[d], strideOf(maps[0], shape(0), d),
                       strideOf(maps[1], shape(1), d),
                       strideOf(maps[2], shape(2), d)};
    for (auto [i, expr] : llvm::enumerate(maps[2].getResults()))
      if (expr == getAffineDimExpr(d, op.getContext()))
        dim.inC = i;
    product.dims.push_back(dim);
  }
  return product;
}

/// Joins neighbours that every operand walks as one: [batch, time] rows of a
/// Dense layer, contiguous sums.
static void mergeNeighbours(func::FuncOp kernel, Contraction &product) {
  SmallVector<ContractionDim> &dims = product.dims;
  auto isWhole = [&](const ContractionDim &dim) {
    return dim.border < 0 &&
           (dim.inC < 0 || (dim.cStep == 1 && product.cOffsets[dim.inC] == 0));
  };
  for (size_t i = 0; i + 1 < dims.size();) {
    ContractionDim &lhs = dims[i], &rhs = dims[i + 1];
    bool sameRole = (lhs.a == 0) == (rhs.a == 0) &&
                    (lhs.b == 0) == (rhs.b == 0) &&
                    (lhs.inC < 0) == (rhs.inC < 0);
    bool contiguous = lhs.a == rhs.a * rhs.size && lhs.b == rhs.b * rhs.size &&
                      lhs.c == rhs.c * rhs.size;
    bool together =
        lhs.inC < 0 ||
        (rhs.inC == lhs.inC + 1 &&
         areDimsWalkedAsOne(kernel, product.cOffsets.size(), lhs.inC, rhs.inC));
    if (!isWhole(lhs) || !isWhole(rhs) || !sameRole || !contiguous ||
        !together) {
      ++i;
      continue;
    }
    rhs.size *= lhs.size;
    dims.erase(dims.begin() + i);
  }
}

/// Forgets borders that nothing crosses, and those where there is one index of
/// C: they only shorten the K index.
static void simplifyBorders(Contraction &product) {
  for (auto [i, border] : llvm::enumerate(product.borders)) {
    ContractionDim *c = nullptr, *k = nullptr;
    for (ContractionDim &dim : product.dims)
      if (dim.border == int64_t(i))
        (dim.inC < 0 ? k : c) = &dim;
    bool isCrossed = false;
    for (int64_t at : {int64_t(0), c->size - 1})
      isCrossed |= !border.contains(at, 0) || !border.contains(at, k->size - 1);
    if (isCrossed && c->size > 1 && k->size > 0)
      continue;
    int64_t begin = 0, end = k->size;
    if (isCrossed) {
      while (begin < end && !border.contains(0, begin))
        ++begin;
      while (end > begin && !border.contains(0, end - 1))
        --end;
    }
    k->size = end - begin;
    product.aOffset += begin * k->a;
    product.bOffset += begin * k->b;
    c->border = k->border = -1;
  }
  llvm::erase_if(product.dims, [](const ContractionDim &dim) {
    return dim.size == 1 && dim.border < 0;
  });
}

double estimateCycles(RegisterTile tile, int64_t m, int64_t n, int64_t lanes,
                      int64_t gates) {
  auto cycles = [&](int64_t r, int64_t v) {
    v *= gates;
    // Two multiply-adds and two loads a cycle; eight chains hide latency; B
    // comes from the second-level cache at half a vector a cycle.
    return std::max({r * v / 2.0, (r + v) / 2.0 + 0.5, 2.0 * v, 4.0});
  };
  auto column = [&](int64_t v) {
    return v == 0 ? 0.0
                  : (m / tile.rows) * cycles(tile.rows, v) +
                        (m % tile.rows ? cycles(m % tile.rows, v) : 0);
  };
  int64_t panels = n / (tile.vectors * lanes),
          tail = llvm::divideCeil(n % (tile.vectors * lanes), lanes);
  return panels * column(tile.vectors) + column(tail);
}

RegisterTile chooseTile(int64_t m, int64_t n, int64_t lanes, int64_t registers,
                        int64_t unit, int64_t gates) {
  RegisterTile best{unit, 1};
  double bestCycles = 0;
  for (int64_t vectors : {4, 2, 3, 1}) {
    int64_t most = unit > 1 ? registers : vectors == 1 ? 16 : 8;
    for (int64_t rows = unit; rows <= std::min(most, m); rows += unit) {
      // Accumulators, a row of B, and a broadcast scalar must fit.
      int64_t columns = vectors * gates;
      if (rows * columns + columns + 1 > registers)
        continue;
      double total = estimateCycles({rows, vectors}, m, n, lanes, gates);
      bool isLarger = rows * vectors > best.rows * best.vectors;
      if (bestCycles == 0 || total < bestCycles * (isLarger ? 1.005 : 0.995)) {
        bestCycles = total;
        best = {rows, vectors};
      }
    }
  }
  return best;
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
      : target(target), isConvolution(!isa<linalg::GenericOp>(op)),
        isFilter(isa<ConvolutionFilterOp>(op)) {
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
    // A panel of B whose columns aren't contiguous is transposed while packed.
    plan.packed = plan.n.size > 1 && plan.n.a == 0 && plan.kSize() > 0 &&
                  (plan.n.b != 1 || evictsItself());
    plan.chunkSize = plan.m.size;
    plan.farBytes = target.l2Bytes / 2;
    if (isConvolution)
      walkWithinTiles();
    else
      blockSums();
    // Enough pieces to share out between threads, by the shape alone; packing
    // is not repeated for the sake of it.
    if (!plan.packed && !plan.packedRows && plan.m.border < 0 &&
        plan.workTiles() < 16) {
      int64_t blocks = llvm::divideCeil(plan.m.size, 8 * plan.blockSize());
      plan.chunkSize = std::min(plan.m.size, blocks * plan.blockSize());
    }
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

  /// Do lines that are `stride` elements apart fall into so few sets of the
  /// second-level cache that `count` of them don't stay there?
  bool evictEachOther(int64_t stride, int64_t count) const {
    constexpr int64_t ways = 8;
    int64_t wayBytes = target.l2Bytes / ways;
    int64_t places = wayBytes / std::gcd(stride * getElementBytes(), wayBytes);
    return count > places * ways / 2;
  }

  /// Is B's panel read by many tiles, and not in cache when the next one comes?
  bool evictsItself() const {
    constexpr int64_t enoughReuse = 8;
    return !isConvolution && plan.gate.size == 1 && plan.k.size() == 1 &&
           plan.m.size >= enoughReuse * plan.blockSize() &&
           evictEachOther(plan.k[0].b, plan.k[0].size);
  }

  /// A's rows that are side by side in memory, so that each step along K reads
  /// elsewhere, are packed where those steps would not stay in cache.
  void packRows() {
    constexpr int64_t enoughPanels = 4, enoughBlocks = 4, chunkRows = 256;
    const ContractionDim &k = plan.k[0];
    if (plan.m.a != 1 || k.a <= 1 || plan.n.a != 0 || plan.gate.size > 1 ||
        plan.panels() < enoughPanels ||
        plan.m.size < enoughBlocks * plan.blockSize() ||
        !evictEachOther(k.a, k.size))
      return;
    plan.packedRows = true;
    plan.kSource = k;
    plan.k[0].a = plan.blockSize();
    int64_t fit = target.l2Bytes / 2 / (k.size * getElementBytes());
    plan.chunkSize = llvm::alignTo(
        std::clamp<int64_t>(fit, std::min(chunkRows, plan.m.size), plan.m.size),
        plan.blockSize());
  }

  int64_t getElementBytes() const {
    return llvm::divideCeil(
        getElementTypeOrSelf(plan.a.getType()).getIntOrFloatBitWidth(), 8);
  }

  /// The divisor of `size` in [least, most] that is nearest to `wanted`; 1 if
  /// there is none.
  static int64_t nearestDivisor(int64_t size, int64_t least, int64_t wanted,
                                int64_t most) {
    int64_t best = 1;
    for (int64_t divisor = least; divisor <= std::min(most, size); ++divisor)
      if (size % divisor == 0 &&
          (best == 1 || std::abs(divisor - wanted) < std::abs(best - wanted)))
        best = divisor;
    return best;
  }

  /// Cuts the only K index into `outer` steps of `inner` ones.
  static std::pair<ContractionDim, ContractionDim>
  cut(const ContractionDim &dim, int64_t inner) {
    ContractionDim steps = dim, within = dim;
    steps.size = dim.size / inner;
    steps.a *= inner;
    steps.b *= inner;
    within.size = inner;
    return {steps, within};
  }

  /// A long sum is done in blocks, so that a packed panel of B fills half of
  /// the second-level cache at most; a tile in pieces, one for each row.
  void blockSums() {
    if (plan.k.size() != 1)
      return;
    packRows();
    int64_t rowBytes = plan.panelWidth() * getElementBytes();
    int64_t most = target.l2Bytes / 2 / rowBytes, size = plan.k[0].size;
    if (plan.packed && plan.gate.size == 1 && size >= 2 * most) {
      int64_t block = nearestDivisor(size, most / 3, most, most);
      if (block > 1) {
        auto [steps, within] = cut(plan.k[0], block);
        plan.outerK = {steps};
        plan.k = {within};
        return;
      }
    }
    constexpr int64_t leastPiece = 8;
    int64_t pieces = nearestDivisor(size, plan.tile.rows, plan.tile.rows,
                                    2 * plan.tile.rows);
    if (pieces == 1 || size / pieces < leastPiece || plan.tile.rows == 1)
      return;
    plan.fetchesPanel = plan.packed && plan.n.b == 1 && plan.isFar(plan.b);
    auto [steps, within] = cut(plan.k[0], size / pieces);
    plan.k = {steps, within};
    plan.inPieces = true;
  }

  /// Moves indices from between tiles of work into them: B's panel stays in
  /// cache, or is packed once, while they are walked.
  void walkWithinTiles() {
    if (isFilter)
      return walkImagesOutside();
    llvm::stable_sort(plan.outer, [](auto &lhs, auto &rhs) {
      return (lhs.b != 0) > (rhs.b != 0);
    });
    while (!plan.outer.empty() && plan.outer.back().b == 0) {
      ContractionDim dim = plan.outer.back(), between = dim;
      int64_t within = sizeWithinTile(dim);
      if (within == 1 && dim.size > 1)
        return;
      plan.outer.pop_back();
      dim.size = within;
      plan.inner.insert(plan.inner.begin(), dim);
      if (within == between.size)
        continue;
      between.size /= within;
      between.a *= within;
      between.c *= within;
      between.cStep *= within;
      plan.outer.push_back(between);
      return;
    }
  }

  /// How much of the last outer index, a divisor of its size, a tile of work
  /// should walk.
  int64_t sizeWithinTile(const ContractionDim &dim) const {
    constexpr int64_t enoughTiles = 16, enoughRows = 512;
    bool areEnough = plan.workTiles() / dim.size >= enoughTiles;
    if (!plan.packed)
      return areEnough ? dim.size : 1;
    if (plan.workRows() >= enoughRows)
      return 1;
    if (areEnough || dim.border >= 0)
      return dim.size;
    int64_t within = 1;
    while (dim.size % within != 0 ||
           (plan.workRows() * within < enoughRows && within < dim.size))
      ++within;
    return within;
  }

  /// The data of an image stays in cache while all of the filter walks it.
  void walkImagesOutside() {
    constexpr int64_t enoughSums = 32;
    const ContractionDim &images = plan.k.front();
    if (plan.k.size() == 1 || images.border >= 0 || images.size == 1 ||
        plan.kSize() < enoughSums * images.size)
      return;
    plan.outerK.push_back(images);
    plan.k.erase(plan.k.begin());
  }

  const Target &target;
  bool isConvolution, isFilter;
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
  plans.push_back(Planner(kernel, target, readProduct(op), op).run());
  if (plans.back().gate.a != 0)
    return op.emitOpError("picks indices that vary with the broadcast operand");
  return plans;
}

} // namespace mlc::codegen
