//===-- ModelInterface.cpp - what callers see of a compiled model ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ModelInterface.h"
#include "codegen/ArenaLayout.h"
#include "codegen/Tuning.h"
#include "ir/Builders.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace mlc::codegen {

const char *compilerName() { return "mlc " MLC_VERSION; }

static int64_t countStagedBytes(const std::vector<TensorInterface> &tensors) {
  int64_t bytes = 0;
  for (const TensorInterface &tensor : tensors)
    if (tensor.isBatched())
      bytes += alignBytes(tensor.bytes);
  return bytes;
}

int64_t FunctionInterface::workspaceBytes() const {
  return arenaBytes + countStagedBytes(inputs) + countStagedBytes(outputs);
}

std::string ModelInterface::identifier() const {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  return result.empty() || llvm::isDigit(result[0]) ? "model_" + result
                                                    : result;
}

static mlc_role parseRole(StringRef role) {
  return llvm::StringSwitch<mlc_role>(role)
      .Case("parameter", MLC_PARAMETER)
      .Case("optimizer", MLC_OPTIMIZER)
      .Case("statistic", MLC_STATISTIC)
      .Case("step", MLC_STEP)
      .Case("key", MLC_KEY)
      .Case("metric", MLC_METRIC)
      .Case("input", MLC_INPUT)
      .Case("target", MLC_TARGET)
      .Case("sample_weight", MLC_SAMPLE_WEIGHT)
      .Case("loss", MLC_LOSS)
      .Case("gradient", MLC_GRADIENT)
      .Case("seed", MLC_SEED)
      .Case("cache", MLC_CACHE)
      .Default(MLC_OUTPUT);
}

static mlc_dtype dtypeOf(Type element) {
  if (element.isF32())
    return MLC_F32;
  if (element.isF64())
    return MLC_F64;
  return element.isInteger(64)   ? MLC_I64
         : element.isInteger(32) ? MLC_I32
                                 : MLC_U8;
}

static TensorInterface readTensor(Attribute attribute) {
  auto entry = cast<DictionaryAttr>(attribute);
  auto type = cast<RankedTensorType>(entry.getAs<TypeAttr>("type").getValue());
  auto number = [&](StringRef name) {
    auto value = entry.getAs<IntegerAttr>(name);
    return value ? value.getInt() : 0;
  };
  TensorInterface tensor;
  tensor.name = entry.getAs<StringAttr>("name").str();
  tensor.role = parseRole(entry.getAs<StringAttr>("role"));
  tensor.dtype = dtypeOf(type.getElementType());
  tensor.shape = type.getShape();
  tensor.offset = number("offset");
  tensor.bytes = bytesOf(type);
  tensor.range = number("range");
  tensor.ignored = number("ignored");
  return tensor;
}

static std::vector<TensorInterface> readTensors(ArrayRef<Attribute> entries) {
  std::vector<TensorInterface> tensors;
  for (Attribute entry : entries)
    tensors.push_back(readTensor(entry));
  return tensors;
}

static std::vector<TensorInterface> readTensors(Operation *op, StringRef name) {
  return readTensors(op->getAttrOfType<ArrayAttr>(name).getValue());
}

int64_t countStagedBytes(ArrayRef<Attribute> described) {
  return countStagedBytes(readTensors(described));
}

static int64_t readNumber(Operation *op, StringRef name) {
  auto value = op->getAttrOfType<IntegerAttr>(name);
  return value ? value.getInt() : 0;
}

ModelInterface readInterface(ModuleOp planned, int64_t threads) {
  ModelInterface model;
  auto name = planned->getAttrOfType<StringAttr>(attr::kModel);
  model.name = name ? name.str() : "model";
  model.batch = std::max<int64_t>(1, readNumber(planned, attr::kBatch));
  model.stateBytes = readNumber(planned, attr::kStateBytes);
  model.metricsBytes = readNumber(planned, attr::kMetricsBytes);
  model.threads = threads;
  model.state = readTensors(planned, attr::kState);
  model.metrics = readTensors(planned, attr::kMetrics);
  for (auto function : planned.getOps<func::FuncOp>()) {
    if (auto kind = function->getAttrOfType<FusionKindAttr>(attr::kKernel))
      model.kernels.push_back(
          {function.getName().str(), stringifyFusionKind(kind.getValue()).str(),
           readNumber(function, attr::kWork),
           readNumber(function, attr::kTraffic), getPlannedChoices(function)});
    if (!function->hasAttr(attr::kArena))
      continue;
    bool hasOwnBatch = function->hasAttr(attr::kBatch);
    model.functions.push_back(
        {function.getName().str(), readTensors(function, attr::kInputs),
         readTensors(function, attr::kOutputs),
         readNumber(function, attr::kArenaBytes),
         readNumber(function, attr::kFlops),
         hasOwnBatch ? readNumber(function, attr::kBatch) : model.batch,
         hasOwnBatch});
  }
  return model;
}

} // namespace mlc::codegen
