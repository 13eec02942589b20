//===-- tools/LoadedModel.cpp - a model compiled into this process --------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/LoadedModel.h"
#include "tools/Compilation.h"

#include "codegen/Jit.h"
#include "codegen/Tuning.h"
#include "frontend/Lowering.h"
#include "ir/MlcDialect.h"
#include "tools/ModelData.h"
#include "tools/TuningFile.h"

#include "mlir/IR/MLIRContext.h"

#include "llvm/Support/MemoryBuffer.h"

#include <iostream>
#include <thread>

namespace mlc::tools {

std::optional<frontend::Model> readModel(const std::string &path) {
  frontend::Diagnostics diagnostics;
  std::optional<frontend::Model> model =
      frontend::readModelFile(path, diagnostics);
  diagnostics.print(std::cerr);
  return model;
}

std::optional<codegen::Target>
findTarget(const std::string &triple, const std::string &cpu, int64_t threads) {
  llvm::Expected<codegen::Target> target =
      codegen::makeTarget(triple, cpu, threads);
  if (!target) {
    reportError(llvm::toString(target.takeError()));
    return std::nullopt;
  }
  return *target;
}

std::optional<frontend::SteppedModel> stepModel(const frontend::Model &model) {
  frontend::Diagnostics diagnostics;
  auto stepped = frontend::makeStepped(model, diagnostics);
  diagnostics.print(std::cerr);
  return stepped;
}

bool succeeded(llvm::Error error) {
  if (!error)
    return true;
  reportError(llvm::toString(std::move(error)));
  return false;
}

/// The place in the model file, whose text is read again for the caret.
static frontend::Location findPlace(mlir::Location location) {
  auto place = location->findInstanceOf<mlir::FileLineColLoc>();
  if (!place)
    return {};
  std::string name = place.getFilename().str(), text;
  if (auto buffer = llvm::MemoryBuffer::getFile(name))
    text = (*buffer)->getBuffer().str();
  return {std::make_shared<frontend::SourceFile>(
              frontend::SourceFile{std::move(name), std::move(text)}),
          place.getLine(), place.getColumn()};
}

static void printDiagnostic(mlir::Diagnostic &diagnostic) {
  frontend::Diagnostic shown{frontend::Severity::Error,
                             findPlace(diagnostic.getLocation()),
                             diagnostic.str(),
                             {}};
  if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Warning)
    shown.severity = frontend::Severity::Warning;
  for (mlir::Diagnostic &note : diagnostic.getNotes())
    shown.note(findPlace(note.getLocation()), note.str());
  std::cerr << shown.str();
}

std::unique_ptr<mlir::MLIRContext> makeContext() {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  auto context = std::make_unique<mlir::MLIRContext>(
      registry, mlir::MLIRContext::Threading::DISABLED);
  context->getDiagEngine().registerHandler(printDiagnostic);
  return context;
}

namespace {
/// What the code of a loaded model needs as long as it may run.
struct Code {
  std::unique_ptr<codegen::LoadedObject> object;
};
} // namespace

std::optional<LoadedModel> loadModel(const std::string &path,
                                     const LoadOptions &options) {
  std::optional<frontend::Model> description = readModel(path);
  if (!description)
    return std::nullopt;
  int64_t threads =
      options.threads ? options.threads : std::thread::hardware_concurrency();
  std::optional<codegen::Target> target = findTarget("", "", threads);
  if (!target)
    return std::nullopt;
  std::optional<frontend::SteppedModel> stepped;
  if (options.generateFunction && !(stepped = stepModel(*description)))
    return std::nullopt;
  target->memoryBytes = options.memoryBytes;
  target->profile = options.profile != nullptr;
  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  frontend::LoweringOptions lowering;
  lowering.stepped = stepped ? &*stepped : nullptr;
  lowering.training = options.training;
  lowering.doublePrecision = options.doublePrecision;
  lowering.gradientFunction = options.gradientFunction;
  codegen::Compilation compilation(
      frontend::lowerModel(*description, *context, lowering), *target);
  if (options.candidate >= 0)
    codegen::setCandidate(compilation.getModule(), options.candidate);
  else if (!followTuning(path, *target, compilation.getModule()))
    return std::nullopt;
  if (!succeeded(compilation.lower()))
    return std::nullopt;
  auto object = codegen::LoadedObject::load(compilation, options.profile);
  if (!object) {
    reportError(llvm::toString(object.takeError()));
    return std::nullopt;
  }
  const mlc_model *compiled = &(*object)->getModel();
  auto code = std::make_shared<Code>(Code{std::move(*object)});
  LoadedModel loaded{std::move(*description), compiled, std::move(code)};
  for (const codegen::KernelInterface &kernel :
       compilation.getInterface().kernels)
    loaded.kernels.push_back(
        {kernel.name, kernel.kind, kernel.flops, kernel.bytes, kernel.plans});
  return loaded;
}

} // namespace mlc::tools
