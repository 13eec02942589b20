//===-- PointwiseNest.cpp - kernels without a reduction -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/LoopNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

/// All results have one shape, or are stacks of such. Where all dimensions can
/// be walked as one, a tile is a chunk of that; else it is a row of the last
/// dimension.
class PointwiseNest : public LoopNest {
public:
  PointwiseNest(func::FuncOp kernel, int64_t lanes)
      : kernel(kernel), lanes(lanes) {
    type = getTypeOfPlaces(getResults(kernel)[0]);
    shape.assign(type.getShape().begin(), type.getShape().end());
    flat = areDimsWalkedAsOne(kernel, type.getRank(), 0, type.getRank() - 1);
  }

  int64_t getTiles() const override {
    if (flat)
      return llvm::divideCeil(type.getNumElements(), chunk());
    return type.getNumElements() / shape.back();
  }
  bool mayShare(unsigned result, unsigned operand) const override {
    return isReadInPlace(kernel, operand);
  }
  LogicalResult emit(KernelBody &body) override {
    forEachTile(body, [&](Value tile) {
      flat ? emitChunk(body, tile) : emitRow(body, tile);
    });
    return success();
  }

private:
  static constexpr int64_t unroll = 4;
  int64_t chunk() const { return 64 * unroll * lanes; }

  void emitAt(KernelBody &body, const Coords &at) {
    emitResults(body.e, getResults(kernel), body.outputs, at);
  }

  void emitRow(KernelBody &body, Value tile) {
    Coords at = body.e.delinearize(tile, ArrayRef(shape).drop_back());
    at.push_back({});
    forEachVector(body.e, shape.back(), unroll, [&](Coord last) {
      at.back() = last;
      emitAt(body, at);
    });
  }

  Coords linear(TileEmitter &e, Coord coord) {
    Coords at(type.getRank(), Coord{e.constant(0), 0});
    if (!at.empty())
      at.back() = coord;
    return at;
  }

  void emitChunk(KernelBody &body, Value tile) {
    TileEmitter &e = body.e;
    int64_t total = type.getNumElements(), step = unroll * lanes;
    if (total < 2 * step) {
      if (type.getRank() == 0)
        return emitAt(body, {});
      return forEachVector(e, total, 1,
                           [&](Coord at) { emitAt(body, linear(e, at)); });
    }
    int64_t full = total / step * step;
    Value lower = e.mul(tile, chunk());
    Value upper = arith::MinUIOp::create(e.b, e.loc, e.add(lower, chunk()),
                                         e.constant(full));
    emitLoop(e.b, e.loc, lower, upper, step, {},
             [&](Value index, ValueRange) -> SmallVector<Value> {
               TileEmitter::Scope scope(e);
               for (int64_t u = 0; u < unroll; ++u)
                 emitAt(body, linear(e, {e.add(index, u * lanes), 1}));
               return {};
             });
    if (full == total)
      return;
    Value isLast = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::eq,
                                         tile, e.constant(getTiles() - 1));
    choose(e, isLast, [&] {
      forEachVector(e, total - full, 1, [&](Coord at) {
        emitAt(body, linear(e, {e.add(at.index, full), 1}));
      });
    });
  }

  func::FuncOp kernel;
  int64_t lanes;
  RankedTensorType type;
  SmallVector<int64_t> shape;
  bool flat = false;
};

/// A value stored at places offsets[d] + strides[d] * i[d] of the result.
struct Piece {
  Value value;
  SmallVector<int64_t> offsets, strides;
};

/// The result is put together from pieces, stored one after the other:
/// `tensor.concat`, `tensor.insert_slice`. A tile is one index of the first
/// dimension if every piece has all of it, else the whole.
class AssemblyNest : public LoopNest {
public:
  AssemblyNest(RankedTensorType type, SmallVector<Piece> pieces)
      : type(type), pieces(std::move(pieces)) {
    isTiled =
        type.getRank() > 1 &&
        llvm::all_of(this->pieces, [&](const Piece &piece) {
          return cast<RankedTensorType>(piece.value.getType()).getDimSize(0) ==
                 type.getDimSize(0);
        });
  }

  int64_t getTiles() const override { return isTiled ? type.getDimSize(0) : 1; }
  bool mayShare(unsigned, unsigned) const override { return false; }
  LogicalResult emit(KernelBody &body) override {
    forEachTile(body, [&](Value tile) {
      for (const Piece &piece : pieces)
        emitPiece(body, piece, tile);
    });
    return success();
  }

private:
  void emitPiece(KernelBody &body, const Piece &piece, Value tile) {
    TileEmitter &e = body.e;
    auto pieceType = cast<RankedTensorType>(piece.value.getType());
    SmallVector<int64_t> outer(pieceType.getShape().drop_back());
    if (isTiled)
      outer[0] = 1;
    int64_t rows = 1;
    for (int64_t size : outer)
      rows *= size;
    emitLoop(e.b, e.loc, e.constant(0), e.constant(rows), 1, {},
             [&](Value row, ValueRange) -> SmallVector<Value> {
               TileEmitter::Scope scope(e);
               Coords at = e.delinearize(row, outer);
               if (isTiled)
                 at[0].index = tile;
               at.push_back({});
               forEachVector(e, pieceType.getShape().back(), 4,
                             [&](Coord last) {
                               at.back() = last;
                               e.store(e.emit(piece.value, at), body.outputs[0],
                                       type, place(e, piece, at));
                             });
               return {};
             });
  }

  static Coords place(TileEmitter &e, const Piece &piece, const Coords &at) {
    Coords to;
    for (auto [coord, offset, stride] :
         llvm::zip_equal(at, piece.offsets, piece.strides))
      to.push_back({e.add(e.mul(coord.index, stride), offset),
                    coord.laneStride * stride});
    return to;
  }

  RankedTensorType type;
  SmallVector<Piece> pieces;
  bool isTiled = false;
};

SmallVector<Piece> piecesOf(tensor::ConcatOp concat) {
  int64_t rank = concat.getResultType().getRank(), offset = 0;
  SmallVector<Piece> pieces;
  for (Value value : concat.getInputs()) {
    pieces.push_back(
        {value, SmallVector<int64_t>(rank, 0), SmallVector<int64_t>(rank, 1)});
    pieces.back().offsets[concat.getDim()] = offset;
    offset +=
        cast<RankedTensorType>(value.getType()).getDimSize(concat.getDim());
  }
  return pieces;
}

SmallVector<Piece> piecesOf(tensor::InsertSliceOp insert) {
  int64_t rank = insert.getType().getRank();
  Piece background{insert.getDest(), SmallVector<int64_t>(rank, 0),
                   SmallVector<int64_t>(rank, 1)};
  Piece source{insert.getSource(),
               SmallVector<int64_t>(insert.getStaticOffsets()),
               SmallVector<int64_t>(insert.getStaticStrides())};
  return {background, source};
}

} // namespace

std::unique_ptr<LoopNest> planPointwise(func::FuncOp kernel,
                                        const Target &target) {
  Value result = getResults(kernel)[0];
  if (auto concat = result.getDefiningOp<tensor::ConcatOp>();
      concat && !getStack(result))
    return std::make_unique<AssemblyNest>(concat.getResultType(),
                                          piecesOf(concat));
  if (auto insert = result.getDefiningOp<tensor::InsertSliceOp>())
    return std::make_unique<AssemblyNest>(insert.getType(), piecesOf(insert));
  return std::make_unique<PointwiseNest>(kernel, getLanes(kernel, target));
}

} // namespace mlc::codegen
