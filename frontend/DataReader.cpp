//===-- DataReader.cpp - where a model's data is, from JSON ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/ComponentReader.h"
#include "frontend/ModelReader.h"

#include <algorithm>

using namespace mlc::frontend;
using Kind = JsonNode::Kind;

namespace {

/// Relative paths start where the model's file is.
std::string resolve(const JsonNode &path) {
  const std::string &file = path.location.file->name;
  size_t slash = file.rfind('/');
  if (path.text.front() == '/' || slash == std::string::npos)
    return path.text;
  return file.substr(0, slash + 1) + path.text;
}

class SplitReader {
public:
  SplitReader(const JsonNode &node, bool outputsAreKnown, Model &model,
              Diagnostics &diagnostics)
      : node(node), outputsAreKnown(outputsAreKnown), model(model),
        diagnostics(diagnostics) {}
  DataSplit read();

private:
  std::vector<DataSource> readSources(const JsonNode &sources,
                                      const std::string &what,
                                      const std::vector<std::string> &names,
                                      bool needsAll = true);
  void readSampleWeights(const std::vector<std::string> &names,
                         DataSplit &split);
  DataSource readSource(const JsonNode &source);
  void readKey(const JsonNode &key, DataSource &source);
  void readColumns(const JsonNode &columns, DataSource &source);

  const JsonNode &node;
  bool outputsAreKnown;
  Model &model;
  Diagnostics &diagnostics;
};

bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         text.substr(text.size() - end.size()) == end;
}

/// May it have named columns?
bool isTable(std::string_view path) {
  if (endsWith(path, ".gz"))
    path.remove_suffix(3);
  return endsWith(path, ".csv") || endsWith(path, ".tsv");
}

void SplitReader::readKey(const JsonNode &key, DataSource &source) {
  if (!key.is(Kind::Text) || key.text.empty())
    expected(key, "\"key\"", "the name of an array", diagnostics);
  else if (!source.path.empty() && !endsWith(source.path, ".npz"))
    diagnostics.error(key.location, "\"key\" is for npz files, and \"" +
                                        source.path + "\" is none");
  else
    source.key = key.text;
}

void SplitReader::readColumns(const JsonNode &columns, DataSource &source) {
  bool good = columns.is(Kind::List) && !columns.items.empty();
  for (const JsonNode &column : columns.items) {
    good &= column.is(Kind::Text);
    source.columns.push_back(column.text);
  }
  if (!good)
    expected(columns, "\"columns\"", "a list of names", diagnostics);
  else if (!source.path.empty() && !isTable(source.path))
    diagnostics.error(columns.location, "\"columns\" is for CSV files, and \"" +
                                            source.path + "\" is none");
}

DataSource SplitReader::readSource(const JsonNode &node) {
  DataSource source;
  const JsonNode *file = &node;
  if (!node.is(Kind::Text)) {
    if (!checkFrame(node, Frame::Source, diagnostics))
      return source;
    file = node.find("file");
  }
  source.location = file->location;
  if (!file->is(Kind::Text) || file->text.empty()) {
    expected(*file, "a file of data", "a path", diagnostics);
    return source;
  }
  source.path = resolve(*file);
  if (const JsonNode *key = node.find("key"))
    readKey(*key, source);
  if (const JsonNode *columns = node.find("columns"))
    readColumns(*columns, source);
  return source;
}

/// One source where there is one name, or an object with one for each name.
std::vector<DataSource>
SplitReader::readSources(const JsonNode &sources, const std::string &what,
                         const std::vector<std::string> &names, bool needsAll) {
  std::vector<DataSource> result(names.size());
  bool isOne = sources.is(Kind::Text) || sources.find("file");
  if (isOne && names.size() == 1)
    return {readSource(sources)};
  if (isOne || !sources.is(Kind::Object)) {
    expected(sources, what,
             names.size() == 1
                 ? "a file"
                 : "an object with a file for each of " + listNames(names),
             diagnostics);
    return result;
  }
  for (const JsonMember &member : sources.members) {
    auto name = std::find(names.begin(), names.end(), member.key);
    if (name == names.end())
      diagnostics.error(member.location, what + " has no \"" + member.key +
                                             "\"; expected " +
                                             listNames(names, "or"));
    else
      result[name - names.begin()] = readSource(member.value);
  }
  for (const std::string &name : names)
    if (needsAll && !sources.find(name))
      diagnostics.error(sources.location, what + " needs \"" + name + "\"");
  return result;
}

/// Of some outputs or all; of the others, all weights are 1.
void SplitReader::readSampleWeights(const std::vector<std::string> &names,
                                    DataSplit &split) {
  const JsonNode *given = node.find("sample_weights");
  if (!given)
    return;
  split.sampleWeights =
      readSources(*given, "\"sample_weights\"", names, /*needsAll=*/false);
  size_t index = 0;
  for (Output &output : model.outputs)
    if (output.loss && !split.sampleWeights[index++].path.empty())
      expectSampleWeights(output, given->location, diagnostics);
}

DataSplit SplitReader::read() {
  DataSplit split;
  split.location = node.location;
  checkFrame(node, Frame::Split, diagnostics);
  std::vector<std::string> inputs, targets;
  for (const Input &input : model.inputs)
    inputs.push_back(input.name);
  for (const Output &output : model.outputs)
    if (output.loss)
      targets.push_back(output.name);
  const JsonNode *given = node.find("inputs");
  if (given && !inputs.empty())
    split.inputs = readSources(*given, "\"inputs\"", inputs);
  given = node.find("targets");
  if (!given || !outputsAreKnown)
    return split;
  if (!targets.empty()) {
    split.targets = readSources(*given, "\"targets\"", targets);
    readSampleWeights(targets, split);
  } else if (!model.training)
    diagnostics.error(given->location,
                      "\"targets\" for a model without \"training\"");
  return split;
}

} // namespace

void mlc::frontend::readData(const JsonNode &node, bool outputsAreKnown,
                             Model &model, Diagnostics &diagnostics) {
  checkFrame(node, Frame::Data, diagnostics);
  auto read = [&](const char *key, std::optional<DataSplit> &split) {
    const JsonNode *given = node.find(key);
    if (!given)
      return;
    split = SplitReader(*given, outputsAreKnown, model, diagnostics).read();
    if (model.training && given->is(Kind::Object) && !given->find("targets"))
      diagnostics.error(given->location,
                        std::string("\"") + key + "\" needs \"targets\"");
  };
  read("train", model.trainData);
  read("validation", model.validationData);
  // Tests may have nothing to compare with: predictions only.
  const JsonNode *test = node.find("test");
  if (test)
    model.testData =
        SplitReader(*test, outputsAreKnown, model, diagnostics).read();
  const JsonNode *vocabulary = node.find("vocabulary");
  if (!vocabulary)
    return;
  if (!vocabulary->is(Kind::Text) || vocabulary->text.empty())
    expected(*vocabulary, "\"vocabulary\"", "a path", diagnostics);
  else
    model.vocabulary =
        DataSource{resolve(*vocabulary), "", {}, vocabulary->location};
}
