//===-- tools/Train.cpp - mlc train ---------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlc/threads.h"
#include "runtime/Callbacks.h"
#include "runtime/Checkpoint.h"
#include "runtime/Fit.h"
#include "runtime/Progress.h"
#include "tools/Commands.h"
#include "tools/ModelData.h"
#include "tools/Options.h"
#include "tools/Tuner.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <memory>
#include <unistd.h>

namespace mlc::tools {

using namespace mlc::runtime;

namespace {

struct TrainOptions {
  std::string model, save, resume, initialWeights, log;
  std::optional<int64_t> epochs;
  std::optional<uint64_t> seed;
  int64_t steps = 0, threads = 0, memoryBytes = 0;
  bool noShuffle = false, quiet = false, tune = false;
};

volatile std::sig_atomic_t interrupted = 0;

/// Ends training after the current step at the first Ctrl-C, so that what has
/// been learned is saved. A second one ends the process.
class InterruptGuard : public Callback {
public:
  InterruptGuard() {
    struct sigaction action = {};
    action.sa_handler = [](int) { interrupted = 1; };
    action.sa_flags = SA_RESETHAND;
    sigaction(SIGINT, &action, &previous);
  }
  ~InterruptGuard() override { sigaction(SIGINT, &previous, nullptr); }
  InterruptGuard(const InterruptGuard &) = delete;
  InterruptGuard &operator=(const InterruptGuard &) = delete;

  Status onBatchEnd(TrainingState &state) override {
    state.stop |= interrupted != 0;
    return {};
  }

private:
  struct sigaction previous = {};
};

int64_t parameterCount(const mlc_model &model) {
  int64_t count = 0;
  for (int32_t i = 0; i < model.state_count; ++i)
    if (model.state[i].role == MLC_PARAMETER)
      count += model.state[i].bytes /
               sizeOf(fromAbi(model.state[i].dtype).value_or(DType::F32));
  return count;
}

/// What a resumed training takes from its file may not be asked for otherwise.
Status checkResumed(const TrainOptions &options,
                    const TrainingPosition &position, int64_t rows) {
  if (options.seed && *options.seed != position.seed)
    return fileError(options.resume, "this training has the seed ",
                     position.seed, ": resume it without --seed ",
                     *options.seed);
  if (options.noShuffle && position.shuffle)
    return fileError(options.resume, "this training shuffles its rows: resume "
                                     "it without --no-shuffle");
  if (position.batch > 0 && position.rows != rows)
    return fileError(options.resume,
                     "this training stopped inside an epoch of ", position.rows,
                     " rows, but the data now has ", rows);
  return {};
}

/// Fills the session's state and says where training begins.
Expected<TrainingPosition> prepare(Session &session,
                                   const TrainOptions &options,
                                   const LoadedModel &model, int64_t rows) {
  TrainingPosition start;
  start.seed = options.seed.value_or(model.description.training->seed);
  start.shuffle = !options.noShuffle;
  if (auto done = session.init(start.seed); !done)
    return done.takeError();
  if (!options.initialWeights.empty())
    if (auto done = loadWeights(options.initialWeights, session); !done)
      return done.takeError();
  if (options.resume.empty())
    return start;
  auto position = resumeCheckpoint(options.resume, session);
  if (!position)
    return position;
  if (auto done = checkResumed(options, *position, rows); !done)
    return done.takeError();
  return position;
}

/// The callbacks that the options ask for.
class Callbacks {
public:
  explicit Callbacks(const TrainOptions &options)
      : bar(std::cout, detectTerminal(STDOUT_FILENO)), log(options.log),
        saver(options.save) {
    active.push_back(&guard);
    if (!options.quiet)
      active.push_back(&bar);
    if (!options.log.empty())
      active.push_back(&log);
    if (!options.save.empty())
      active.push_back(&saver);
  }

  std::vector<Callback *> active;

private:
  InterruptGuard guard;
  ProgressBar bar;
  CsvLogger log;
  CheckpointSaver saver;
};

int train(const TrainOptions &options, const LoadedModel &model,
          const Dataset &data, const Dataset *validation) {
  auto session = Session::create(*model.compiled);
  if (!session)
    return reportError(session.error());
  auto start = prepare(*session, options, model, data.rows());
  if (!start)
    return reportError(start.error());
  FitOptions fitting;
  fitting.epochs = options.epochs.value_or(model.description.training->epochs);
  fitting.stepLimit = options.steps;
  fitting.start = *start;
  fitting.validation = validation;
  if (!options.quiet)
    std::cout << model.description.name << ": "
              << parameterCount(*model.compiled) << " parameters, "
              << data.rows() << " rows in batches of " << model.compiled->batch
              << '\n'
              << std::flush;
  if (start->epoch >= fitting.epochs)
    std::cerr << "mlc: note: " << options.resume << " has finished "
              << start->epoch << " epochs already; ask for more with --epochs"
              << '\n'
              << std::flush;
  Callbacks callbacks(options);
  auto end = fit(*session, data, fitting, callbacks.active);
  if (!end)
    return reportError(end.error());
  if (!options.save.empty() && !options.quiet)
    std::cout << "Saved " << options.save << '\n' << std::flush;
  constexpr int interruptedStatus = 130; // as a shell reports SIGINT
  return interrupted ? interruptedStatus : 0;
}

int run(const TrainOptions &options) {
  if (!options.resume.empty() && !options.initialWeights.empty())
    return reportError("--resume and --initial-weights exclude each other");
  mlc_set_num_threads(options.threads);
  LoadOptions loading{options.threads, options.memoryBytes};
  if (options.tune && !tuneModel(options.model, loading))
    return 1;
  auto model = loadModel(options.model, loading);
  if (!model)
    return 1;
  auto data = loadSplit(*model, "train", "train_step");
  if (!data)
    return 1;
  std::optional<Dataset> validation;
  if (model->description.validationData) {
    validation = loadSplit(*model, "validation", "evaluate_step");
    if (!validation)
      return 1;
  }
  return train(options, *model, *data, validation ? &*validation : nullptr);
}

} // namespace

void addTrainCommand(CLI::App &mlc, int &exitStatus) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App *command = mlc.add_subcommand("train", "Train a model on its data");
  command->add_option("model", options->model, "The model file")
      ->required()
      ->type_name("MODEL.json");
  command
      ->add_option("--epochs", options->epochs,
                   "Passes over the data, in all; default: the model file's")
      ->check(positiveInteger());
  command
      ->add_option("--steps", options->steps,
                   "Stop when that many steps have been trained, in all")
      ->check(positiveInteger());
  command->add_option("--seed", options->seed,
                      "Of the weights, the order of rows and dropout; default: "
                      "the model file's");
  command
      ->add_option("--save", options->save,
                   "Write weights and optimizer state, during training and "
                   "at its end")
      ->type_name("FILE.safetensors");
  command
      ->add_option("--resume", options->resume,
                   "Continue the training that saved this file")
      ->type_name("FILE.safetensors");
  command
      ->add_option("--initial-weights", options->initialWeights,
                   "Start from these weights instead of random ones")
      ->type_name("FILE.safetensors");
  command->add_option("--log", options->log, "Write a line per epoch")
      ->type_name("FILE.csv");
  command->add_flag("--no-shuffle", options->noShuffle,
                    "Take the rows in the order of the files");
  command
      ->add_option("--threads", options->threads,
                   "Use at most that many; the result is the same")
      ->check(positiveInteger());
  addMemoryOption(*command, options->memoryBytes);
  addTuneOption(*command, options->tune);
  command->add_flag("--quiet", options->quiet, "Print nothing but errors");
  command->footer(
      "Examples:\n"
      "  mlc train model.json --save weights.safetensors\n"
      "  mlc train model.json --epochs 20 --resume weights.safetensors "
      "--save weights.safetensors\n"
      "  mlc train model.json --seed 7 --log log.csv --quiet");
  command->callback([options, &exitStatus] { exitStatus = run(*options); });
}

} // namespace mlc::tools
