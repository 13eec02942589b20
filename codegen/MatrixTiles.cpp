//===-- MatrixTiles.cpp - products in the machine's matrix tiles ----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// AMX multiplies 16 rows of 16 pairs of bfloat16 by 16 pairs of 16 columns: an
// instruction is 32 steps along K of 256 sums. Rows of A are packed one after
// another, B's panels as vectors of pairs take them, and K is filled up with
// zeros. Sums go to scratch memory, from where the epilogue reads them row by
// row: nothing else can read a tile.
//
//===----------------------------------------------------------------------===//

#include "codegen/ContractionLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

/// The instructions on tiles of 16 rows of 64 bytes.
class TileInstructions {
public:
  explicit TileInstructions(TileEmitter &e)
      : e(e), type(LLVM::LLVMX86AMXType::get(e.b.getContext())),
        rows(number(16, kMatrixRows)), bytes(number(16, kRowBytes)) {}

  Value zero() { return call("tilezero", {rows, bytes}); }

  /// Rows are `stride` elements apart.
  Value load(Value memory, Value from, int64_t stride) {
    return call("tileloadd64",
                {rows, bytes, pointer(memory, from), distance(stride)});
  }

  Value multiplyAdd(Value lhs, Value rhs, Value sum) {
    return call("tdpbf16ps", {rows, bytes, bytes, sum, lhs, rhs});
  }

  void store(Value tile, Value memory, Value to, int64_t stride) {
    LLVM::CallIntrinsicOp::create(
        e.b, e.loc, name("tilestored64"),
        {rows, bytes, pointer(memory, to), distance(stride), tile});
  }

private:
  static constexpr int64_t kFloatBytes = 4,
                           kRowBytes = kMatrixRows * kFloatBytes;

  StringAttr name(StringRef instruction) {
    return e.b.getStringAttr("llvm.x86." + instruction + ".internal");
  }
  Value call(StringRef instruction, ValueRange operands) {
    return LLVM::CallIntrinsicOp::create(e.b, e.loc, type, name(instruction),
                                         operands)
        .getResult(0);
  }
  Value number(unsigned bits, int64_t value) {
    return arith::ConstantIntOp::create(e.b, e.loc, value, bits);
  }
  Value distance(int64_t elements) {
    return number(64, elements * kFloatBytes);
  }
  Value pointer(Value memory, Value linear) {
    Value start =
        memref::ExtractAlignedPointerAsIndexOp::create(e.b, e.loc, memory);
    Value address = arith::IndexCastOp::create(
        e.b, e.loc, e.b.getI64Type(), e.add(start, e.mul(linear, kFloatBytes)));
    return LLVM::IntToPtrOp::create(
        e.b, e.loc, LLVM::LLVMPointerType::get(e.b.getContext()), address);
  }

  TileEmitter &e;
  Type type;
  Value rows, bytes;
};

} // namespace

RegisterTile chooseMatrixTile(int64_t m, int64_t n, int64_t gates) {
  // Eight tiles: the sums, and the operands of one of them at least.
  int64_t columns = llvm::divideCeil(n, kMatrixRows);
  bool isTall = m > kMatrixRows && gates <= 2;
  int64_t most = (isTall ? 2 : 4) / gates;
  return {isTall ? 2 * kMatrixRows : kMatrixRows,
          std::clamp<int64_t>(most, 1, columns)};
}

void PlanLoops::emitMatrixTile(const LoopPlace &base, const RowBlock &block) {
  if (SmallVector<FarTensor> far = getFarTensors(); !far.empty())
    forEach(e.constant(0), e.constant(block.steps), 1, [&](Value row) {
      prefetchEpilogue(base, e.add(block.start, row), far);
    });
  emitMatrixSums(placeOf(base, block));
  emitWaitingEpilogues(base, block);
}

void PlanLoops::emitMatrixSums(const TilePlace &place) {
  TileInstructions tiles(e);
  int64_t rows = llvm::divideCeil(place.steps, kMatrixRows),
          columns = plan.gate.size * vectors, rowStep = plan.rowStep();
  auto loadRows = [&](Value k, int64_t row) {
    Value from = e.add(e.add(place.aBase, k), row * kMatrixRows * rowStep);
    return tiles.load(place.a, from, rowStep);
  };
  auto loadColumns = [&](Value k, int64_t column) {
    int64_t gate = column / vectors, vector = column % vectors;
    int64_t at = gate * plan.columns() + vector * plan.lanes;
    Value from = e.add(place.bBase, e.mul(k, plan.panelWidth()));
    return tiles.load(place.b, e.add(from, at), plan.panelWidth());
  };
  SmallVector<Value> sums;
  for (int64_t i = 0; i < rows * columns; ++i)
    sums.push_back(tiles.zero());
  sums = emitLoop(e.b, e.loc, e.constant(0), e.constant(plan.kSize()),
                  kMatrixRows, sums, [&](Value k, ValueRange carried) {
                    SmallVector<Value> held, next(carried);
                    for (int64_t row = 0; row < rows; ++row)
                      held.push_back(loadRows(k, row));
                    for (int64_t column = 0; column < columns; ++column) {
                      Value factor = loadColumns(k, column);
                      for (int64_t row = 0; row < rows; ++row) {
                        Value &sum = next[row * columns + column];
                        sum = tiles.multiplyAdd(held[row], factor, sum);
                      }
                    }
                    return next;
                  });
  for (auto [i, sum] : llvm::enumerate(sums)) {
    int64_t row = i / columns * kMatrixRows, column = i % columns;
    Value to = e.add(waitingBase(), (row * columns + column) * plan.lanes);
    tiles.store(sum, body.scratch, to, columns * plan.lanes);
  }
}

} // namespace mlc::codegen
