//===-- Orthogonal.cpp - orthogonal first values as ops -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Keras takes the Q of a QR decomposition of normal numbers, signed so that
// R's diagonal is positive. There is one such Q, and the Gram-Schmidt process
// finds it, a vector in each step of a loop. Done twice in each step it is as
// orthogonal as floats can be (Giraud et al., "Rounding error analysis of the
// classical Gram-Schmidt orthogonalization process", 2005).
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Distributions.h"
#include "ir/Scan.h"

namespace mlc::frontend {

using mlir::Value;

/// `vector` less what it has in common with the rows of `basis`.
static Value removeBasis(Emitter &e, Value vector, Value basis) {
  Value parts = dotGeneral(e, e.getLoc(), basis, vector, {{}, {}, {1}, {0}});
  Value common = dotGeneral(e, e.getLoc(), parts, basis, {{}, {}, {0}, {0}});
  return e.sub(vector, common);
}

/// The rows made orthonormal, in their order.
static Value orthonormalize(Emitter &e, Value rows) {
  llvm::SmallVector<int64_t> shape(getShape(rows));
  int64_t count = shape[0];
  Value zeros = e.splat(rows, 0);
  Value numbers = e.iota({count, count}, 0), others = e.iota({count, count}, 1);
  Value places =
      e.convert(e.compare(Predicate::eq, numbers, others), e.getFloatType());
  ScanFrame frame;
  frame.inits = {zeros};
  frame.inputs = {rows, places};
  frame.length = count;
  ScanOp scan = buildScan(
      e, e.getLoc(), frame,
      [&](const ScanStep &step) -> llvm::SmallVector<Value> {
        Value basis = step.carried[0];
        Value vector = removeBasis(e, step.slices[0], basis);
        vector = removeBasis(e, vector, basis);
        Value squares = e.sum(e.mul(vector, vector));
        Value scale = e.unary<RsqrtOp>(squares);
        vector = e.mul(vector, e.broadcastScalar(scale, getShape(vector)));
        Value row = dotGeneral(e, e.getLoc(), step.slices[1], vector, {});
        return {e.add(basis, row)};
      });
  return scan.getFinals()[0];
}

Value buildOrthogonal(Emitter &e, mlir::RankedTensorType type,
                      const Component &options, RandomSource &random) {
  auto shape = type.getShape();
  int64_t columns = shape.back();
  int64_t rows = type.getNumElements() / columns;
  bool isWide = rows < columns;
  llvm::SmallVector<int64_t> flat = {std::min(rows, columns),
                                     std::max(rows, columns)};
  Value normal = drawNormal(e, e.tensorType(flat, type.getElementType()),
                            random, 0, 1, false);
  Value q = orthonormalize(e, normal);
  if (!isWide)
    q = transpose(e, e.getLoc(), q, {1, 0});
  double gain = options.number("gain");
  if (gain != 1)
    q = e.mul(q, gain);
  return e.reshape(q, shape);
}

} // namespace mlc::frontend
