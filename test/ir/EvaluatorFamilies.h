//===-- EvaluatorFamilies.h - how the evaluator is made of ------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The values known so far, and a function for each family of ops that computes
// the results of one of them; false for an op of another family.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TEST_IR_EVALUATORFAMILIES_H
#define MLC_TEST_IR_EVALUATORFAMILIES_H

#include "Evaluator.h"

#include "ir/Builders.h"

namespace mlc {

/// An element's position, one number for each dimension.
using Index = Sizes;

int64_t getOffset(SizesRef shape, const Index &index);

/// Calls `body` with every position of `shape`, row-major.
void forEachIndex(SizesRef shape, llvm::function_ref<void(const Index &)> body);

class Evaluator {
public:
  void set(mlir::Value value, Tensor tensor) {
    values[value] = std::move(tensor);
  }
  const Tensor &get(mlir::Value value) const {
    return values.find(value)->second;
  }
  double at(mlir::Value value, const Index &index) const {
    const Tensor &tensor = get(value);
    return tensor.values[getOffset(tensor.shape, index)];
  }
  /// Sets the op's result, element by element.
  void fill(mlir::Operation &op,
            llvm::function_ref<double(const Index &)> compute);
  /// Moves each element of `operand` to its target; the other elements are 0.
  void scatter(mlir::Operation &op, mlir::Value operand,
               llvm::function_ref<Index(const Index &)> getTarget);
  /// Computes the results of `op`, whatever its family.
  void run(mlir::Operation &op);

private:
  llvm::DenseMap<mlir::Value, Tensor> values;
};

/// The nearest bfloat16 of a float, ties to even.
double roundToBfloat16(double x);
/// A product of two numbers, or of the bfloat16s that are nearest to them.
double multiply(double x, double y, bool bfloat16);

bool evaluateElementwise(Evaluator &e, mlir::Operation &op);
bool evaluateStructured(Evaluator &e, mlir::Operation &op);
bool evaluateConvolution(Evaluator &e, mlir::Operation &op);
bool evaluateWindow(Evaluator &e, mlir::Operation &op);
bool evaluateIndexing(Evaluator &e, mlir::Operation &op);
bool evaluateAttentionOps(Evaluator &e, mlir::Operation &op);
bool evaluateLoop(Evaluator &e, mlir::Operation &op);

} // namespace mlc

#endif // MLC_TEST_IR_EVALUATORFAMILIES_H
