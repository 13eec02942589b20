//===-- tools/Predict.cpp - mlc predict -----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlc/threads.h"
#include "runtime/OutputFile.h"
#include "runtime/Predictions.h"
#include "runtime/Writers.h"
#include "tools/Commands.h"
#include "tools/ModelData.h"
#include "tools/Options.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

namespace mlc::tools {

namespace {

struct PredictOptions {
  std::string model, weights, output;
  std::vector<std::string> inputs;
  int64_t threads = 0;
};

std::vector<runtime::OutputKind> outputKinds(const frontend::Model &model) {
  std::vector<runtime::OutputKind> kinds;
  for (const frontend::Output &output : model.outputs)
    kinds.push_back(outputKind(output));
  return kinds;
}

/// Fails before the model runs, not after.
runtime::Status checkOutput(const std::string &path) {
  if (path.empty())
    return {};
  if (auto known = runtime::checkArrayFormat(path); !known)
    return known;
  return runtime::checkWritable(path);
}

int run(const PredictOptions &options) {
  if (auto valid = checkOutput(options.output); !valid)
    return reportError(valid.error());
  mlc_set_num_threads(options.threads);
  LoadOptions loading{options.threads};
  loading.training = false;
  auto model = loadModel(options.model, loading);
  if (!model)
    return 1;
  auto data = loadInputs(*model, options.inputs);
  if (!data)
    return 1;
  auto session = openTrained(*model, options.weights);
  if (!session)
    return 1;
  auto outputs = session->predict(*data);
  if (!outputs)
    return reportError(outputs.error());
  if (options.output.empty()) {
    printPredictions(std::cout, *outputs, outputKinds(model->description));
    return 0;
  }
  auto written = runtime::writeArrays(options.output, *outputs);
  return written ? 0 : reportError(written.error());
}

} // namespace

void addPredictCommand(CLI::App &mlc, int &exitStatus) {
  auto options = std::make_shared<PredictOptions>();
  CLI::App *command =
      mlc.add_subcommand("predict", "Apply a trained model to new data");
  command->add_option("model", options->model, "The model file")
      ->required()
      ->type_name("MODEL.json");
  command->add_option("--weights", options->weights, "The trained weights")
      ->required()
      ->type_name("FILE.safetensors");
  command
      ->add_option("--input", options->inputs,
                   "Data (IDX, npy, npz, CSV or a sound) for an input; without "
                   "a name for the only one. \"file.npz:array\" picks an "
                   "array, \"file.csv:column,first..last,!column\" columns, "
                   "\"file.wav:0\" a channel")
      ->required()
      ->type_name("[NAME=]FILE");
  command
      ->add_option("-o,--output", options->output,
                   "Write to a .npy, .npz or .csv file instead of printing")
      ->type_name("FILE");
  command->add_option("--threads", options->threads, "Use at most that many")
      ->check(positiveInteger());
  command->footer("Examples:\n"
                  "  mlc predict model.json --weights weights.safetensors "
                  "--input images.npy\n"
                  "  mlc predict model.json --weights weights.safetensors "
                  "--input user=users.npz:id --input item=items.csv:id "
                  "-o scores.npz");
  command->callback([options, &exitStatus] { exitStatus = run(*options); });
}

} // namespace mlc::tools
