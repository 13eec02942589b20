//===-- runtime/Callbacks.cpp - logs and checkpoints of a training --------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Callbacks.h"
#include "runtime/ByteStream.h"
#include "runtime/OutputFile.h"

#include <cerrno>
#include <charconv>
#include <chrono>

namespace mlc::runtime {

namespace {

double steadySeconds() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

std::string numberText(double value) {
  char text[64];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

} // namespace

/// The header and the lines of the first `epochs` epochs, of an earlier run.
Expected<std::string> CsvLogger::keptLines(int64_t epochs) const {
  std::ifstream old(path);
  std::string line, kept;
  if (epochs == 0 || !old || !std::getline(old, line))
    return kept;
  if (line.compare(0, 6, "epoch,") != 0)
    return fileError(path, "this file is not a log of a training that could be "
                           "continued: its first line doesn't begin with "
                           "\"epoch,\"");
  kept = line + "\n";
  while (std::getline(old, line)) {
    int64_t epoch = 0;
    std::from_chars(line.data(), line.data() + line.size(), epoch);
    if (epoch >= 1 && epoch <= epochs)
      kept += line + "\n";
  }
  return kept;
}

Status CsvLogger::onTrainBegin(TrainingState &state) {
  auto kept = keptLines(state.position.epoch);
  if (!kept)
    return kept.takeError();
  if (auto written = writeFile(path, *kept); !written)
    return written;
  header = kept->substr(0, kept->find('\n'));
  out.open(path, std::ios::app);
  return out ? Status() : systemError(path, "cannot write", errno);
}

Status CsvLogger::append(const std::string &text) {
  out << text << std::flush;
  return out ? Status() : systemError(path, "cannot write", errno);
}

Status CsvLogger::onEpochEnd(TrainingState &state, const Metrics &logs) {
  std::string names = "epoch", values = std::to_string(state.position.epoch);
  for (const Metric &metric : logs) {
    names += "," + metric.name;
    values += "," + numberText(metric.value);
  }
  if (header.empty())
    values.insert(0, names + "\n");
  else if (header != names)
    return fileError(path, "this log has the columns ", header,
                     ", but this training has ", names,
                     ": choose another file for it");
  header = names;
  return append(values + "\n");
}

Status CheckpointSaver::onTrainBegin(TrainingState &) {
  lastSaved = steadySeconds();
  return checkWritable(path);
}

Status CheckpointSaver::onEpochEnd(TrainingState &state, const Metrics &) {
  if (steadySeconds() - lastSaved < interval)
    return {};
  lastSaved = steadySeconds();
  return saveCheckpoint(path, state.session, state.position);
}

Status CheckpointSaver::onTrainEnd(TrainingState &state) {
  return saveCheckpoint(path, state.session, state.position);
}

} // namespace mlc::runtime
