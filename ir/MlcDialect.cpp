//===-- MlcDialect.cpp - the mlc dialect ----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/MlcDialect.h"

#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlc;

#include "ir/MlcDialect.cpp.inc"
#include "ir/MlcEnums.cpp.inc"
#include "ir/MlcInterfaces.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/MlcAttributes.cpp.inc"
#define GET_OP_CLASSES
#include "ir/MlcOps.cpp.inc"

void MlcDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/MlcAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ir/MlcOps.cpp.inc"
      >();
}

Operation *MlcDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                           Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, type, elements);
}

StringRef mlc::getLayerName(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName();
  if (auto callSite = dyn_cast<CallSiteLoc>(loc))
    return getLayerName(callSite.getCallee());
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (StringRef name = getLayerName(part); !name.empty())
        return name;
  return "";
}
