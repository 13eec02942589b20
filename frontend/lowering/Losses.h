//===-- Losses.h - losses that are metrics as well ---------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_LOSSES_H
#define MLC_FRONTEND_LOWERING_LOSSES_H

#include "frontend/lowering/Builders.h"

namespace mlc::frontend {

mlir::Value buildSquaredError(const Comparison &comparison);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_LOSSES_H
