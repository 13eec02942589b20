//===-- EvaluateAttention.h - what attention computes ------------*- C++-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TEST_IR_EVALUATEATTENTION_H
#define MLC_TEST_IR_EVALUATEATTENTION_H

#include "Evaluator.h"

#include "ir/MlcDialect.h"

namespace mlc {

/// The value of an operand.
using GetTensor = llvm::function_ref<const Tensor &(mlir::Value)>;

/// The results of the ops, score by score, as their descriptions say.
std::vector<Tensor> evaluateAttention(AttentionOp op, GetTensor get);
std::vector<Tensor> evaluateAttention(AttentionGradientOp op, GetTensor get);

} // namespace mlc

#endif // MLC_TEST_IR_EVALUATEATTENTION_H
