//===-- CompiledProgram.cpp - a model that has been compiled --------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledProgram.h"

#include "ir/MlcDialect.h"
#include "runtime/AlignedBlock.h"
#include "runtime/Array.h"

using namespace mlc;

static mlir::DialectRegistry &registry() {
  static mlir::DialectRegistry instance;
  static bool once = (registerAllDialects(instance), true);
  (void)once;
  return instance;
}

CompiledProgram::CompiledProgram(const frontend::Model &model,
                                 const frontend::LoweringOptions &options,
                                 int64_t threads, int64_t memoryBytes)
    : context(registry(), mlir::MLIRContext::Threading::DISABLED) {
  codegen::Target target = llvm::cantFail(codegen::makeTarget("", "", threads));
  target.memoryBytes = memoryBytes;
  codegen::Compilation compilation(
      frontend::lowerModel(model, context, options), std::move(target));
  llvm::cantFail(compilation.lower());
  object = llvm::cantFail(codegen::LoadedObject::load(compilation));
}

int64_t
CompiledProgram::findSmallestBudget(const frontend::Model &model,
                                    const frontend::LoweringOptions &options) {
  mlir::MLIRContext context(registry(), mlir::MLIRContext::Threading::DISABLED);
  std::string error;
  mlir::ScopedDiagnosticHandler handler(
      &context,
      [&](mlir::Diagnostic &diagnostic) { error = diagnostic.str(); });
  codegen::Target target = llvm::cantFail(codegen::makeTarget("", "", 1));
  target.memoryBytes = 1;
  codegen::Compilation compilation(
      frontend::lowerModel(model, context, options), std::move(target));
  llvm::consumeError(compilation.lower());
  int64_t bytes = 0;
  llvm::StringRef(error).split("at least ").second.consumeInteger(10, bytes);
  return bytes;
}

static int64_t elements(const mlc_tensor &tensor) {
  int64_t count = 1;
  for (int32_t d = 0; d < tensor.rank; ++d)
    count *= tensor.shape[d];
  return count;
}

static void write(const mlc_tensor &to, const Tensor &from, std::byte *block) {
  runtime::convertElements(
      runtime::DType::F64,
      reinterpret_cast<const std::byte *>(from.values.data()),
      *runtime::fromAbi(to.dtype), block, elements(to));
}

static Tensor read(const mlc_tensor &from, const std::byte *block) {
  Tensor tensor{Sizes(llvm::ArrayRef<int64_t>(from.shape, from.rank)),
                std::vector<double>(elements(from))};
  runtime::convertElements(
      *runtime::fromAbi(from.dtype), block, runtime::DType::F64,
      reinterpret_cast<std::byte *>(tensor.values.data()), elements(from));
  return tensor;
}

/// Brings named tensors to their places in a block.
static void writeBlock(const mlc_tensor *tensors, int32_t count,
                       const Tensors &values, std::byte *block) {
  for (int32_t i = 0; i < count; ++i)
    if (auto value = values.find(tensors[i].name); value != values.end())
      write(tensors[i], value->second, block + tensors[i].offset);
}

static void readBlock(const mlc_tensor *tensors, int32_t count, Tensors &values,
                      const std::byte *block) {
  for (int32_t i = 0; i < count; ++i)
    values[tensors[i].name] = read(tensors[i], block + tensors[i].offset);
}

void CompiledProgram::init(uint64_t seed) {
  Tensor words{{2}, {double(int32_t(seed)), double(int32_t(seed >> 32))}};
  run("init", {{"seed", words}});
}

Tensors CompiledProgram::run(llvm::StringRef name, const Tensors &inputs,
                             const Tensors &targets, int64_t rows) {
  Tensors results;
  if (mlc_status status = call(name, inputs, targets, rows, results))
    llvm::report_fatal_error("a compiled function returned " +
                             llvm::Twine(status));
  return results;
}

mlc_status CompiledProgram::call(llvm::StringRef name, const Tensors &inputs,
                                 const Tensors &targets, int64_t rows,
                                 Tensors &results) {
  const mlc_model &model = getModel();
  const mlc_function *function = nullptr;
  for (int32_t i = 0; i < model.function_count; ++i)
    if (model.functions[i].name == name)
      function = &model.functions[i];
  runtime::AlignedBlock stateBlock(model.state_bytes),
      sums(model.metrics_bytes), workspace(function->workspace_bytes);
  writeBlock(model.state, model.state_count, state, stateBlock.data());
  writeBlock(model.metrics, model.metric_count, metrics, sums.data());
  std::vector<std::vector<std::byte>> buffers;
  std::vector<const void *> in;
  std::vector<void *> out;
  for (int32_t i = 0; i < function->input_count; ++i) {
    const mlc_tensor &tensor = function->inputs[i];
    buffers.emplace_back(tensor.bytes);
    in.push_back(tensor.role == MLC_METRIC ? sums.data()
                                           : buffers.back().data());
    if (tensor.role != MLC_METRIC)
      write(tensor,
            (tensor.role == MLC_INPUT || tensor.role == MLC_SEED ? inputs
                                                                 : targets)
                .at(tensor.name),
            buffers.back().data());
  }
  for (int32_t i = 0; i < function->output_count; ++i) {
    buffers.emplace_back(function->outputs[i].bytes);
    out.push_back(function->outputs[i].role == MLC_METRIC
                      ? sums.data()
                      : buffers.back().data());
  }
  mlc_status status = function->call(stateBlock.data(), workspace.data(),
                                     in.data(), out.data(), rows);
  readBlock(model.state, model.state_count, state, stateBlock.data());
  readBlock(model.metrics, model.metric_count, metrics, sums.data());
  for (int32_t i = 0; i < function->output_count; ++i)
    if (function->outputs[i].role != MLC_METRIC)
      results[function->outputs[i].name] =
          read(function->outputs[i], static_cast<std::byte *>(out[i]));
  return status;
}
