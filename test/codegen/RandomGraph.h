//===-- RandomGraph.h - seeded functions of mlc ops -------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A graph grows one op at a time. What an op needs is taken from what is there
// already, brought into shape, or becomes a new argument; what it makes is
// there for the next. Values are kept in a range in which every op is
// well-conditioned, so that single precision can be held to a tolerance.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TEST_CODEGEN_RANDOMGRAPH_H
#define MLC_TEST_CODEGEN_RANDOMGRAPH_H

#include "ir/Builders.h"
#include "test/ir/Evaluator.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <random>

namespace mlc {

class RandomGraph {
public:
  /// An empty function named `name` at the end of `module`, on tensors of
  /// `element` (f32 or f64).
  RandomGraph(mlir::ModuleOp module, const std::string &name,
              mlir::FloatType element, uint32_t seed);

  //===--- Chance ---------------------------------------------------------===//

  int64_t pick(int64_t count) { return int64_t(random() % uint64_t(count)); }
  bool chance(int64_t one) { return pick(one) == 0; }
  int64_t between(int64_t low, int64_t high) {
    return low + pick(high - low + 1);
  }
  /// A size of a dimension: small, rarely a multiple of a vector.
  int64_t size();
  Sizes shape(int64_t rank);
  Sizes permutation(int64_t rank);
  /// Some of the dimensions of a shape of `rank`, sorted.
  Sizes dimensions(int64_t rank, int64_t least);

  //===--- Operands -------------------------------------------------------===//

  /// Any value of floats.
  mlir::Value any(int64_t leastRank = 0);
  /// Floats of a shape: a value that has it or can be brought into it, or a new
  /// argument.
  mlir::Value floats(SizesRef shape);
  /// A new argument of floats between -1 and 1, exact in both precisions.
  mlir::Value argument(SizesRef shape);
  mlir::Value booleans(SizesRef shape);
  /// An argument of whole numbers from 0 below `range`.
  mlir::Value integers(SizesRef shape, int64_t range);
  mlir::Value key();
  mlir::Value constant(SizesRef shape);

  /// `value` brought into [-1, 1], smoothly.
  mlir::Value bounded(mlir::Value value);
  /// `value` brought to at least 1/2, smoothly.
  mlir::Value positive(mlir::Value value);

  //===--- Results --------------------------------------------------------===//

  /// A value that later ops may read, no element of which exceeds `bound`.
  void add(mlir::Value value, double bound);
  /// The bound stated for a value; that of an argument is 1.
  double bound(mlir::Value value) const;
  /// Says that the derivative isn't what differences of values would show.
  void skipDifferences() { differences = false; }
  bool hasDifferences() const { return differences; }
  /// Says that a value is rounded to bfloat16, where the last bit of what
  /// comes before may decide; a step isn't a derivative either.
  void skipPrecision() {
    precision = false;
    skipDifferences();
  }
  bool hasPrecision() const { return precision; }

  /// Returns some of the values, a scalar loss made of all that nobody reads,
  /// and its gradients.
  void finish();

  /// Values for the arguments.
  std::vector<Tensor> makeArguments();
  mlir::func::FuncOp getFunction() { return function; }
  /// Which arguments the gradients are of, in the order of the last results.
  llvm::ArrayRef<unsigned> getVariables() const { return variables; }
  /// The number of results before the loss.
  unsigned getOutputCount() const { return outputs; }

  mlir::OpBuilder b;
  mlir::Location loc;
  const mlir::FloatType element;

private:
  mlir::Value newArgument(mlir::Type type, int64_t range);
  mlir::Value reshaped(mlir::Value value, SizesRef shape);
  mlir::Value makeLoss();

  std::mt19937 random;
  mlir::func::FuncOp function;
  llvm::SmallVector<mlir::Value> values;
  llvm::DenseMap<mlir::Value, double> bounds;
  /// Of each argument: how many whole numbers it is drawn from; 0 for floats.
  llvm::SmallVector<int64_t> ranges;
  llvm::SmallVector<unsigned> variables;
  unsigned outputs = 0;
  bool differences = true, precision = true;
};

/// How one op comes into a graph.
struct RandomGraphRow {
  llvm::StringLiteral op; ///< without the dialect's name
  /// Adds the op to the graph. `op` is the row's.
  void (*make)(RandomGraph &graph, llvm::StringRef op);
};

/// A row for each op that computes something.
llvm::ArrayRef<RandomGraphRow> getRandomGraphRows();

} // namespace mlc

#endif // MLC_TEST_CODEGEN_RANDOMGRAPH_H
