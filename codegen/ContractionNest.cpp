//===-- ContractionNest.cpp - kernels around a product --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ContractionLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class ContractionNest : public LoopNest {
public:
  ContractionNest(func::FuncOp kernel, std::vector<ContractionPlan> plans)
      : kernel(kernel), plans(std::move(plans)) {}

  int64_t getTiles() const override {
    int64_t tiles = 0;
    for (const ContractionPlan &plan : plans)
      tiles += plan.workTiles();
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
    TileEmitter &e = body.e;
    int64_t first = 0;
    for (const ContractionPlan &plan : plans) {
      Value begin = body.begin, end = body.end;
      if (plans.size() > 1) {
        begin = arith::MaxUIOp::create(e.b, e.loc, begin, e.constant(first));
        end = arith::MinUIOp::create(e.b, e.loc, end,
                                     e.constant(first + plan.workTiles()));
      }
      emitLoop(
          e.b, e.loc, begin, end, 1, {},
          [&](Value tile, ValueRange) -> SmallVector<Value> {
            TileEmitter::Scope scope(e);
            PlanLoops(kernel, plan, body).emitWorkTile(e.add(tile, -first));
            return {};
          });
      first += plan.workTiles();
    }
    return success();
  }

private:
  func::FuncOp kernel;
  std::vector<ContractionPlan> plans;
};

} // namespace

std::unique_ptr<LoopNest> planContraction(func::FuncOp kernel,
                                          const Target &target) {
  FailureOr<std::vector<ContractionPlan>> plans = makePlans(kernel, target);
  if (failed(plans))
    return nullptr;
  return std::make_unique<ContractionNest>(kernel, std::move(*plans));
}

} // namespace mlc::codegen
