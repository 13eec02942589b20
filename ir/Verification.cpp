//===-- Verification.cpp - how verifiers report ---------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Verification.h"

#include "ir/Builders.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlc;

static std::string formatSizes(SizesRef sizes) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "[";
  llvm::interleaveComma(sizes, os);
  os << "]";
  return text;
}

LogicalResult mlc::verifyShape(Operation *op, StringRef what, SizesRef expected,
                               SizesRef found) {
  if (expected == found)
    return success();
  InFlightDiagnostic error = op->emitOpError() << what << " does not fit";
  error.attachNote() << "expected shape: " << formatSizes(expected);
  error.attachNote() << "found shape: " << formatSizes(found);
  return error;
}

LogicalResult mlc::verifyCount(Operation *op, StringRef what, SizesRef dims,
                               int64_t rank) {
  if (static_cast<int64_t>(dims.size()) == rank)
    return success();
  return op->emitOpError() << "expected " << rank << " " << what
                           << ", one for each dimension; found "
                           << formatSizes(dims);
}

LogicalResult mlc::verifyDimensions(Operation *op, StringRef what,
                                    SizesRef dims, int64_t rank) {
  for (auto [index, dim] : llvm::enumerate(dims)) {
    if (dim < 0 || dim >= rank)
      return op->emitOpError() << what << ": expected dimensions in [0, "
                               << rank << "), found " << formatSizes(dims);
    if (llvm::is_contained(dims.take_front(index), dim))
      return op->emitOpError() << what << ": dimension " << dim
                               << " occurs twice in " << formatSizes(dims);
  }
  return success();
}

LogicalResult mlc::verifySorted(Operation *op, StringRef what, SizesRef dims) {
  if (llvm::is_sorted(dims, std::less_equal<>()))
    return success();
  return op->emitOpError() << what
                           << ": expected strictly increasing dimensions, "
                              "found "
                           << formatSizes(dims);
}

LogicalResult mlc::verifyBfloat16(Operation *op, bool bfloat16) {
  Type element = getTensorType(op->getOperand(0)).getElementType();
  if (!bfloat16 || element.isF32())
    return success();
  return op->emitOpError() << "rounds operands to bfloat16: expected them of "
                              "f32, found "
                           << element;
}
