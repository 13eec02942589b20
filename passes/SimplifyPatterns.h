//===-- SimplifyPatterns.h - rewrites of --mlc-simplify -----------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_PASSES_SIMPLIFYPATTERNS_H
#define MLC_PASSES_SIMPLIFYPATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace mlc {

/// Tensors put together from pieces.
void populateAssemblyPatterns(mlir::RewritePatternSet &patterns);
/// Transposes and reshapes beside contractions and gathers.
void populateContractionPatterns(mlir::RewritePatternSet &patterns);
/// Loops: what they carry, read and stack.
void populateLoopPatterns(mlir::RewritePatternSet &patterns);

} // namespace mlc

#endif // MLC_PASSES_SIMPLIFYPATTERNS_H
