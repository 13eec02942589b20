//===-- ModelReader.cpp - a model from JSON -------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The format is described by model.schema.json beside this file. Reading goes
// on after an error wherever what follows still makes sense, so that one run
// shows all that is wrong.
//
//===----------------------------------------------------------------------===//
#include "frontend/ModelReader.h"
#include "frontend/ComponentReader.h"
#include "frontend/LayerReader.h"
#include "frontend/Names.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>

using namespace mlc::frontend;
using Kind = JsonNode::Kind;

namespace {

/// "models/my-net.json" -> "my_net".
std::string nameFromFile(std::string_view path) {
  std::string_view stem = path.substr(path.rfind('/') + 1);
  stem = stem.substr(0, stem.find('.'));
  std::string name(stem);
  for (char &c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)))
      c = '_';
  return isIdentifier(name) ? name : "model" + name;
}

} // namespace

std::optional<std::string>
mlc::frontend::readName(const JsonNode &node, const std::string &what,
                        std::string_view moreCharacters,
                        Diagnostics &diagnostics) {
  if (!node.is(Kind::Text)) {
    expected(node, "the name of " + what, "a string", diagnostics);
    return std::nullopt;
  }
  if (isIdentifier(node.text, moreCharacters))
    return node.text;
  std::string more;
  for (char c : moreCharacters)
    more += std::string(", '") + c + "'";
  expected(node, "the name of " + what,
           "letters, digits, '_'" + more + ", and begin with a letter or '_'",
           diagnostics);
  return node.text; // others may refer to it
}

namespace {

class ModelReader {
public:
  ModelReader(const JsonNode &root, Diagnostics &diagnostics)
      : root(root), diagnostics(diagnostics) {}
  std::optional<Model> read();

private:
  void readInputs(const JsonNode &node);
  void readInput(const JsonNode &node);
  bool readShape(const JsonNode &node, const std::string &input, Shape &shape);
  std::vector<std::string> inputNames() const;
  void readOutputs();
  void readBatchSize();

  const JsonNode &root;
  Diagnostics &diagnostics;
  Model model;
  Draft draft;
  std::string lastEntry; ///< of the layers
  std::vector<Reference> outputs;
  bool inputsAreKnown = true;
};

bool ModelReader::readShape(const JsonNode &node, const std::string &input,
                            Shape &shape) {
  OptionRule rule{"shape", OptionKind::Integers, "", "", {}};
  std::optional<OptionValue> value =
      readValue(node, rule, "input \"" + input + "\"", diagnostics);
  if (!value)
    return false;
  shape = std::get<std::vector<int64_t>>(value->data);
  for (size_t i = 0; i < shape.size(); ++i)
    if (!kCount.contains(double(shape[i]))) {
      expected(node.items[i], "sizes of input \"" + input + "\"",
               kCount.expectation(double(shape[i])), diagnostics);
      return false;
    }
  if (elementCount(shape) <= kCount.high)
    return true;
  diagnostics.error(node.location, "input \"" + input +
                                       "\" is too large: more than 2^31 "
                                       "elements in a row");
  return false;
}

void ModelReader::readInput(const JsonNode &node) {
  Input input;
  input.location = node.location;
  if (!checkFrame(node, Frame::Input, diagnostics) && !node.find("name"))
    return;
  std::optional<std::string> name =
      readName(*node.find("name"), "an input", kMoreInNames, diagnostics);
  if (!name)
    return;
  input.name = *name;
  const JsonNode *shape = node.find("shape");
  inputsAreKnown &= shape && readShape(*shape, input.name, input.type.shape);
  if (const JsonNode *dtype = node.find("dtype")) {
    if (dtype->is(Kind::Text) && dtype->text == "int32")
      input.type.dtype = DType::I32;
    else if (!dtype->is(Kind::Text) || dtype->text != "float32")
      expected(*dtype, "\"dtype\" of input \"" + input.name + "\"",
               "\"float32\" or \"int32\"", diagnostics);
  }
  model.inputs.push_back(std::move(input));
}

void ModelReader::readInputs(const JsonNode &node) {
  if (!node.is(Kind::List) || node.items.empty())
    return expected(node, "\"inputs\"", "a list of at least one input",
                    diagnostics);
  for (const JsonNode &item : node.items)
    readInput(item);
}

std::vector<std::string> ModelReader::inputNames() const {
  std::vector<std::string> names;
  for (const Input &input : model.inputs)
    names.push_back(input.name);
  return names;
}

void ModelReader::readOutputs() {
  const JsonNode *node = root.find("outputs");
  if (!node && !draft.layers.empty())
    outputs = {{lastEntry, draft.layers.back().layer.location}};
  if (!node)
    return;
  for (Reference &reference :
       readReferences(*node, "\"outputs\"", diagnostics)) {
    auto same = std::find_if(
        outputs.begin(), outputs.end(),
        [&](const Reference &other) { return other.name == reference.name; });
    if (same == outputs.end())
      outputs.push_back(std::move(reference));
    else
      diagnostics.error(reference.location,
                        "output \"" + reference.name + "\" is listed twice");
  }
}

/// Stands at the top, or in "training" as Keras's fit has it.
void ModelReader::readBatchSize() {
  const JsonNode *training = root.find("training");
  const JsonNode *inTraining =
      training ? training->find("batch_size") : nullptr;
  const JsonNode *node = root.find("batch_size");
  if (node && inTraining)
    diagnostics.error(inTraining->location, "\"batch_size\" is given twice")
        .note(node->location, "given here too");
  if (!node)
    node = inTraining;
  if (!node)
    return;
  OptionRule rule{"batch_size", OptionKind::Integer, "", "", kCount};
  if (std::optional<OptionValue> value =
          readValue(*node, rule, "the model", diagnostics))
    model.batchSize = std::get<int64_t>(value->data);
}

std::optional<Model> ModelReader::read() {
  if (!root.is(Kind::Object)) {
    expected(root, "a model", "an object", diagnostics);
    return std::nullopt;
  }
  checkFrame(root, Frame::Model, diagnostics);
  model.location = root.location;
  model.name = nameFromFile(root.location.file->name);
  if (const JsonNode *name = root.find("name"))
    model.name =
        readName(*name, "a model", "", diagnostics).value_or(model.name);
  readBatchSize();
  model.policy = readPolicy(root, "dtype_policy", "the model", Policy::Float32,
                            diagnostics);
  if (const JsonNode *inputs = root.find("inputs"))
    readInputs(*inputs);
  if (const JsonNode *layers = root.find("layers"))
    draft =
        readLayers(*layers, inputNames(), model.policy, lastEntry, diagnostics);
  readOutputs();
  unsigned before = diagnostics.errorCount();
  // Half a graph would only give errors that follow from those before.
  if (!model.inputs.empty() && !draft.layers.empty())
    connectLayers(std::move(draft), outputs, inputsAreKnown, model,
                  diagnostics);
  bool isConnected = diagnostics.errorCount() == before;
  if (const JsonNode *training = root.find("training"))
    readTraining(*training, isConnected, model, diagnostics);
  if (const JsonNode *data = root.find("data"))
    readData(*data, isConnected, model, diagnostics);
  if (diagnostics.hasErrors())
    return std::nullopt;
  return std::move(model);
}

} // namespace

std::optional<Model> mlc::frontend::readModel(std::string text,
                                              const std::string &name,
                                              Diagnostics &diagnostics) {
  auto file = std::make_shared<SourceFile>(SourceFile{name, std::move(text)});
  std::optional<JsonNode> root = parseJson(file, diagnostics);
  if (!root)
    return std::nullopt;
  return ModelReader(*root, diagnostics).read();
}

int mlc::frontend::readText(const std::string &path, std::string &text) {
  std::FILE *file = std::fopen(path.c_str(), "rb");
  if (!file)
    return errno;
  char buffer[1 << 16];
  while (size_t count = std::fread(buffer, 1, sizeof buffer, file))
    text.append(buffer, count);
  int error = std::ferror(file) ? errno : 0;
  std::fclose(file);
  return error;
}

std::optional<Model> mlc::frontend::readModelFile(const std::string &path,
                                                  Diagnostics &diagnostics) {
  std::string text;
  if (int error = readText(path, text)) {
    diagnostics.error(fileLocation(path),
                      std::string("cannot read the model: ") +
                          std::strerror(error));
    return std::nullopt;
  }
  return readModel(std::move(text), path, diagnostics);
}
