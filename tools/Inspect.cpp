//===-- tools/Inspect.cpp - mlc inspect -----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Pipeline.h"
#include "frontend/Lowering.h"
#include "tools/Commands.h"
#include "tools/Compilation.h"
#include "tools/GraphPicture.h"
#include "tools/MemoryReport.h"
#include "tools/ModelData.h"
#include "tools/Options.h"
#include "tools/Summary.h"
#include "tools/TextTable.h"
#include "tools/TuningFile.h"

#include "llvm/Support/raw_ostream.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace mlc::tools {
namespace {

struct InspectOptions {
  std::string model, stage, graph, target, cpu;
  std::string memory; ///< empty, kMemoryView or a number of bytes
  int64_t threads = 1, memoryBytes = 0;
  bool listStages = false, locations = false;
};

/// CLI11's word for a flag without a value.
constexpr const char *kMemoryView = "true";

/// What --stage shows behind the stages of the MLIR pipeline.
constexpr llvm::StringLiteral kLlvm = "llvm", kAssembly = "asm";

std::vector<std::string> stageNames() {
  std::vector<std::string> names;
  for (const codegen::Stage &stage : codegen::getStages())
    names.push_back(stage.name.str());
  names.push_back(kLlvm.str());
  names.push_back(kAssembly.str());
  return names;
}

int listStages() {
  TextTable table({"stage", "the model is"});
  for (const codegen::Stage &stage : codegen::getStages())
    table.add({stage.name.str(), stage.summary.str()});
  table.add({kLlvm.str(), "optimized LLVM IR"});
  table.add({kAssembly.str(), "assembly of the target"});
  std::cout << table.str();
  return 0;
}

class InspectCommand {
public:
  explicit InspectCommand(const InspectOptions &options) : options(options) {}

  int run() {
    if (!checkOptions())
      return 1;
    model = readModel(options.model);
    target = findTarget(options.target, options.cpu, options.threads);
    if (!model || !target)
      return 1;
    target->memoryBytes = options.memoryBytes;
    if (!options.graph.empty())
      return succeeded(codegen::writeFile(options.graph, drawGraph(*model)))
                 ? 0
                 : 1;
    context = makeContext();
    module = frontend::lowerModel(*model, *context, {});
    if (!followTuning(options.model, *target, *module))
      return 1;
    if (options.stage == kLlvm || options.stage == kAssembly)
      return printMachineStage();
    if (!options.stage.empty())
      return printStage();
    return options.memory.empty() ? printSummary() : printMemory();
  }

private:
  bool checkOptions() const {
    std::vector<std::string> names = stageNames();
    if (options.stage.empty() ||
        std::find(names.begin(), names.end(), options.stage) != names.end())
      return true;
    std::string nearest = frontend::didYouMean(options.stage, names);
    reportError("unknown stage \"" + options.stage + "\"" +
                (nearest.empty() ? "; there are " + frontend::listNames(names)
                                 : nearest));
    return false;
  }

  using Observer = llvm::function_ref<llvm::LogicalResult(
      const codegen::Stage &, mlir::ModuleOp)>;
  bool runUntil(llvm::StringRef stage, Observer observe = {}) {
    if (mlir::succeeded(codegen::runStages(*module, *target, stage, observe)))
      return true;
    reportError("the model could not be compiled");
    return false;
  }

  int printStage() {
    if (!runUntil(options.stage))
      return 1;
    mlir::OpPrintingFlags flags;
    if (options.locations)
      flags.enableDebugInfo(true, /*prettyForm=*/true);
    module->print(llvm::outs(), flags);
    return 0;
  }

  int printMachineStage() {
    codegen::Compilation compilation(std::move(module), *target);
    if (!succeeded(compilation.lower()))
      return 1;
    if (options.stage == kLlvm) {
      auto made = compilation.makeLlvm();
      if (!made)
        return succeeded(made.takeError()) ? 0 : 1;
      made->print(llvm::outs(), nullptr);
      return 0;
    }
    auto code = compilation.emit(llvm::CodeGenFileType::AssemblyFile);
    if (!code)
      return succeeded(code.takeError()) ? 0 : 1;
    llvm::outs() << llvm::StringRef(code->data(), code->size());
    return 0;
  }

  int printMemory() {
    if (!runUntil("memory"))
      return 1;
    std::cout << describeMemory(*module);
    return 0;
  }

  int printSummary() {
    std::map<std::string, int64_t> layerFlops = countLayerFlops(*module);
    std::string trainingNotes;
    auto observe = [&](const codegen::Stage &stage, mlir::ModuleOp module) {
      if (stage.name == "training")
        trainingNotes =
            describeTableUpdates(module) + describeAttention(module);
      return mlir::success();
    };
    if (!runUntil("memory", observe))
      return 1;
    std::cout << summarize(*model, layerFlops, trainingNotes,
                           codegen::readInterface(*module, options.threads));
    return 0;
  }

  const InspectOptions &options;
  std::optional<frontend::Model> model;
  std::optional<codegen::Target> target;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

bool readMemory(InspectOptions &options) {
  bool hasOtherView =
      options.listStages || !options.stage.empty() || !options.graph.empty();
  if (options.memory.empty())
    return true;
  if (options.memory == kMemoryView) {
    if (hasOtherView)
      reportError("--memory is a view of its own: leave out the other, or name "
                  "a budget, such as --memory=64MiB");
    return !hasOtherView;
  }
  std::string error = byteCount()(options.memory);
  if (!error.empty())
    reportError("--memory: " + error);
  else
    options.memoryBytes = std::stoll(options.memory);
  return error.empty();
}

int run(InspectOptions options) {
  if (!readMemory(options))
    return 1;
  if (options.listStages)
    return listStages();
  if (options.model.empty())
    return reportError("name a model file to inspect");
  return InspectCommand(options).run();
}

void addTargetOptions(CLI::App &command, InspectOptions &options) {
  command
      .add_option("--target", options.target,
                  "Triple of the machine to compile for; default: this one")
      ->type_name("TRIPLE");
  command
      .add_option("--cpu", options.cpu,
                  "Processor to compile for, as LLVM names it; default: this "
                  "one")
      ->type_name("CPU");
  command
      .add_option("--threads", options.threads,
                  "Most threads that a call may use")
      ->check(positiveInteger())
      ->type_name("N")
      ->capture_default_str();
}

/// A flag that may have a value behind '=', so that a model file may follow it.
void addMemoryFlag(CLI::App &command, InspectOptions &options) {
  command
      .add_flag("--memory", options.memory,
                "Print where the state and each function's temporary values "
                "live; with =BYTES, such as =64MiB: after what takes more has "
                "been computed again (other views then show that, too)")
      ->type_name("[=BYTES]");
}

} // namespace

void addInspectCommand(CLI::App &mlc, int &exitStatus) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App *command = mlc.add_subcommand(
      "inspect", "Show a model's layers, its memory, or its code at a stage");
  command->add_option("model", options->model, "The model file")
      ->type_name("MODEL.json");
  std::vector<CLI::Option *> views = {
      command
          ->add_option("--stage", options->stage,
                       "Print the code at a stage of compilation")
          ->type_name("NAME"),
      command->add_flag("--list-stages", options->listStages,
                        "Print the names of the stages"),
      command
          ->add_option("--graph", options->graph,
                       "Draw the layers and how they are connected")
          ->type_name("FILE.svg")};
  for (size_t i = 0; i < views.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      views[i]->excludes(views[j]);
  addMemoryFlag(*command, *options);
  command->add_flag("--locations", options->locations,
                    "With --stage: where in the model file each operation "
                    "comes from");
  addTargetOptions(*command, *options);
  command->footer("Without options: a table of the layers.\n\n"
                  "Examples:\n"
                  "  mlc inspect model.json\n"
                  "  mlc inspect model.json --stage fusion | less\n"
                  "  mlc inspect model.json --memory=64MiB\n"
                  "  mlc inspect model.json --graph model.svg");
  command->callback([options, &exitStatus] { exitStatus = run(*options); });
}

} // namespace mlc::tools
