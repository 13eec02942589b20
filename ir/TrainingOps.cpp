//===-- TrainingOps.cpp - verifying training and kernel ops ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "ir/Verification.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlc;

LogicalResult GradientOp::verify() {
  return verifyShape(*this, "loss", {}, getShape(getLoss()));
}

LogicalResult ApplyGradientOp::verify() {
  return verifyShape(*this, "step", {}, getShape(getStep()));
}

/// Fails unless the two lists of types are the same.
static LogicalResult verifyTypes(Operation *op, StringRef what,
                                 TypeRange expected, TypeRange found) {
  if (expected == found)
    return success();
  InFlightDiagnostic error = op->emitOpError() << what << " do not fit";
  error.attachNote() << "expected types: " << expected;
  error.attachNote() << "found types: " << found;
  return error;
}

LogicalResult FusionOp::verify() {
  Block &body = getBody().front();
  if (failed(verifyTypes(*this, "arguments of the body", getInputs().getTypes(),
                         body.getArgumentTypes())))
    return failure();
  auto yield = cast<YieldOp>(body.getTerminator());
  return verifyTypes(*this, "yielded values", getResultTypes(),
                     yield.getValues().getTypes());
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(
      *this, getKernelAttr());
  if (!kernel)
    return emitOpError() << "expected a function named " << getKernelAttr();
  // A vectorized kernel takes flat memory and tiles; launches of it follow when
  // memory is planned.
  if (kernel->hasAttr(attr::kTiles))
    return success();
  if (failed(verifyTypes(*this, "operands", kernel.getArgumentTypes(),
                         getOperandTypes())))
    return failure();
  return verifyTypes(*this, "results", kernel.getResultTypes(),
                     getResultTypes());
}
