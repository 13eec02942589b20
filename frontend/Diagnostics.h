//===-- Diagnostics.h - located errors of mlc's inputs -----------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is wrong with a file that a user wrote, and where. Depends on nothing
// but the standard library, so that tools and readers of data use it too.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_DIAGNOSTICS_H
#define MLC_FRONTEND_DIAGNOSTICS_H

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mlc::frontend {

/// A file as it was read, kept for as long as a location points into it.
struct SourceFile {
  std::string name;
  std::string text;
  /// The line's text without its end; empty where there is no such line.
  std::string_view line(unsigned number) const;
};

/// A place in a file. Lines and columns count from 1, columns in characters
/// (UTF-8 code points). Line 0: the file as a whole; no file: nowhere.
struct Location {
  std::shared_ptr<const SourceFile> file;
  unsigned line = 0;
  unsigned column = 0;
  /// "model.json:3:7", or as much of it as is known.
  std::string str() const;
};

/// Is this byte the start of a UTF-8 character, and not a continuation?
inline bool isCharacterStart(char c) {
  return (static_cast<unsigned char>(c) >> 6) != 2;
}

/// The place of byte `offset` of a file.
Location locate(const std::shared_ptr<const SourceFile> &file, size_t offset);

/// A place known only by the file's name.
Location fileLocation(std::string name);

enum class Severity { Error, Warning, Note };

struct Diagnostic {
  Severity severity = Severity::Error;
  Location location;
  std::string message;
  std::vector<Diagnostic> notes;

  /// Adds a note; returns this diagnostic, for chaining.
  Diagnostic &note(Location at, std::string message);
  /// "file:line:column: error: message", the line, a caret; notes alike.
  std::string str() const;
};

/// Collects diagnostics; nothing is printed until asked for.
class Diagnostics {
public:
  /// The reference holds until the next diagnostic.
  Diagnostic &error(Location at, std::string message);
  Diagnostic &warning(Location at, std::string message);

  bool hasErrors() const { return errors != 0; }
  unsigned errorCount() const { return errors; }
  const std::vector<Diagnostic> &all() const { return diagnostics; }
  /// All of them, in the order of the text.
  std::string str() const;
  void print(std::ostream &out) const;

private:
  std::vector<Diagnostic> diagnostics;
  unsigned errors = 0;
};

/// The candidate nearest to `word` by edit distance (letter case counts less),
/// or "" if none is near enough to be meant.
std::string nearestName(std::string_view word,
                        const std::vector<std::string> &candidates);

/// `; did you mean "X"?` for the nearest candidate, or "".
std::string didYouMean(std::string_view word,
                       const std::vector<std::string> &candidates);

/// `"a", "b" and "c"`.
std::string listNames(const std::vector<std::string> &names,
                      const char *conjunction = "and");

/// "1 input", "3 inputs".
std::string counted(size_t count, const std::string &noun);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_DIAGNOSTICS_H
