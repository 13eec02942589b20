//===-- tools/Options.cpp - checks of command line options ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/Options.h"

#include <string_view>

namespace mlc::tools {

namespace {

struct Unit {
  const char *name;
  double bytes;
};

constexpr Unit units[] = {{"", 1},
                          {"B", 1},
                          {"KB", 1e3},
                          {"MB", 1e6},
                          {"GB", 1e9},
                          {"KiB", 1024},
                          {"MiB", 1024.0 * 1024},
                          {"GiB", 1024.0 * 1024 * 1024}};

/// 0 if `text` isn't a positive number of bytes.
int64_t parseBytes(std::string_view text) {
  double number = 0;
  auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view name = text.substr(static_cast<size_t>(end - text.data()));
  if (!name.empty() && name.front() == ' ')
    name.remove_prefix(1);
  constexpr double most = 1e18;
  for (const Unit &unit : units)
    if (code == std::errc() && name == unit.name && number * unit.bytes >= 1 &&
        number * unit.bytes <= most)
      return static_cast<int64_t>(number * unit.bytes);
  return 0;
}

} // namespace

CLI::Validator byteCount() {
  return CLI::Validator(
      [](std::string &text) -> std::string {
        int64_t bytes = parseBytes(text);
        if (bytes <= 0)
          return "expected a number of bytes such as 1000, 64KiB or 1.5GiB, "
                 "found " +
                 text;
        text = std::to_string(bytes);
        return "";
      },
      "");
}

void addMemoryOption(CLI::App &command, int64_t &bytes) {
  command
      .add_option("--memory", bytes,
                  "Most memory for temporary values, such as 64MiB; what "
                  "doesn't fit is computed again, with the same result")
      ->transform(byteCount())
      ->type_name("BYTES");
}

void addTuneOption(CLI::App &command, bool &tune) {
  command.add_flag(
      "--tune", tune,
      "Measure other plans of products and convolutions first, and "
      "keep the fastest in MODEL.tune.json, which later "
      "compilations for this processor follow");
}

} // namespace mlc::tools
