//===-- LowerLaunches.cpp - from launches to calls ------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A launch becomes a call that does all tiles. A kernel whose work is worth
// sharing is marked for that: the calls are shared out once they are LLVM IR
// (ShareWork.cpp), where the arguments are plain pointers.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "ir/MlcDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#define DEBUG_TYPE "mlc-lower-launches"

using namespace mlir;

namespace mlc::codegen {
#define GEN_PASS_DEF_LOWERLAUNCHES
#include "codegen/Passes.h.inc"

namespace {

/// Operations, and bytes moved, below which waking another thread costs more
/// than it saves.
constexpr int64_t kWorkWorthSharing = 50'000, kTrafficWorthSharing = 64 << 10;

struct LowerLaunches : impl::LowerLaunchesBase<LowerLaunches> {
  using LowerLaunchesBase::LowerLaunchesBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    if (profile)
      numberKernels();
    SmallVector<LaunchOp> launches;
    getOperation().walk([&](LaunchOp launch) { launches.push_back(launch); });
    for (LaunchOp launch : launches)
      lower(launch, symbols.lookup<func::FuncOp>(launch.getKernel()));
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr(attr::kKernel))
        markKernel(function);
  }

  /// Numbers them in the module's order, and declares what is told about them.
  void numberKernels() {
    OpBuilder b(getOperation().getBodyRegion());
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (kernel->hasAttr(attr::kKernel))
        numbers[kernel] = int64_t(numbers.size());
    done = func::FuncOp::create(b, getOperation().getLoc(), kProfileFunction,
                                b.getFunctionType(b.getI64Type(), {}));
    done.setPrivate();
  }

  void lower(LaunchOp launch, func::FuncOp kernel) {
    OpBuilder b(launch);
    Location loc = launch.getLoc();
    int64_t tiles = kernel->getAttrOfType<IntegerAttr>(attr::kTiles).getInt();
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    Value end = arith::ConstantIndexOp::create(b, loc, tiles);
    SmallVector<Value> operands(launch.getOperands());
    operands.append({zero, end, zero});
    func::CallOp::create(b, loc, kernel, operands);
    if (profile) {
      Value number =
          arith::ConstantIntOp::create(b, loc, numbers.lookup(kernel), 64);
      func::CallOp::create(b, loc, done, number);
    }
    launch.erase();
  }

  /// Kernels keep their symbols, which carry the names of layers; profiles show
  /// them. Attributes of LLVM functions carry what ShareWork needs.
  void markKernel(func::FuncOp kernel) {
    Builder b(kernel.getContext());
    SmallVector<Attribute> passthrough{b.getStringAttr("noinline"),
                                       b.getStringAttr("nounwind")};
    int64_t tiles = kernel->getAttrOfType<IntegerAttr>(attr::kTiles).getInt();
    if (threads > 1 && tiles > 1 && isWorthSharing(kernel))
      passthrough.push_back(
          b.getStrArrayAttr({"mlc-tiles", std::to_string(tiles)}));
    kernel->setAttr("passthrough", b.getArrayAttr(passthrough));
  }

  static bool isWorthSharing(func::FuncOp kernel) {
    auto reaches = [&](StringRef name, int64_t least) {
      auto number = kernel->getAttrOfType<IntegerAttr>(name);
      return number && number.getInt() >= least;
    };
    return reaches(attr::kWork, kWorkWorthSharing) ||
           reaches(attr::kTraffic, kTrafficWorthSharing);
  }

  llvm::DenseMap<Operation *, int64_t> numbers; ///< of kernels
  func::FuncOp done;
};

} // namespace
} // namespace mlc::codegen
