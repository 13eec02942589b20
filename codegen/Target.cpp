//===-- Target.cpp - the machine that code is made for --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Target.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

using namespace llvm;

namespace mlc::codegen {

static void initializeTargets() {
  static bool once = [] {
    InitializeAllTargetInfos();
    InitializeAllTargets();
    InitializeAllTargetMCs();
    InitializeAllAsmPrinters();
    InitializeAllAsmParsers();
    return true;
  }();
  (void)once;
}

static std::string hostFeatures() {
  SubtargetFeatures features;
  StringMap<bool> host = sys::getHostCPUFeatures();
  std::vector<std::pair<StringRef, bool>> sorted;
  for (auto &feature : host)
    sorted.emplace_back(feature.getKey(), feature.getValue());
  llvm::sort(sorted); // the map's order differs from run to run
  for (auto &[name, isPresent] : sorted)
    features.AddFeature(name, isPresent);
  return features.getString();
}

/// What nearly all machines of a kind have, where LLVM's own default lacks it:
/// 64-bit RISC-V systems have floats, WebAssembly engines have vectors.
static const char *usualFeatures(const Triple &triple) {
  if (triple.isRISCV64())
    return "+m,+a,+f,+d,+c";
  return triple.isWasm() ? "+simd128" : "";
}

/// What LLVM can make code for and that isn't a GPU or a virtual machine with
/// rules of its own.
static bool isProcessor(const Triple &triple) {
  return triple.isX86() || triple.isAArch64() || triple.isARM() ||
         triple.isThumb() || triple.isRISCV() || triple.isLoongArch() ||
         triple.isPPC() || triple.isWasm();
}

Expected<Target> makeTarget(StringRef triple, StringRef cpu, int64_t threads) {
  initializeTargets();
  Target target;
  target.threads = threads;
  std::string hostTriple = sys::getProcessTriple();
  target.triple = triple.empty() ? hostTriple : Triple::normalize(triple);
  bool isHost = Triple(target.triple).getArch() == Triple(hostTriple).getArch();
  bool isNative = cpu == "native" || (cpu.empty() && triple.empty());
  if (isNative && !isHost)
    return createStringError(
        "--cpu=native needs this machine's architecture; it is " + hostTriple);
  target.cpu = isNative      ? sys::getHostCPUName().str()
               : cpu.empty() ? "generic"
                             : cpu.str();
  if (isNative)
    target.features = hostFeatures();
  else if (cpu.empty())
    target.features = usualFeatures(Triple(target.triple));

  Triple parsed(target.triple);
  std::string error;
  const llvm::Target *known = TargetRegistry::lookupTarget(parsed, error);
  if (!known)
    return createStringError(
        "unknown target '" + triple +
        "': expected a triple such as "
        "x86_64-linux-gnu, aarch64-linux-gnu or wasm32-unknown-unknown");
  if (!isProcessor(parsed))
    return createStringError("target '" + triple +
                             "' is not supported: mlc compiles for x86, ARM, "
                             "AArch64, RISC-V, LoongArch, POWER and "
                             "WebAssembly");
  std::unique_ptr<MCSubtargetInfo> baseline(
      known->createMCSubtargetInfo(parsed, "", ""));
  if (!isNative && target.cpu != "generic" &&
      !baseline->isCPUStringValid(target.cpu)) {
    std::string names;
    for (const SubtargetSubTypeKV &each :
         baseline->getAllProcessorDescriptions())
      names += (names.empty() ? "" : ", ") + std::string(each.Key);
    return createStringError("unknown cpu '" + cpu + "' for " + target.triple +
                             "; known are " + names);
  }
  std::unique_ptr<MCSubtargetInfo> info(
      known->createMCSubtargetInfo(parsed, target.cpu, target.features));
  // LLVM ends the process over this one.
  if (parsed.getArch() == Triple::x86_64 && target.cpu != "generic" &&
      !info->checkFeatures("+64bit"))
    return createStringError("cpu '" + target.cpu +
                             "' has no 64-bit mode, which " + target.triple +
                             " needs");
  auto machine = makeTargetMachine(target);
  if (!machine)
    return machine.takeError();
  describeTarget(target, **machine, isNative);
  target.bfloat16Dot = parsed.isX86() && info->checkFeatures("+avx512bf16");
  target.estimatesReciprocals = parsed.isX86() && target.vectorBits == 512;
  // Linux is asked in EntryPoints.cpp.
  target.matrixTiles = target.bfloat16Dot && parsed.isOSLinux() &&
                       info->checkFeatures("+amx-tile,+amx-bf16");
  return target;
}

Expected<std::unique_ptr<TargetMachine>>
makeTargetMachine(const Target &target) {
  Triple triple(target.triple);
  std::string error;
  const llvm::Target *known = TargetRegistry::lookupTarget(triple, error);
  if (!known)
    return createStringError(error);
  TargetOptions options;
  options.FunctionSections = true;
  // Instructions come from the processor's cache of decoded ones by lines: a
  // short loop that begins in the middle of one has a line more.
  if (triple.isX86())
    options.LoopAlignment = 64;
  if (triple.isRISCV64() && StringRef(target.features).contains("+d"))
    options.MCOptions.ABIName = "lp64d";
  // A WebAssembly module is linked whole, and knows its addresses.
  Reloc::Model relocation = triple.isWasm() ? Reloc::Static : Reloc::PIC_;
  return std::unique_ptr<TargetMachine>(known->createTargetMachine(
      triple, target.cpu, target.features, options, relocation, std::nullopt,
      CodeGenOptLevel::Default));
}

} // namespace mlc::codegen
