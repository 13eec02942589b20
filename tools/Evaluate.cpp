//===-- tools/Evaluate.cpp - mlc evaluate ---------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlc/threads.h"
#include "runtime/Progress.h"
#include "tools/Commands.h"
#include "tools/ModelData.h"
#include "tools/Options.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

namespace mlc::tools {

namespace {

struct EvaluateOptions {
  std::string model, weights, split = "test";
  int64_t threads = 0;
};

int run(const EvaluateOptions &options) {
  mlc_set_num_threads(options.threads);
  auto model = loadModel(options.model, {options.threads});
  if (!model)
    return 1;
  auto data = loadSplit(*model, options.split, "evaluate_step");
  if (!data)
    return 1;
  auto session = openTrained(*model, options.weights);
  if (!session)
    return 1;
  auto metrics = session->evaluate(*data);
  if (!metrics)
    return reportError(metrics.error());
  std::cout << options.split << ", " << data->rows()
            << " rows: " << runtime::metricsText(*metrics) << '\n';
  return 0;
}

} // namespace

void addEvaluateCommand(CLI::App &mlc, int &exitStatus) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App *command = mlc.add_subcommand(
      "evaluate", "Print loss and metrics of a trained model");
  command->add_option("model", options->model, "The model file")
      ->required()
      ->type_name("MODEL.json");
  command->add_option("--weights", options->weights, "The trained weights")
      ->required()
      ->type_name("FILE.safetensors");
  command
      ->add_option("--split", options->split,
                   "Which of the model file's data: test, train or validation")
      ->check(CLI::IsMember({"test", "train", "validation"}))
      ->type_name("NAME")
      ->capture_default_str();
  command->add_option("--threads", options->threads, "Use at most that many")
      ->check(positiveInteger());
  command->footer(
      "Example:\n"
      "  mlc evaluate model.json --weights weights.safetensors --split train");
  command->callback([options, &exitStatus] { exitStatus = run(*options); });
}

} // namespace mlc::tools
