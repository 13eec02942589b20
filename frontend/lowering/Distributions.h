//===-- Distributions.h - random numbers of a distribution -------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_DISTRIBUTIONS_H
#define MLC_FRONTEND_LOWERING_DISTRIBUTIONS_H

#include "frontend/lowering/Builders.h"

namespace mlc::frontend {

mlir::Value drawUniform(Emitter &e, mlir::RankedTensorType type,
                        RandomSource &random, double low, double high);
/// Truncated: within two standard deviations of the mean.
mlir::Value drawNormal(Emitter &e, mlir::RankedTensorType type,
                       RandomSource &random, double mean, double deviation,
                       bool truncated);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_DISTRIBUTIONS_H
