//===-- MemoryPlan.cpp - a place for every value of a function ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/MemoryPlan.h"
#include "codegen/LoopMemory.h"
#include "codegen/Timeline.h"
#include "ir/Builders.h"

using namespace mlir;

namespace mlc::codegen {

MemRefType getFlatType(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  Type element = tensor.getElementType();
  if (element.isInteger(1))
    element = IntegerType::get(type.getContext(), 8);
  return MemRefType::get({tensor.getNumElements()}, element);
}

MemRefType getBlockType(MLIRContext *context, int64_t bytes) {
  return MemRefType::get({bytes}, IntegerType::get(context, 8));
}

namespace {

class FunctionPlanner {
public:
  FunctionPlanner(func::FuncOp function, const SymbolTable &symbols,
                  const Blocks &blocks, Schedule schedule)
      : function(function), symbols(symbols), blocks(blocks),
        timeline(schedule.steps) {
    plan.schedule = std::move(schedule);
  }

  FailureOr<MemoryPlan> run() {
    placeArguments();
    placeConstants();
    placeResults();
    if (failed(placeSteps(plan.schedule.steps)))
      return failure();
    plan.arena = layOutArena(plan.items);
    return std::move(plan);
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

  //===--- Arguments and results ------------------------------------------===//

  Attribute describe(StringRef name, StringRef role, Type type,
                     IntegerAttr range = {}, IntegerAttr ignored = {}) {
    Builder b(function.getContext());
    IntegerAttr none = b.getI64IntegerAttr(0);
    return b.getDictionaryAttr(
        {b.getNamedAttr("name", b.getStringAttr(name)),
         b.getNamedAttr("role", b.getStringAttr(role)),
         b.getNamedAttr("type", TypeAttr::get(type)),
         b.getNamedAttr("range", range ? range : none),
         b.getNamedAttr("ignored", ignored ? ignored : none)});
  }
  Type metricsTensor() {
    return RankedTensorType::get({blocks.metrics.bytes / 8},
                                 Float64Type::get(function.getContext()));
  }

  /// A loop reads and writes slices: of bytes, as of a block.
  static bool isSliced(Value root) {
    return root.getDefiningOp<ScanOp>() ||
           llvm::any_of(root.getUsers(), [](Operation *user) {
             if (auto reshape = dyn_cast<ReshapeOp>(user))
               return isSliced(reshape.getResult());
             return isa<ScanOp>(user);
           });
  }

  int64_t addArgument(Type type) {
    plan.argumentTypes.push_back(type);
    return kFirstInput + int64_t(plan.argumentTypes.size()) - 1;
  }
  int64_t addArgument(Value root) {
    Type type = root.getType();
    return addArgument(isSliced(root)
                           ? getBlockType(function.getContext(), bytesOf(type))
                           : getFlatType(type));
  }
  int64_t addMetricsArgument() {
    return addArgument(
        getBlockType(function.getContext(), blocks.metrics.bytes));
  }

  bool updatesMetrics() {
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      if (roleOf(function.getResultAttrDict(i)) == "metric")
        return true;
    return false;
  }

  static Place inBlock(Place::Block block, int64_t offset) {
    Place place;
    place.block = block;
    place.offset = offset;
    return place;
  }

  void placeArguments() {
    bool anyMetric = false;
    for (BlockArgument argument : function.getArguments()) {
      DictionaryAttr attrs = function.getArgAttrDict(argument.getArgNumber());
      StringRef role = roleOf(attrs), name = nameOf(attrs);
      if (isStateRole(role))
        plan.places[argument] =
            inBlock(Place::State, blocks.state.offsets.lookup(name));
      else if (role == "metric") {
        plan.places[argument] =
            inBlock(Place::Metrics, blocks.metrics.offsets.lookup(name));
        anyMetric = true;
      } else if (role == "rows")
        plan.places[argument] = Place::ofArgument(kRowsArgument);
      else {
        plan.places[argument] = Place::ofArgument(addArgument(Value(argument)));
        plan.inputs.push_back(
            describe(name, role, argument.getType(),
                     attrs.getAs<IntegerAttr>(attr::kRange),
                     attrs.getAs<IntegerAttr>(attr::kIgnored)));
      }
    }
    if (anyMetric && !updatesMetrics()) {
      plan.metricsArgument = addMetricsArgument();
      plan.inputs.push_back(describe("metrics", "metric", metricsTensor()));
    }
  }

  void placeConstants() {
    function.walk([&](ConstantOp op) {
      plan.places[op.getResult()] =
          Place::ofConstant(int64_t(plan.constants.size()));
      plan.constants.push_back(cast<DenseElementsAttr>(op.getValue()));
    });
  }

  /// Where the caller expects result `i`, which is `root`.
  Place destination(unsigned i, Value root) {
    DictionaryAttr attrs = function.getResultAttrDict(i);
    if (auto updated =
            function.getResultAttrOfType<IntegerAttr>(i, attr::kUpdates))
      return plan.places[function.getArgument(updated.getInt())];
    StringRef role = roleOf(attrs);
    if (isStateRole(role))
      return inBlock(Place::State, blocks.state.offsets.lookup(nameOf(attrs)));
    plan.outputs.push_back(
        describe(nameOf(attrs), role, function.getResultTypes()[i]));
    return Place::ofArgument(addArgument(root));
  }

  /// Can `root` be made anywhere? What a loop carries has its place in there.
  static bool isMovable(Value root) {
    auto scan = root.getDefiningOp<ScanOp>();
    if (!scan)
      return root.getDefiningOp<LaunchOp>() != nullptr;
    int64_t output = int64_t(cast<OpResult>(root).getResultNumber()) -
                     scan.getInits().size();
    if (output < 0)
      return false;
    for (unsigned c = 0; c < scan.getInits().size(); ++c)
      if (CarriedSlots(scan, c).getOutputOffset(output))
        return false;
    return true;
  }

  void placeResults() {
    Operation *end = function.getBody().front().getTerminator();
    for (OpOperand &returned : end->getOpOperands()) {
      unsigned i = returned.getOperandNumber();
      Value root = getRoot(returned.get());
      Place to = destination(i, root);
      bool isUpdate = function.getResultAttr(i, attr::kUpdates) != nullptr;
      if (isMovable(root) && !plan.places.contains(root) &&
          (!isUpdate || plan.schedule.inPlace.contains(root)))
        plan.places[root] = to;
      else if (auto from = plan.places.find(root);
               from == plan.places.end() || !(from->second == to)) {
        plan.copies.push_back({root, to});
        timeline.readAtEnd(root);
      }
    }
    for (Operation *step : plan.schedule.steps)
      for (Value result : step->getResults())
        if (BlockArgument updated = plan.schedule.inPlace.lookup(result))
          plan.places.try_emplace(result, plan.places[updated]);
    if (updatesMetrics()) {
      plan.metricsArgument = addMetricsArgument();
      plan.outputs.push_back(
          describe("metrics", "metric", metricsTensor(), {}));
    }
  }

  //===--- Launches -------------------------------------------------------===//

  LogicalResult placeSteps(ArrayRef<Operation *> steps) {
    for (Operation *step : steps) {
      auto scan = dyn_cast<ScanOp>(step);
      if (failed(scan ? placeScan(scan) : placeLaunch(cast<LaunchOp>(step))))
        return failure();
    }
    return success();
  }

  LogicalResult placeLaunch(LaunchOp launch) {
    auto kernel = symbols.lookup<func::FuncOp>(launch.getKernel());
    if (!kernel)
      return launch.emitOpError("expected a kernel that has been vectorized");
    for (OpResult result : launch->getResults())
      if (!plan.places.contains(result))
        addTemporary(result, launch, kernel);
    addScratch(launch, kernel);
    return success();
  }

  int64_t addItem(StringRef name, int64_t bytes, int64_t first, int64_t last) {
    plan.items.push_back({name.str(), bytes, first, std::max(first, last), 0});
    return plan.items.size() - 1;
  }

  /// A temporary takes over the memory of an operand that dies here, if the
  /// kernel allows it.
  void addTemporary(OpResult result, LaunchOp launch, func::FuncOp kernel) {
    int64_t now = timeline.start(launch), last = timeline.lastRead(result);
    for (auto [i, operand] : llvm::enumerate(launch.getOperands())) {
      Value root = getRoot(operand);
      auto known = itemOf.find(root);
      if (known == itemOf.end() || timeline.lastRead(root) != now ||
          taken.contains(root) ||
          !mayShare(kernel, result.getResultNumber(), i))
        continue;
      taken.insert(root);
      int64_t item = known->second;
      plan.items[item].last = std::max(now, last);
      ownItem(result, item);
      return;
    }
    ownItem(result,
            addItem(launch.getKernel(), bytesOf(result.getType()), now, last));
  }

  void ownItem(Value root, int64_t item) {
    itemOf[root] = item;
    plan.places[root] = Place::inItem(item);
  }

  void addScratch(LaunchOp launch, func::FuncOp kernel) {
    if (kernel->getAttrOfType<IntegerAttr>(attr::kScratch).getInt() == 0)
      return;
    // The scratch is the argument before the range of tiles.
    auto type = cast<MemRefType>(kernel.getArgumentTypes().drop_back(3).back());
    int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
    int64_t now = timeline.start(launch);
    plan.scratch[launch] = Place::inItem(
        addItem((launch.getKernel() + " (packing)").str(), bytes, now, now));
  }

  //===--- Loops ----------------------------------------------------------===//

  LogicalResult placeScan(ScanOp scan) {
    for (unsigned c = 0; c < scan.getInits().size(); ++c)
      placeCarried(scan, c);
    for (auto [slice, input] :
         llvm::zip_equal(scan.getSlices(), scan.getInputs()))
      plan.places[slice] = placeOf(input).moving(
          {scan, bytesOf(slice.getType()), /*shift=*/0, /*slots=*/0});
    for (auto [inside, invariant] :
         llvm::zip_equal(scan.getConstants(), scan.getInvariants()))
      plan.places[inside] = placeOf(invariant);
    for (unsigned i = 0; i < scan.getOutputs().size(); ++i)
      placeOutput(scan, i);
    return placeSteps(getSteps(scan.getBody().front()));
  }

  Place placeOf(Value value) {
    return plan.places.find(getRoot(value))->second;
  }

  std::string nameOf(ScanOp scan) {
    return (getLayerName(scan.getLoc()) + ".scan").str();
  }

  void placeCarried(ScanOp scan, unsigned c) {
    CarriedSlots slots(scan, c);
    int64_t last = timeline.end(scan);
    auto keep = [&](Value result) {
      last = std::max(last, timeline.lastRead(result));
    };
    keep(scan.getFinals()[c]);
    for (auto [i, output] : llvm::enumerate(scan.getOutputs()))
      if (slots.getOutputOffset(i))
        keep(output);
    int64_t item =
        addItem(nameOf(scan), slots.getBytes(), timeline.start(scan), last);
    Place base = Place::inItem(item);
    plan.before[scan].push_back(
        {getRoot(scan.getInits()[c]), base.at(slots.getInitOffset())});
    plan.places[scan.getFinals()[c]] = base.at(slots.getFinalOffset());
    for (auto [i, output] : llvm::enumerate(scan.getOutputs()))
      if (auto offset = slots.getOutputOffset(i);
          offset && !plan.places.contains(output))
        plan.places[output] = base.at(*offset);
    plan.places[scan.getCarried()[c]] = base.moving(slots.getCurrent());
    makeAt(scan, scan.getNext()[c], base.moving(slots.getNext()));
  }

  void placeOutput(ScanOp scan, unsigned i) {
    OpResult output = scan.getOutputs()[i];
    if (!isMovable(output))
      return; // among what is carried
    if (!plan.places.contains(output))
      ownItem(output,
              addItem(nameOf(scan), bytesOf(output.getType()),
                      timeline.start(scan),
                      std::max(timeline.end(scan), timeline.lastRead(output))));
    Value slice = scan.getOutputSlices()[i];
    makeAt(scan, slice,
           placeOf(output).moving({scan, bytesOf(slice.getType()), 0, 0}));
  }

  /// Has `yielded` made at its place, or copied to it at the end of a round.
  void makeAt(ScanOp scan, Value yielded, const Place &place) {
    Value root = getRoot(yielded);
    if (isMovable(root) && !plan.places.contains(root))
      plan.places[root] = place;
    else
      plan.rounds[scan].push_back({root, place});
  }

  func::FuncOp function;
  const SymbolTable &symbols;
  const Blocks &blocks;
  Timeline timeline;
  MemoryPlan plan;
  /// The items of values that have one for themselves.
  llvm::DenseMap<Value, int64_t> itemOf;
  llvm::DenseSet<Value> taken;
};

} // namespace

FailureOr<Blocks> layOutBlocks(ModuleOp module) {
  FailureOr<BlockLayout> state = layOutState(module),
                         metrics = layOutMetrics(module);
  if (failed(state) || failed(metrics))
    return failure();
  return Blocks{std::move(*state), std::move(*metrics)};
}

FailureOr<MemoryPlan> planFunction(func::FuncOp function,
                                   const SymbolTable &symbols,
                                   const Blocks &blocks) {
  return FunctionPlanner(function, symbols, blocks,
                         makeSchedule(function, symbols))
      .run();
}

} // namespace mlc::codegen
