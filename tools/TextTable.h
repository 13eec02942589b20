//===-- tools/TextTable.h - tables and numbers for a terminal ---*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_TEXTTABLE_H
#define MLC_TOOLS_TEXTTABLE_H

#include <cstdint>
#include <string>
#include <vector>

namespace mlc::tools {

/// Columns of text, as wide as their widest cell.
class TextTable {
public:
  /// A column whose title starts with '>' goes to the right.
  explicit TextTable(const std::vector<std::string> &titles);
  /// As many cells as there are columns.
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }
  /// The title line, a rule, the rows; each ends with a newline.
  std::string str() const;

private:
  std::vector<bool> toTheRight;
  std::vector<std::vector<std::string>> rows; ///< the first has the titles
};

/// "1,234,567".
std::string grouped(int64_t number);
/// "1.5 KiB".
std::string bytesText(int64_t bytes);
/// A number in the format of printf: "1.2e-08".
std::string formatted(const char *format, double number);
/// The characters (UTF-8 code points) of a text.
size_t characterCount(const std::string &text);
/// `text` and enough spaces to be `width` characters.
std::string padded(const std::string &text, size_t width,
                   bool toTheRight = false);

} // namespace mlc::tools

#endif // MLC_TOOLS_TEXTTABLE_H
