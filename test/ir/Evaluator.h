//===-- Evaluator.h - what a function of mlc ops computes ---------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A reference: each op as its description says, element by element, in double.
// Slow and plain on purpose; what compiled code and passes are tested against.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TEST_IR_EVALUATOR_H
#define MLC_TEST_IR_EVALUATOR_H

#include "ir/Shapes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <vector>

namespace mlc {

/// Row-major; integers and booleans are held as whole numbers.
struct Tensor {
  Sizes shape;
  std::vector<double> values;
};

/// The results of `function` for `arguments`. Dies at an op that it doesn't
/// know: this is for tests.
std::vector<Tensor> evaluate(mlir::func::FuncOp function,
                             const std::vector<Tensor> &arguments);

} // namespace mlc

#endif // MLC_TEST_IR_EVALUATOR_H
