//===-- tools/Commands.h - the commands of mlc ------------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_COMMANDS_H
#define MLC_TOOLS_COMMANDS_H

namespace CLI {
class App;
} // namespace CLI

namespace mlc::tools {

// Each adds its command with help and options. When the command line names it,
// parsing runs it, and `exitStatus` becomes its result.
void addCompileCommand(CLI::App &mlc, int &exitStatus);
void addTrainCommand(CLI::App &mlc, int &exitStatus);
void addEvaluateCommand(CLI::App &mlc, int &exitStatus);
void addPredictCommand(CLI::App &mlc, int &exitStatus);
void addGenerateCommand(CLI::App &mlc, int &exitStatus);
void addInspectCommand(CLI::App &mlc, int &exitStatus);
void addCheckCommand(CLI::App &mlc, int &exitStatus);
void addBenchCommand(CLI::App &mlc, int &exitStatus);
void addProfileCommand(CLI::App &mlc, int &exitStatus);

} // namespace mlc::tools

#endif // MLC_TOOLS_COMMANDS_H
