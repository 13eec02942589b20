//===-- TileEmitter.cpp - values of a kernel, a vector at a time ----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/TileEmitter.h"
#include "mlc/model.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace mlc::codegen {

SmallVector<Value>
emitLoop(OpBuilder &b, Location loc, Value lower, Value upper, int64_t step,
         ValueRange carried,
         llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  Value stepValue = arith::ConstantIndexOp::create(b, loc, step);
  auto loop =
      scf::ForOp::create(b, loc, lower, upper, stepValue, carried,
                         [&](OpBuilder &, Location, Value, ValueRange) {});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(loop.getBody());
  SmallVector<Value> next =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, loc, next);
  return SmallVector<Value>(loop.getResults());
}

TileEmitter::Key TileEmitter::keyOf(Value tensor, const Coords &at) {
  Key key{tensor.getAsOpaquePointer()};
  for (const Coord &coord : at) {
    // Equal constants are one place, whoever made them.
    if (auto literal = coord.index.getDefiningOp<arith::ConstantIndexOp>()) {
      key.push_back(nullptr);
      key.push_back(reinterpret_cast<const void *>(literal.value()));
    } else {
      key.push_back(coord.index.getAsOpaquePointer());
    }
    key.push_back(reinterpret_cast<const void *>(coord.laneStride));
  }
  return key;
}

Value TileEmitter::firstLanes(int64_t count) {
  SmallVector<bool> bits(lanes, false);
  std::fill_n(bits.begin(), count, true);
  return arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(VectorType::get({lanes}, b.getI1Type()), bits));
}

Value TileEmitter::keepActive(Value value, Value other, int64_t active) {
  if (active == lanes)
    return value;
  return arith::SelectOp::create(b, loc, firstLanes(active), value, other);
}

Value TileEmitter::constant(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value TileEmitter::add(Value lhs, Value rhs) {
  return b.createOrFold<arith::AddIOp>(loc, lhs, rhs);
}

Value TileEmitter::constant(TypedAttr value) {
  return arith::ConstantOp::create(b, loc, value);
}

Value TileEmitter::add(Value lhs, int64_t rhs) {
  return rhs == 0 ? lhs : add(lhs, constant(rhs));
}

Value TileEmitter::mul(Value lhs, int64_t rhs) {
  if (rhs == 1)
    return lhs;
  return b.createOrFold<arith::MulIOp>(loc, lhs, constant(rhs));
}

Value TileEmitter::splat(Value value) {
  if (isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(
      b, loc, VectorType::get({lanes}, value.getType()), value);
}

Value TileEmitter::zeros(Value memref) {
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  return splat(constant(cast<TypedAttr>(b.getZeroAttr(element))));
}

Coord TileEmitter::evaluate(AffineExpr expr, const Coords &dims) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  if (auto literal = dyn_cast<AffineConstantExpr>(expr))
    return {constant(literal.getValue()), 0};
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Coord lhs = evaluate(binary.getLHS(), dims);
  if (binary.getKind() == AffineExprKind::Mul) {
    int64_t factor = cast<AffineConstantExpr>(binary.getRHS()).getValue();
    return {mul(lhs.index, factor), lhs.laneStride * factor};
  }
  Coord rhs = evaluate(binary.getRHS(), dims);
  return {add(lhs.index, rhs.index), lhs.laneStride + rhs.laneStride};
}

Coord TileEmitter::linearize(const Coords &at, RankedTensorType type) {
  Coord linear;
  int64_t stride = 1;
  for (int64_t d = type.getRank() - 1; d >= 0; --d) {
    // Dimensions of size 1 too: where several are walked as one, the last of
    // them carries the index of all.
    Value term = mul(at[d].index, stride);
    linear.index = linear.index ? add(term, linear.index) : term;
    linear.laneStride += at[d].laneStride * stride;
    stride *= type.getDimSize(d);
  }
  if (!linear.index)
    linear.index = constant(0);
  return linear;
}

Coord TileEmitter::linearize(const Coords &at, const Layout &layout) {
  Coord linear{layout.origin, 0};
  for (auto [coord, stride] : llvm::zip_equal(at, layout.strides)) {
    if (stride == 0)
      continue;
    linear.index = add(linear.index, mul(coord.index, stride));
    linear.laneStride += coord.laneStride * stride;
  }
  return linear;
}

Coords TileEmitter::delinearize(Value linear, ArrayRef<int64_t> sizes) {
  Coords at(sizes.size());
  for (int64_t d = sizes.size() - 1; d >= 0; --d) {
    if (d == 0) {
      at[d] = {linear, 0};
      break;
    }
    Value size = constant(sizes[d]);
    at[d] = {b.createOrFold<arith::RemUIOp>(loc, linear, size), 0};
    linear = b.createOrFold<arith::DivUIOp>(loc, linear, size);
  }
  return at;
}

/// Lane offsets 0, stride, 2 * stride ... as a vector of index.
static Value laneOffsets(TileEmitter &e, int64_t stride) {
  auto type = VectorType::get({e.getLanes()}, e.b.getIndexType());
  SmallVector<int64_t> offsets;
  for (int64_t lane = 0; lane < e.getLanes(); ++lane)
    offsets.push_back(lane * stride);
  return arith::ConstantOp::create(
      e.b, e.loc, DenseElementsAttr::get(type, ArrayRef<int64_t>(offsets)));
}

/// A bool is a byte in memory: vectors of bits would be packed, and what is
/// stored as a vector is also read one by one.
Value TileEmitter::fromMemory(Value value) {
  if (!getElementTypeOrSelf(value).isInteger(8))
    return value;
  Value zero =
      arith::ConstantOp::create(b, loc, b.getZeroAttr(value.getType()));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, value, zero);
}

Value TileEmitter::toMemory(Value value) {
  Type type = value.getType();
  if (!getElementTypeOrSelf(type).isInteger(1))
    return value;
  Type byte = b.getI8Type();
  if (auto vector = dyn_cast<VectorType>(type))
    byte = vector.clone(byte);
  return arith::ExtUIOp::create(b, loc, byte, value);
}

Value TileEmitter::load(Value memref, const Coord &linear) {
  return fromMemory(loadElements(memref, linear));
}

Value TileEmitter::loadElements(Value memref, const Coord &linear) {
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  if (linear.laneStride == 0)
    return memref::LoadOp::create(b, loc, memref, linear.index);
  auto type = VectorType::get({lanes}, element);
  if (linear.laneStride == 1 && active == lanes)
    return vector::LoadOp::create(b, loc, type, memref, linear.index);
  Value zeros = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  if (linear.laneStride == 1)
    return vector::MaskedLoadOp::create(b, loc, type, memref, linear.index,
                                        firstLanes(active), zeros);
  return vector::GatherOp::create(b, loc, type, memref, linear.index,
                                  laneOffsets(*this, linear.laneStride),
                                  firstLanes(active), zeros);
}

void TileEmitter::storeLinear(Value value, Value memref, const Coord &linear) {
  if (linear.laneStride == 0) {
    // Along a dimension of size 1 there is one lane.
    if (isa<VectorType>(value.getType()))
      value = vector::ExtractOp::create(b, loc, value, ArrayRef<int64_t>{0});
    memref::StoreOp::create(b, loc, toMemory(value), memref, linear.index);
    return;
  }
  value = toMemory(splat(value));
  if (linear.laneStride != 1) {
    vector::ScatterOp::create(
        b, loc, /*resultType=*/Type(), memref, linear.index,
        laneOffsets(*this, linear.laneStride), firstLanes(active), value);
    return;
  }
  if (active != lanes) {
    vector::MaskedStoreOp::create(b, loc, memref, linear.index,
                                  firstLanes(active), value);
    return;
  }
  bool isDistant = isStoredPastCaches(memref);
  auto lineAlignment =
      isDistant ? llvm::MaybeAlign(MLC_ALIGNMENT) : llvm::MaybeAlign();
  vector::StoreOp::create(b, loc, value, memref, linear.index, isDistant,
                          lineAlignment);
}

void TileEmitter::finish() {
  if (!distant.empty())
    LLVM::CallIntrinsicOp::create(
        b, loc, b.getStringAttr("llvm.x86.sse.sfence"), ValueRange());
}

void TileEmitter::prefetch(Value memref, Value linear, uint32_t locality,
                           bool isWritten) {
  memref::PrefetchOp::create(b, loc, memref, linear, isWritten, locality,
                             /*isDataCache=*/true);
}

void TileEmitter::store(Value value, Value memref, RankedTensorType type,
                        const Coords &at) {
  storeLinear(value, memref, linearize(at, type));
}

Value TileEmitter::emit(Value tensor, const Coords &at) {
  Coords place = at;
  if (cast<RankedTensorType>(tensor.getType()).getRank() == 0)
    place.clear();
  Key key = keyOf(tensor, place);
  for (auto scope = memo.rbegin(); scope != memo.rend(); ++scope)
    if (auto found = scope->find(key); found != scope->end())
      return found->second;

  Value value;
  auto type = cast<RankedTensorType>(tensor.getType());
  if (auto layout = layouts.find(tensor); layout != layouts.end())
    value = load(layout->second.memref, linearize(place, layout->second));
  else if (Value buffer = buffers.lookup(tensor))
    value = load(buffer, linearize(place, type));
  else if (auto op = tensor.getDefiningOp<arith::ConstantOp>())
    value = emitConstant(cast<DenseElementsAttr>(op.getValue()), place, type);
  else if (auto op = tensor.getDefiningOp<tensor::ExtractSliceOp>())
    value = emitSlice(op, place);
  else if (auto op = tensor.getDefiningOp<linalg::GenericOp>();
           op && op.getNumReductionLoops() == 0)
    value = emitGeneric(op, cast<OpResult>(tensor).getResultNumber(), place);
  else {
    status = emitError(tensor.getLoc(),
                       "is not available where this kernel's loops need it");
    value = constant(cast<TypedAttr>(b.getZeroAttr(type.getElementType())));
  }
  memo.back()[key] = value;
  return value;
}

Value TileEmitter::getBuffer(Value tensor) {
  if (auto op = tensor.getDefiningOp<arith::ConstantOp>())
    return constants.get(b, loc, cast<DenseElementsAttr>(op.getValue()));
  return buffers.lookup(tensor);
}

Value TileEmitter::emitConstant(DenseElementsAttr value, const Coords &at,
                                RankedTensorType type) {
  if (value.isSplat())
    return arith::ConstantOp::create(
        b, loc, cast<TypedAttr>(value.getSplatValue<Attribute>()));
  return load(constants.get(b, loc, value), linearize(at, type));
}

Value TileEmitter::emitSlice(tensor::ExtractSliceOp slice, const Coords &at) {
  Coords place;
  for (auto [coord, offset, stride] :
       llvm::zip_equal(at, slice.getStaticOffsets(), slice.getStaticStrides()))
    place.push_back(
        {add(mul(coord.index, stride), offset), coord.laneStride * stride});
  return emit(slice.getSource(), place);
}

Value TileEmitter::emitGeneric(linalg::GenericOp generic, unsigned result,
                               const Coords &at) {
  // Outputs of elementwise generics are identities by construction, so the
  // loops' dimensions are the result's.
  IRMapping mapping;
  Block *body = generic.getBody();
  SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
  for (auto [i, operand] : llvm::enumerate(generic.getInputs())) {
    Value argument = body->getArgument(i);
    if (argument.use_empty())
      continue;
    Coords place;
    for (AffineExpr expr : maps[i].getResults())
      place.push_back(evaluate(expr, at));
    mapping.map(argument, emit(operand, place));
  }
  for (Operation &op : body->without_terminator())
    mapping.map(op.getResult(0), emitBodyOp(op, mapping, at));
  return mapping.lookupOrDefault(body->getTerminator()->getOperand(result));
}

Value TileEmitter::emitIndex(linalg::IndexOp index, const Coords &dims) {
  const Coord &at = dims[index.getDim()];
  if (at.laneStride == 0)
    return at.index;
  return arith::AddIOp::create(b, loc, splat(at.index),
                               laneOffsets(*this, at.laneStride));
}

/// Where all lanes read one row, it is read as vectors; where each lane has a
/// row of its own, element by element.
Value TileEmitter::emitExtract(tensor::ExtractOp extract, IRMapping &mapping,
                               const Coords &dims) {
  Coords at;
  SmallVector<Value> indices;
  bool oneRow = true;
  for (Value operand : extract.getIndices()) {
    Value value = mapping.lookupOrDefault(operand);
    indices.push_back(value);
    if (auto index = operand.getDefiningOp<linalg::IndexOp>()) {
      at.push_back(dims[index.getDim()]);
      continue;
    }
    at.push_back({value, 0});
    oneRow &= !isa<VectorType>(value.getType());
  }
  return oneRow ? emit(extract.getTensor(), at)
                : gather(extract.getTensor(), indices);
}

Value TileEmitter::gather(Value tensor, ValueRange indices) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Value memory = getBuffer(tensor);
  if (!memory) {
    status = emitError(tensor.getLoc(), "is looked up in, but not in memory");
    return constant(cast<TypedAttr>(b.getZeroAttr(type.getElementType())));
  }
  Value linear;
  for (auto [index, size] : llvm::zip_equal(indices, type.getShape())) {
    Value position = splat(index);
    if (linear) {
      Value stride = splat(constant(size));
      linear = arith::MulIOp::create(b, loc, linear, stride);
      position = arith::AddIOp::create(b, loc, linear, position);
    }
    linear = position;
  }
  auto result = VectorType::get(
      {lanes}, cast<MemRefType>(memory.getType()).getElementType());
  Value zeros = arith::ConstantOp::create(b, loc, b.getZeroAttr(result));
  Value base = constant(0), mask = firstLanes(active);
  return fromMemory(vector::GatherOp::create(b, loc, result, memory, base,
                                             linear, mask, zeros));
}

Value TileEmitter::emitBodyOp(Operation &op, IRMapping &mapping,
                              const Coords &dims) {
  if (auto index = dyn_cast<linalg::IndexOp>(op))
    return emitIndex(index, dims);
  if (auto extract = dyn_cast<tensor::ExtractOp>(op))
    return emitExtract(extract, mapping, dims);
  SmallVector<Value> operands;
  bool anyVector = false;
  for (Value operand : op.getOperands()) {
    operands.push_back(mapping.lookupOrDefault(operand));
    anyVector |= isa<VectorType>(operands.back().getType());
  }
  Type type = op.getResult(0).getType();
  if (anyVector) {
    type = VectorType::get({lanes}, type);
    for (Value &operand : operands)
      operand = splat(operand);
  }
  OperationState state(loc, op.getName(), operands, {type}, op.getAttrs());
  state.propertiesAttr = op.getPropertiesAsAttribute();
  return b.create(state)->getResult(0);
}

} // namespace mlc::codegen
