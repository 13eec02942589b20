//===-- ConstantPool.h - constants in memory ----------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_CONSTANTPOOL_H
#define MLC_CODEGEN_CONSTANTPOOL_H

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlc::codegen {

/// The globals of a module, one for each distinct constant that is read from
/// memory. All that are made while a pool exists are made by it.
class ConstantPool {
public:
  explicit ConstantPool(mlir::ModuleOp module);

  /// The flat memory that holds `value`.
  mlir::Value get(mlir::OpBuilder &b, mlir::Location loc,
                  mlir::DenseElementsAttr value);

private:
  mlir::memref::GlobalOp add(mlir::Location loc, mlir::MemRefType type,
                             mlir::DenseElementsAttr value);

  mlir::ModuleOp module;
  llvm::DenseMap<mlir::Attribute, mlir::memref::GlobalOp> globals;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_CONSTANTPOOL_H
