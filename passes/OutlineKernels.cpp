//===-- OutlineKernels.cpp - one function for each distinct kernel --------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#define DEBUG_TYPE "mlc-outline-kernels"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "passes/Passes.h.inc"

namespace {

/// A C identifier: layer names may hold anything.
std::string symbolName(StringRef name) {
  std::string symbol;
  for (char c : name)
    symbol += llvm::isAlnum(c) || c == '_' || c == '.' ? c : '_';
  return symbol.empty() || llvm::isDigit(symbol[0]) ? "kernel." + symbol
                                                    : symbol;
}

int64_t flopsOf(Block &block) {
  int64_t flops = 0;
  for (Operation &op : block)
    if (auto cost = dyn_cast<CostOpInterface>(op))
      flops += cost.getFlops();
  return flops;
}

/// The bytes of `table` that `user` reads: rows, where it picks rows.
int64_t readBytes(Operation *user, Value table) {
  if (auto gather = dyn_cast<GatherOp>(user);
      gather && gather.getTable() == table)
    return bytesOf(gather.getResult().getType());
  if (auto scatter = dyn_cast<ScatterAddOp>(user);
      scatter && scatter.getTable() == table)
    return bytesOf(scatter.getUpdates().getType());
  return bytesOf(table.getType());
}

/// What each input and result moves once; of tables, the rows in question.
int64_t trafficOf(FusionOp fusion) {
  int64_t bytes = 0;
  for (BlockArgument argument : fusion.getBody().getArguments()) {
    int64_t read = 0;
    for (Operation *user : argument.getUsers())
      read += readBytes(user, argument);
    bytes += std::min(read, bytesOf(argument.getType()));
  }
  for (Value result : fusion.getBody().front().getTerminator()->getOperands()) {
    auto scatter = result.getDefiningOp<ScatterAddOp>();
    bytes +=
        bytesOf(scatter ? scatter.getUpdates().getType() : result.getType());
  }
  return bytes;
}

/// How often an op inside of loops runs for each time that the function does.
int64_t repeatsOf(Operation *op) {
  int64_t repeats = 1;
  for (auto scan = op->getParentOfType<ScanOp>(); scan;
       scan = scan->getParentOfType<ScanOp>())
    repeats *= scan.getLength();
  return repeats;
}

class Outliner {
public:
  explicit Outliner(ModuleOp module) : symbols(module) {}

  void run(func::FuncOp function) {
    int64_t flops = 0;
    SmallVector<FusionOp> fusions;
    function.walk([&](FusionOp fusion) { fusions.push_back(fusion); });
    for (FusionOp fusion : fusions) {
      func::FuncOp kernel = kernelFor(fusion);
      flops += kernel->getAttrOfType<IntegerAttr>(attr::kWork).getInt() *
               repeatsOf(fusion);
      OpBuilder b(fusion);
      auto launch = LaunchOp::create(
          b, fusion.getLoc(), fusion.getResultTypes(),
          FlatSymbolRefAttr::get(kernel.getNameAttr()), fusion.getInputs());
      fusion.replaceAllUsesWith(launch);
      fusion.erase();
    }
    function->setAttr(attr::kFlops,
                      Builder(function.getContext()).getI64IntegerAttr(flops));
  }

private:
  /// The text of a kernel without names and locations: what it computes.
  static std::string describe(FusionOp fusion) {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << stringifyFusionKind(fusion.getKind());
    for (Type type : fusion.getInputs().getTypes())
      os << ' ' << type;
    AsmState names(fusion,
                   OpPrintingFlags().useLocalScope().printGenericOpForm());
    for (Operation &op : fusion.getBody().front())
      op.print(os, names);
    return text;
  }

  func::FuncOp kernelFor(FusionOp fusion) {
    func::FuncOp &kernel = kernels[describe(fusion)];
    if (!kernel)
      kernel = outline(fusion);
    return kernel;
  }

  func::FuncOp outline(FusionOp fusion) {
    OpBuilder b(fusion.getContext());
    auto kernel =
        func::FuncOp::create(b, fusion.getLoc(), symbolName(fusion.getName()),
                             b.getFunctionType(fusion.getInputs().getTypes(),
                                               fusion.getResultTypes()));
    kernel.setPrivate();
    kernel->setAttr(attr::kKernel, fusion.getKindAttr());
    kernel->setAttr(attr::kWork,
                    b.getI64IntegerAttr(flopsOf(fusion.getBody().front())));
    kernel->setAttr(attr::kTraffic, b.getI64IntegerAttr(trafficOf(fusion)));
    symbols.insert(kernel);
    IRMapping mapping;
    fusion.getBody().cloneInto(&kernel.getBody(), mapping);
    Operation *yield = kernel.getBody().front().getTerminator();
    b.setInsertionPoint(yield);
    func::ReturnOp::create(b, yield->getLoc(), yield->getOperands());
    yield->erase();
    return kernel;
  }

  SymbolTable symbols;
  llvm::StringMap<func::FuncOp> kernels;
};

struct OutlineKernels : impl::OutlineKernelsBase<OutlineKernels> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    Outliner outliner(getOperation());
    for (func::FuncOp function : functions)
      if (!function->hasAttr(attr::kKernel))
        outliner.run(function);
  }
};

} // namespace
} // namespace mlc
