//===-- LoopNest.cpp - what the loop nests have in common -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/LoopNest.h"
#include "codegen/Window.h"
#include "mlc/model.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mlc::codegen {

int64_t getLanes(func::FuncOp kernel, const Target &target) {
  int64_t bits = 0;
  auto visit = [&](TypeRange types) {
    for (Type type : types)
      if (Type element = cast<RankedTensorType>(type).getElementType();
          isa<FloatType>(element))
        bits = bits ? std::min<int64_t>(bits, element.getIntOrFloatBitWidth())
                    : element.getIntOrFloatBitWidth();
  };
  visit(kernel.getArgumentTypes());
  visit(kernel.getResultTypes());
  return std::max<int64_t>(1, target.vectorBits / (bits ? bits : 32));
}

Type getScratchElement(func::FuncOp kernel) {
  for (Type type : kernel.getResultTypes())
    if (Type element = cast<RankedTensorType>(type).getElementType();
        isa<FloatType>(element))
      return element;
  return Float32Type::get(kernel.getContext());
}

SmallVector<Value> getResults(func::FuncOp kernel) {
  return SmallVector<Value>(
      kernel.getBody().front().getTerminator()->getOperands());
}

SmallVector<linalg::GenericOp> getReductions(func::FuncOp kernel) {
  SmallVector<linalg::GenericOp> reductions;
  for (auto generic : kernel.getOps<linalg::GenericOp>())
    if (generic.getNumReductionLoops() > 0)
      reductions.push_back(generic);
  return reductions;
}

/// Does `map` use dimensions [first, last] as adjacent results in order, or not
/// at all?
static bool usesTogether(AffineMap map, int64_t first, int64_t last) {
  int64_t expected = -1;
  for (AffineExpr expr : map.getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    bool inRange =
        dim && dim.getPosition() >= first && dim.getPosition() <= last;
    if (expected > first && expected <= last) {
      if (!inRange || dim.getPosition() != expected)
        return false;
      ++expected;
    } else if (inRange) {
      if (dim.getPosition() != first || expected > last)
        return false;
      expected = first + 1;
    } else if (!dim) {
      for (int64_t d = first; d <= last; ++d)
        if (expr.isFunctionOfDim(d))
          return false;
    }
  }
  return expected == -1 || expected == last + 1;
}

bool areDimsWalkedAsOne(func::FuncOp kernel, int64_t rank, int64_t first,
                        int64_t last) {
  if (first >= last)
    return true;
  if (!kernel.getOps<tensor::ExtractSliceOp>().empty() ||
      !kernel.getOps<tensor::ConcatOp>().empty() ||
      findWindow(kernel.getBody().front()))
    return false;
  for (auto generic : kernel.getOps<linalg::GenericOp>()) {
    if (generic.getNumLoops() != rank)
      continue;
    for (AffineMap map : generic.getIndexingMapsArray())
      if (!usesTogether(map, first, last))
        return false;
    for (auto index : generic.getBody()->getOps<linalg::IndexOp>())
      if (int64_t dim = index.getDim(); dim >= first && dim <= last)
        return false;
  }
  return true;
}

/// Is `use` a read at the place that is being written, and nowhere else?
/// What makes a piece of a stack has a dimension more, of one place.
static bool isInPlace(OpOperand &use) {
  auto op = dyn_cast<linalg::GenericOp>(use.getOwner());
  if (!op || op.getNumReductionLoops() > 0)
    return false;
  AffineMap map = op.getMatchingIndexingMap(&use);
  if (!op->hasOneUse() || !isa<tensor::ConcatOp>(*op->user_begin()))
    return map.isIdentity();
  tensor::ConcatOp stack = getStack(op->user_begin()->getResult(0));
  return stack && map == AffineMap::getMultiDimIdentityMap(map.getNumDims(),
                                                           map.getContext())
                             .dropResult(stack.getDim());
}

bool isReadInPlace(func::FuncOp kernel, unsigned operand) {
  // What is computed from it must in turn be used only in place.
  SmallVector<Value> pending{kernel.getArgument(operand)};
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    for (OpOperand &use : value.getUses()) {
      Operation *user = use.getOwner();
      bool isStack =
          isa<tensor::ConcatOp>(user) && getStack(user->getResult(0));
      if (isStack || (isa<func::ReturnOp>(user) && !isa<BlockArgument>(value)))
        continue;
      if (!isInPlace(use))
        return false;
      pending.append(user->result_begin(), user->result_end());
    }
  }
  return true;
}

tensor::ConcatOp getStack(Value result) {
  auto concat = result.getDefiningOp<tensor::ConcatOp>();
  if (!concat)
    return {};
  for (Value piece : concat.getInputs())
    if (!piece.getDefiningOp<linalg::GenericOp>() ||
        cast<RankedTensorType>(piece.getType()).getDimSize(concat.getDim()) !=
            1)
      return {};
  return concat;
}

RankedTensorType getTypeOfPlaces(Value result) {
  auto type = cast<RankedTensorType>(result.getType());
  if (tensor::ConcatOp stack = getStack(result))
    return RankedTensorType::Builder(type).dropDim(stack.getDim());
  return type;
}

namespace {
/// A value, and where it goes.
struct Store {
  Value value, output;
  RankedTensorType type;
  Coords at;
};
} // namespace

/// Adds the stores of `result` at `at`; of a stack, that of each piece.
static void addStores(TileEmitter &e, Value result, Value output,
                      const Coords &at, SmallVector<Store> &stores) {
  auto type = cast<RankedTensorType>(result.getType());
  tensor::ConcatOp stack = getStack(result);
  if (!stack) {
    stores.push_back({e.emit(result, at), output, type, at});
    return;
  }
  for (auto [index, piece] : llvm::enumerate(stack.getInputs())) {
    Coords place = at;
    place.insert(place.begin() + stack.getDim(), Coord{e.constant(0), 0});
    Value value = e.emit(piece, place);
    place[stack.getDim()].index = e.constant(index);
    stores.push_back({value, output, type, place});
  }
}

void emitResults(TileEmitter &e, ValueRange results, ValueRange outputs,
                 const Coords &at) {
  SmallVector<Store> stores;
  for (auto [result, output] : llvm::zip_equal(results, outputs))
    addStores(e, result, output, at, stores);
  for (const Store &store : stores)
    e.store(store.value, store.output, store.type, store.at);
}

void storeDistantPastCaches(KernelBody &body, func::FuncOp kernel,
                            ValueRange results) {
  TileEmitter &e = body.e;
  for (auto [i, result] : llvm::enumerate(getResults(kernel))) {
    auto type = cast<RankedTensorType>(result.getType());
    constexpr int64_t lineBits = 8 * MLC_ALIGNMENT;
    if (kernel.getResultAttr(i, kDistant) &&
        llvm::is_contained(results, result) && type.getRank() > 0 &&
        type.getShape().back() % e.getLanes() == 0 &&
        e.getLanes() * type.getElementTypeBitWidth() == lineBits)
      e.storePastCaches(body.outputs[i]);
  }
}

void forEach(TileEmitter &e, Value begin, Value end, int64_t step,
             llvm::function_ref<void(Value)> emit) {
  emitLoop(e.b, e.loc, begin, end, step, {},
           [&](Value index, ValueRange) -> SmallVector<Value> {
             TileEmitter::Scope scope(e);
             emit(index);
             return {};
           });
}

SmallVector<Value>
emitSum(TileEmitter &e, Value begin, Value end, ValueRange starts,
        ArrayRef<int64_t> steps, ValueRange sums,
        llvm::function_ref<SmallVector<Value>(ValueRange, ValueRange)> body) {
  size_t count = sums.size();
  SmallVector<Value> carried(sums);
  carried.append(starts.begin(), starts.end());
  carried = emitLoop(
      e.b, e.loc, begin, end, 1, carried, [&](Value, ValueRange inner) {
        ValueRange places = inner.drop_front(count);
        SmallVector<Value> next = body(places, inner.take_front(count));
        for (auto [place, step] : llvm::zip_equal(places, steps))
          next.push_back(e.add(place, step));
        return next;
      });
  carried.truncate(count);
  return carried;
}

void forEachBlock(TileEmitter &e, int64_t count, int64_t most,
                  llvm::function_ref<void(Value, int64_t)> emit) {
  int64_t blocks = llvm::divideCeil(count, most),
          size = llvm::divideCeil(count, blocks), full = count / size * size;
  forEach(e, e.constant(0), e.constant(full), size,
          [&](Value begin) { emit(begin, size); });
  if (full == count)
    return;
  TileEmitter::Scope scope(e);
  emit(e.constant(full), count - full);
}

void forEachTile(KernelBody &body, llvm::function_ref<void(Value)> emit) {
  forEach(body.e, body.begin, body.end, 1, emit);
}

void choose(TileEmitter &e, Value condition, llvm::function_ref<void()> then,
            llvm::function_ref<void()> otherwise) {
  auto choice = scf::IfOp::create(e.b, e.loc, condition, bool(otherwise));
  auto emitArm = [&](Block *block, llvm::function_ref<void()> arm) {
    OpBuilder::InsertionGuard guard(e.b);
    e.b.setInsertionPointToStart(block);
    TileEmitter::Scope scope(e);
    arm();
  };
  emitArm(choice.thenBlock(), then);
  if (otherwise)
    emitArm(choice.elseBlock(), otherwise);
}

void whenLast(TileEmitter &e, Value index, int64_t count,
              llvm::function_ref<void(bool)> arm) {
  Value isLast = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::eq,
                                       index, e.constant(count - 1));
  choose(e, isLast, [&] { arm(true); }, [&] { arm(false); });
}

void forEachVector(TileEmitter &e, int64_t count, int64_t unroll,
                   llvm::function_ref<void(Coord)> body) {
  int64_t lanes = e.getLanes(), step = lanes * unroll, done = 0;
  if (count >= 2 * step) {
    done = count / step * step;
    emitLoop(e.b, e.loc, e.constant(0), e.constant(done), step, {},
             [&](Value index, ValueRange) -> SmallVector<Value> {
               TileEmitter::Scope scope(e);
               for (int64_t u = 0; u < unroll; ++u)
                 body({e.add(index, u * lanes), 1});
               return {};
             });
  }
  for (; done + lanes <= count; done += lanes)
    body({e.constant(done), 1});
  if (done < count) {
    TileEmitter::Scope scope(e);
    e.setMask(count - done);
    body({e.constant(done), 1});
    e.setMask(lanes);
  }
}

Value reduceVectors(TileEmitter &e, int64_t count, int64_t unroll,
                    Value neutral, llvm::function_ref<Value(Coord)> value,
                    llvm::function_ref<Value(Value, Value)> combine) {
  int64_t lanes = e.getLanes(), step = lanes * unroll, done = 0;
  SmallVector<Value> sums(unroll, neutral);
  if (count >= 2 * step) {
    done = count / step * step;
    sums = emitLoop(e.b, e.loc, e.constant(0), e.constant(done), step, sums,
                    [&](Value index, ValueRange carried) {
                      TileEmitter::Scope scope(e);
                      SmallVector<Value> next;
                      for (int64_t u = 0; u < unroll; ++u)
                        next.push_back(combine(
                            carried[u], value({e.add(index, u * lanes), 1})));
                      return next;
                    });
  }
  for (int64_t u = 0; done + lanes <= count;
       done += lanes, u = (u + 1) % unroll)
    sums[u] = combine(sums[u], value({e.constant(done), 1}));
  if (done < count) {
    TileEmitter::Scope scope(e);
    e.setMask(count - done);
    Value last = value({e.constant(done), 1});
    last = e.keepActive(last, neutral, count - done);
    sums[0] = combine(sums[0], last);
    e.setMask(lanes);
  }
  for (int64_t width = unroll / 2; width > 0; width /= 2)
    for (int64_t u = 0; u < width; ++u)
      sums[u] = combine(sums[u], sums[u + width]);
  return sums[0];
}

Value combineLanes(TileEmitter &e, Value vector,
                   llvm::function_ref<Value(Value, Value)> combine) {
  int64_t lanes = e.getLanes();
  for (int64_t width = lanes / 2; width > 0; width /= 2) {
    SmallVector<int64_t> upper(lanes);
    for (int64_t lane = 0; lane < lanes; ++lane)
      upper[lane] = (lane + width) % lanes;
    Value shifted =
        vector::ShuffleOp::create(e.b, e.loc, vector, vector, upper);
    vector = combine(vector, shifted);
  }
  return vector::ExtractOp::create(e.b, e.loc, vector, ArrayRef<int64_t>{0});
}

Combiner::Combiner(linalg::GenericOp reduction) {
  op = reduction.getBody()->getTerminator()->getOperand(0).getDefiningOp();
  auto init = reduction.getOutputs()[0].getDefiningOp<arith::ConstantOp>();
  initial = cast<TypedAttr>(
      cast<DenseElementsAttr>(init.getValue()).getSplatValue<Attribute>());
}

Value Combiner::neutral(TileEmitter &e) const {
  return e.splat(e.constant(initial));
}

Value Combiner::combine(TileEmitter &e, Value lhs, Value rhs) const {
  OperationState state(e.loc, op->getName(), {lhs, rhs}, {lhs.getType()},
                       op->getAttrs());
  state.propertiesAttr = op->getPropertiesAsAttribute();
  return e.b.create(state)->getResult(0);
}

Value Combiner::acrossLanes(TileEmitter &e, Value vector) const {
  return combineLanes(
      e, vector, [&](Value lhs, Value rhs) { return combine(e, lhs, rhs); });
}

} // namespace mlc::codegen
