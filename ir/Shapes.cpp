//===-- Shapes.cpp - the shapes that ops compute --------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Shapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

#include <algorithm>

using namespace mlc;

Sizes mlc::getFreeDimensions(int64_t rank, SizesRef some, SizesRef others) {
  Sizes free;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(some, dim) && !llvm::is_contained(others, dim))
      free.push_back(dim);
  return free;
}

Sizes mlc::pick(SizesRef values, SizesRef indices) {
  return llvm::map_to_vector(indices,
                             [&](int64_t index) { return values[index]; });
}

Sizes mlc::invertPermutation(SizesRef permutation) {
  Sizes inverse(permutation.size());
  for (auto [index, dim] : llvm::enumerate(permutation))
    inverse[dim] = index;
  return inverse;
}

Sizes mlc::getPadShape(SizesRef shape, SizesRef low, SizesRef high,
                       SizesRef interior) {
  Sizes padded(shape);
  for (auto [size, before, after, gap] :
       llvm::zip_equal(padded, low, high, interior))
    size += before + after + std::max<int64_t>(size - 1, 0) * gap;
  return padded;
}

Sizes mlc::getDotShape(SizesRef lhs, SizesRef rhs, const DotDimensions &dims) {
  Sizes shape = pick(lhs, dims.lhsBatch);
  shape.append(pick(
      lhs, getFreeDimensions(lhs.size(), dims.lhsBatch, dims.lhsContract)));
  shape.append(pick(
      rhs, getFreeDimensions(rhs.size(), dims.rhsBatch, dims.rhsContract)));
  return shape;
}

int64_t mlc::getElementCount(SizesRef shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}
