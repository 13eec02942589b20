//===-- tools/Profile.cpp - mlc profile -----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlc/threads.h"
#include "tools/Commands.h"
#include "tools/KernelTimes.h"
#include "tools/ModelData.h"
#include "tools/Options.h"
#include "tools/Peak.h"
#include "tools/TextTable.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

namespace mlc::tools {

namespace {

struct ProfileOptions {
  std::string model, function = "train_step";
  int64_t threads = 1, rows = 0; ///< 0: all kernels
  int64_t memoryBytes = 0;
  double seconds = 2;
  bool json = false;
};

/// A kernel's share of a call of the function.
struct Row {
  const LoadedKernel *kernel;
  int64_t launches;
  double microseconds, leastMicroseconds;

  double gflops() const { return rate(kernel->flops); }
  double gigabytes() const { return rate(kernel->bytes); }

private:
  double rate(int64_t amount) const {
    return static_cast<double>(amount * launches) / microseconds / 1e3;
  }
};

std::vector<Row> makeRows(const LoadedModel &model,
                          const std::vector<KernelTime> &times) {
  std::vector<Row> rows;
  for (size_t i = 0; i < times.size(); ++i)
    if (times[i].launches > 0)
      rows.push_back({&model.kernels[i], times[i].launches,
                      times[i].microseconds, times[i].leastMicroseconds});
  std::sort(rows.begin(), rows.end(), [](const Row &lhs, const Row &rhs) {
    return lhs.microseconds > rhs.microseconds;
  });
  return rows;
}

/// What the machine can do at most, in the units of Row.
struct Limits {
  double gflops, gigabytes;
};

void printText(const std::vector<Row> &rows, size_t shown,
               const Limits &limits) {
  double total = 0;
  for (const Row &row : rows)
    total += row.microseconds;
  TextTable table({"kernel", "kind", ">calls", ">us", ">time", ">GFLOP/s",
                   ">of peak", ">GB/s", ">of memory"});
  for (size_t i = 0; i < std::min(shown, rows.size()); ++i) {
    const Row &row = rows[i];
    table.add({row.kernel->name, row.kernel->kind, std::to_string(row.launches),
               formatted("%.1f", row.microseconds),
               formatted("%.1f%%", 100 * row.microseconds / total),
               formatted("%.1f", row.gflops()),
               formatted("%.0f%%", 100 * row.gflops() / limits.gflops),
               formatted("%.1f", row.gigabytes()),
               formatted("%.0f%%", 100 * row.gigabytes() / limits.gigabytes)});
  }
  std::cout << table.str();
  if (shown < rows.size())
    std::cout << "and " << rows.size() - shown << " more\n";
  std::cout << formatted("\nAll kernels: %.1f us; ", total)
            << formatted("the machine: %.1f GFLOP/s, ", limits.gflops)
            << formatted("%.1f GB/s of memory\n", limits.gigabytes);
}

void printJson(const std::vector<Row> &rows, size_t shown,
               const Limits &limits) {
  nlohmann::ordered_json kernels = nlohmann::ordered_json::array();
  for (size_t i = 0; i < std::min(shown, rows.size()); ++i) {
    const Row &row = rows[i];
    kernels.push_back({{"kernel", row.kernel->name},
                       {"kind", row.kernel->kind},
                       {"calls", row.launches},
                       {"us", row.microseconds},
                       {"min_us", row.leastMicroseconds},
                       {"gflops", row.gflops()},
                       {"gbs", row.gigabytes()}});
  }
  std::cout << nlohmann::ordered_json({{"peak_gflops", limits.gflops},
                                       {"bandwidth_gbs", limits.gigabytes},
                                       {"kernels", std::move(kernels)}})
                   .dump()
            << '\n';
}

int profile(const ProfileOptions &options) {
  mlc_set_num_threads(options.threads);
  LoadOptions loading{options.threads, options.memoryBytes};
  loading.generateFunction = options.function == kGenerateFunction;
  loading.profile = recordKernel;
  auto model = loadModel(options.model, loading);
  if (!model)
    return 1;
  auto times = measureKernels(*model, options.function, options.seconds);
  if (!times)
    return 1;
  int64_t workers = std::min(options.threads, processorCount());
  Limits limits{measurePeakGflops(workers), measureBandwidth(workers)};
  std::vector<Row> rows = makeRows(*model, *times);
  size_t shown = options.rows ? static_cast<size_t>(options.rows) : rows.size();
  (options.json ? printJson : printText)(rows, shown, limits);
  return 0;
}

int run(const ProfileOptions &options) {
  try {
    return profile(options);
  } catch (const std::bad_alloc &) {
    return reportError("not enough memory for this measurement");
  }
}

} // namespace

void addProfileCommand(CLI::App &mlc, int &exitStatus) {
  auto options = std::make_shared<ProfileOptions>();
  CLI::App *command = mlc.add_subcommand(
      "profile", "Show where the time of a compiled model goes");
  command->add_option("model", options->model, "The model file")
      ->required()
      ->type_name("MODEL.json");
  command->add_option("--function", options->function, "What to call")
      ->check(CLI::IsMember(callableFunctions()))
      ->capture_default_str();
  command->add_option("--threads", options->threads, "Threads of a call")
      ->check(positiveInteger())
      ->capture_default_str();
  command->add_option("--rows", options->rows, "Only that many of the slowest")
      ->check(positiveInteger())
      ->type_name("N");
  addMemoryOption(*command, options->memoryBytes);
  command->add_option("--seconds", options->seconds, "How long to measure")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one line of JSON");
  command->footer(
      "\nCalls and microseconds are those of one call of the function; a "
      "kernel "
      "that several\nlayers share has one row. GB/s are of bytes that must be "
      "moved at least: each input and\nresult once. More than the memory's "
      "come "
      "from caches.\nGFLOP/s are of the arithmetic that layers are defined by: "
      "convolutions of 3 x 3 take\nless, and may be beyond the peak.\n\n"
      "Examples:\n"
      "  mlc profile model.json\n"
      "  mlc profile model.json --function predict --rows 10");
  command->callback([options, &exitStatus] { exitStatus = run(*options); });
}

} // namespace mlc::tools
