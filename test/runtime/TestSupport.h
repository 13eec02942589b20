//===-- TestSupport.h - files and arrays for the runtime's tests -*- C++ -*-==//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TEST_RUNTIME_TESTSUPPORT_H
#define MLC_TEST_RUNTIME_TESTSUPPORT_H

#include "runtime/Array.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

namespace mlc::runtime {

/// A fresh directory for each test, removed after it.
class FileTest : public ::testing::Test {
protected:
  FileTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "mlc-test-XXXXXX").string();
    directory = mkdtemp(pattern.data());
  }
  ~FileTest() override { std::filesystem::remove_all(directory); }

  std::string path(const std::string &name) const {
    return (directory / name).string();
  }
  std::string write(const std::string &name, const std::string &bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  static std::string read(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(directory))
      names.push_back(entry.path().filename().string());
    return names;
  }

  std::filesystem::path directory;
};

/// Bytes given as numbers.
inline std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (int value : values)
    text += static_cast<char>(value);
  return text;
}

template <typename T>
Array makeArray(DType dtype, std::vector<int64_t> shape,
                const std::vector<T> &values) {
  Array array{dtype, std::move(shape), {}, false};
  array.bytes.resize(values.size() * sizeof(T));
  if (!values.empty())
    std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

inline std::string valuesText(const Array &array) {
  std::string text;
  for (int64_t i = 0; i < array.elements(); ++i)
    text += (i == 0 ? "" : " ") + elementText(array, i);
  return text;
}

/// Reports the error of an Expected that should hold a value.
#define ASSERT_OK(expected)                                                    \
  ASSERT_TRUE(static_cast<bool>(expected)) << (expected).error().text()

/// Expects an error whose text has `part` in it.
template <typename T>
void expectError(const Expected<T> &result, const std::string &part) {
  ASSERT_FALSE(static_cast<bool>(result)) << "expected an error: " << part;
  EXPECT_NE(result.error().text().find(part), std::string::npos)
      << "expected: " << part << "\nfound: " << result.error().text();
}

} // namespace mlc::runtime

#endif // MLC_TEST_RUNTIME_TESTSUPPORT_H
