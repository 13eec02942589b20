//===-- BadModelsTest.cpp - what is said of models that are wrong ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each case of a table in bad_models/ is a test: a line `== name`, the file,
// `--` and the diagnostics without the source lines. In the cases marked
// `== schema: name` the JSON schema finds an error too; what is wrong in the
// others it cannot know. "[...]" stands for a list that grows. There is a table
// for each part of the file, and one for each family of layers.
//
//===----------------------------------------------------------------------===//
#include "frontend/Model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace mlc::frontend;

namespace {

struct BadModel {
  std::string name, text, diagnostics;
};

void PrintTo(const BadModel &model, std::ostream *out) { *out << model.name; }

void readTable(const std::filesystem::path &path,
               std::vector<BadModel> &cases) {
  std::ifstream file(path);
  std::string *part = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("== ", 0) == 0) {
      cases.push_back({line.substr(3), "", ""});
      part = &cases.back().text;
    } else if (line == "--") {
      part = &cases.back().diagnostics;
    } else if (part) {
      *part += line + "\n";
    }
  }
}

/// The cases of all tables, the files in the order of their names.
std::vector<BadModel> readCases() {
  std::vector<std::filesystem::path> tables;
  for (const auto &entry : std::filesystem::directory_iterator(
           MLC_SOURCE_DIR "/test/frontend/bad_models"))
    if (entry.path().extension() == ".txt")
      tables.push_back(entry.path());
  std::sort(tables.begin(), tables.end());
  std::vector<BadModel> cases;
  for (const std::filesystem::path &table : tables)
    readTable(table, cases);
  return cases;
}

/// Without the lines that show the source.
std::string withoutSource(const std::string &text) {
  std::istringstream in(text);
  std::string result;
  for (std::string line; std::getline(in, line);)
    if (line.rfind("  ", 0) != 0)
      result += line + "\n";
  return result;
}

/// Whether `text` is `expected`, in which "[...]" stands for anything: a list
/// of names that grows with the tables.
bool matches(const std::string &text, const std::string &expected) {
  const std::string anything = "[...]";
  size_t gap = expected.find(anything);
  if (gap == std::string::npos)
    return text == expected;
  std::string rest = expected.substr(gap + anything.size());
  return text.size() >= gap + rest.size() &&
         text.compare(0, gap, expected, 0, gap) == 0 &&
         text.compare(text.size() - rest.size(), rest.size(), rest) == 0;
}

class BadModels : public testing::TestWithParam<BadModel> {};

TEST_P(BadModels, Diagnostics) {
  Diagnostics diagnostics;
  // The line's end before `--` is the table's.
  std::string text = GetParam().text;
  text.pop_back();
  EXPECT_FALSE(readModel(text, "model.json", diagnostics));
  EXPECT_TRUE(diagnostics.hasErrors());
  std::string found = withoutSource(diagnostics.str());
  EXPECT_TRUE(matches(found, GetParam().diagnostics))
      << "found:    " << found << "expected: " << GetParam().diagnostics;
}

std::string testName(const testing::TestParamInfo<BadModel> &info) {
  std::string name = info.param.name;
  for (char &c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)))
      c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Table, BadModels, testing::ValuesIn(readCases()),
                         testName);

TEST(BadModelTable, IsThere) { EXPECT_GE(readCases().size(), 100u); }

/// Whatever is cut off or changed: a diagnostic or a model, never a crash.
TEST(BadModelTable, EveryPrefixOfAModel) {
  std::ifstream file(MLC_SOURCE_DIR "/examples/digits/model.json");
  std::string text(std::istreambuf_iterator<char>(file), {});
  ASSERT_FALSE(text.empty());
  text.erase(text.find_last_not_of('\n') + 1);
  for (size_t size = 0; size < text.size(); ++size) {
    Diagnostics diagnostics;
    EXPECT_FALSE(readModel(text.substr(0, size), "m.json", diagnostics));
    EXPECT_TRUE(diagnostics.hasErrors());
  }
}

TEST(BadModelTable, EveryByteOfAModelChanged) {
  std::ifstream file(MLC_SOURCE_DIR "/examples/digits/model.json");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  for (char other : {'\0', '"', '{', ']', ',', '9', 'x', '\xff'})
    for (size_t i = 0; i < text.size(); ++i) {
      std::string changed = text;
      changed[i] = other;
      Diagnostics diagnostics;
      bool good = readModel(changed, "m.json", diagnostics).has_value();
      EXPECT_EQ(good, !diagnostics.hasErrors()) << changed;
      diagnostics.str();
    }
}

} // namespace
