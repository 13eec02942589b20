//===-- ClassWeights.h - weights by class ------------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_CLASSWEIGHTS_H
#define MLC_FRONTEND_LOWERING_CLASSWEIGHTS_H

#include "frontend/lowering/Emitter.h"

namespace mlc::frontend {

/// The weight of each label or vector of a target, by its class: the label
/// itself, where the largest element of a vector is, or a single number
/// rounded.
mlir::Value buildClassWeights(Emitter &e, mlir::Value target,
                              llvm::ArrayRef<double> weights);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_CLASSWEIGHTS_H
