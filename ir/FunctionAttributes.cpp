//===-- FunctionAttributes.cpp - what a model's functions carry -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifies the attributes that MlcDialect.td describes. Bufferization moves
// results into arguments and back-ends are free to change types, so only what
// holds at every stage is checked.
//
//===----------------------------------------------------------------------===//

#include "ir/MlcDialect.h"

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlc;

constexpr StringLiteral kRoles[] = {
    "parameter", "optimizer", "statistic", "step",          "key",
    "metric",    "input",     "target",    "sample_weight", "rows",
    "seed",      "output",    "loss",      "gradient",      "cache"};

static LogicalResult verifyName(Operation *op, Attribute value) {
  auto name = dyn_cast<StringAttr>(value);
  if (name && !name.empty())
    return success();
  return op->emitError() << attr::kName << ": expected a name, found " << value;
}

static LogicalResult verifyRole(Operation *op, Attribute value) {
  auto role = dyn_cast<StringAttr>(value);
  if (role && llvm::is_contained(kRoles, role.getValue()))
    return success();
  InFlightDiagnostic error = op->emitError()
                             << attr::kRole << ": unknown role " << value;
  Diagnostic &note = error.attachNote() << "known are ";
  llvm::interleaveComma(kRoles, note);
  return error;
}

static LogicalResult verifyRange(Operation *op, Attribute value) {
  auto range = dyn_cast<IntegerAttr>(value);
  if (range && range.getInt() > 0)
    return success();
  return op->emitError() << attr::kRange
                         << ": expected a positive integer, found " << value;
}

/// No two results update one argument. Asked once for a function, at the first
/// result that updates any: at each, it would cost the square of their number.
static LogicalResult verifyDistinctUpdates(FunctionOpInterface function,
                                           unsigned first) {
  llvm::SmallDenseMap<Attribute, unsigned> updatedBy;
  for (unsigned i = first; i < function.getNumResults(); ++i) {
    Attribute value = function.getResultAttr(i, attr::kUpdates);
    if (!value)
      continue;
    auto [earlier, isNew] = updatedBy.try_emplace(value, i);
    if (!isNew)
      return function->emitError()
             << attr::kUpdates << ": results " << earlier->second << " and "
             << i << " update the same argument " << value;
  }
  return success();
}

static bool isFirstUpdate(FunctionOpInterface function, unsigned result) {
  for (unsigned earlier = 0; earlier < result; ++earlier)
    if (function.getResultAttr(earlier, attr::kUpdates))
      return false;
  return true;
}

/// The argument exists, has the result's type, and no other result updates it.
static LogicalResult verifyUpdates(Operation *op, unsigned resultIndex,
                                   Attribute value) {
  auto function = cast<FunctionOpInterface>(op);
  auto index = dyn_cast<IntegerAttr>(value);
  int64_t count = function.getNumArguments();
  if (!index || index.getInt() < 0 || index.getInt() >= count)
    return op->emitError() << attr::kUpdates
                           << ": expected the index of one of " << count
                           << " arguments, found " << value;
  Type argument = function.getArgumentTypes()[index.getInt()];
  Type result = function.getResultTypes()[resultIndex];
  if (argument != result)
    return op->emitError() << attr::kUpdates << ": result " << resultIndex
                           << " of type " << result << " updates argument "
                           << index.getInt() << " of type " << argument;
  if (isFirstUpdate(function, resultIndex))
    return verifyDistinctUpdates(function, resultIndex);
  return success();
}

static LogicalResult verifyIgnored(Operation *op, Attribute value) {
  if (isa<IntegerAttr>(value))
    return success();
  return op->emitError() << attr::kIgnored << ": expected an integer, found "
                         << value;
}

static LogicalResult verifyCommon(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() == attr::kName)
    return verifyName(op, attribute.getValue());
  if (attribute.getName() == attr::kRole)
    return verifyRole(op, attribute.getValue());
  return success();
}

LogicalResult MlcDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                   unsigned,
                                                   NamedAttribute attribute) {
  if (attribute.getName() == attr::kRange)
    return verifyRange(op, attribute.getValue());
  if (attribute.getName() == attr::kIgnored)
    return verifyIgnored(op, attribute.getValue());
  return verifyCommon(op, attribute);
}

LogicalResult MlcDialect::verifyRegionResultAttribute(
    Operation *op, unsigned, unsigned resultIndex, NamedAttribute attribute) {
  if (attribute.getName() == attr::kUpdates)
    return verifyUpdates(op, resultIndex, attribute.getValue());
  return verifyCommon(op, attribute);
}
