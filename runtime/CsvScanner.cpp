//===-- runtime/CsvScanner.cpp - records and fields of CSV text -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/CsvScanner.h"

#include <algorithm>

namespace mlc::runtime {

CsvScanner::CsvScanner(std::string_view all, std::string file, char separator)
    : text(all), file(std::move(file)), separator(separator) {
  constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, byteOrderMark.size()) == byteOrderMark)
    at = byteOrderMark.size();
  size_t last = text.find_last_not_of("\r\n");
  text = text.substr(0, last == std::string_view::npos ? at : last + 1);
}

Error CsvScanner::errorAt(size_t offset, const std::string &message) const {
  offset = std::min(offset, text.size());
  size_t before =
      offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  size_t begin = before == std::string_view::npos ? 0 : before + 1;
  size_t end = std::min(text.find('\n', offset), text.size());
  Error error = fileError(file, message);
  error.line = 1 + std::count(text.begin(), text.begin() + begin, '\n');
  error.column = static_cast<int64_t>(offset - begin) + 1;
  // Of a long line, show what is around the place.
  constexpr size_t around = 36;
  size_t from = offset - begin > around ? offset - around : begin;
  size_t to = std::min(end, from + 2 * around);
  std::string line(text.substr(from, to - from));
  for (char &c : line)
    if (static_cast<unsigned char>(c) < ' ')
      c = ' ';
  error.excerpt = line + "\n" + std::string(offset - from, ' ') + "^";
  return error;
}

Expected<CsvScanner::Field> CsvScanner::readQuoted() {
  size_t start = at++;
  std::string_view rest;
  std::string *copy = nullptr;
  size_t piece = at;
  for (;;) {
    size_t quote = text.find('"', at);
    if (quote == std::string_view::npos)
      return errorAt(start, "this quote is never closed");
    at = quote + 1;
    bool doubled = at < text.size() && text[at] == '"';
    if (doubled && !copy)
      copy = &unescaped.emplace_back();
    rest = text.substr(piece, quote - piece + (doubled ? 1 : 0));
    if (copy)
      copy->append(rest);
    if (!doubled)
      break;
    piece = ++at;
  }
  return Field{copy ? std::string_view(*copy) : rest, true, start};
}

Expected<CsvScanner::Field> CsvScanner::readField() {
  auto skipBlanks = [&] {
    while (at < text.size() && text[at] != separator &&
           (text[at] == ' ' || text[at] == '\t' || text[at] == '\r'))
      ++at;
  };
  skipBlanks();
  if (at < text.size() && text[at] == '"') {
    auto field = readQuoted();
    skipBlanks();
    if (field && at < text.size() && text[at] != separator && text[at] != '\n')
      return errorAt(at, concat("expected '", separator,
                                "' or the end of the line after a quoted "
                                "field"));
    return field;
  }
  size_t start = at;
  while (at < text.size() && text[at] != separator && text[at] != '\n')
    ++at;
  std::string_view field = text.substr(start, at - start);
  size_t last = field.find_last_not_of(" \t\r");
  field = field.substr(0, last == std::string_view::npos ? 0 : last + 1);
  if (size_t quote = field.find('"'); quote != std::string_view::npos)
    return errorAt(start + quote, "a quote inside a field that doesn't start "
                                  "with one");
  return Field{field, false, start};
}

Status CsvScanner::next(std::vector<Field> &fields) {
  fields.clear();
  unescaped.clear();
  for (;;) {
    auto field = readField();
    if (!field)
      return field.takeError();
    fields.push_back(*field);
    if (at == text.size())
      return {};
    if (text[at++] == '\n')
      return {};
    if (at == text.size()) { // the text ends in a separator
      fields.push_back({text.substr(at), false, at});
      return {};
    }
  }
}

} // namespace mlc::runtime
