//===-- PackPanels.cpp - --mlc-pack-panels --------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Panels.h"
#include "codegen/Passes.h"
#include "codegen/PlanOptions.h"
#include "ir/MlcDialect.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

#define DEBUG_TYPE "mlc-pack-panels"

using namespace mlir;

namespace mlc::codegen {
#define GEN_PASS_DEF_PACKPANELS
#include "codegen/Passes.h.inc"

namespace {

/// Rounds of a loop below which packing once may cost more than reading rows
/// that are apart.
constexpr int64_t kEnoughRounds = 4;

/// What a product's kernel would read instead of its factor.
struct Candidate {
  PanelLayout layout;
  unsigned operand; ///< of the kernel: the factor
};

class PanelPacking {
public:
  PanelPacking(ModuleOp module, const Target &target)
      : symbols(module), target(target) {}

  void run(ScanOp scan) {
    if (scan.getLength() < kEnoughRounds)
      return;
    for (auto launch : scan.getBody().getOps<LaunchOp>()) {
      auto kernel = symbols.lookup<func::FuncOp>(launch.getKernel());
      if (std::optional<Candidate> candidate = find(kernel))
        packOutside(scan, launch, kernel, *candidate);
    }
  }

  /// Forgets kernels that are launched no more.
  void eraseUnused(ModuleOp module) {
    llvm::DenseSet<StringRef> used;
    module.walk([&](LaunchOp launch) { used.insert(launch.getKernel()); });
    for (auto [kernel, candidate] : candidates)
      if (!used.contains(kernel.getName()))
        symbols.erase(kernel);
  }

private:
  std::optional<Candidate> find(func::FuncOp kernel) {
    auto known = candidates.find(kernel);
    if (known != candidates.end())
      return known->second;
    auto kind = kernel->getAttrOfType<FusionKindAttr>(attr::kKernel);
    std::optional<Candidate> found;
    if (kind.getValue() == FusionKind::contraction)
      if (std::optional<ContractionPlan> plan = makeOwnPlan(kernel, target))
        found = findIn(*plan);
    candidates[kernel] = found;
    return found;
  }

  static std::optional<Candidate> findIn(const ContractionPlan &plan) {
    auto factor = dyn_cast<BlockArgument>(plan.b);
    // One panel of rows is as B is.
    bool isPanel = !plan.packed && plan.panels() == 1 && plan.gate.size == 1;
    if (!factor || !factor.hasOneUse() || isPanel)
      return std::nullopt;
    std::optional<PanelLayout> layout = getPanelLayout(plan);
    if (!layout)
      return std::nullopt;
    return Candidate{*layout, factor.getArgNumber()};
  }

  /// Packs before the loop what the launch reads in each round.
  void packOutside(ScanOp scan, LaunchOp launch, func::FuncOp kernel,
                   const Candidate &candidate) {
    auto factor =
        dyn_cast<BlockArgument>(launch.getOperands()[candidate.operand]);
    int64_t first = scan.getInits().size() + scan.getInputs().size();
    if (!factor || factor.getOwner() != &scan.getBody().front() ||
        int64_t(factor.getArgNumber()) < first)
      return;
    Value outside = scan->getOperand(factor.getArgNumber());
    func::FuncOp packer = getPacker(outside, kernel, candidate.layout);
    Value &panels = packed[{scan, outside, packer}];
    if (!panels)
      panels = addInvariant(scan, emitPack(scan, outside, packer));
    func::FuncOp reader = getReader(kernel, candidate);
    launch.setKernel(reader.getName());
    launch.getOperandsMutable()[candidate.operand].set(panels);
  }

  static Value addInvariant(ScanOp scan, Value value) {
    scan.getInvariantsMutable().append(value);
    return scan.getBody().front().addArgument(value.getType(), value.getLoc());
  }

  static RankedTensorType getPanelType(Value factor,
                                       const PanelLayout &layout) {
    return linalg::PackOp::inferPackedType(
        cast<RankedTensorType>(factor.getType()), layout.columns,
        layout.columnDim, layout.order);
  }

  static Value emitPack(ScanOp scan, Value factor, func::FuncOp packer) {
    OpBuilder b(scan);
    return LaunchOp::create(b, packer.getLoc(), packer.getResultTypes(),
                            FlatSymbolRefAttr::get(packer.getNameAttr()),
                            ValueRange{factor})
        ->getResult(0);
  }

  /// The kernel that packs: one for each layout of a type.
  func::FuncOp getPacker(Value factor, func::FuncOp kernel,
                         const PanelLayout &layout) {
    std::string key;
    llvm::raw_string_ostream os(key);
    os << factor.getType() << ' ' << layout.columnDim << ' ' << layout.columns;
    for (int64_t dim : layout.order)
      os << ' ' << dim;
    func::FuncOp &packer = packers[key];
    if (!packer)
      packer = makePacker(factor, kernel, layout);
    return packer;
  }

  func::FuncOp makePacker(Value factor, func::FuncOp kernel,
                          const PanelLayout &layout) {
    OpBuilder b(kernel);
    Location loc = kernel.getLoc();
    RankedTensorType type = getPanelType(factor, layout);
    auto packer =
        func::FuncOp::create(b, loc, (kernel.getName() + ".panels").str(),
                             b.getFunctionType({factor.getType()}, {type}));
    packer.setPrivate();
    packer->setAttr(attr::kKernel,
                    FusionKindAttr::get(b.getContext(), FusionKind::pack));
    packer->setAttr(attr::kWork, b.getI64IntegerAttr(type.getNumElements()));
    packer->setAttr(
        attr::kTraffic,
        b.getI64IntegerAttr(bytesOf(factor.getType()) + bytesOf(type)));
    symbols.insert(packer);
    Block *body = packer.addEntryBlock();
    b.setInsertionPointToStart(body);
    Value padding =
        arith::ConstantOp::create(b, loc, b.getZeroAttr(type.getElementType()));
    Value empty =
        tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
    Value panels = linalg::PackOp::create(
        b, loc, body->getArgument(0), empty, layout.columnDim,
        OpFoldResult(b.getIndexAttr(layout.columns)), padding, layout.order);
    func::ReturnOp::create(b, loc, panels);
    return packer;
  }

  /// `kernel` on panels.
  func::FuncOp getReader(func::FuncOp kernel, const Candidate &candidate) {
    func::FuncOp &reader = readers[kernel];
    if (reader)
      return reader;
    reader = kernel.clone();
    reader.setName((kernel.getName() + ".packed").str());
    symbols.insert(reader, std::next(Block::iterator(kernel)));
    BlockArgument factor = reader.getArgument(candidate.operand);
    Type plain = factor.getType();
    const PanelLayout &layout = candidate.layout;
    factor.setType(getPanelType(factor, layout));
    OpBuilder b = OpBuilder::atBlockBegin(&reader.getBody().front());
    Value empty = tensor::EmptyOp::create(
        b, reader.getLoc(), getShape(kernel.getArgument(candidate.operand)),
        cast<RankedTensorType>(plain).getElementType());
    auto unpack = linalg::UnPackOp::create(
        b, reader.getLoc(), factor, empty, layout.columnDim,
        OpFoldResult(b.getIndexAttr(layout.columns)), layout.order);
    factor.replaceAllUsesExcept(unpack.getResult(), unpack);
    SmallVector<Type> types(reader.getBody().getArgumentTypes());
    reader.setFunctionType(b.getFunctionType(types, reader.getResultTypes()));
    return reader;
  }

  SymbolTable symbols;
  const Target &target;
  llvm::MapVector<func::FuncOp, std::optional<Candidate>> candidates;
  llvm::DenseMap<Operation *, func::FuncOp> readers;
  llvm::StringMap<func::FuncOp> packers;
  /// Arguments of loops: panels of a value outside.
  llvm::DenseMap<std::tuple<Operation *, Value, Operation *>, Value> packed;
};

struct PackPanels : PlanningPass<impl::PackPanelsBase<PackPanels>> {
  using PlanningPass::PlanningPass;

  void runOnOperation() override {
    Target target = getPlanTarget();
    PanelPacking packing(getOperation(), target);
    getOperation().walk([&](ScanOp scan) { packing.run(scan); });
    packing.eraseUnused(getOperation());
  }
};

} // namespace
} // namespace mlc::codegen
