//===-- runtime/Error.h - what went wrong, and where ------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The runtime reports failures through Expected<T> (and Status, for functions
// that return nothing). It throws nothing and ends no process.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_ERROR_H
#define MLC_RUNTIME_ERROR_H

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mlc::runtime {

/// One failure, in words for the user: what is wrong, what was expected and
/// found, and what to try where that is known.
struct Error {
  std::string message;
  std::string file;    ///< empty: not about one file
  int64_t line = 0;    ///< from 1; 0: the file has no lines
  int64_t column = 0;  ///< from 1; 0: the whole line
  std::string excerpt; ///< the line and a caret below, or empty

  /// "file:line:column: error: message" with as much of the place as is known
  /// ("mlc: error: ..." without any), then the excerpt. Without final newline.
  std::string text() const;
};

/// Joins its arguments as a stream would print them.
template <typename... Parts> std::string concat(const Parts &...parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// "a, b, c" or, beyond `most` items, "a, b and 7 more".
std::string listed(const std::vector<std::string> &items, size_t most = 5);

/// An Error about `file`.
template <typename... Parts>
Error fileError(std::string file, const Parts &...message) {
  return Error{concat(message...), std::move(file), 0, 0, {}};
}

/// An Error about no particular file.
template <typename... Parts> Error makeError(const Parts &...message) {
  return Error{concat(message...), {}, 0, 0, {}};
}

/// An Error about `file`, for a system call that left `code` in errno.
Error systemError(std::string file, const std::string &what, int code);

/// What the mlc_status of a compiled function means, whatever it was called
/// with.
Error statusError(const char *function, int64_t status);

/// A T, or why there is none. True when there is one.
template <typename T> class [[nodiscard]] Expected {
public:
  using value_type = T;
  Expected(T value) : content(std::in_place_index<0>, std::move(value)) {}
  Expected(Error error) : content(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return content.index() == 0; }
  T &operator*() { return std::get<0>(content); }
  const T &operator*() const { return std::get<0>(content); }
  T *operator->() { return &std::get<0>(content); }
  const T *operator->() const { return &std::get<0>(content); }
  const Error &error() const { return std::get<1>(content); }
  Error takeError() { return std::move(std::get<1>(content)); }

private:
  std::variant<T, Error> content;
};

/// Success, or why not. True on success.
template <> class [[nodiscard]] Expected<void> {
public:
  using value_type = void;
  Expected() : content(std::monostate()) {}
  Expected(Error error) : content(std::move(error)) {}

  explicit operator bool() const { return content.index() == 0; }
  const Error &error() const { return std::get<Error>(content); }
  Error takeError() { return std::move(std::get<Error>(content)); }

private:
  std::variant<std::monostate, Error> content;
};

using Status = Expected<void>;

} // namespace mlc::runtime

#endif // MLC_RUNTIME_ERROR_H
