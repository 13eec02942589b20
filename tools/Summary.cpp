//===-- tools/Summary.cpp - a model as a table of layers ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/Summary.h"
#include "ir/MlcDialect.h"
#include "passes/SparseUpdates.h"
#include "tools/TextTable.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlc::frontend;

namespace mlc::tools {

std::map<std::string, int64_t> countLayerFlops(mlir::ModuleOp lowered) {
  std::map<std::string, int64_t> flops;
  if (auto predict = lowered.lookupSymbol<mlir::func::FuncOp>("predict"))
    predict.walk([&](CostOpInterface op) {
      flops[getLayerName(op->getLoc()).str()] += op.getFlops();
    });
  return flops;
}

int64_t countParameters(const Layer &layer) {
  int64_t count = 0;
  for (const Variable &variable : layer.variables)
    count += elementCount(variable.shape);
  return count;
}

std::string shapesText(const Layer &layer) {
  std::string text;
  for (const TensorType &result : layer.results)
    text += (text.empty() ? "" : ", ") + frontend::shapeText(result.shape);
  return text;
}

namespace {

/// The layer with the variables that gradients change, and the others.
struct ParameterCounts {
  int64_t trainable = 0, frozen = 0;
};

ParameterCounts countByTraining(const Model &model) {
  ParameterCounts counts;
  for (const Layer &layer : model.layers)
    for (const Variable &variable : layer.variables)
      (layer.trainable && !variable.statistic ? counts.trainable
                                              : counts.frozen) +=
          elementCount(variable.shape);
  return counts;
}

/// "Dtype policy: mixed_bfloat16, but float32 in logits"; nothing if all is
/// float32.
std::string policyText(const Model &model) {
  std::string others;
  for (const Layer &layer : model.layers)
    if (layer.policy != model.policy)
      others += (others.empty() ? "" : ", ") + layer.name;
  if (model.policy == Policy::Float32 && others.empty())
    return "";
  auto name = [](Policy policy) { return policyNames()[size_t(policy)]; };
  Policy other =
      model.policy == Policy::Float32 ? Policy::MixedBfloat16 : Policy::Float32;
  return "Dtype policy: " + name(model.policy) +
         (others.empty() ? "" : ", but " + name(other) + " in " + others) +
         "\n";
}

std::string inputNames(const Model &model, const Layer &layer) {
  std::string names;
  for (const ValueId &input : layer.inputs)
    names += (names.empty() ? "" : ", ") + model.producerName(input);
  return names;
}

std::string layerTable(const Model &model,
                       const std::map<std::string, int64_t> &flops) {
  TextTable table({"layer (type)", "output shape", ">parameters",
                   ">FLOPs/sample", "connected to"});
  for (const Input &input : model.inputs)
    table.add({input.name + " (Input)", frontend::shapeText(input.type.shape),
               "", "", ""});
  for (const Layer &layer : model.layers) {
    auto cost = flops.find(layer.name);
    int64_t count = countParameters(layer);
    table.add(
        {layer.name + " (" + layer.component.type + ")" +
             (layer.trainable || count == 0 ? "" : ", frozen"),
         shapesText(layer), grouped(count),
         grouped(cost == flops.end() ? 0 : cost->second / model.batchSize),
         inputNames(model, layer)});
  }
  return table.str();
}

std::string parametersText(const codegen::ModelInterface &interface,
                           ParameterCounts counts) {
  int64_t bytes = 0;
  for (const codegen::TensorInterface &tensor : interface.state)
    if (tensor.role == MLC_PARAMETER || tensor.role == MLC_STATISTIC)
      bytes += tensor.bytes;
  return "Parameters: " + grouped(counts.trainable + counts.frozen) + " (" +
         bytesText(bytes) + "): " + grouped(counts.trainable) + " trainable, " +
         grouped(counts.frozen) + " frozen\n";
}

std::string trainingText(const Model &model) {
  std::string text;
  for (const Output &output : model.outputs) {
    if (!output.loss)
      continue;
    text += "Loss of " + output.name + ": " + output.loss->type;
    for (const frontend::Metric &metric : output.metrics)
      text += (&metric == &output.metrics.front() ? "; metrics: " : ", ") +
              metric.name;
    text += "\n";
  }
  if (model.training)
    text += "Optimizer: " + model.training->optimizer.type + "\n";
  return text;
}

std::string functionTable(const codegen::ModelInterface &interface) {
  TextTable table({"function", ">FLOPs", ">FLOPs/sample", ">workspace"});
  for (const codegen::FunctionInterface &function : interface.functions) {
    bool perSample = function.name != "init" && function.name != "metrics";
    table.add({function.name, grouped(function.flops),
               perSample ? grouped(function.flops / interface.batch) : "",
               bytesText(function.workspaceBytes())});
  }
  return table.str();
}

} // namespace

std::string describeTableUpdates(mlir::ModuleOp trained) {
  std::string text;
  if (auto step = trained.lookupSymbol<mlir::func::FuncOp>("train_step"))
    for (const TableUpdate &update : findTableUpdates(step))
      text += "Table " + update.describe() + "\n";
  return text;
}

/// The layers with attention that keeps no scores, in order.
static std::vector<llvm::StringRef> findAttention(mlir::ModuleOp module,
                                                  llvm::StringRef function) {
  std::vector<llvm::StringRef> layers;
  if (auto found = module.lookupSymbol<mlir::func::FuncOp>(function))
    found.walk([&](AttentionOp op) {
      llvm::StringRef layer = getLayerName(op.getLoc());
      if (!llvm::is_contained(layers, layer))
        layers.push_back(layer);
    });
  return layers;
}

std::string describeAttention(mlir::ModuleOp trained) {
  std::vector<llvm::StringRef> inTraining =
      findAttention(trained, "train_step");
  bool isTrained = trained.lookupSymbol("train_step") != nullptr;
  std::string text;
  for (llvm::StringRef layer : findAttention(trained, "predict")) {
    bool isStored = isTrained && !llvm::is_contained(inTraining, layer);
    text +=
        "Attention " + layer.str() + ": its scores are " +
        (isStored ? "stored in training steps, where dropout takes some of them"
                  : "never stored") +
        "\n";
  }
  return text;
}

std::string summarize(const Model &model,
                      const std::map<std::string, int64_t> &layerFlops,
                      const std::string &trainingNotes,
                      const codegen::ModelInterface &interface) {
  return "Model: " + model.name + "\n\n" + layerTable(model, layerFlops) +
         "\n" + parametersText(interface, countByTraining(model)) +
         "State: " + bytesText(interface.stateBytes) +
         " (parameters and all that training keeps)\n" +
         "Batch: " + grouped(model.batchSize) + "\n" + policyText(model) +
         trainingText(model) + trainingNotes + "\n" + functionTable(interface);
}

} // namespace mlc::tools
