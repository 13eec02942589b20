//===-- tools/TextTable.cpp - tables and numbers for a terminal -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/TextTable.h"
#include "frontend/Diagnostics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace mlc::tools {

size_t characterCount(const std::string &text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), frontend::isCharacterStart));
}

std::string padded(const std::string &text, size_t width, bool toTheRight) {
  size_t length = characterCount(text);
  std::string space(length < width ? width - length : 0, ' ');
  return toTheRight ? space + text : text + space;
}

std::string formatted(const char *format, double number) {
  std::array<char, 64> buffer = {};
  int length = std::snprintf(buffer.data(), buffer.size(), format, number);
  return {buffer.data(), static_cast<size_t>(std::max(length, 0))};
}

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (int64_t at = static_cast<int64_t>(digits.size()) - 3;
       at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

std::string bytesText(int64_t bytes) {
  constexpr double kilo = 1024;
  constexpr std::array units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto number = static_cast<double>(bytes);
  size_t unit = 0;
  for (; number >= kilo && unit + 1 < units.size(); ++unit)
    number /= kilo;
  return formatted(unit == 0 ? "%.0f " : "%.1f ", number) + units[unit];
}

TextTable::TextTable(const std::vector<std::string> &titles) {
  std::vector<std::string> row;
  for (const std::string &title : titles) {
    toTheRight.push_back(!title.empty() && title.front() == '>');
    row.push_back(title.substr(toTheRight.back() ? 1 : 0));
  }
  rows.push_back(std::move(row));
}

std::string TextTable::str() const {
  std::vector<size_t> widths(toTheRight.size());
  for (const auto &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], characterCount(row[i]));
  std::string text;
  for (const auto &row : rows) {
    std::string line, rule;
    for (size_t i = 0; i < row.size(); ++i) {
      line += (i ? "  " : "") + padded(row[i], widths[i], toTheRight[i]);
      rule += (i ? "  " : "") + std::string(widths[i], '-');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    if (&row == &rows.front())
      text += rule + "\n";
  }
  return text;
}

} // namespace mlc::tools
