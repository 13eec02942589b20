//===-- FunctionScope.cpp - a function of a model, while built ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/FunctionScope.h"

namespace mlc::frontend {

using mlir::Value;

static mlir::DictionaryAttr
getAttributes(mlir::Builder &b, llvm::StringRef name, llvm::StringRef role,
              int64_t range = 0, int64_t ignored = 0) {
  llvm::SmallVector<mlir::NamedAttribute> attributes{
      b.getNamedAttr(attr::kName, b.getStringAttr(name)),
      b.getNamedAttr(attr::kRole, b.getStringAttr(role))};
  if (range)
    attributes.push_back(
        b.getNamedAttr(attr::kRange, b.getI64IntegerAttr(range)));
  if (ignored)
    attributes.push_back(
        b.getNamedAttr(attr::kIgnored, b.getI64IntegerAttr(ignored)));
  return b.getDictionaryAttr(attributes);
}

FunctionScope::FunctionScope(mlir::ModuleOp module, Emitter &e,
                             llvm::StringRef name,
                             llvm::ArrayRef<Tensor> arguments)
    : e(e) {
  llvm::SmallVector<mlir::Type> types;
  llvm::SmallVector<mlir::NamedAttribute> none;
  llvm::SmallVector<mlir::DictionaryAttr> attributes;
  for (const Tensor &argument : arguments) {
    types.push_back(argument.type);
    attributes.push_back(getAttributes(e, argument.name, argument.role,
                                       argument.range, argument.ignored));
  }
  e.setInsertionPointToEnd(module.getBody());
  function = mlir::func::FuncOp::create(e, name, e.getFunctionType(types, {}),
                                        none, attributes);
  e.setInsertionPointToStart(function.addEntryBlock());
}

void FunctionScope::finish() {
  mlir::func::ReturnOp::create(e, results);
  function.setType(e.getFunctionType(function.getArgumentTypes(),
                                     mlir::ValueRange(results).getTypes()));
  function.setResAttrsAttr(e.getArrayAttr(resultAttributes));
}

llvm::SmallVector<Value> FunctionScope::get(llvm::StringRef role) {
  llvm::SmallVector<Value> values;
  for (auto argument : function.getArguments())
    if (function.getArgAttrOfType<mlir::StringAttr>(argument.getArgNumber(),
                                                    attr::kRole) == role)
      values.push_back(argument);
  return values;
}

llvm::SmallVector<Value> FunctionScope::getFirst(size_t count) {
  auto arguments = function.getArguments().take_front(count);
  return {arguments.begin(), arguments.end()};
}

llvm::StringRef FunctionScope::getName(Value argument) {
  unsigned index = llvm::cast<mlir::BlockArgument>(argument).getArgNumber();
  return function.getArgAttrOfType<mlir::StringAttr>(index, attr::kName)
      .getValue();
}

Value FunctionScope::getOne(llvm::StringRef role) {
  llvm::SmallVector<Value> values = get(role);
  return values.empty() ? Value() : values.front();
}

void FunctionScope::setBatch(int64_t batch) {
  function->setAttr(attr::kBatch, e.getI64IntegerAttr(batch));
}

void FunctionScope::addResult(llvm::StringRef name, llvm::StringRef role,
                              Value value) {
  results.push_back(value);
  resultAttributes.push_back(getAttributes(e, name, role));
}

void FunctionScope::update(Value argument, Value value) {
  unsigned index = llvm::cast<mlir::BlockArgument>(argument).getArgNumber();
  mlir::NamedAttrList attributes(function.getArgAttrDict(index));
  attributes.set(attr::kUpdates, e.getI64IntegerAttr(index));
  results.push_back(value);
  resultAttributes.push_back(attributes.getDictionary(e.getContext()));
}

} // namespace mlc::frontend
