//===-- tools/ModelData.cpp - the data that a model file names ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/ModelData.h"
#include "runtime/Checkpoint.h"
#include "runtime/Readers.h"

#include <filesystem>
#include <iostream>

namespace mlc::tools {

using runtime::Dataset;
using runtime::NamedSource;
using runtime::Session;

int reportError(const runtime::Error &error) {
  std::cerr << error.text() << '\n';
  return 1;
}

int reportError(const std::string &message) {
  return reportError(runtime::makeError(message));
}

namespace {

/// A model's path may end in what to take of the file, as an argument may.
runtime::ArraySource locate(const frontend::DataSource &source) {
  runtime::ArraySource located = runtime::parseSource(source.path);
  if (!source.key.empty())
    located.selector = source.key;
  located.columns = source.columns;
  return located;
}

/// A file that doesn't exist is a mistake in the model file; any other failure
/// is about the data file, and the model file explains why it was read.
void reportUnreadable(const frontend::DataSource &source,
                      const std::string &file, const runtime::Error &error) {
  frontend::Diagnostics diagnostics;
  if (!std::filesystem::exists(file)) {
    diagnostics.error(source.location, "no such file: \"" + file + "\"");
    diagnostics.print(std::cerr);
    return;
  }
  reportError(error);
  frontend::Diagnostic note;
  note.severity = frontend::Severity::Note;
  note.location = source.location;
  note.message = "the data is named here";
  std::cerr << note.str();
}

bool readSource(const frontend::DataSource &source, const std::string &name,
                std::vector<NamedSource> &sources) {
  runtime::ArraySource located = locate(source);
  auto array = runtime::readArray(located);
  if (!array) {
    reportUnreadable(source, located.file, array.error());
    return false;
  }
  sources.push_back({name, located.file,
                     std::make_shared<runtime::Array>(std::move(*array))});
  return true;
}

const std::optional<frontend::DataSplit> &splitOf(const frontend::Model &model,
                                                  const std::string &split) {
  if (split == "train")
    return model.trainData;
  return split == "test" ? model.testData : model.validationData;
}

std::vector<std::string> targetNames(const frontend::Model &model) {
  std::vector<std::string> names;
  for (const frontend::Output &output : model.outputs)
    if (output.loss)
      names.push_back(output.name);
  return names;
}

/// Splits "name=file" where the part before "=" is an input of the model.
NamedSource parseInput(const frontend::Model &model, const std::string &text) {
  std::string name = text.substr(0, text.find('='));
  for (const frontend::Input &input : model.inputs)
    if (input.name == name && name.size() < text.size())
      return {name, text.substr(name.size() + 1), nullptr};
  return {model.inputs.size() == 1 ? model.inputs[0].name : "", text, nullptr};
}

} // namespace

std::optional<Dataset> bindData(const LoadedModel &model,
                                const std::vector<NamedSource> &sources,
                                const char *function) {
  const mlc_function *entry = runtime::findFunction(*model.compiled, function);
  if (!entry) {
    reportError("model '" + model.description.name +
                "' has no training: add \"training\" with a loss to its file");
    return std::nullopt;
  }
  auto data = Dataset::bind(*entry, sources);
  if (data)
    return std::move(*data);
  reportError(data.error());
  return std::nullopt;
}

std::optional<Dataset> loadSplit(const LoadedModel &model,
                                 const std::string &split,
                                 const char *function) {
  const frontend::Model &description = model.description;
  const auto &data = splitOf(description, split);
  if (!data) {
    reportError("model '" + description.name + "' names no " + split +
                " data: add \"data\": {\"" + split +
                "\": {\"inputs\": …, \"targets\": …}} to its file");
    return std::nullopt;
  }
  std::vector<NamedSource> sources;
  std::vector<std::string> targets = targetNames(description);
  for (size_t i = 0; i < data->inputs.size(); ++i)
    if (!readSource(data->inputs[i], description.inputs[i].name, sources))
      return std::nullopt;
  for (size_t i = 0; i < data->targets.size(); ++i)
    if (!readSource(data->targets[i], targets[i], sources))
      return std::nullopt;
  for (size_t i = 0; i < data->sampleWeights.size(); ++i)
    if (!data->sampleWeights[i].path.empty() &&
        !readSource(data->sampleWeights[i], targets[i] + "/sample_weight",
                    sources))
      return std::nullopt;
  return bindData(model, sources, function);
}

std::optional<Dataset> loadInputs(const LoadedModel &model,
                                  const std::vector<std::string> &files) {
  std::vector<NamedSource> sources;
  std::vector<std::string> names;
  for (const frontend::Input &input : model.description.inputs)
    names.push_back(input.name);
  for (const std::string &file : files) {
    NamedSource source = parseInput(model.description, file);
    if (source.name.empty()) {
      reportError("for which input is '" + file +
                  "'? Write --input name=" + file +
                  "; the model has the inputs " + frontend::listNames(names));
      return std::nullopt;
    }
    auto array = runtime::readArray(runtime::parseSource(source.file));
    if (!array) {
      reportError(array.error());
      return std::nullopt;
    }
    source.array = std::make_shared<runtime::Array>(std::move(*array));
    sources.push_back(std::move(source));
  }
  return bindData(model, sources, "predict");
}

runtime::OutputKind outputKind(const frontend::Output &output) {
  if (!output.loss || output.targetRange == 0)
    return runtime::OutputKind::Values;
  return output.loss->flag("from_logits") ? runtime::OutputKind::Logits
                                          : runtime::OutputKind::Probabilities;
}

std::optional<Session> openInitialized(const LoadedModel &model,
                                       uint64_t seed) {
  auto session = Session::create(*model.compiled);
  if (!session) {
    reportError(session.error());
    return std::nullopt;
  }
  if (auto done = session->init(seed); !done) {
    reportError(done.error());
    return std::nullopt;
  }
  return std::move(*session);
}

std::optional<Session> openTrained(const LoadedModel &model,
                                   const std::string &weights) {
  auto session = openInitialized(model, 0);
  if (!session)
    return std::nullopt;
  if (auto done = runtime::loadWeights(weights, *session); !done) {
    reportError(done.error());
    return std::nullopt;
  }
  return session;
}

} // namespace mlc::tools
