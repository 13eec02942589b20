//===-- tools/mlc.cpp - the command line ----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Diagnostics.h"
#include "tools/Commands.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace {

using namespace mlc::tools;

/// The commands, in the order of the help text.
constexpr void (*commands[])(CLI::App &, int &) = {
    addCompileCommand, addTrainCommand,    addEvaluateCommand,
    addPredictCommand, addGenerateCommand, addInspectCommand,
    addCheckCommand,   addBenchCommand,    addProfileCommand,
};

/// "mlc: error: ..." and where to find help.
std::string failureText(const CLI::App *app, const CLI::Error &error) {
  return std::string("mlc: error: ") + error.what() + "\nTry '" +
         (app->get_parent() ? "mlc " : "") + app->get_name() + " --help'.\n";
}

/// An error for a first argument that is neither an option nor a command.
int checkCommandName(const CLI::App &app, const std::string &word) {
  std::vector<std::string> names;
  for (const CLI::App *command : app.get_subcommands(nullptr))
    names.push_back(command->get_name());
  for (const std::string &name : names)
    if (name == word)
      return 0;
  std::cerr << "mlc: error: unknown command \"" << word << "\""
            << mlc::frontend::didYouMean(word, names) << "\n"
            << "Try 'mlc --help'.\n";
  return 1;
}

int parse(CLI::App &app, int argc, char **argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? 0 : 1;
  }
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  CLI::App app("Compiles neural networks, training included, to native code.",
               "mlc");
  app.set_version_flag("--version",
                       "mlc " MLC_VERSION " (LLVM " MLC_LLVM_VERSION ")");
  app.require_subcommand(1);
  app.failure_message(failureText);
  app.footer("'mlc COMMAND --help' says more about a command.\n\n"
             "Examples:\n"
             "  mlc compile examples/digits/model.json -o digits.o\n"
             "  mlc train examples/digits/model.json --save w.safetensors\n"
             "  mlc evaluate examples/digits/model.json --weights "
             "w.safetensors");
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  int exitStatus = 0;
  for (auto add : commands)
    add(app, exitStatus);
  for (CLI::App *command : app.get_subcommands(nullptr))
    command->group("Commands");
  if (argc == 1) {
    std::cerr << app.help();
    return 1;
  }
  if (argv[1][0] != '-')
    if (int failed = checkCommandName(app, argv[1]))
      return failed;
  int parsed = parse(app, argc, argv);
  return parsed != 0 ? parsed : exitStatus;
}
