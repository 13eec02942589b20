//===-- Shapes.h - the shapes that ops compute ------------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shared by builders, verifiers, gradient rules and rewrites.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_IR_SHAPES_H
#define MLC_IR_SHAPES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace mlc {

using Sizes = llvm::SmallVector<int64_t>;
using SizesRef = llvm::ArrayRef<int64_t>;

/// Which dimensions of a contraction's operands go together.
struct DotDimensions {
  Sizes lhsBatch, rhsBatch, lhsContract, rhsContract;
};

/// How a convolution's filter moves over its input; see ir/WindowOps.td.
struct ConvolutionWindow {
  Sizes strides, low, dilations; ///< one for each spatial dimension
  int64_t groups = 1;
};

/// Dimensions of a tensor of `rank` that are in neither list, in their order.
Sizes getFreeDimensions(int64_t rank, SizesRef some, SizesRef others = {});

/// `values[indices[0]], values[indices[1]], ...`
Sizes pick(SizesRef values, SizesRef indices);

/// `permutation` undone: result[permutation[i]] = i.
Sizes invertPermutation(SizesRef permutation);

Sizes getPadShape(SizesRef shape, SizesRef low, SizesRef high,
                  SizesRef interior);

/// Batch dimensions, free ones of lhs, free ones of rhs.
Sizes getDotShape(SizesRef lhs, SizesRef rhs, const DotDimensions &dims);

int64_t getElementCount(SizesRef shape);

} // namespace mlc

#endif // MLC_IR_SHAPES_H
