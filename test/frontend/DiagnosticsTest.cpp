//===-- DiagnosticsTest.cpp - how diagnostics are shown -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Diagnostics.h"

#include <gtest/gtest.h>

using namespace mlc::frontend;

namespace {

std::shared_ptr<const SourceFile> makeFile(std::string text) {
  return std::make_shared<SourceFile>(SourceFile{"a.json", std::move(text)});
}

TEST(Diagnostics, ShowsTheLineAndACaret) {
  auto file = makeFile("{\n  \"units\": 0\n}");
  Diagnostics diagnostics;
  diagnostics.error(locate(file, 13), "must be positive")
      .note(locate(file, 0), "in this layer");
  EXPECT_EQ(diagnostics.str(), "a.json:2:12: error: must be positive\n"
                               "    \"units\": 0\n"
                               "             ^\n"
                               "a.json:1:1: note: in this layer\n"
                               "  {\n"
                               "  ^\n");
}

TEST(Diagnostics, CountsCharactersAndKeepsTabs) {
  auto file = makeFile("\t\"äöü\": 1");
  Diagnostics diagnostics;
  diagnostics.error(locate(file, 11), "here");
  EXPECT_EQ(diagnostics.str(), "a.json:1:9: error: here\n"
                               "  \t\"äöü\": 1\n"
                               "  \t       ^\n");
}

TEST(Diagnostics, ReadsWindowsLineEnds) {
  auto file = makeFile("ab\r\ncd\r\n");
  EXPECT_EQ(file->line(1), "ab");
  EXPECT_EQ(file->line(2), "cd");
  EXPECT_EQ(file->line(3), "");
  EXPECT_EQ(file->line(9), "");
  EXPECT_EQ(locate(file, 5).str(), "a.json:2:2");
}

TEST(Diagnostics, ShowsWhatIsKnownOfAPlace) {
  Diagnostics diagnostics;
  diagnostics.error(fileLocation("x.npy"), "no such file");
  diagnostics.error({}, "no memory");
  EXPECT_EQ(diagnostics.str(), "x.npy: error: no such file\n"
                               "error: no memory\n");
}

TEST(Diagnostics, AreInTheOrderOfTheText) {
  auto file = makeFile("abc");
  Diagnostics diagnostics;
  diagnostics.error(locate(file, 2), "second");
  diagnostics.warning(locate(file, 0), "first");
  EXPECT_EQ(diagnostics.errorCount(), 1u);
  std::string text = diagnostics.str();
  EXPECT_LT(text.find("warning: first"), text.find("error: second"));
}

TEST(Diagnostics, LeaveOutLinesTooLongToRead) {
  auto file = makeFile(std::string(10000, 'x'));
  Diagnostics diagnostics;
  diagnostics.error(locate(file, 5000), "here");
  EXPECT_EQ(diagnostics.str(), "a.json:1:5001: error: here\n");
}

TEST(NearestName, Finds) {
  std::vector<std::string> names = {"Dense", "Dropout", "Add", "Flatten"};
  EXPECT_EQ(nearestName("Dens", names), "Dense");
  EXPECT_EQ(nearestName("dense", names), "Dense");
  EXPECT_EQ(nearestName("DropOut", names), "Dropout");
  EXPECT_EQ(nearestName("Flattne", names), "Flatten");
  EXPECT_EQ(nearestName("add", names), "Add");
}

TEST(NearestName, DoesNotGuess) {
  std::vector<std::string> names = {"Dense", "Add"};
  EXPECT_EQ(nearestName("Conv2D", names), "");
  EXPECT_EQ(nearestName("", names), "");
  EXPECT_EQ(nearestName(std::string(100000, 'D'), names), "");
  EXPECT_EQ(didYouMean("Conv2D", names), "");
  EXPECT_EQ(didYouMean("Ad", names), "; did you mean \"Add\"?");
}

TEST(ListNames, Joins) {
  EXPECT_EQ(listNames({"a"}), "\"a\"");
  EXPECT_EQ(listNames({"a", "b"}), "\"a\" and \"b\"");
  EXPECT_EQ(listNames({"a", "b", "c"}, "or"), "\"a\", \"b\" or \"c\"");
}

} // namespace
