//===-- Pairs.cpp - bfloat16 numbers, two in the place of a float ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Pairs.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mlc::codegen {

LogicalResult verifyTarget(Operation *op, bool bfloat16, const Target &target) {
  if (!bfloat16 || target.bfloat16Dot)
    return success();
  return op->emitOpError("multiplies bfloat16, for which the target has no "
                         "instruction: expected --mlc-round-operands before");
}

static VectorType floats(TileEmitter &e) {
  return VectorType::get({e.getLanes()}, e.b.getF32Type());
}
static VectorType numbers(TileEmitter &e) {
  return VectorType::get({2 * e.getLanes()}, e.b.getBF16Type());
}

static Value bitcast(TileEmitter &e, VectorType type, Value value) {
  return vector::BitCastOp::create(e.b, e.loc, type, value);
}

static Value call(TileEmitter &e, StringRef intrinsic, VectorType type,
                  ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(e.b, e.loc, type,
                                       e.b.getStringAttr(intrinsic), operands)
      .getResult(0);
}

/// The bfloat16s of `low`, then those of `high`.
static Value round(TileEmitter &e, Value low, Value high) {
  return call(e, "llvm.x86.avx512bf16.cvtne2ps2bf16.512", numbers(e),
              {high, low});
}

Value pairNeighbours(TileEmitter &e, Value low, Value high) {
  return bitcast(e, floats(e), round(e, low, high));
}

Value pairLanes(TileEmitter &e, Value first, Value second) {
  Value both = round(e, first, second);
  SmallVector<int64_t> order;
  for (int64_t lane = 0; lane < e.getLanes(); ++lane)
    order.append({lane, lane + e.getLanes()});
  Value pairs = vector::ShuffleOp::create(e.b, e.loc, both, both, order);
  return bitcast(e, floats(e), pairs);
}

Value zeroPairs(TileEmitter &e) {
  return e.constant(cast<TypedAttr>(e.b.getZeroAttr(floats(e))));
}

/// The first `count` lanes, then zeros.
static Value loadLanes(TileEmitter &e, Value memory, Value from, int64_t stride,
                       int64_t count) {
  if (count <= 0)
    return zeroPairs(e);
  e.setMask(count);
  Value value = e.load(memory, {from, stride});
  e.setMask(e.getLanes());
  return stride != 0 ? value
                     : e.keepActive(e.splat(value), zeroPairs(e), count);
}

Value loadPairs(TileEmitter &e, Value memory, Value from, int64_t stride,
                int64_t count) {
  if (count <= 0)
    return zeroPairs(e);
  int64_t lanes = e.getLanes();
  Value low = loadLanes(e, memory, from, stride, std::min(count, lanes));
  Value high = loadLanes(e, memory, e.add(from, lanes * stride), stride,
                         std::min(count - lanes, lanes));
  return pairNeighbours(e, low, high);
}

Value multiplyAddPairs(TileEmitter &e, Value lhs, Value rhs, Value sum) {
  return call(e, "llvm.x86.avx512bf16.dpbf16ps.512", floats(e),
              {sum, bitcast(e, numbers(e), lhs), bitcast(e, numbers(e), rhs)});
}

} // namespace mlc::codegen
