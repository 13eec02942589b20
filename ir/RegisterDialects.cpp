//===-- RegisterDialects.cpp - the dialects of mlc's pipeline -------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/MlcDialect.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"

void mlc::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<MlcDialect>();
  // Everything upstream, for its external models (bufferization, tiling,
  // conversion to LLVM) register with their dialect. A dialect costs nothing
  // until it is loaded.
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
}
