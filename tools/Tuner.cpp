//===-- tools/Tuner.cpp - measures what plans leave open ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels are measured where they are used: the whole model is compiled with
// the first candidate of every contraction, then with the second, and so on,
// and each time its functions are profiled. What is in caches when a kernel
// starts, and what follows its product, are then as they will be.
//
//===----------------------------------------------------------------------===//

#include "tools/Tuner.h"
#include "mlc/threads.h"
#include "tools/Compilation.h"
#include "tools/KernelTimes.h"
#include "tools/ModelData.h"
#include "tools/Options.h"
#include "tools/TextTable.h"
#include "tools/TuningFile.h"

#include <algorithm>
#include <iostream>
#include <map>

namespace mlc::tools {

namespace {

/// A choice, and what kernels with it took.
struct Measured {
  codegen::ContractionChoice choice;
  double microseconds = 0;
};

class Tuner {
public:
  Tuner(const std::string &path, const LoadOptions &options)
      : path(path), options(options) {
    this->options.profile = recordKernel;
  }

  bool run() {
    for (int64_t candidate = 0; candidate < candidates; ++candidate) {
      std::cerr << "\rTuning: candidate " << candidate + 1 << " of "
                << std::max<int64_t>(candidates, candidate + 1) << std::flush;
      if (!measure(candidate))
        return false;
    }
    // The first one again: what was measured before the machine was warm must
    // not lose to what came later.
    if (!measure(0))
      return false;
    return write();
  }

private:
  bool measure(int64_t candidate) {
    options.candidate = candidate;
    auto model = loadModel(path, options);
    if (!model)
      return false;
    std::map<std::string, Measured> sums;
    for (const std::string &function : functionsOf(*model)) {
      constexpr double seconds = 0.15;
      auto times = measureKernels(*model, function, seconds);
      if (!times)
        return false;
      for (size_t i = 0; i < times->size(); ++i)
        for (const codegen::PlannedChoice &plan : model->kernels[i].plans)
          if (candidate < plan.candidates && (*times)[i].launches > 0) {
            Measured &sum = sums[plan.contraction];
            sum.choice = plan.choice;
            sum.microseconds += (*times)[i].leastMicroseconds;
          }
    }
    for (const LoadedKernel &kernel : model->kernels)
      for (const codegen::PlannedChoice &plan : kernel.plans)
        candidates = std::max(candidates, plan.candidates);
    for (const auto &[contraction, sum] : sums)
      keep(contraction, candidate, sum);
    return true;
  }

  /// The functions that take time.
  static std::vector<std::string> functionsOf(const LoadedModel &model) {
    std::vector<std::string> names;
    for (const std::string &name : callableFunctions())
      if (name != "evaluate_step" &&
          runtime::findFunction(*model.compiled, name.c_str()))
        names.push_back(name);
    return names;
  }

  void keep(const std::string &contraction, int64_t candidate,
            const Measured &measured) {
    auto [entry, isNew] = results[contraction].emplace(candidate, measured);
    if (!isNew)
      entry->second.microseconds =
          std::min(entry->second.microseconds, measured.microseconds);
  }

  bool write() const {
    codegen::Tuning tuning;
    double before = 0, after = 0;
    for (const auto &[contraction, measured] : results) {
      const Measured &own = measured.at(0), &best = findBest(measured);
      before += own.microseconds;
      after += best.microseconds;
      if (&best != &own)
        tuning[contraction] = {best.choice, {}};
    }
    auto target = findTarget("", "", std::max<int64_t>(1, options.threads));
    if (!target || !writeTuning(path, *target, tuning))
      return false;
    std::cerr << "\rTuned " << results.size() << " contractions, "
              << tuning.size()
              << " of them to other plans: " << formatted("%.0f", before)
              << " us before, " << formatted("%.0f", after) << " us now. Saved "
              << tuningPath(path) << '\n';
    return true;
  }

  /// The fastest one; the planner's own unless another is clearly faster.
  static const Measured &findBest(const std::map<int64_t, Measured> &measured) {
    constexpr double clearly = 0.97;
    const Measured *best = &measured.at(0);
    double least = clearly * best->microseconds;
    for (const auto &[candidate, each] : measured)
      if (candidate > 0 && each.microseconds < least) {
        best = &each;
        least = each.microseconds;
      }
    return *best;
  }

  std::string path;
  LoadOptions options;
  int64_t candidates = 1;
  /// By contraction and candidate.
  std::map<std::string, std::map<int64_t, Measured>> results;
};

} // namespace

bool tuneModel(const std::string &path, const LoadOptions &options) {
  mlc_set_num_threads(options.threads);
  return Tuner(path, options).run();
}

} // namespace mlc::tools
