//===-- Diagnostics.cpp - located errors of mlc's inputs ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Diagnostics.h"

#include <algorithm>
#include <cctype>
#include <ostream>
#include <tuple>

using namespace mlc::frontend;

namespace {

const char *severityName(Severity severity) {
  switch (severity) {
  case Severity::Error:
    return "error";
  case Severity::Warning:
    return "warning";
  case Severity::Note:
    return "note";
  }
  return "";
}

/// White space that puts a caret under the column: tabs stay tabs.
std::string indentTo(std::string_view line, unsigned column) {
  std::string indent;
  unsigned at = 0;
  for (char c : line)
    if (isCharacterStart(c)) {
      if (++at == column)
        break;
      indent += c == '\t' ? '\t' : ' ';
    }
  return indent;
}

/// A copy short enough to read; a caret beyond it is not shown.
constexpr size_t kLongestLine = 240;

void append(std::string &out, const Diagnostic &diagnostic) {
  const Location &at = diagnostic.location;
  std::string place = at.str();
  if (!place.empty())
    out += place + ": ";
  out += std::string(severityName(diagnostic.severity)) + ": " +
         diagnostic.message + "\n";
  if (at.file && at.line) {
    std::string_view line = at.file->line(at.line);
    if (!line.empty() && line.size() <= kLongestLine)
      out +=
          "  " + std::string(line) + "\n  " + indentTo(line, at.column) + "^\n";
  }
  for (const Diagnostic &note : diagnostic.notes)
    append(out, note);
}

/// Edit distance with a cost of 2 for an insertion, deletion, replacement or
/// swap of neighbours, and 1 for a change of letter case.
unsigned distance(std::string_view a, std::string_view b) {
  auto replace = [](unsigned char x, unsigned char y) {
    return x == y ? 0u : std::tolower(x) == std::tolower(y) ? 1u : 2u;
  };
  std::vector<std::vector<unsigned>> d(a.size() + 1,
                                       std::vector<unsigned>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i)
    for (size_t j = 0; j <= b.size(); ++j) {
      if (!i || !j) {
        d[i][j] = 2 * unsigned(i + j);
        continue;
      }
      d[i][j] = std::min({d[i - 1][j] + 2, d[i][j - 1] + 2,
                          d[i - 1][j - 1] + replace(a[i - 1], b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 2);
    }
  return d[a.size()][b.size()];
}

/// Longer words are not misspelled names, and their distance takes long.
constexpr size_t kLongestName = 64;

} // namespace

std::string_view SourceFile::line(unsigned number) const {
  std::string_view rest = text;
  for (unsigned i = 1; i < number; ++i) {
    size_t end = rest.find('\n');
    if (end == std::string_view::npos)
      return {};
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (!rest.empty() && rest.back() == '\r')
    rest.remove_suffix(1);
  return rest;
}

std::string Location::str() const {
  if (!file)
    return "";
  if (!line)
    return file->name;
  return file->name + ":" + std::to_string(line) + ":" + std::to_string(column);
}

Location mlc::frontend::locate(const std::shared_ptr<const SourceFile> &file,
                               size_t offset) {
  std::string_view before = std::string_view(file->text).substr(0, offset);
  size_t lineStart = before.rfind('\n') + 1; // npos + 1 is 0
  std::string_view inLine = before.substr(lineStart);
  Location at;
  at.file = file;
  at.line = 1 + unsigned(std::count(before.begin(), before.end(), '\n'));
  at.column = 1 + unsigned(std::count_if(inLine.begin(), inLine.end(),
                                         isCharacterStart));
  return at;
}

Location mlc::frontend::fileLocation(std::string name) {
  return {std::make_shared<SourceFile>(SourceFile{std::move(name), ""}), 0, 0};
}

Diagnostic &Diagnostic::note(Location at, std::string text) {
  notes.push_back({Severity::Note, std::move(at), std::move(text), {}});
  return *this;
}

std::string Diagnostic::str() const {
  std::string out;
  append(out, *this);
  return out;
}

Diagnostic &Diagnostics::error(Location at, std::string message) {
  ++errors;
  diagnostics.push_back(
      {Severity::Error, std::move(at), std::move(message), {}});
  return diagnostics.back();
}

Diagnostic &Diagnostics::warning(Location at, std::string message) {
  diagnostics.push_back(
      {Severity::Warning, std::move(at), std::move(message), {}});
  return diagnostics.back();
}

std::string Diagnostics::str() const {
  // Several files keep the order in which they first appear.
  std::vector<const SourceFile *> files;
  std::vector<std::tuple<size_t, unsigned, unsigned, size_t>> order;
  for (size_t i = 0; i < diagnostics.size(); ++i) {
    const Location &at = diagnostics[i].location;
    auto file = std::find(files.begin(), files.end(), at.file.get());
    order.emplace_back(file - files.begin(), at.line, at.column, i);
    if (file == files.end())
      files.push_back(at.file.get());
  }
  std::sort(order.begin(), order.end());
  std::string out;
  for (const auto &key : order)
    append(out, diagnostics[std::get<3>(key)]);
  return out;
}

void Diagnostics::print(std::ostream &out) const { out << str(); }

std::string
mlc::frontend::nearestName(std::string_view word,
                           const std::vector<std::string> &candidates) {
  std::string best;
  // A third of the word may be wrong, and at least one letter.
  unsigned bound = 2 * std::max<unsigned>(1, unsigned(word.size()) / 3);
  if (word.empty() || word.size() > kLongestName)
    return best;
  for (const std::string &candidate : candidates) {
    unsigned d = distance(word, candidate);
    if (d < bound || (d == bound && best.empty())) {
      best = candidate;
      bound = d;
    }
  }
  return best;
}

std::string
mlc::frontend::didYouMean(std::string_view word,
                          const std::vector<std::string> &candidates) {
  std::string name = nearestName(word, candidates);
  return name.empty() ? "" : "; did you mean \"" + name + "\"?";
}

std::string mlc::frontend::listNames(const std::vector<std::string> &names,
                                     const char *conjunction) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i)
      text +=
          i + 1 < names.size() ? ", " : std::string(" ") + conjunction + " ";
    text += "\"" + names[i] + "\"";
  }
  return text;
}

std::string mlc::frontend::counted(size_t count, const std::string &noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}
