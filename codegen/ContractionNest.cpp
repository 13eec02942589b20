//===-- ContractionNest.cpp - kernels around a product --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ContractionLoops.h"
#include "codegen/Winograd.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class ContractionNest : public LoopNest {
public:
  ContractionNest(func::FuncOp kernel, std::vector<ContractionPlan> plans)
      : kernel(kernel), plans(std::move(plans)) {}

  /// Threads share each part alike: of a strided convolution's, some have more
  /// of the filter's elements than others. A tile is a share of all parts.
  int64_t getTiles() const override {
    int64_t tiles = 0;
    for (const ContractionPlan &plan : plans)
      tiles = std::max(tiles, plan.workTiles());
    return tiles;
  }
  int64_t getScratchElements() const override {
    int64_t elements = 0;
    for (const ContractionPlan &plan : plans)
      elements = std::max(elements, plan.scratchElements());
    return elements;
  }
  bool mayShare(unsigned, unsigned operand) const override {
    return isReadInPlace(kernel, operand);
  }

  LogicalResult emit(KernelBody &body) override {
    for (const ContractionPlan &plan : plans) {
      KernelBody share = body;
      share.begin = shareOf(body.e, plan, body.begin);
      share.end = shareOf(body.e, plan, body.end);
      forEachTile(share, [&](Value tile) {
        PlanLoops(kernel, plan, share).emitWorkTile(tile);
      });
    }
    return success();
  }

private:
  /// Where the work of `plan` begins for the tiles from number `tile` on.
  Value shareOf(TileEmitter &e, const ContractionPlan &plan, Value tile) const {
    if (plan.workTiles() == getTiles())
      return tile;
    return e.b.createOrFold<arith::DivUIOp>(
        e.loc, e.mul(tile, plan.workTiles()), e.constant(getTiles()));
  }

  func::FuncOp kernel;
  std::vector<ContractionPlan> plans;
};

} // namespace

std::unique_ptr<LoopNest> planContraction(func::FuncOp kernel,
                                          const Target &target) {
  if (auto form = findWinograd(kernel, getLanes(kernel, target)))
    return form->kind == WinogradForm::Kind::filter
               ? planWinogradFilter(kernel, *form, target)
               : planWinograd(kernel, *form, target);
  FailureOr<std::vector<ContractionPlan>> plans = makePlans(kernel, target);
  if (failed(plans))
    return nullptr;
  return std::make_unique<ContractionNest>(kernel, std::move(*plans));
}

} // namespace mlc::codegen
