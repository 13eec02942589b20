//===-- Descriptor.cpp - the constant that describes a model --------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/LlvmModule.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalVariable.h"

using namespace llvm;

namespace mlc::codegen {
namespace {

/// Builds constants that mirror the structs of mlc/model.h, field by field:
/// LLVM lays structs out as C does.
class DescriptorBuilder {
public:
  explicit DescriptorBuilder(Module &module)
      : module(module), context(module.getContext()),
        ptr(PointerType::get(context, 0)) {}

  void run(const ModelInterface &model) {
    int64_t workspace = 0;
    std::vector<Constant *> functions;
    for (const FunctionInterface &function : model.functions) {
      workspace = std::max(workspace, function.workspaceBytes());
      functions.push_back(makeFunction(model, function));
    }
    Constant *descriptor = makeStruct(
        {number32(MLC_ABI_VERSION), number32(model.threads), text(model.name),
         text(compilerName()), number(model.batch), number(model.stateBytes),
         number(workspace), number(model.metricsBytes),
         number32(model.state.size()), tensors(model.state),
         number32(model.metrics.size()), tensors(model.metrics),
         number32(functions.size()), array(functions)});
    auto *global = new GlobalVariable(
        module, descriptor->getType(), /*isConstant=*/true,
        GlobalValue::ExternalLinkage, descriptor, model.symbol());
    global->setAlignment(Align(8));
  }

private:
  Constant *number(int64_t value) {
    return ConstantInt::get(Type::getInt64Ty(context), value);
  }
  Constant *number32(int64_t value) {
    return ConstantInt::get(Type::getInt32Ty(context), value);
  }
  Constant *makeStruct(ArrayRef<Constant *> fields) {
    return ConstantStruct::getAnon(context, fields);
  }

  Constant *hidden(Constant *value) {
    auto *global =
        new GlobalVariable(module, value->getType(), /*isConstant=*/true,
                           GlobalValue::PrivateLinkage, value, "descriptor");
    global->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    return global;
  }

  Constant *text(StringRef value) {
    Constant *&global = texts[value];
    if (!global)
      global = hidden(ConstantDataArray::getString(context, value));
    return global;
  }

  /// A pointer to the elements; null if there are none.
  Constant *array(ArrayRef<Constant *> elements) {
    if (elements.empty())
      return ConstantPointerNull::get(ptr);
    return hidden(ConstantArray::get(
        ArrayType::get(elements[0]->getType(), elements.size()), elements));
  }

  Constant *tensors(ArrayRef<TensorInterface> all) {
    std::vector<Constant *> elements;
    for (const TensorInterface &tensor : all) {
      std::vector<Constant *> shape;
      for (int64_t size : tensor.shape)
        shape.push_back(number(size));
      elements.push_back(
          makeStruct({text(tensor.name), number32(tensor.dtype),
                      number32(tensor.role), number32(tensor.shape.size()),
                      array(shape), number(tensor.offset), number(tensor.bytes),
                      number(tensor.range), number(tensor.ignored)}));
    }
    return array(elements);
  }

  Constant *makeFunction(const ModelInterface &model,
                         const FunctionInterface &function) {
    return makeStruct(
        {text(function.name), module.getFunction(entryName(model, function)),
         number(function.workspaceBytes()), number(function.flops),
         number32(function.inputs.size()), tensors(function.inputs),
         number32(function.outputs.size()), tensors(function.outputs)});
  }

  Module &module;
  LLVMContext &context;
  PointerType *ptr;
  StringMap<Constant *> texts;
};

} // namespace

void emitDescriptor(Module &module, const ModelInterface &model) {
  DescriptorBuilder(module).run(model);
}

} // namespace mlc::codegen
