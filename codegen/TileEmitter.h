//===-- TileEmitter.h - values of a kernel, a vector at a time ----*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel in linalg form is a graph of `linalg.generic` ops on tensors. The
// emitter computes any of its values at any place on demand: it asks for the
// operands where the indexing maps point, recursively down to the kernel's
// arguments, which it loads. Loop nests (pointwise, row, column, contraction)
// decide only where to ask, and what they have already computed.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_TILEEMITTER_H
#define MLC_CODEGEN_TILEEMITTER_H

#include "codegen/ConstantPool.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"

#include <map>
#include <vector>

namespace mlc::codegen {

/// A position along one dimension: `index` for lane 0, and how far each further
/// lane is from it (0: all lanes are at `index`).
struct Coord {
  mlir::Value index;
  int64_t laneStride = 0;
};
using Coords = llvm::SmallVector<Coord, 4>;

/// Emits `scf.for`; `body` gets the induction variable and the carried values
/// and returns their next ones.
llvm::SmallVector<mlir::Value>
emitLoop(mlir::OpBuilder &b, mlir::Location loc, mlir::Value lower,
         mlir::Value upper, int64_t step, mlir::ValueRange carried,
         llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value,
                                                           mlir::ValueRange)>
             body);

/// Where a part of a tensor is in memory: the element at `at` is at `origin` +
/// the sum of at[d] * strides[d].
struct Layout {
  mlir::Value memref, origin;
  llvm::SmallVector<int64_t> strides;
};

class TileEmitter {
public:
  TileEmitter(mlir::OpBuilder &builder, mlir::Location loc, int64_t lanes,
              ConstantPool &constants)
      : b(builder), loc(loc), constants(constants), lanes(lanes), active(lanes),
        memo(1) {}

  /// `tensor`, an argument of the kernel, lives in the flat `memref`.
  void bindBuffer(mlir::Value tensor, mlir::Value memref) {
    buffers[tensor] = memref;
  }
  /// The part of `tensor` that will be asked for is in memory, until further
  /// notice.
  void bindLayout(mlir::Value tensor, Layout layout) {
    layouts[tensor] = std::move(layout);
  }
  void unbindLayout(mlir::Value tensor) { layouts.erase(tensor); }
  /// Where `tensor` is in memory; null if it is computed.
  mlir::Value getBuffer(mlir::Value tensor);
  /// Failed if a value was asked for that nothing defines where it was asked:
  /// the kernel isn't of the form of its loop nest. The error has been
  /// reported.
  mlir::LogicalResult getStatus() const { return status; }
  /// `tensor` at `at` is `value` (an accumulator, a reduction's result).
  void bindValue(mlir::Value tensor, const Coords &at, mlir::Value value) {
    memo.back()[keyOf(tensor, at)] = value;
  }
  /// Lanes at and beyond `count` are neither read nor written.
  void setMask(int64_t count) { active = count; }
  int64_t getLanes() const { return lanes; }

  /// The value of `tensor` at `at`: a vector if any lane stride is non-zero and
  /// the value depends on it, else a scalar.
  mlir::Value emit(mlir::Value tensor, const Coords &at);
  /// Writes `value` to `memref`, laid out as `type`, at `at`.
  void store(mlir::Value value, mlir::Value memref, mlir::RankedTensorType type,
             const Coords &at);
  /// Brings a scalar to all lanes; leaves a vector alone.
  mlir::Value splat(mlir::Value value);

  /// A vector of zeros of the memref's elements.
  mlir::Value zeros(mlir::Value memref);

  /// `value` in the first `active` lanes, `other` beyond.
  mlir::Value keepActive(mlir::Value value, mlir::Value other, int64_t active);

  /// Loads from and stores to memory by linear index.
  mlir::Value load(mlir::Value memref, const Coord &linear);
  void storeLinear(mlir::Value value, mlir::Value memref, const Coord &linear);
  /// From now on, whole vectors in `memref`, which are lines of it, are stored
  /// past the caches; behind the kernel's last store, finish() lets other
  /// threads see them.
  void storePastCaches(mlir::Value memref) { distant.insert(memref); }
  bool isStoredPastCaches(mlir::Value memref) const {
    return distant.contains(memref);
  }
  void finish();
  /// Fetches the line at the linear index, to be read or written soon, to a
  /// cache: 3 is the first level, 2 the second.
  void prefetch(mlir::Value memref, mlir::Value linear, uint32_t locality = 2,
                bool isWritten = false);
  /// The linear position of `at` in a row-major tensor of `type`.
  Coord linearize(const Coords &at, mlir::RankedTensorType type);
  Coord linearize(const Coords &at, const Layout &layout);
  /// The place that an indexing map's expression means.
  Coord evaluate(mlir::AffineExpr expr, const Coords &dims);

  mlir::Value constant(int64_t value);
  mlir::Value constant(mlir::TypedAttr value);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value add(mlir::Value lhs, int64_t rhs);
  mlir::Value mul(mlir::Value lhs, int64_t rhs);

  /// Splits a linear index into coordinates of `sizes`, row-major.
  Coords delinearize(mlir::Value linear, llvm::ArrayRef<int64_t> sizes);

  /// What is computed inside is forgotten at the end: for loop bodies.
  class Scope {
  public:
    explicit Scope(TileEmitter &emitter) : emitter(emitter) {
      emitter.memo.emplace_back();
    }
    ~Scope() { emitter.memo.pop_back(); }
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

  private:
    TileEmitter &emitter;
  };

  mlir::OpBuilder &b;
  mlir::Location loc;

private:
  mlir::Value fromMemory(mlir::Value value);
  mlir::Value toMemory(mlir::Value value);
  mlir::Value loadElements(mlir::Value memref, const Coord &linear);
  using Key = std::vector<const void *>;
  static Key keyOf(mlir::Value tensor, const Coords &at);
  mlir::Value emitGeneric(mlir::linalg::GenericOp generic, unsigned result,
                          const Coords &at);
  mlir::Value emitExtract(mlir::tensor::ExtractOp extract,
                          mlir::IRMapping &mapping, const Coords &dims);
  mlir::Value gather(mlir::Value tensor, mlir::ValueRange indices);
  mlir::Value emitIndex(mlir::linalg::IndexOp index, const Coords &dims);
  mlir::Value emitSlice(mlir::tensor::ExtractSliceOp slice, const Coords &at);
  mlir::Value emitConstant(mlir::DenseElementsAttr value, const Coords &at,
                           mlir::RankedTensorType type);
  mlir::Value firstLanes(int64_t count);
  mlir::Value emitBodyOp(mlir::Operation &op, mlir::IRMapping &mapping,
                         const Coords &dims);

  ConstantPool &constants;
  int64_t lanes;
  int64_t active;
  mlir::LogicalResult status = mlir::success();
  llvm::DenseMap<mlir::Value, mlir::Value> buffers;
  llvm::DenseMap<mlir::Value, Layout> layouts;
  llvm::DenseSet<mlir::Value> distant; ///< see storePastCaches
  std::vector<std::map<Key, mlir::Value>> memo;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_TILEEMITTER_H
