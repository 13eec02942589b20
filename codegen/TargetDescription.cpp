//===-- TargetDescription.cpp - registers and caches of a machine ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LLVM knows registers and instructions of every processor that it makes code
// for, so that is where they are from: no list of processors is kept here. Of
// caches it knows little. This machine's own are asked from the system; of
// another the code must run well on every kind, so they are taken for small.
//
//===----------------------------------------------------------------------===//

#include "codegen/Target.h"

#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/CodeGen/TargetLowering.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/Module.h"

#include <unistd.h>

using namespace llvm;

namespace mlc::codegen {

static constexpr int64_t kFloatBits = 32, kLeastVectorBits = 128;

/// LLVM describes a machine by what its functions may use.
static Function *makeProbe(Module &module, const Target &target) {
  auto *type = FunctionType::get(Type::getVoidTy(module.getContext()), false);
  auto *function =
      Function::Create(type, GlobalValue::ExternalLinkage, "probe", module);
  function->addFnAttr("target-cpu", target.cpu);
  function->addFnAttr("target-features", target.features);
  // See setAttributes in LlvmModule.cpp.
  function->addFnAttr("prefer-vector-width", "1024");
  return function;
}

/// Bits of a vector register; those of one float where there are no vectors.
static int64_t getVectorBits(const TargetTransformInfo &info, bool isRiscV) {
  using Info = TargetTransformInfo;
  int64_t bits =
      info.getRegisterBitWidth(Info::RGK_FixedWidthVector).getFixedValue();
  // There they are those of a group of registers.
  constexpr int64_t groupedBlock = 64;
  if (isRiscV && bits > 0)
    bits /=
        info.getRegisterBitWidth(Info::RGK_ScalableVector).getKnownMinValue() /
        groupedBlock;
  return bits < kLeastVectorBits ? kFloatBits : bits;
}

static void describeRegisters(Target &target, TargetMachine &machine) {
  LLVMContext context;
  Module module("probe", context);
  module.setDataLayout(machine.createDataLayout());
  Function *probe = makeProbe(module, target);
  TargetTransformInfo info = machine.getTargetTransformInfo(*probe);
  target.vectorBits = getVectorBits(info, machine.getTargetTriple().isRISCV());
  constexpr int64_t byteBits = 8;
  target.storesPastCaches = machine.getTargetTriple().isX86() &&
                            target.vectorBits == byteBits * target.lineBytes;
  Type *element = Type::getFloatTy(context);
  int64_t lanes = target.vectorBits / kFloatBits;
  Type *type = lanes > 1 ? FixedVectorType::get(element, lanes) : element;
  target.vectorRegisters =
      info.getNumberOfRegisters(info.getRegisterClassForType(lanes > 1, type));
  if (machine.getTargetTriple().isWasm()) {
    target.ordersLoads = true;
    --target.vectorRegisters; // an engine's own
  }
  const TargetLowering *lowering =
      machine.getSubtargetImpl(*probe)->getTargetLowering();
  target.hasFma =
      lowering->isOperationLegalOrCustom(ISD::FMA, MVT::getVT(type));
}

#ifdef _SC_LEVEL1_DCACHE_SIZE
/// What the system says of a cache of this machine, if it is plausible: in
/// virtual machines it may be made up.
static void readCache(Cache &cache, int bytesName, int waysName) {
  constexpr int64_t least = 8 << 10, most = 2 << 20, mostWays = 32;
  int64_t bytes = sysconf(bytesName), ways = sysconf(waysName);
  if (bytes < least || ways < 1 || ways > mostWays)
    return;
  cache = {std::min(bytes, most), ways};
}
#endif

static void describeCaches(Target &target, bool isNative) {
  // A processor with such vectors is a large one.
  constexpr int64_t wide = 512, large = 1 << 20;
  if (target.vectorBits >= wide)
    target.l2.bytes = large;
#ifdef _SC_LEVEL1_DCACHE_SIZE
  if (!isNative)
    return;
  readCache(target.l1, _SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL1_DCACHE_ASSOC);
  readCache(target.l2, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL2_CACHE_ASSOC);
#endif
}

void describeTarget(Target &target, TargetMachine &machine, bool isNative) {
  describeRegisters(target, machine);
  describeCaches(target, isNative);
}

} // namespace mlc::codegen
