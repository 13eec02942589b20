//===-- ConstantPool.cpp - constants in memory ----------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ConstantPool.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace mlc::codegen {

ConstantPool::ConstantPool(ModuleOp module) : module(module) {
  for (auto global : module.getOps<memref::GlobalOp>())
    if (std::optional<Attribute> value = global.getInitialValue())
      globals[*value] = global;
}

Value ConstantPool::get(OpBuilder &b, Location loc, DenseElementsAttr value) {
  ShapedType shape = value.getType();
  Type element = shape.getElementType();
  int64_t count = shape.getNumElements();
  DenseElementsAttr flat = value.reshape(RankedTensorType::get(count, element));
  auto type = MemRefType::get(count, element);
  memref::GlobalOp &global = globals[flat];
  if (!global)
    global = add(loc, type, flat);
  return memref::GetGlobalOp::create(b, loc, type, global.getName());
}

memref::GlobalOp ConstantPool::add(Location loc, MemRefType type,
                                   DenseElementsAttr value) {
  // A vector's alignment, unless that is mostly padding.
  uint64_t bytes = llvm::divideCeil(
      type.getNumElements() * type.getElementTypeBitWidth(), 8);
  uint64_t alignment = std::min<uint64_t>(llvm::PowerOf2Ceil(bytes), 64);
  OpBuilder b(module.getContext());
  b.setInsertionPointToStart(module.getBody());
  return memref::GlobalOp::create(
      b, loc, "constant_" + std::to_string(globals.size() - 1),
      b.getStringAttr("private"), type, value, /*constant=*/true,
      b.getI64IntegerAttr(int64_t(alignment)));
}

} // namespace mlc::codegen
