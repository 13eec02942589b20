//===-- tools/TuningFile.cpp - choices kept beside a model ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/TuningFile.h"
#include "frontend/JsonTree.h"
#include "runtime/OutputFile.h"
#include "tools/ModelData.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace mlc::tools {

using frontend::Diagnostics;
using frontend::JsonMember;
using frontend::JsonNode;

namespace {

class TuningReader {
public:
  TuningReader(const codegen::Target &target, mlir::MLIRContext &context)
      : target(target), context(context) {}

  /// The choices; none if they are for another machine.
  codegen::Tuning read(const JsonNode &root) {
    codegen::Tuning tuning;
    if (!expectKeys(root, {"target", "cpu", "contractions"}) ||
        !expectKind(*root.find("target"), JsonNode::Kind::Text, "a string") ||
        !expectKind(*root.find("cpu"), JsonNode::Kind::Text, "a string") ||
        !isForTarget(root))
      return tuning;
    const JsonNode &contractions = *root.find("contractions");
    if (expectKind(contractions, JsonNode::Kind::Object, "an object"))
      for (const JsonMember &each : contractions.members)
        readChoice(each, tuning[each.key]);
    return tuning;
  }

  Diagnostics diagnostics;

private:
  bool isForTarget(const JsonNode &root) {
    const std::string &triple = root.find("target")->text,
                      &cpu = root.find("cpu")->text;
    if (triple == target.triple && cpu == target.cpu)
      return true;
    std::cerr << "mlc: note: " << root.location.file->name << " is for " << cpu
              << " (" << triple << "), not for " << target.cpu << " ("
              << target.triple << "), and ignored\n";
    return false;
  }

  void readChoice(const JsonMember &entry, codegen::TunedChoice &tuned) {
    tuned.location =
        mlir::FileLineColLoc::get(&context, entry.location.file->name,
                                  entry.location.line, entry.location.column);
    if (!expectKeys(entry.value,
                    {"rows", "vectors", "packed", "block", "chunk"}))
      return;
    codegen::ContractionChoice &choice = tuned.choice;
    visitNumbers(choice, [&](const char *name, int64_t &value) {
      const JsonNode &node = *entry.value.find(name);
      if (expectKind(node, JsonNode::Kind::Integer, "an integer"))
        value = node.integer;
    });
    const JsonNode &packed = *entry.value.find("packed");
    if (expectKind(packed, JsonNode::Kind::Flag, "true or false"))
      choice.packed = packed.flag;
  }

  bool expectKind(const JsonNode &node, JsonNode::Kind kind,
                  const std::string &expected) {
    if (node.is(kind))
      return true;
    diagnostics.error(node.location, "expected " + expected + ", found " +
                                         frontend::describe(node));
    return false;
  }

  /// Is it an object of just these?
  bool expectKeys(const JsonNode &node, const std::vector<std::string> &keys) {
    if (!expectKind(node, JsonNode::Kind::Object, "an object"))
      return false;
    bool isGood = true;
    for (const JsonMember &member : node.members)
      if (!llvm::is_contained(keys, member.key)) {
        diagnostics.error(member.location,
                          "unknown key \"" + member.key + "\"" +
                              frontend::didYouMean(member.key, keys));
        isGood = false;
      }
    for (const std::string &key : keys)
      if (!node.find(key)) {
        diagnostics.error(node.location, "\"" + key + "\" is missing");
        isGood = false;
      }
    return isGood;
  }

  const codegen::Target &target;
  mlir::MLIRContext &context;
};

} // namespace

std::string tuningPath(const std::string &model) {
  llvm::SmallString<128> path(model);
  llvm::sys::path::replace_extension(path, ".tune.json");
  return path.str().str();
}

bool followTuning(const std::string &model, const codegen::Target &target,
                  mlir::ModuleOp module) {
  std::string path = tuningPath(model);
  if (!llvm::sys::fs::exists(path))
    return true;
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    reportError("cannot read '" + path + "': " + buffer.getError().message());
    return false;
  }
  auto file = std::make_shared<frontend::SourceFile>(
      frontend::SourceFile{path, (*buffer)->getBuffer().str()});
  TuningReader reader(target, *module.getContext());
  codegen::Tuning tuning;
  if (auto root = frontend::parseJson(file, reader.diagnostics))
    tuning = reader.read(*root);
  reader.diagnostics.print(std::cerr);
  if (!tuning.empty())
    codegen::setTuning(module, tuning);
  return !reader.diagnostics.hasErrors();
}

bool writeTuning(const std::string &model, const codegen::Target &target,
                 const codegen::Tuning &tuning) {
  nlohmann::ordered_json contractions = nlohmann::ordered_json::object();
  for (const auto &[contraction, tuned] : tuning) {
    const codegen::ContractionChoice &choice = tuned.choice;
    contractions[contraction] = {{"rows", choice.rows},
                                 {"vectors", choice.vectors},
                                 {"packed", choice.packed},
                                 {"block", choice.block},
                                 {"chunk", choice.chunk}};
  }
  nlohmann::ordered_json root = {{"target", target.triple},
                                 {"cpu", target.cpu},
                                 {"contractions", std::move(contractions)}};
  auto written =
      runtime::writeFile(tuningPath(model), root.dump(/*indent=*/2) + "\n");
  return written || reportError(written.error()) == 0;
}

} // namespace mlc::tools
