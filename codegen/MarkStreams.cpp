//===-- MarkStreams.cpp - --mlc-mark-streams ------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/LoopNest.h"
#include "codegen/Passes.h"
#include "ir/MlcDialect.h"

#define DEBUG_TYPE "mlc-mark-streams"

using namespace mlir;

namespace mlc::codegen {
#define GEN_PASS_DEF_MARKSTREAMS
#include "codegen/Passes.h.inc"

namespace {

/// Is `value`, of the loop's body, a slice of what the loop walks along?
bool isSlice(ScanOp scan, Value value) {
  return llvm::is_contained(scan.getSlices(), value);
}

/// Does the loop stack `value`?
bool isStacked(ScanOp scan, Value value) {
  return llvm::is_contained(scan.getOutputSlices(), value);
}

void mark(ScanOp scan, LaunchOp launch, func::FuncOp kernel) {
  auto unit = UnitAttr::get(kernel.getContext());
  for (auto [i, operand] : llvm::enumerate(launch.getOperands()))
    if (isSlice(scan, operand))
      kernel.setArgAttr(i, kStreamed, unit);
  for (auto [i, result] : llvm::enumerate(launch.getResults()))
    if (isStacked(scan, result))
      kernel.setResultAttr(i, kStreamed, unit);
}

struct MarkStreams : impl::MarkStreamsBase<MarkStreams> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    getOperation().walk([&](ScanOp scan) {
      for (auto launch : scan.getBody().getOps<LaunchOp>())
        mark(scan, launch, symbols.lookup<func::FuncOp>(launch.getKernel()));
    });
  }
};

} // namespace
} // namespace mlc::codegen
