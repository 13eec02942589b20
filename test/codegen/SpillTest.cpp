//===-- SpillTest.cpp - register tiles stay in registers ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Diagnostics.h"
#include "frontend/Lowering.h"
#include "frontend/Model.h"

#include "codegen/Compiler.h"
#include "ir/MlcDialect.h"

#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

#include <map>

using namespace mlc;
using llvm::StringRef;

namespace {

std::string compile(StringRef path, StringRef triple, StringRef cpu) {
  frontend::Diagnostics diagnostics;
  auto model = frontend::readModelFile(path.str(), diagnostics);
  if (!model)
    llvm::report_fatal_error("the benchmark's model can't be read");
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  codegen::Compilation compilation(
      frontend::lowerModel(*model, context, {}),
      llvm::cantFail(codegen::makeTarget(triple, cpu, 1)));
  llvm::cantFail(compilation.lower());
  auto text =
      llvm::cantFail(compilation.emit(llvm::CodeGenFileType::AssemblyFile));
  return std::string(text.data(), text.size());
}

/// The lines of each function, by name.
std::map<std::string, std::vector<StringRef>> splitFunctions(StringRef text) {
  std::map<std::string, std::vector<StringRef>> functions;
  std::vector<StringRef> *current = nullptr;
  for (StringRef line : llvm::split(text, '\n')) {
    StringRef code = line.split('#').first.rtrim();
    if (code.ends_with(":") && !code.starts_with("."))
      current = &functions[code.drop_back().trim('"').str()];
    else if (current && !code.empty())
      current->push_back(code);
  }
  return functions;
}

/// The innermost loops: from a label to the jump back to it, with no other such
/// jump between.
std::vector<llvm::ArrayRef<StringRef>>
findInnermostLoops(llvm::ArrayRef<StringRef> lines) {
  std::vector<llvm::ArrayRef<StringRef>> loops;
  std::map<StringRef, size_t> labels;
  size_t lastStart = 0;
  bool any = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    StringRef line = lines[i].trim();
    if (line.ends_with(":")) {
      labels[line.drop_back()] = i;
      continue;
    }
    if (!line.starts_with("j"))
      continue;
    auto label = labels.find(line.rsplit('\t').second.trim());
    if (label == labels.end())
      continue;
    if (!any || label->second > lastStart)
      loops.push_back(lines.slice(label->second, i - label->second + 1));
    lastStart = std::max(lastStart, label->second);
    any = true;
  }
  return loops;
}

/// Fails for each innermost loop of a kernel of `op` that keeps a part of its
/// tile on the stack; returns how many multiply-adds such loops have.
int checkLoops(StringRef model, StringRef op) {
  std::string text = compile((MLC_SOURCE_DIR + ("/" + model)).str(),
                             "x86_64-unknown-linux-gnu", "skylake-avx512");
  int multiplyAdds = 0;
  for (auto &[name, lines] : splitFunctions(text)) {
    if (!StringRef(name).contains(op))
      continue;
    for (llvm::ArrayRef<StringRef> loop : findInnermostLoops(lines))
      for (StringRef line : loop) {
        multiplyAdds += line.contains("vfmadd") && line.contains("%zmm");
        EXPECT_FALSE(line.contains("%zmm") && line.contains("(%rsp"))
            << name << ": " << line.str();
      }
  }
  return multiplyAdds;
}

// That there are so many shows that the test has seen what it looks for.

TEST(Spill, InnermostLoopsOfProductsDontTouchTheStack) {
  EXPECT_GE(checkLoops("bench/models/mlp.json", "dot_general"), 16);
}

TEST(Spill, InnermostLoopsOfConvolutionsDontTouchTheStack) {
  EXPECT_GE(checkLoops("examples/digits-cnn/model.json", "convolution"), 64);
}

} // namespace
