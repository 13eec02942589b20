//===-- tools/MemoryReport.h - where a model's values live ------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_MEMORYREPORT_H
#define MLC_TOOLS_MEMORYREPORT_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace mlc::tools {

/// The state as a table, and the arena of each function as a table and as a
/// picture, of a module whose memory is planned.
std::string describeMemory(mlir::ModuleOp planned);

} // namespace mlc::tools

#endif // MLC_TOOLS_MEMORYREPORT_H
