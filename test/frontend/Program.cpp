//===-- Program.cpp - a lowered model that can be run ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include "ir/Builders.h"
#include "passes/Passes.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

using namespace mlc;

static llvm::StringRef getText(mlir::DictionaryAttr attributes,
                               llvm::StringRef name) {
  return attributes.getAs<mlir::StringAttr>(name).getValue();
}

static Tensor zeros(mlir::Type type) {
  auto tensor = llvm::cast<mlir::RankedTensorType>(type);
  return {Sizes(tensor.getShape()),
          std::vector<double>(tensor.getNumElements())};
}

Program::Program(const frontend::Model &model,
                 const frontend::LoweringOptions &options)
    : owner(frontend::lowerModel(model, context, options)) {
  mlir::PassManager passes(&context);
  populateTrainingPipeline(passes);
  if (failed(mlir::verify(*owner)) || failed(passes.run(*owner)))
    llvm::report_fatal_error("the lowered model is not as it should be");
}

mlir::func::FuncOp Program::function(llvm::StringRef name) {
  return owner->lookupSymbol<mlir::func::FuncOp>(name);
}

void Program::init(uint64_t seed) {
  Tensor words{{2}, {double(int32_t(seed)), double(int32_t(seed >> 32))}};
  state = run("init", {{"seed", words}});
}

Tensor Program::argument(mlir::func::FuncOp f, unsigned index,
                         const Tensors &inputs, const Tensors &targets,
                         int64_t rows) {
  mlir::DictionaryAttr attributes = f.getArgAttrDict(index);
  std::string name = getText(attributes, attr::kName).str();
  llvm::StringRef role = getText(attributes, attr::kRole);
  if (role == "rows")
    return {{}, {double(rows)}};
  if (role == "input" || role == "seed")
    return inputs.at(name);
  if (role == "target" || role == "sample_weight")
    return targets.at(name);
  Tensors &block = role == "metric" ? metrics : state;
  return block.try_emplace(name, zeros(f.getArgumentTypes()[index]))
      .first->second;
}

Tensors Program::run(llvm::StringRef name, const Tensors &inputs,
                     const Tensors &targets, int64_t rows) {
  mlir::func::FuncOp f = function(name);
  std::vector<Tensor> arguments;
  for (unsigned i = 0; i < f.getNumArguments(); ++i)
    arguments.push_back(argument(f, i, inputs, targets, rows));
  std::vector<Tensor> values = evaluate(f, arguments);
  Tensors results;
  for (unsigned i = 0; i < f.getNumResults(); ++i) {
    mlir::DictionaryAttr attributes = f.getResultAttrDict(i);
    std::string result = getText(attributes, attr::kName).str();
    if (attributes.get(attr::kUpdates))
      (getText(attributes, attr::kRole) == "metric" ? metrics : state)[result] =
          values[i];
    else
      results[result] = values[i];
  }
  return results;
}
