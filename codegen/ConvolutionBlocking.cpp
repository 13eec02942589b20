//===-- ConvolutionBlocking.cpp - the order of a convolution's indices ----===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class ConvolutionBlocking {
public:
  ConvolutionBlocking(ContractionPlan &plan, const Target &target)
      : plan(plan), target(target) {}

  /// Moves indices from between tiles of work into them: B's panel stays in
  /// cache, or is packed once, while they are walked.
  void walkWithinTiles() {
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

  /// The data of an image stays in cache while all of the filter walks it.
  void walkImagesOutside() {
    constexpr int64_t enoughSums = 32;
    const ContractionDim &images = plan.k.front();
    if (plan.k.size() == 1 || images.border >= 0 ||
        plan.kSize() < enoughSums * images.size)
      return;
    if (images.size > 1)
      plan.outerK.push_back(images);
    plan.k.erase(plan.k.begin());
    walkLinesOutside();
  }

private:
  /// How much of the last outer index, a divisor of its size, a tile of work
  /// should walk.
  int64_t sizeWithinTile(const ContractionDim &dim) const {
    if (plan.pooling && dim.inC > 0)
      return dim.size;
    bool areEnough = plan.workTiles() / dim.size >= kEnoughTiles;
    if (!plan.packed)
      return areEnough ? dim.size : 1;
    if (plan.workRows() >= kEnoughRows)
      return 1;
    if (areEnough || dim.border >= 0)
      return dim.size;
    int64_t within = 1;
    while (dim.size % within != 0 ||
           (plan.workRows() * within < kEnoughRows && within < dim.size))
      ++within;
    return within;
  }

  /// Of a large image the data of some lines does, while all that they meet of
  /// the filter walks them.
  void walkLinesOutside() {
    ContractionDim &lines = plan.k.front();
    if (lines.size * lines.b * plan.elementBytes() <= target.l2.bytes ||
        isInRows(lines.border))
      return;
    auto [blocks, within] = cutDim(lines, linesThatStay());
    if (lines.border >= 0) {
      const Border &border = plan.borders[lines.border];
      if (border.k * within.size % border.c != 0)
        return;
      blocks.cStep = border.k * within.size / border.c;
    }
    plan.outerK.push_back(blocks);
    lines = within;
    plan.walksLines = true;
    walkFilterWithinTiles(blocks.border);
  }

  /// Moves all of the filter that lines meet into tiles of work, but for one
  /// index, which threads share: the one at that border, or the first.
  void walkFilterWithinTiles(int64_t border) {
    auto isOfFilter = [](const ContractionDim &dim) { return dim.b == 0; };
    auto *kept = llvm::find_if(plan.outer, [&](const ContractionDim &dim) {
      return isOfFilter(dim) && (border < 0 || dim.border == border);
    });
    SmallVector<ContractionDim> outer;
    for (ContractionDim &dim : plan.outer)
      (isOfFilter(dim) && &dim != kept ? plan.inner : outer).push_back(dim);
    plan.outer = outer;
  }

  /// Lines of a panel of B for the first-level cache, of the outermost index of
  /// K.
  int64_t linesThatStay() const {
    int64_t size = plan.k.front().size,
            width = llvm::alignTo(plan.panelWidth(), plan.lineElements),
            bytes = plan.kSize() / size * width * plan.elementBytes();
    int64_t most = target.l1.bytes / 2 / bytes;
    return nearestDivisor(size, 1, most, most);
  }

  /// Do rows of a register tile meet the border at different places?
  bool isInRows(int64_t border) const {
    auto meets = [&](const ContractionDim &dim) {
      return border >= 0 && dim.border == border;
    };
    return meets(plan.m) || llvm::any_of(plan.rowDims, meets);
  }

  ContractionPlan &plan;
  const Target &target;
};

} // namespace

void walkConvolution(ContractionPlan &plan, const Target &target,
                     Operation *op) {
  ConvolutionBlocking blocking(plan, target);
  if (isa<ConvolutionFilterOp>(op))
    blocking.walkImagesOutside();
  else
    blocking.walkWithinTiles();
}

} // namespace mlc::codegen
