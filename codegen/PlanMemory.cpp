//===-- PlanMemory.cpp - a place for every value of a model ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ArenaLayout.h"
#include "codegen/Passes.h"
#include "codegen/Schedule.h"
#include "codegen/StateLayout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#define DEBUG_TYPE "mlc-plan-memory"

using namespace mlir;

namespace mlc::codegen {
#define GEN_PASS_DEF_PLANMEMORY
#include "codegen/Passes.h.inc"

namespace {

/// Where a value lives: at an offset in a block of bytes, or as a whole
/// argument of the planned function.
struct Place {
  enum Block { State, Workspace, Metrics, Argument } block;
  int64_t offset = 0; ///< bytes; for Argument, its number
};

struct Blocks {
  BlockLayout state, metrics;
};

class FunctionPlanner {
public:
  FunctionPlanner(func::FuncOp function, const SymbolTable &symbols,
                  const Blocks &blocks)
      : function(function), symbols(symbols), blocks(blocks),
        schedule(makeSchedule(function, symbols)) {}

  LogicalResult run() {
    placeArguments();
    placeResults();
    if (failed(placeTemporaries()))
      return failure();
    rewrite();
    return success();
  }

private:
  StringRef roleOf(DictionaryAttr attrs) {
    auto role = attrs ? attrs.getAs<StringAttr>(attr::kRole) : StringAttr();
    return role ? role.getValue() : "";
  }
  StringRef nameOf(DictionaryAttr attrs) {
    auto name = attrs ? attrs.getAs<StringAttr>(attr::kName) : StringAttr();
    return name ? name.getValue() : "";
  }

  //===--- Places of arguments and results --------------------------------===//

  /// The planned function's arguments: state, workspace, rows, inputs, outputs,
  /// and the metrics block among either.
  static constexpr int64_t kFirstInput = 3;

  Type blockType(int64_t bytes) {
    return MemRefType::get({bytes}, IntegerType::get(function.getContext(), 8));
  }
  static Type flatType(Type type) {
    auto tensor = cast<RankedTensorType>(type);
    return MemRefType::get({tensor.getNumElements()}, tensor.getElementType());
  }

  Attribute describe(StringRef name, StringRef role, Type type,
                     IntegerAttr range) {
    Builder b(function.getContext());
    return b.getDictionaryAttr(
        {b.getNamedAttr("name", b.getStringAttr(name)),
         b.getNamedAttr("role", b.getStringAttr(role)),
         b.getNamedAttr("type", TypeAttr::get(type)),
         b.getNamedAttr("range", range ? range : b.getI64IntegerAttr(0))});
  }
  Type metricsTensor() {
    return RankedTensorType::get({blocks.metrics.bytes / 8},
                                 Float64Type::get(function.getContext()));
  }

  int64_t addArgument(Type type) {
    argumentTypes.push_back(type);
    return kFirstInput + int64_t(argumentTypes.size()) - 1;
  }

  bool updatesMetrics() {
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      if (roleOf(function.getResultAttrDict(i)) == "metric")
        return true;
    return false;
  }

  void placeArguments() {
    bool anyMetric = false;
    for (BlockArgument argument : function.getArguments()) {
      DictionaryAttr attrs = function.getArgAttrDict(argument.getArgNumber());
      StringRef role = roleOf(attrs), name = nameOf(attrs);
      if (isStateRole(role))
        places[argument] = {Place::State, blocks.state.offsets.lookup(name)};
      else if (role == "metric") {
        places[argument] = {Place::Metrics,
                            blocks.metrics.offsets.lookup(name)};
        anyMetric = true;
      } else if (role == "rows")
        places[argument] = {Place::Argument, 2};
      else {
        places[argument] = {Place::Argument,
                            addArgument(flatType(argument.getType()))};
        inputs.push_back(describe(name, role, argument.getType(),
                                  attrs.getAs<IntegerAttr>(attr::kRange)));
      }
    }
    if (anyMetric && !updatesMetrics()) {
      metricsArgument = addArgument(blockType(blocks.metrics.bytes));
      inputs.push_back(describe("metrics", "metric", metricsTensor(), {}));
    }
  }

  /// Where the caller expects result `i`.
  Place destination(unsigned i) {
    DictionaryAttr attrs = function.getResultAttrDict(i);
    if (auto updated =
            function.getResultAttrOfType<IntegerAttr>(i, attr::kUpdates))
      return places[function.getArgument(updated.getInt())];
    StringRef role = roleOf(attrs);
    if (isStateRole(role))
      return {Place::State, blocks.state.offsets.lookup(nameOf(attrs))};
    Type type = function.getResultTypes()[i];
    outputs.push_back(describe(nameOf(attrs), role, type, {}));
    return {Place::Argument, addArgument(flatType(type))};
  }

  void placeResults() {
    Operation *end = function.getBody().front().getTerminator();
    for (OpOperand &returned : end->getOpOperands()) {
      unsigned i = returned.getOperandNumber();
      Value root = getRoot(returned.get());
      Place to = destination(i);
      bool isUpdate = function.getResultAttr(i, attr::kUpdates) != nullptr;
      bool canGoThere = root.getDefiningOp<LaunchOp>() &&
                        !places.contains(root) &&
                        (!isUpdate || schedule.inPlace.contains(root));
      if (canGoThere)
        places[root] = to;
      else if (!isSame(root, to))
        copies.push_back({root, to});
    }
    if (updatesMetrics()) {
      metricsArgument = addArgument(blockType(blocks.metrics.bytes));
      outputs.push_back(describe("metrics", "metric", metricsTensor(), {}));
    }
  }

  bool isSame(Value root, Place to) {
    auto found = places.find(root);
    return found != places.end() && found->second.block == to.block &&
           found->second.offset == to.offset;
  }

  //===--- Temporaries ----------------------------------------------------===//

  LogicalResult placeTemporaries() {
    int64_t end = schedule.launches.size();
    llvm::DenseMap<Value, int64_t> lastRead;
    for (auto [step, launch] : llvm::enumerate(schedule.launches))
      for (Value operand : launch.getOperands())
        lastRead[getRoot(operand)] = step;
    for (auto &[root, to] : copies)
      lastRead[root] = end;
    for (auto [step, launch] : llvm::enumerate(schedule.launches)) {
      auto kernel = symbols.lookup<func::FuncOp>(launch.getKernel());
      if (!kernel)
        return launch.emitOpError("expected a kernel that has been vectorized");
      for (OpResult result : launch->getResults())
        if (!places.contains(result))
          addTemporary(result, step,
                       std::max<int64_t>(step, lastRead.lookup(result)), launch,
                       kernel, lastRead);
      addScratch(launch, kernel, step);
    }
    arena = layOutArena(items);
    for (auto [value, item] : itemOf)
      places[value] = {Place::Workspace, items[item].offset};
    return success();
  }

  /// A temporary takes over the memory of an operand that dies here, if the
  /// kernel allows it.
  void addTemporary(OpResult result, int64_t first, int64_t last,
                    LaunchOp launch, func::FuncOp kernel,
                    const llvm::DenseMap<Value, int64_t> &lastRead) {
    for (auto [i, operand] : llvm::enumerate(launch.getOperands())) {
      Value root = getRoot(operand);
      auto known = itemOf.find(root);
      if (known == itemOf.end() || lastRead.lookup(root) != first ||
          taken.contains(root) ||
          !mayShare(kernel, result.getResultNumber(), i))
        continue;
      taken.insert(root);
      size_t item = known->second;
      items[item].last = last;
      itemOf[result] = item;
      return;
    }
    itemOf[result] = items.size();
    items.push_back(
        {launch.getKernel().str(), bytesOf(result.getType()), first, last, 0});
  }

  void addScratch(LaunchOp launch, func::FuncOp kernel, int64_t step) {
    if (kernel->getAttrOfType<IntegerAttr>(attr::kScratch).getInt() == 0)
      return;
    // The scratch is the argument before the range of tiles.
    auto type = cast<MemRefType>(kernel.getArgumentTypes().drop_back(3).back());
    int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
    scratchOf[launch] = items.size();
    items.push_back(
        {launch.getKernel().str() + " (packing)", bytes, step, step, 0});
  }

  //===--- The planned function -------------------------------------------===//

  void rewrite() {
    OpBuilder b(function);
    SmallVector<Type> types{blockType(blocks.state.bytes),
                            blockType(arena.bytes),
                            MemRefType::get({1}, b.getI32Type())};
    types.append(argumentTypes.begin(), argumentTypes.end());
    planned = func::FuncOp::create(b, function.getLoc(), function.getName(),
                                   b.getFunctionType(types, {}));
    setAttributes();
    b.setInsertionPointToEnd(planned.addEntryBlock());
    for (LaunchOp launch : schedule.launches)
      emitLaunch(b, launch);
    for (auto &[root, to] : copies) {
      Value source = view(b, places[root], flatType(root.getType()));
      Value target = view(b, to, flatType(root.getType()));
      memref::CopyOp::create(b, function.getLoc(), source, target);
    }
    func::ReturnOp::create(b, function.getLoc());
    function.erase();
  }

  void setAttributes() {
    Builder b(function.getContext());
    planned->setAttr(attr::kInputs, b.getArrayAttr(inputs));
    planned->setAttr(attr::kOutputs, b.getArrayAttr(outputs));
    planned->setAttr(attr::kArenaBytes, b.getI64IntegerAttr(arena.bytes));
    planned->setAttr(attr::kLiveBytes, b.getI64IntegerAttr(arena.live));
    if (Attribute flops = function->getAttr(attr::kFlops))
      planned->setAttr(attr::kFlops, flops);
    SmallVector<Attribute> table;
    for (const ArenaItem &item : items)
      table.push_back(b.getDictionaryAttr(
          {b.getNamedAttr("name", b.getStringAttr(item.name)),
           b.getNamedAttr("offset", b.getI64IntegerAttr(item.offset)),
           b.getNamedAttr("bytes", b.getI64IntegerAttr(item.bytes)),
           b.getNamedAttr("first", b.getI64IntegerAttr(item.first)),
           b.getNamedAttr("last", b.getI64IntegerAttr(item.last))}));
    planned->setAttr(attr::kArena, b.getArrayAttr(table));
  }

  Value view(OpBuilder &b, Place place, Type type) {
    if (place.block == Place::Argument)
      return planned.getArgument(place.offset);
    int64_t argument = place.block == Place::State       ? 0
                       : place.block == Place::Workspace ? 1
                                                         : metricsArgument;
    Value offset =
        arith::ConstantIndexOp::create(b, function.getLoc(), place.offset);
    return memref::ViewOp::create(b, function.getLoc(), cast<MemRefType>(type),
                                  planned.getArgument(argument), offset,
                                  ValueRange{});
  }

  void emitLaunch(OpBuilder &b, LaunchOp launch) {
    SmallVector<Value> operands;
    for (Value operand : launch.getOperands())
      operands.push_back(
          view(b, places[getRoot(operand)], flatType(operand.getType())));
    for (Value result : launch->getResults())
      operands.push_back(view(b, places[result], flatType(result.getType())));
    if (auto scratch = scratchOf.find(launch); scratch != scratchOf.end()) {
      auto kernel = symbols.lookup<func::FuncOp>(launch.getKernel());
      operands.push_back(view(b,
                              {Place::Workspace, items[scratch->second].offset},
                              kernel.getArgumentTypes().drop_back(3).back()));
    }
    LaunchOp::create(b, launch.getLoc(), TypeRange{}, launch.getKernelAttr(),
                     operands);
  }

  func::FuncOp function, planned;
  const SymbolTable &symbols;
  const Blocks &blocks;
  Schedule schedule;
  llvm::DenseMap<Value, Place> places;
  SmallVector<Type> argumentTypes;
  SmallVector<Attribute> inputs, outputs;
  int64_t metricsArgument = -1;
  SmallVector<std::pair<Value, Place>> copies;
  SmallVector<ArenaItem> items;
  llvm::MapVector<Value, size_t> itemOf;
  llvm::DenseSet<Value> taken;
  llvm::DenseMap<Operation *, size_t> scratchOf;
  ArenaSize arena{0, 0};
};

/// Marks the arguments of kernels that no launch lets share memory with another
/// which is written.
class AliasMarker {
public:
  AliasMarker(ModuleOp module) : module(module) {}

  void run() {
    SymbolTable symbols(module);
    module.walk([&](LaunchOp launch) { note(launch, symbols); });
    for (auto kernel : module.getOps<func::FuncOp>()) {
      if (!kernel->hasAttr(attr::kKernel))
        continue;
      for (auto [i, type] : llvm::enumerate(kernel.getArgumentTypes()))
        if (isa<MemRefType>(type) && !aliased[kernel].contains(i))
          kernel.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                            UnitAttr::get(module.getContext()));
    }
  }

private:
  /// Views of one block at one offset are one memory; others don't overlap.
  static std::pair<Value, int64_t> memoryOf(Value operand) {
    auto view = operand.getDefiningOp<memref::ViewOp>();
    if (!view)
      return {operand, 0};
    return {
        view.getSource(),
        view.getByteShift().getDefiningOp<arith::ConstantIndexOp>().value()};
  }

  void note(LaunchOp launch, SymbolTable &symbols) {
    auto kernel = symbols.lookup<func::FuncOp>(launch.getKernel());
    for (auto [i, lhs] : llvm::enumerate(launch.getOperands()))
      for (auto [j, rhs] : llvm::enumerate(launch.getOperands()))
        if (i < j && memoryOf(lhs) == memoryOf(rhs)) {
          aliased[kernel].insert(i);
          aliased[kernel].insert(j);
        }
  }

  ModuleOp module;
  llvm::DenseMap<Operation *, llvm::SmallDenseSet<size_t>> aliased;
};

struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<BlockLayout> state = layOutState(module),
                           metrics = layOutMetrics(module);
    if (failed(state) || failed(metrics))
      return signalPassFailure();
    Blocks blocks{std::move(*state), std::move(*metrics)};
    SymbolTable symbols(module);
    SmallVector<func::FuncOp> functions;
    for (auto function : module.getOps<func::FuncOp>())
      if (!function->hasAttr(attr::kKernel))
        functions.push_back(function);
    for (func::FuncOp function : functions)
      if (failed(FunctionPlanner(function, symbols, blocks).run()))
        return signalPassFailure();
    Builder b(&getContext());
    module->setAttr(attr::kState, b.getArrayAttr(blocks.state.entries));
    module->setAttr(attr::kStateBytes, b.getI64IntegerAttr(blocks.state.bytes));
    module->setAttr(attr::kMetrics, b.getArrayAttr(blocks.metrics.entries));
    module->setAttr(attr::kMetricsBytes,
                    b.getI64IntegerAttr(blocks.metrics.bytes));
    AliasMarker(module).run();
  }
};

} // namespace
} // namespace mlc::codegen
