//===-- LoopNest.h - the loops around a kernel's tiles ------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel's work is divided into tiles that write disjoint places and may run
// in any order, on any thread: the division depends on shapes and target alone,
// so results have the same bits whatever the number of threads.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_LOOPNEST_H
#define MLC_CODEGEN_LOOPNEST_H

#include "codegen/Target.h"
#include "codegen/TileEmitter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <memory>

namespace mlc::codegen {

/// On arguments and results of kernels: in each round of a loop they are
/// elsewhere in memory, where no cache has seen them.
constexpr llvm::StringLiteral kStreamed = "mlc.streamed";
/// On results of kernels: they are read again when no cache has them any more.
constexpr llvm::StringLiteral kDistant = "mlc.distant";

/// What a loop nest needs to emit its tiles into a kernel's new body.
struct KernelBody {
  TileEmitter &e;
  /// Where the kernel's results go, flat, one per result.
  llvm::ArrayRef<mlir::Value> outputs;
  /// The tiles to do: [begin, end).
  mlir::Value begin, end;
  /// Memory for this worker alone: flat, from `scratchBase` on.
  mlir::Value scratch, scratchBase;
};

class LoopNest {
public:
  virtual ~LoopNest() = default;
  /// How many tiles there are.
  virtual int64_t getTiles() const = 0;
  /// Elements of the float type that each worker needs as scratch memory.
  virtual int64_t getScratchElements() const { return 0; }
  /// May the result share the memory of the operand? Only if each of its
  /// elements is written after the last read of the operand's same element.
  virtual bool mayShare(unsigned result, unsigned operand) const = 0;
  virtual mlir::LogicalResult emit(KernelBody &body) = 0;
};

/// Each makes the loops for a kernel (a function on tensors in linalg form) of
/// one FusionKind; null after an error if the kernel isn't of that form.
std::unique_ptr<LoopNest> planPointwise(mlir::func::FuncOp kernel,
                                        const Target &);
std::unique_ptr<LoopNest> planRow(mlir::func::FuncOp kernel, const Target &);
std::unique_ptr<LoopNest> planColumn(mlir::func::FuncOp kernel, const Target &);
std::unique_ptr<LoopNest> planContraction(mlir::func::FuncOp kernel,
                                          const Target &);
std::unique_ptr<LoopNest> planScatter(mlir::func::FuncOp kernel,
                                      const Target &);
std::unique_ptr<LoopNest> planWindow(mlir::func::FuncOp kernel, const Target &);
std::unique_ptr<LoopNest> planAttention(mlir::func::FuncOp kernel,
                                        const Target &);
std::unique_ptr<LoopNest> planPack(mlir::func::FuncOp kernel, const Target &);

/// Lanes of a kernel's vectors: a register of its narrowest float type.
int64_t getLanes(mlir::func::FuncOp kernel, const Target &target);
/// The type of a worker's memory: that of the kernel's first result of floats.
mlir::Type getScratchElement(mlir::func::FuncOp kernel);
/// The tensors that a kernel returns.
llvm::SmallVector<mlir::Value> getResults(mlir::func::FuncOp kernel);
/// `result` as a stack of tensors along a new dimension, if it is one; its
/// places are those of a piece.
mlir::tensor::ConcatOp getStack(mlir::Value result);
/// The type of `result`, or that of a piece of it: its places are the kernel's.
mlir::RankedTensorType getTypeOfPlaces(mlir::Value result);
/// Its generics that reduce, in order.
llvm::SmallVector<mlir::linalg::GenericOp>
getReductions(mlir::func::FuncOp kernel);
/// Do the values of the kernel see dimensions [first, last] of its domain (that
/// of `rank` dimensions) only as one: all of them in order, or none? Then they
/// can be walked as one dimension, by the coordinates (0, ..., 0, linear).
bool areDimsWalkedAsOne(mlir::func::FuncOp kernel, int64_t rank, int64_t first,
                        int64_t last);
/// True if `operand` is only read at the place that is being written: through
/// identity maps from the results, or their pieces, on.
bool isReadInPlace(mlir::func::FuncOp kernel, unsigned operand);

/// Computes results of the kernel at `at`, then stores them: an operand whose
/// memory one result takes may still be needed for another.
void emitResults(TileEmitter &e, mlir::ValueRange results,
                 mlir::ValueRange outputs, const Coords &at);

/// Results that are read again much later are stored past the caches, if
/// vectors of `lanes` elements are lines of them: of `results`, which are
/// written whole rows at a time, those that are.
void storeDistantPastCaches(KernelBody &body, mlir::func::FuncOp kernel,
                            mlir::ValueRange results);

/// Emits a loop that carries nothing; what a round computes is forgotten at its
/// end.
void forEach(TileEmitter &e, mlir::Value begin, mlir::Value end, int64_t step,
             llvm::function_ref<void(mlir::Value)> emit);

/// Emits the loop of a sum over [begin, end). Places in its operands, at first
/// `starts`, are carried beside `sums` and move by `steps`: a step only adds to
/// them. `body` gets the places and the sums so far, and returns the next sums.
llvm::SmallVector<mlir::Value>
emitSum(TileEmitter &e, mlir::Value begin, mlir::Value end,
        mlir::ValueRange starts, llvm::ArrayRef<int64_t> steps,
        mlir::ValueRange sums,
        llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::ValueRange,
                                                          mlir::ValueRange)>
            body);

/// Walks [0, count) in blocks of `most` at most, of one size but for the last.
void forEachBlock(TileEmitter &e, int64_t count, int64_t most,
                  llvm::function_ref<void(mlir::Value, int64_t)> emit);

/// Emits the loop over the kernel's tiles.
void forEachTile(KernelBody &body, llvm::function_ref<void(mlir::Value)> emit);

/// Emits the arms of a choice, of which the second may be left out.
void choose(TileEmitter &e, mlir::Value condition,
            llvm::function_ref<void()> then,
            llvm::function_ref<void()> otherwise = {});

/// Emits both arms of a choice: is `index` the last of `count`?
void whenLast(TileEmitter &e, mlir::Value index, int64_t count,
              llvm::function_ref<void(bool isLast)> arm);

/// Walks [0, count) in vectors: a loop that does `unroll` vectors at a time,
/// then single ones, then a masked tail. `body` gets the position of each.
void forEachVector(TileEmitter &e, int64_t count, int64_t unroll,
                   llvm::function_ref<void(Coord)> body);

/// The same with accumulators: `body(position, accumulators)` returns the next
/// ones. There are `unroll` of them, used in turn; the result is one vector,
/// combined in a fixed order.
mlir::Value reduceVectors(
    TileEmitter &e, int64_t count, int64_t unroll, mlir::Value neutral,
    llvm::function_ref<mlir::Value(Coord)> value,
    llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);

/// Combines the lanes of a vector by halves: the order is fixed.
mlir::Value
combineLanes(TileEmitter &e, mlir::Value vector,
             llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);

/// How a reduction combines: its neutral element and its operation.
struct Combiner {
  explicit Combiner(mlir::linalg::GenericOp reduction);
  mlir::Value neutral(TileEmitter &e) const;
  mlir::Value combine(TileEmitter &e, mlir::Value lhs, mlir::Value rhs) const;
  mlir::Value acrossLanes(TileEmitter &e, mlir::Value vector) const;

private:
  mlir::Operation *op;
  mlir::TypedAttr initial;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_LOOPNEST_H
