//===-- tools/Compile.cpp - mlc compile -----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Pipeline.h"
#include "frontend/Lowering.h"
#include "runtime/OutputFile.h"
#include "tools/Commands.h"
#include "tools/Compilation.h"
#include "tools/ModelData.h"
#include "tools/Options.h"
#include "tools/Tuner.h"
#include "tools/TuningFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace mlc::tools {
namespace {

struct CompileOptions {
  std::string model, output, emit = "obj", target, cpu, dumpDirectory;
  int64_t threads = 1, memoryBytes = 0;
  bool doublePrecision = false, gradient = false, generate = false;
  bool tune = false;
};

/// What --emit makes, and the extension of its file.
struct Product {
  const char *name, *extension;
};
constexpr Product products[] = {{"obj", ".o"},
                                {"shared", ".so"},
                                {"asm", ".s"},
                                {"llvm", ".ll"},
                                {"mlir", ".mlir"}};

class CompileCommand {
public:
  explicit CompileCommand(const CompileOptions &options) : options(options) {}

  int run() {
    std::optional<frontend::Model> model = readModel(options.model);
    std::optional<codegen::Target> target =
        findTarget(options.target, options.cpu, options.threads);
    if (!model || !target || !checkOutputs(*target) ||
        (options.tune && !tune()))
      return 1;
    target->memoryBytes = options.memoryBytes;
    std::optional<frontend::SteppedModel> stepped;
    if (options.generate && !(stepped = stepModel(*model)))
      return 1;
    std::unique_ptr<mlir::MLIRContext> context = makeContext();
    frontend::LoweringOptions lowering;
    lowering.doublePrecision = options.doublePrecision;
    lowering.gradientFunction = options.gradient;
    lowering.stepped = stepped ? &*stepped : nullptr;
    codegen::Compilation compilation(
        frontend::lowerModel(*model, *context, lowering), *target,
        options.dumpDirectory);
    if (options.emit == "mlir")
      return writeIR(compilation);
    if (!followTuning(options.model, *target, compilation.getModule()))
      return 1;
    if (!succeeded(compilation.lower()) || !writeProduct(compilation))
      return 1;
    return !hasHeader() || writeHeader(compilation) ? 0 : 1;
  }

private:
  bool tune() const {
    if (!options.target.empty() || !options.cpu.empty()) {
      reportError("--tune measures on this machine: leave out --target and "
                  "--cpu");
      return false;
    }
    LoadOptions loading{options.threads, options.memoryBytes};
    loading.doublePrecision = options.doublePrecision;
    loading.generateFunction = options.generate;
    return tuneModel(options.model, loading);
  }

  bool hasHeader() const {
    return (options.emit == "obj" || options.emit == "shared") &&
           outputPath() != "-";
  }

  std::string headerPath() const {
    llvm::SmallString<128> path(outputPath());
    llvm::sys::path::replace_extension(path, ".h");
    return path.str().str();
  }

  /// Fails before the model is compiled, not after: a half of what was asked
  /// for is worse than nothing.
  bool checkOutputs(const codegen::Target &target) {
    if (options.emit == "shared" && !checkShared(target))
      return false;
    std::string output = outputPath();
    if (hasHeader() && headerPath() == output) {
      reportError("the header would overwrite '" + output +
                  "': choose an output that doesn't end in .h");
      return false;
    }
    return (output == "-" || isWritable(output)) &&
           (!hasHeader() || isWritable(headerPath()));
  }

  static bool isWritable(const std::string &path) {
    auto writable = runtime::checkWritable(path);
    return writable || reportError(writable.error()) == 0;
  }

  bool checkShared(const codegen::Target &target) {
    llvm::Triple host(llvm::sys::getProcessTriple()), wanted(target.triple);
    if (wanted.getArch() != host.getArch() || wanted.getOS() != host.getOS())
      reportError("--emit=shared links for this machine only, not for " +
                  target.triple + ": emit an object and link that");
    else if (outputPath() == "-")
      reportError("--emit=shared needs a file to write, not '-'");
    else
      return true;
    return false;
  }

  std::string outputPath() const {
    if (!options.output.empty())
      return options.output;
    for (const Product &product : products)
      if (options.emit == product.name)
        return llvm::sys::path::stem(options.model).str() + product.extension;
    return options.output;
  }

  bool write(llvm::StringRef path, llvm::StringRef contents) {
    if (path == "-") {
      llvm::outs() << contents;
      return true;
    }
    auto written = runtime::writeFile(path.str(), contents.str());
    return written || reportError(written.error()) == 0;
  }

  /// The module in the mlc dialect, as the frontend wrote it.
  int writeIR(codegen::Compilation &compilation) {
    std::string text;
    llvm::raw_string_ostream os(text);
    compilation.getModule().print(os);
    return write(outputPath(), text) ? 0 : 1;
  }

  bool writeProduct(codegen::Compilation &compilation) {
    if (options.emit == "llvm") {
      auto module = compilation.makeLlvm();
      if (!module)
        return succeeded(module.takeError());
      std::string text;
      llvm::raw_string_ostream os(text);
      module->print(os, nullptr);
      return write(outputPath(), text);
    }
    auto code = compilation.emit(options.emit == "asm"
                                     ? llvm::CodeGenFileType::AssemblyFile
                                     : llvm::CodeGenFileType::ObjectFile);
    if (!code)
      return succeeded(code.takeError());
    llvm::StringRef bytes(code->data(), code->size());
    return options.emit == "shared" ? writeShared(bytes)
                                    : write(outputPath(), bytes);
  }

  bool writeShared(llvm::StringRef object) {
    llvm::SmallString<128> directory;
    if (std::error_code error =
            llvm::sys::fs::createUniqueDirectory("mlc", directory)) {
      reportError("cannot make a temporary directory: " + error.message());
      return false;
    }
    bool linked = linkAside(object, directory);
    llvm::sys::fs::remove_directories(directory);
    return linked;
  }

  bool linkAside(llvm::StringRef object, llvm::StringRef directory) {
    std::string input = (directory + "/model.o").str();
    std::string library = (directory + "/model.so").str();
    if (!write(input, object) ||
        !succeeded(codegen::linkShared(input, library)))
      return false;
    auto linked = llvm::MemoryBuffer::getFile(library);
    if (linked)
      return write(outputPath(), (*linked)->getBuffer());
    reportError("cannot read '" + library +
                "': " + linked.getError().message());
    return false;
  }

  bool writeHeader(codegen::Compilation &compilation) {
    return write(headerPath(), codegen::makeHeader(compilation.getInterface()));
  }

  const CompileOptions &options;
};

} // namespace

void addCompileCommand(CLI::App &mlc, int &exitStatus) {
  auto options = std::make_shared<CompileOptions>();
  CLI::App *command = mlc.add_subcommand(
      "compile", "Compile a model to an object file and its C header");
  command->add_option("model", options->model, "model file")
      ->required()
      ->type_name("MODEL.json");
  command
      ->add_option("-o,--output", options->output,
                   "file to write; '-': standard output (default: the model's "
                   "name, in this directory)")
      ->type_name("FILE");
  std::vector<std::string> names;
  for (const Product &product : products)
    names.push_back(product.name);
  command->add_option("--emit", options->emit, "what to make")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  command
      ->add_option("--target", options->target,
                   "triple of the machine to compile for (default: this one)")
      ->type_name("TRIPLE");
  command
      ->add_option("--cpu", options->cpu,
                   "processor to compile for, as LLVM names it, or 'native' "
                   "(default: this one; with --target, its baseline)")
      ->type_name("CPU");
  command
      ->add_option("--threads", options->threads,
                   "most threads that a call may use; above 1 the object needs "
                   "the mlc_threads library")
      ->check(positiveInteger())
      ->type_name("N")
      ->capture_default_str();
  addMemoryOption(*command, options->memoryBytes);
  addTuneOption(*command, options->tune);
  command->add_flag("--gradient", options->gradient,
                    "also make a function that returns the gradients");
  command->add_flag("--generate", options->generate,
                    "also make a function that scores what follows one id of a "
                    "sequence, and remembers the ones before");
  command->add_flag("--double", options->doublePrecision,
                    "compute in double precision");
  command
      ->add_option("--dump-ir", options->dumpDirectory,
                   "write the IR after each stage to numbered files in DIR")
      ->type_name("DIR");
  command->footer("\nExamples:\n"
                  "  mlc compile model.json -o model.o\n"
                  "  mlc compile model.json --target aarch64-linux-gnu\n"
                  "  mlc compile model.json --memory 64MiB\n"
                  "  mlc compile model.json --emit=llvm -o - | less");
  command->callback(
      [options, &exitStatus] { exitStatus = CompileCommand(*options).run(); });
}

} // namespace mlc::tools
