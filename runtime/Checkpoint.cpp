//===-- runtime/Checkpoint.cpp - a session's state in a file --------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Checkpoint.h"
#include "runtime/Safetensors.h"

#include <charconv>
#include <cstring>

namespace mlc::runtime {

namespace {

constexpr const char *formatName = "mlc";
constexpr const char *metricPrefix = "metrics/";

std::vector<int64_t> shapeOf(const mlc_tensor &tensor) {
  return std::vector<int64_t>(tensor.shape, tensor.shape + tensor.rank);
}

bool startsWith(const std::string &text, const std::string &prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

bool isWeight(const mlc_tensor &tensor) {
  return tensor.role == MLC_PARAMETER || tensor.role == MLC_STATISTIC;
}

/// Caches are of a sequence, not of the training.
bool isSaved(const mlc_tensor &tensor) { return tensor.role != MLC_CACHE; }

Expected<TensorView> viewOf(const mlc_tensor &tensor, const std::byte *block,
                            const std::string &name) {
  auto dtype = fromAbi(tensor.dtype);
  if (!dtype)
    return makeError("tensor '", name,
                     "' has a dtype that this runtime doesn't know");
  return TensorView{name, *dtype, shapeOf(tensor), block + tensor.offset,
                    tensor.bytes};
}

Metadata describe(const Session &session, const TrainingPosition &position) {
  const mlc_model &model = session.model();
  return {{"format", formatName},
          {"model", model.name},
          {"compiler", model.compiler},
          {"seed", std::to_string(position.seed)},
          {"epoch", std::to_string(position.epoch)},
          {"batch", std::to_string(position.batch)},
          {"batch_size", std::to_string(model.batch)},
          {"rows", std::to_string(position.rows)},
          {"shuffle", position.shuffle ? "true" : "false"}};
}

/// Which of the file's tensors go where, or how the two differ.
class Matching {
public:
  Matching(const SafetensorsFile &file, Session &session)
      : file(file), session(session) {}

  /// `wholeState`: optimizer, step and key too, and nothing but these.
  Status match(bool wholeState) {
    const mlc_model &model = session.model();
    for (int32_t i = 0; i < model.state_count; ++i)
      if (wholeState ? isSaved(model.state[i]) : isWeight(model.state[i]))
        matchTensor(model.state[i], model.state[i].name, session.state());
    for (int32_t i = 0; wholeState && i < model.metric_count; ++i) {
      std::string name = metricPrefix + std::string(model.metrics[i].name);
      if (file.find(name))
        matchTensor(model.metrics[i], name, session.metricSums());
    }
    for (const StoredTensor &tensor : file.tensors)
      if (!isKnown(tensor.name, wholeState))
        unexpected.push_back(tensor.name);
    if (!missing.empty() || !unexpected.empty() || !different.empty())
      return mismatch(wholeState);
    return {};
  }

  /// Loads what match has found.
  void copy() const {
    for (const Copy &copy : copies)
      std::memcpy(copy.to, file.data.data() + copy.from->offset,
                  static_cast<size_t>(copy.from->bytes));
  }

private:
  struct Copy {
    const StoredTensor *from;
    std::byte *to;
  };

  void matchTensor(const mlc_tensor &wanted, const std::string &name,
                   std::byte *block) {
    const StoredTensor *found = file.find(name);
    if (!found) {
      missing.push_back(name);
      return;
    }
    auto dtype = fromAbi(wanted.dtype);
    std::string type = dtype ? safetensorsName(*dtype) : "unknown";
    std::string expected = type + shapeText(shapeOf(wanted));
    std::string actual = found->dtypeName + shapeText(found->shape);
    if (expected != actual)
      different.push_back(concat(name, " (the model has ", expected,
                                 ", the file ", actual, ")"));
    else
      copies.push_back({found, block + wanted.offset});
  }

  bool isKnown(const std::string &name, bool wholeState) const {
    const mlc_model &model = session.model();
    for (int32_t i = 0; i < model.state_count; ++i)
      if (name == model.state[i].name)
        return true;
    if (startsWith(name, metricPrefix))
      return true;
    // Left by another optimizer than the model's: of no use for its weights.
    return !wholeState &&
           (startsWith(name, "optimizer/") || name == "step" || name == "key");
  }

  Error mismatch(bool wholeState) const {
    std::string text =
        concat(wholeState ? "this is not the state" : "these are not weights",
               " of model '", session.model().name, "'");
    auto model = file.metadata.find("model");
    if (model != file.metadata.end() && model->second != session.model().name)
      text += ", but of '" + model->second + "'";
    if (!missing.empty())
      text += "; missing: " + listed(missing);
    if (!unexpected.empty())
      text += "; unexpected: " + listed(unexpected);
    if (!different.empty())
      text += "; different: " + listed(different);
    if (wholeState && onlyOptimizerDiffers())
      text += "; to start from these weights alone, use --initial-weights";
    return fileError(file.path, text);
  }

  bool onlyOptimizerDiffers() const {
    const mlc_model &model = session.model();
    for (int32_t i = 0; i < model.state_count; ++i)
      for (const std::string &name : missing)
        if (isWeight(model.state[i]) && name == model.state[i].name)
          return false;
    return different.empty();
  }

  const SafetensorsFile &file;
  Session &session;
  std::vector<Copy> copies;
  std::vector<std::string> missing, unexpected, different;
};

template <typename T>
bool readNumber(const Metadata &metadata, const char *key, T &value) {
  auto found = metadata.find(key);
  if (found == metadata.end())
    return false;
  const std::string &text = found->second;
  auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size() && value >= 0;
}

Expected<TrainingPosition> readPosition(const SafetensorsFile &file,
                                        const mlc_model &model) {
  TrainingPosition position;
  int64_t batchSize = 0;
  bool complete = readNumber(file.metadata, "epoch", position.epoch) &&
                  readNumber(file.metadata, "batch", position.batch) &&
                  readNumber(file.metadata, "seed", position.seed) &&
                  readNumber(file.metadata, "rows", position.rows) &&
                  readNumber(file.metadata, "batch_size", batchSize);
  if (!complete)
    return fileError(file.path, "cannot resume from this file: its metadata "
                                "doesn't say how far training had come; to "
                                "start from its weights, use "
                                "--initial-weights");
  if (batchSize != model.batch)
    return fileError(file.path, "cannot resume: this training used batches of ",
                     batchSize, " rows, the model now has ", model.batch);
  auto shuffle = file.metadata.find("shuffle");
  position.shuffle =
      shuffle == file.metadata.end() || shuffle->second != "false";
  return position;
}

} // namespace

Status saveCheckpoint(const std::string &path, const Session &session,
                      const TrainingPosition &position) {
  const mlc_model &model = session.model();
  std::vector<TensorView> tensors;
  auto add = [&](const mlc_tensor &tensor, const std::byte *block,
                 const std::string &name) -> Status {
    auto view = viewOf(tensor, block, name);
    if (!view)
      return view.takeError();
    tensors.push_back(std::move(*view));
    return {};
  };
  for (int32_t i = 0; i < model.state_count; ++i)
    if (isSaved(model.state[i])) {
      auto done = add(model.state[i], session.state(), model.state[i].name);
      if (!done)
        return done;
    }
  for (int32_t i = 0; position.batch > 0 && i < model.metric_count; ++i)
    if (auto done = add(model.metrics[i], session.metricSums(),
                        metricPrefix + std::string(model.metrics[i].name));
        !done)
      return done;
  return writeSafetensors(path, std::move(tensors),
                          describe(session, position));
}

Expected<TrainingPosition> resumeCheckpoint(const std::string &path,
                                            Session &session) {
  auto file = readSafetensors(path);
  if (!file)
    return file.takeError();
  Matching matching(*file, session);
  if (auto matched = matching.match(true); !matched)
    return matched.takeError();
  auto position = readPosition(*file, session.model());
  if (position)
    matching.copy();
  return position;
}

Status loadWeights(const std::string &path, Session &session) {
  auto file = readSafetensors(path);
  if (!file)
    return file.takeError();
  Matching matching(*file, session);
  auto matched = matching.match(false);
  if (matched)
    matching.copy();
  return matched;
}

} // namespace mlc::runtime
