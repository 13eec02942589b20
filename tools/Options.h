//===-- tools/Options.h - checks of command line options --------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_OPTIONS_H
#define MLC_TOOLS_OPTIONS_H

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

namespace mlc::tools {

/// Accepts 1, 2, 3 ...
inline CLI::Validator positiveInteger() {
  return CLI::Validator(
      [](std::string &text) -> std::string {
        int64_t value = 0;
        const char *last = text.data() + text.size();
        auto [end, code] = std::from_chars(text.data(), last, value);
        if (code == std::errc() && end == last && value > 0)
          return "";
        return "expected a positive integer, found " + text;
      },
      "");
}

/// Accepts 1000, 64KiB, 1.5GiB, 2MB, and makes a number of bytes of it.
CLI::Validator byteCount();

/// Most bytes of a workspace: for Target::memoryBytes.
void addMemoryOption(CLI::App &command, int64_t &bytes);

/// Whether to measure plans before; see Tuner.h.
void addTuneOption(CLI::App &command, bool &tune);

/// What measures can call; the last has to be asked for when compiling.
constexpr const char *kGenerateFunction = "generate_step";
inline std::vector<std::string> callableFunctions() {
  return {"train_step", "predict", "evaluate_step", kGenerateFunction};
}

} // namespace mlc::tools

#endif // MLC_TOOLS_OPTIONS_H
