//===-- PlannedFunction.cpp - a function on memory, as planned ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/MemoryPlan.h"
#include "codegen/TileEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class FunctionEmitter {
public:
  FunctionEmitter(func::FuncOp function, const SymbolTable &symbols,
                  const Blocks &blocks, const MemoryPlan &plan,
                  ConstantPool &constants, SharedArguments &shared)
      : function(function), symbols(symbols), plan(plan), constants(constants),
        shared(shared), b(function), loc(function.getLoc()) {
    MLIRContext *context = function.getContext();
    SmallVector<Type> types{getBlockType(context, blocks.state.bytes),
                            getBlockType(context, plan.arena.bytes),
                            MemRefType::get({1}, b.getI32Type())};
    types.append(plan.argumentTypes.begin(), plan.argumentTypes.end());
    planned = func::FuncOp::create(b, loc, function.getName(),
                                   b.getFunctionType(types, {}));
  }

  void run() {
    setAttributes();
    b.setInsertionPointToEnd(planned.addEntryBlock());
    emitSteps(plan.schedule.steps);
    emitCopies(plan.copies);
    func::ReturnOp::create(b, loc);
    function.erase();
  }

private:
  void setAttributes() {
    planned->setAttr(attr::kInputs, b.getArrayAttr(plan.inputs));
    planned->setAttr(attr::kOutputs, b.getArrayAttr(plan.outputs));
    planned->setAttr(attr::kArenaBytes, b.getI64IntegerAttr(plan.arena.bytes));
    planned->setAttr(attr::kLiveBytes, b.getI64IntegerAttr(plan.arena.live));
    for (StringRef kept : {attr::kFlops, attr::kBatch})
      if (Attribute value = function->getAttr(kept))
        planned->setAttr(kept, value);
    SmallVector<Attribute> table;
    for (const ArenaItem &item : plan.items)
      table.push_back(b.getDictionaryAttr(
          {b.getNamedAttr("name", b.getStringAttr(item.name)),
           b.getNamedAttr("offset", b.getI64IntegerAttr(item.offset)),
           b.getNamedAttr("bytes", b.getI64IntegerAttr(item.bytes)),
           b.getNamedAttr("first", b.getI64IntegerAttr(item.first)),
           b.getNamedAttr("last", b.getI64IntegerAttr(item.last))}));
    planned->setAttr(attr::kArena, b.getArrayAttr(table));
  }

  //===--- Views ----------------------------------------------------------===//

  Value getBlock(const Place &place) {
    switch (place.block) {
    case Place::State:
      return planned.getArgument(0);
    case Place::Workspace:
      return planned.getArgument(1);
    case Place::Metrics:
      return planned.getArgument(plan.metricsArgument);
    case Place::Argument:
      return planned.getArgument(place.argument);
    case Place::Constant:
      return constants.get(b, loc, plan.constants[place.argument]);
    }
    llvm_unreachable("all blocks are covered");
  }

  /// Bytes by which `stride` moves in the current round of its loop.
  Value getOffset(const LoopStride &stride) {
    Value slot = slices.lookup(stride.loop);
    auto constant = [&](int64_t value) {
      return arith::ConstantIndexOp::create(b, loc, value);
    };
    if (stride.shift)
      slot = arith::AddIOp::create(b, loc, slot, constant(stride.shift));
    if (stride.slots)
      slot = arith::RemUIOp::create(b, loc, slot, constant(stride.slots));
    return arith::MulIOp::create(b, loc, slot, constant(stride.stride));
  }

  Value view(const Place &place, MemRefType type) {
    Value block = getBlock(place);
    if (block.getType() == type)
      return block;
    int64_t fixed =
        place.offset + (place.item < 0 ? 0 : plan.items[place.item].offset);
    Value offset = arith::ConstantIndexOp::create(b, loc, fixed);
    for (const LoopStride &stride : place.strides)
      offset = arith::AddIOp::create(b, loc, offset, getOffset(stride));
    return memref::ViewOp::create(b, loc, type, block, offset, ValueRange{});
  }

  const Place &placeOf(Value value) {
    return plan.places.find(getRoot(value))->second;
  }

  void emitCopies(ArrayRef<Copy> copies) {
    for (const Copy &copy : copies) {
      MemRefType type = getFlatType(copy.from.getType());
      Value source = view(placeOf(copy.from), type);
      Value target = view(copy.to, type);
      memref::CopyOp::create(b, loc, source, target);
    }
  }

  //===--- Steps ----------------------------------------------------------===//

  void emitSteps(ArrayRef<Operation *> steps) {
    for (Operation *step : steps) {
      loc = step->getLoc();
      if (auto scan = dyn_cast<ScanOp>(step))
        emitScan(scan);
      else
        emitLaunch(cast<LaunchOp>(step));
    }
  }

  void emitScan(ScanOp scan) {
    if (auto before = plan.before.find(scan); before != plan.before.end())
      emitCopies(before->second);
    int64_t length = scan.getLength();
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    Value end = arith::ConstantIndexOp::create(b, loc, length);
    emitLoop(b, loc, zero, end, 1, {}, [&](Value round, ValueRange) {
      Value last = arith::ConstantIndexOp::create(b, loc, length - 1);
      slices[scan] = scan.getReverse()
                         ? arith::SubIOp::create(b, loc, last, round)
                         : round;
      emitSteps(getSteps(scan.getBody().front()));
      if (auto copies = plan.rounds.find(scan); copies != plan.rounds.end())
        emitCopies(copies->second);
      return SmallVector<Value>();
    });
  }

  void emitLaunch(LaunchOp launch) {
    SmallVector<Place> places;
    SmallVector<Value> operands;
    auto pass = [&](Value value) {
      places.push_back(placeOf(value));
      operands.push_back(view(places.back(), getFlatType(value.getType())));
    };
    for (Value operand : launch.getOperands())
      pass(operand);
    for (Value result : launch->getResults())
      pass(result);
    auto kernel = symbols.lookup<func::FuncOp>(launch.getKernel());
    noteShared(kernel, places);
    if (auto scratch = plan.scratch.find(launch); scratch != plan.scratch.end())
      operands.push_back(view(
          scratch->second,
          cast<MemRefType>(kernel.getArgumentTypes().drop_back(3).back())));
    LaunchOp::create(b, launch.getLoc(), TypeRange{}, launch.getKernelAttr(),
                     operands);
  }

  /// Values at one place are one memory; others don't overlap.
  void noteShared(func::FuncOp kernel, ArrayRef<Place> places) {
    for (size_t i = 0; i < places.size(); ++i)
      for (size_t j = i + 1; j < places.size(); ++j)
        if (places[i] == places[j]) {
          shared[kernel].insert(i);
          shared[kernel].insert(j);
        }
  }

  func::FuncOp function, planned;
  const SymbolTable &symbols;
  const MemoryPlan &plan;
  ConstantPool &constants;
  SharedArguments &shared;
  OpBuilder b;
  Location loc;
  /// The slice that each loop around is at.
  llvm::DenseMap<Operation *, Value> slices;
};

} // namespace

void emitPlannedFunction(func::FuncOp function, const SymbolTable &symbols,
                         const Blocks &blocks, const MemoryPlan &plan,
                         ConstantPool &constants, SharedArguments &shared) {
  FunctionEmitter(function, symbols, blocks, plan, constants, shared).run();
}

} // namespace mlc::codegen
