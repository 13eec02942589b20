//===-- ContractionDims.cpp - indices, read and joined --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {

/// Row-major stride of loop dimension `d` in an operand read through `map`.
static int64_t strideOf(AffineMap map, ArrayRef<int64_t> shape, unsigned d) {
  int64_t stride = 1, found = 0;
  for (int64_t i = shape.size() - 1; i >= 0; --i) {
    if (map.getResult(i) == getAffineDimExpr(d, map.getContext()))
      found += stride;
    stride *= shape[i];
  }
  return found;
}

Contraction readProduct(linalg::GenericOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  auto shape = [&](unsigned i) {
    return cast<RankedTensorType>(op->getOperand(i).getType()).getShape();
  };
  Contraction product;
  product.a = op.getInputs()[0];
  product.b = op.getInputs()[1];
  product.result = op.getResult(0);
  product.cOffsets.assign(shape(2).size(), 0);
  product.bfloat16 = !op.getBody()->getOps<arith::TruncFOp>().empty();
  for (unsigned d = 0; d < sizes.size(); ++d) {
    ContractionDim dim{sizes[d], strideOf(maps[0], shape(0), d),
                       strideOf(maps[1], shape(1), d),
                       strideOf(maps[2], shape(2), d)};
    for (auto [i, expr] : llvm::enumerate(maps[2].getResults()))
      if (expr == getAffineDimExpr(d, op.getContext()))
        dim.inC = i;
    product.dims.push_back(dim);
  }
  return product;
}

void mergeNeighbours(func::FuncOp kernel, Contraction &product) {
  SmallVector<ContractionDim> &dims = product.dims;
  auto isWhole = [&](const ContractionDim &dim) {
    return dim.border < 0 &&
           (dim.inC < 0 || (dim.cStep == 1 && product.cOffsets[dim.inC] == 0));
  };
  for (size_t i = 0; i + 1 < dims.size();) {
    ContractionDim &lhs = dims[i], &rhs = dims[i + 1];
    bool sameRole = (lhs.a == 0) == (rhs.a == 0) &&
                    (lhs.b == 0) == (rhs.b == 0) &&
                    (lhs.inC < 0) == (rhs.inC < 0);
    bool contiguous = lhs.a == rhs.a * rhs.size && lhs.b == rhs.b * rhs.size &&
                      lhs.c == rhs.c * rhs.size;
    bool together =
        lhs.inC < 0 ||
        (rhs.inC == lhs.inC + 1 &&
         areDimsWalkedAsOne(kernel, product.cOffsets.size(), lhs.inC, rhs.inC));
    if (!isWhole(lhs) || !isWhole(rhs) || !sameRole || !contiguous ||
        !together) {
      ++i;
      continue;
    }
    rhs.size *= lhs.size;
    dims.erase(dims.begin() + i);
  }
}

void simplifyBorders(Contraction &product) {
  for (auto [i, border] : llvm::enumerate(product.borders)) {
    ContractionDim *c = nullptr, *k = nullptr;
    for (ContractionDim &dim : product.dims)
      if (dim.border == int64_t(i))
        (dim.inC < 0 ? k : c) = &dim;
    bool isCrossed = false;
    for (int64_t at : {int64_t(0), c->size - 1})
      isCrossed |= !border.contains(at, 0) || !border.contains(at, k->size - 1);
    if (isCrossed && c->size > 1 && k->size > 0)
      continue;
    int64_t begin = 0, end = k->size;
    if (isCrossed) {
      while (begin < end && !border.contains(0, begin))
        ++begin;
      while (end > begin && !border.contains(0, end - 1))
        --end;
    }
    k->size = end - begin;
    product.aOffset += begin * k->a;
    product.bOffset += begin * k->b;
    c->border = k->border = -1;
  }
  llvm::erase_if(product.dims, [](const ContractionDim &dim) {
    return dim.size == 1 && dim.border < 0;
  });
}

} // namespace mlc::codegen
