//===-- tools/Check.cpp - mlc check ---------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/Arguments.h"
#include "tools/Commands.h"
#include "tools/Differences.h"
#include "tools/ModelData.h"
#include "tools/Options.h"
#include "tools/TextTable.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <memory>

namespace mlc::tools {

namespace {

struct CheckOptions {
  std::string model;
  uint64_t seed = 1;
  int64_t samples = 64;
  bool all = false;
  double tolerance = 1e-6;
};

/// What was found about one parameter.
struct ParameterReport {
  std::string name;
  int64_t elements = 0, checked = 0, kinks = 0, differing = 0;
  /// The element that compares worst.
  Comparison worst;
  int64_t worstElement = -1;
  double analytic = 0;
};

/// "hidden/kernel[3, 7]".
std::string elementName(const mlc_tensor &tensor, int64_t element) {
  std::string indices;
  for (int32_t i = tensor.rank - 1; i >= 0; --i) {
    indices = std::to_string(element % tensor.shape[i]) +
              (indices.empty() ? "" : ", ") + indices;
    element /= tensor.shape[i];
  }
  return std::string(tensor.name) + "[" + indices + "]";
}

const mlc_tensor *findParameter(const mlc_model &model, const char *name) {
  for (int32_t i = 0; i < model.state_count; ++i)
    if (std::strcmp(model.state[i].name, name) == 0)
      return &model.state[i];
  return nullptr;
}

/// The elements to check: all, or a sample without repetition, in order.
std::vector<int64_t> chooseElements(int64_t count, const CheckOptions &options,
                                    uint64_t stream) {
  std::vector<int64_t> elements(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i)
    elements[static_cast<size_t>(i)] = i;
  if (options.all || count <= options.samples)
    return elements;
  Random random(options.seed);
  auto wanted = static_cast<size_t>(options.samples);
  for (size_t i = 0; i < wanted; ++i) {
    int64_t left = count - static_cast<int64_t>(i);
    std::swap(elements[i],
              elements[i + static_cast<size_t>(random.below(left, stream, i))]);
  }
  elements.resize(wanted);
  std::sort(elements.begin(), elements.end());
  return elements;
}

/// An error that is no number is the worst.
bool isWorse(double error, double than) {
  return !std::isnan(than) && !(error <= than);
}

class GradientCheck {
public:
  GradientCheck(const CheckOptions &options, runtime::Session &session,
                const mlc_function &gradient)
      : options(options), session(session), gradient(gradient),
        arguments(session.model(), gradient, options.seed) {}

  int run() {
    if (mlc_status status = arguments.call(session.state()); status != MLC_OK)
      return reportError("gradient failed with status " +
                         std::to_string(mlc_status_code(status)));
    keepGradients();
    for (int32_t i = 0; i < gradient.output_count; ++i)
      if (gradient.outputs[i].role == MLC_GRADIENT)
        check(i);
    printTable();
    return printVerdict();
  }

private:
  void keepGradients() {
    for (int32_t i = 0; i < gradient.output_count; ++i) {
      const mlc_tensor &tensor = gradient.outputs[i];
      lossOutput = tensor.role == MLC_LOSS ? i : lossOutput;
      const auto *values = arguments.output<double>(i);
      gradients.emplace_back(values, values + elementCount(tensor));
    }
  }

  double lossWith(double *parameter, double value) {
    *parameter = value;
    arguments.call(session.state());
    return *arguments.output<double>(lossOutput);
  }

  void check(int32_t output) {
    const mlc_tensor &tensor = gradient.outputs[output];
    const mlc_tensor *parameter = findParameter(session.model(), tensor.name);
    if (!parameter)
      return;
    auto *values =
        reinterpret_cast<double *>(session.state() + parameter->offset);
    ParameterReport report;
    report.name = tensor.name;
    report.elements = elementCount(tensor);
    for (int64_t i : chooseElements(report.elements, options,
                                    static_cast<uint64_t>(output))) {
      double *element = values + i;
      double value = *element;
      double analytic =
          gradients[static_cast<size_t>(output)][static_cast<size_t>(i)];
      Comparison found =
          compareDerivative([&](double at) { return lossWith(element, at); },
                            value, analytic, options.tolerance);
      *element = value;
      note(report, tensor, i, analytic, found);
    }
    reports.push_back(std::move(report));
  }

  void note(ParameterReport &report, const mlc_tensor &tensor, int64_t element,
            double analytic, const Comparison &found) {
    if (found.verdict == Comparison::Kink) {
      ++report.kinks;
      return;
    }
    ++report.checked;
    report.differing += found.verdict == Comparison::Differs;
    if (report.worstElement >= 0 &&
        !isWorse(found.relativeError, report.worst.relativeError))
      return;
    report.worst = found;
    report.worstElement = element;
    report.analytic = analytic;
    if (worstName.empty() || isWorse(found.relativeError, worstError)) {
      worstError = found.relativeError;
      worstName = elementName(tensor, element);
    }
  }

  void printTable() const {
    TextTable table({"parameter", ">checked", ">of", ">relative error",
                     ">absolute", "worst at", ">analytic", ">numeric"});
    for (const ParameterReport &report : reports) {
      if (report.worstElement < 0) {
        table.add({report.name, "0", grouped(report.elements), "-", "-", "-",
                   "-", "-"});
        continue;
      }
      const mlc_tensor &tensor =
          *findParameter(session.model(), report.name.c_str());
      table.add(
          {report.name, grouped(report.checked), grouped(report.elements),
           formatted("%.1e", report.worst.relativeError),
           formatted("%.1e", report.worst.absoluteError),
           elementName(tensor, report.worstElement).substr(report.name.size()),
           formatted("%.9g", report.analytic),
           formatted("%.9g", report.worst.numeric)});
    }
    std::cout << table.str() << '\n';
  }

  int printVerdict() const {
    int64_t kinks = 0, differing = 0, checked = 0;
    for (const ParameterReport &report : reports) {
      kinks += report.kinks;
      differing += report.differing;
      checked += report.checked;
    }
    if (kinks > 0)
      std::cout << grouped(kinks)
                << (kinks == 1 ? " element was" : " elements were")
                << " skipped: the loss has a kink there\n";
    std::cout << std::flush;
    std::string worst =
        formatted("worst relative error %.1e", worstError) + " at " + worstName;
    if (checked == 0)
      return reportError("no gradient could be checked: the model has no "
                         "trained parameter, or kinks everywhere; try another "
                         "--seed");
    if (differing > 0)
      return reportError(
          grouped(differing) + " of " + grouped(checked) +
          " gradients differ from finite differences by more than " +
          formatted("%.1e", options.tolerance) + ": " + worst);
    std::cout << "all gradients agree: " << worst << '\n';
    return 0;
  }

  const CheckOptions &options;
  runtime::Session &session;
  const mlc_function &gradient;
  Arguments arguments;
  int32_t lossOutput = 0;
  std::vector<std::vector<double>> gradients; ///< of each output
  std::vector<ParameterReport> reports;
  double worstError = 0;
  std::string worstName;
};

int run(const CheckOptions &options) {
  LoadOptions loading;
  loading.threads = 1;
  loading.doublePrecision = true;
  loading.gradientFunction = true;
  auto model = loadModel(options.model, loading);
  if (!model)
    return 1;
  if (!model->description.training)
    return reportError(options.model +
                       ": this model has no gradients to check: "
                       "add \"training\" with a loss");
  auto session = openInitialized(*model, options.seed);
  if (!session)
    return 1;
  auto gradient = session->function("gradient");
  if (!gradient)
    return reportError(gradient.error());
  try {
    return GradientCheck(options, *session, **gradient).run();
  } catch (const std::bad_alloc &) {
    return reportError("not enough memory to check this model");
  }
}

} // namespace

void addCheckCommand(CLI::App &mlc, int &exitStatus) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App *command = mlc.add_subcommand(
      "check", "Compare a model's gradients with finite differences");
  command->add_option("model", options->model, "The model file")
      ->required()
      ->type_name("MODEL.json");
  auto *samples =
      command
          ->add_option(
              "--samples", options->samples,
              "Elements of each parameter to check, chosen by the seed")
          ->check(positiveInteger())
          ->capture_default_str();
  command
      ->add_flag("--all", options->all,
                 "Check every element of every parameter")
      ->excludes(samples);
  command
      ->add_option(
          "--seed", options->seed,
          "Of the weights, the random batch and the choice of elements")
      ->capture_default_str();
  command
      ->add_option("--tolerance", options->tolerance, "Largest relative error")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->footer(
      "Compiles the model in double precision and calls it on a random batch.\n"
      "An error is relative to the larger of both gradients, but at least to\n"
      "1e-3 times the larger of 1 and the loss: below that, differences see\n"
      "only rounding. Elements where the loss has a kink (relu) within the\n"
      "steps of the differences are skipped, counted and reported.\n\n"
      "Examples:\n"
      "  mlc check model.json\n"
      "  mlc check model.json --all --seed 2 --tolerance 1e-7");
  command->callback([options, &exitStatus] { exitStatus = run(*options); });
}

} // namespace mlc::tools
