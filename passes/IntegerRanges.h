//===-- IntegerRanges.h - what integers may be --------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_PASSES_INTEGERRANGES_H
#define MLC_PASSES_INTEGERRANGES_H

#include "mlir/IR/PatternMatch.h"

#include <optional>

namespace mlc {

struct IntegerRange {
  int64_t low, high; ///< both may occur
};

/// The least that holds every element of `value`, an integer tensor, as far as
/// can be told from constants, and from inputs whose ids are checked.
std::optional<IntegerRange> getIntegerRange(mlir::Value value);

/// Drops bounds that hold anyway.
void populateIntegerRangePatterns(mlir::RewritePatternSet &patterns);

} // namespace mlc

#endif // MLC_PASSES_INTEGERRANGES_H
