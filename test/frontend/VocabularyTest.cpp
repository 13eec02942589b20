//===-- VocabularyTest.cpp - what ids stand for ---------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Vocabulary.h"

#include <gtest/gtest.h>

#include <fstream>

using namespace mlc::frontend;

namespace {

using Ids = std::vector<int32_t>;

TEST(Vocabulary, TakesTheLongestTextThatFits) {
  Vocabulary vocabulary({"a", "b", "ab", "é", " "});
  size_t bad = 0;
  EXPECT_EQ(vocabulary.encode("ab ba", bad), (Ids{2, 4, 1, 0}));
  EXPECT_EQ(vocabulary.encode("aéb", bad), (Ids{0, 3, 1}));
  EXPECT_EQ(vocabulary.encode("", bad), Ids{});
  EXPECT_EQ(vocabulary.text(2), "ab");
}

TEST(Vocabulary, SaysWhereNoTextFits) {
  Vocabulary vocabulary({"a", "bc"});
  size_t bad = 0;
  EXPECT_FALSE(vocabulary.encode("aabd", bad));
  EXPECT_EQ(bad, 2u);
}

/// The messages about a file with these contents, which should list 2 texts.
std::string messages(const std::string &contents) {
  std::string path = testing::TempDir() + "mlc_vocabulary.json";
  std::ofstream(path) << contents;
  Diagnostics diagnostics;
  auto vocabulary =
      readVocabulary({path, "", {}, fileLocation("m.json")}, 2, diagnostics);
  EXPECT_EQ(vocabulary.has_value(), diagnostics.errorCount() == 0);
  return diagnostics.str();
}

TEST(Vocabulary, IsAListOfDifferentTexts) {
  EXPECT_EQ(messages(R"(["a", "b"])"), "");
  EXPECT_NE(messages(R"({"a": 0})").find("a list of texts"), std::string::npos);
  EXPECT_NE(messages(R"(["a", 3])").find(":1:7: error: "), std::string::npos);
  EXPECT_NE(messages(R"(["a", ""])").find(":1:7: error: "), std::string::npos);
  EXPECT_NE(messages(R"(["a", "a"])").find("twice"), std::string::npos);
  EXPECT_NE(messages(R"(["a"])").find("expected 2 texts"), std::string::npos);
  EXPECT_NE(messages(R"(["a")").find("error: "), std::string::npos);
}

TEST(Vocabulary, SaysThatItIsMissing) {
  Diagnostics diagnostics;
  EXPECT_FALSE(readVocabulary({"/no/such.json", "", {}, {}}, 2, diagnostics));
  EXPECT_NE(diagnostics.str().find("cannot read the vocabulary"),
            std::string::npos);
}

} // namespace
