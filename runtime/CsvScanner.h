//===-- runtime/CsvScanner.h - records and fields of CSV text ---*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_CSVSCANNER_H
#define MLC_RUNTIME_CSVSCANNER_H

#include "runtime/Error.h"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace mlc::runtime {

/// Splits text into records as RFC 4180 says: fields may be quoted, a quote
/// inside is doubled, lines end in LF or CRLF. Blanks around a field and empty
/// lines after the last record don't count.
class CsvScanner {
public:
  struct Field {
    std::string_view text; ///< valid until the next record
    bool quoted;
    size_t offset; ///< of its first byte in the text
  };

  CsvScanner(std::string_view text, std::string file, char separator);

  /// True when no record is left.
  bool atEnd() const { return at == text.size(); }
  /// Reads the next record into `fields`.
  Status next(std::vector<Field> &fields);
  /// An error at a byte of the current record, with the line and a caret.
  Error errorAt(size_t offset, const std::string &message) const;

private:
  Expected<Field> readField();
  Expected<Field> readQuoted();

  std::string_view text;
  std::string file;
  char separator;
  size_t at = 0;
  std::deque<std::string> unescaped; ///< fields that held doubled quotes
};

} // namespace mlc::runtime

#endif // MLC_RUNTIME_CSVSCANNER_H
