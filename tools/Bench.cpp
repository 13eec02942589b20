//===-- tools/Bench.cpp - mlc bench ---------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlc/threads.h"
#include "tools/Arguments.h"
#include "tools/Commands.h"
#include "tools/ModelData.h"
#include "tools/Options.h"
#include "tools/Peak.h"
#include "tools/TextTable.h"
#include "tools/Tuner.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

namespace mlc::tools {

namespace {

using Clock = std::chrono::steady_clock;

struct BenchOptions {
  std::string model, function = "train_step";
  int64_t threads = 0; ///< 0: 1, or with --peak up to all processors
  int64_t memoryBytes = 0;
  double seconds = 2;
  bool json = false, peak = false, tune = false;
};

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// How long calls took, in microseconds.
struct Timing {
  double median = 0, least = 0;
  size_t calls = 0;
};

Timing measure(runtime::Session &session, Arguments &arguments,
               double seconds) {
  constexpr double micro = 1e6;
  std::vector<double> times;
  repeatCalls(session, arguments, seconds, [&] {
    Clock::time_point begin = Clock::now();
    arguments.call(session.state());
    times.push_back(secondsSince(begin) * micro);
  });
  auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return {*middle, *std::min_element(times.begin(), middle + 1), times.size()};
}

struct Result {
  Timing timing;
  double compileSeconds = 0, gflops = 0, peak = 0;
  double roundTrip = 0; ///< nanoseconds; only if there are several threads
};

void printJson(const BenchOptions &options, const mlc_model &model,
               const mlc_function &function, const Result &result) {
  nlohmann::ordered_json line = {{"model", model.name},
                                 {"function", function.name},
                                 {"threads", options.threads},
                                 {"median_us", result.timing.median},
                                 {"min_us", result.timing.least},
                                 {"calls", result.timing.calls},
                                 {"gflops", result.gflops},
                                 {"peak_gflops", result.peak},
                                 {"share_of_peak", result.gflops / result.peak},
                                 {"compile_seconds", result.compileSeconds},
                                 {"state_bytes", model.state_bytes},
                                 {"workspace_bytes", function.workspace_bytes}};
  if (options.threads > 1)
    line["round_trip_ns"] = result.roundTrip;
  std::cout << line.dump() << '\n';
}

void printText(const BenchOptions &options, const mlc_model &model,
               const mlc_function &function, const Result &result) {
  std::cout << model.name << ", " << function.name << ", batch " << model.batch
            << ", " << options.threads
            << (options.threads == 1 ? " thread\n" : " threads\n")
            << formatted("  median     %.1f us", result.timing.median)
            << formatted(" (least %.1f us", result.timing.least) << ", "
            << grouped(static_cast<int64_t>(result.timing.calls)) << " calls)\n"
            << formatted("  rate       %.1f GFLOP/s", result.gflops)
            << formatted(", %.0f%% of", 100 * result.gflops / result.peak)
            << formatted(" the machine's %.1f\n", result.peak)
            << formatted("  compiled   in %.3f s\n", result.compileSeconds)
            << "  state      " << bytesText(model.state_bytes) << '\n'
            << "  workspace  " << bytesText(function.workspace_bytes) << '\n';
  if (options.threads > 1)
    std::cout << formatted(
        "  threads    are %.0f ns from each other and back\n",
        result.roundTrip);
}

int benchModel(const BenchOptions &options) {
  mlc_set_num_threads(options.threads);
  LoadOptions loading;
  loading.threads = options.threads;
  loading.memoryBytes = options.memoryBytes;
  loading.generateFunction = options.function == kGenerateFunction;
  if (options.tune && !tuneModel(options.model, loading))
    return 1;
  Clock::time_point start = Clock::now();
  auto model = loadModel(options.model, loading);
  if (!model)
    return 1;
  Result result;
  result.compileSeconds = secondsSince(start);
  auto session = openInitialized(*model, 1);
  if (!session)
    return 1;
  auto function = session->function(options.function.c_str());
  if (!function)
    return reportError(function.error());
  Arguments arguments(*model->compiled, **function, 1);
  if (auto done = arguments.tryCall(session->state()); !done)
    return reportError(done.error());
  int64_t workers = std::min(options.threads, processorCount());
  result.peak = measurePeakGflops(workers);
  result.timing = measure(*session, arguments, options.seconds);
  result.peak = std::max(result.peak, measurePeakGflops(workers));
  if (options.threads > 1)
    result.roundTrip = measureRoundTrip();
  constexpr double microPerGiga = 1e3;
  result.gflops = static_cast<double>((*function)->flops) /
                  result.timing.median / microPerGiga;
  (options.json ? printJson : printText)(options, *model->compiled, **function,
                                         result);
  return 0;
}

int benchPeak(const BenchOptions &options) {
  for (int64_t threads = 1; threads <= options.threads; ++threads) {
    double gflops = measurePeakGflops(threads);
    double bandwidth = measureBandwidth(threads);
    if (options.json)
      std::cout << nlohmann::ordered_json({{"peak_gflops", gflops},
                                           {"bandwidth_gbs", bandwidth},
                                           {"threads", threads}})
                       .dump()
                << '\n';
    else
      std::cout << threads << (threads == 1 ? " thread:  " : " threads: ")
                << formatted("%7.1f GFLOP/s of float32 multiply-adds", gflops)
                << formatted(", %6.1f GB/s of memory\n", bandwidth);
    std::cout << std::flush;
  }
  return 0;
}

int run(BenchOptions options) {
  if (options.peak && !options.model.empty())
    return reportError("--peak measures the machine: leave out the model");
  if (!options.peak && options.model.empty())
    return reportError("nothing to measure: name a model file, or ask for the "
                       "machine's limits with --peak");
  if (options.threads == 0)
    options.threads = options.peak ? processorCount() : 1;
  try {
    return options.peak ? benchPeak(options) : benchModel(options);
  } catch (const std::bad_alloc &) {
    return reportError("not enough memory for this measurement");
  }
}

} // namespace

void addBenchCommand(CLI::App &mlc, int &exitStatus) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App *command =
      mlc.add_subcommand("bench", "Measure how fast a compiled model is");
  command->add_option("model", options->model, "The model file")
      ->type_name("MODEL.json");
  command->add_option("--function", options->function, "What to call")
      ->check(CLI::IsMember(callableFunctions()))
      ->capture_default_str();
  command
      ->add_option("--threads", options->threads,
                   "Threads of a call; default: 1, with --peak 1, 2 ... up to "
                   "all processors")
      ->check(positiveInteger());
  addMemoryOption(*command, options->memoryBytes);
  addTuneOption(*command, options->tune);
  command->add_option("--seconds", options->seconds, "How long to measure")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_flag("--peak", options->peak,
                    "Measure the machine's limits: multiply-adds and memory");
  command->add_flag("--json", options->json,
                    "Print a line of JSON for each measurement");
  command->footer("The batch is random and in memory already; the first call "
                  "isn't counted.\n\n"
                  "Examples:\n"
                  "  mlc bench model.json --function predict --threads 2\n"
                  "  mlc bench --peak");
  command->callback([options, &exitStatus] { exitStatus = run(*options); });
}

} // namespace mlc::tools
