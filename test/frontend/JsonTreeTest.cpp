//===-- JsonTreeTest.cpp - JSON and its positions -------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/JsonTree.h"

#include <gtest/gtest.h>

using namespace mlc::frontend;
using Kind = JsonNode::Kind;

namespace {

std::optional<JsonNode> parse(std::string text, Diagnostics &diagnostics) {
  return parseJson(
      std::make_shared<SourceFile>(SourceFile{"t", std::move(text)}),
      diagnostics);
}

/// Every node with its place: `1:1 object 1:2 "a" 1:7 1`.
void list(const JsonNode &node, std::string &out) {
  out += node.location.str().substr(2) + " " + describe(node) + "\n";
  for (const JsonNode &item : node.items)
    list(item, out);
  for (const JsonMember &member : node.members) {
    out += member.location.str().substr(2) + " " + member.key + ":\n";
    list(member.value, out);
  }
}

std::string places(std::string text) {
  Diagnostics diagnostics;
  std::optional<JsonNode> root = parse(std::move(text), diagnostics);
  std::string out = diagnostics.str();
  if (root)
    list(*root, out);
  return out;
}

TEST(JsonTree, KnowsThePlaceOfEverything) {
  EXPECT_EQ(places("{\"a\": [1, -2.5e3,true],\n  \"b\" : null , \"c\":{ } }"),
            "1:1 an object\n"
            "1:2 a:\n"
            "1:7 a list\n"
            "1:8 1\n"
            "1:11 -2500.0\n"
            "1:18 true\n"
            "2:3 b:\n"
            "2:9 null\n"
            "2:16 c:\n"
            "2:20 an empty object\n");
}

TEST(JsonTree, NumbersEndAnywhere) {
  EXPECT_EQ(places("[1]"), "1:1 a list\n1:2 1\n");
  EXPECT_EQ(places("[1,[2],3\n]"),
            "1:1 a list\n1:2 1\n1:4 a list\n1:5 2\n1:8 3\n");
  EXPECT_EQ(places("{\"a\":1}"), "1:1 an object\n1:2 a:\n1:6 1\n");
  EXPECT_EQ(places("7"), "1:1 7\n");
  EXPECT_EQ(places(" 7\n"), "1:2 7\n");
}

TEST(JsonTree, StringsMayHoldAnything) {
  EXPECT_EQ(places("[\"a,]\\\"\", \"é:\", \"\\u00e9\", 1]"),
            "1:1 a list\n1:2 \"a,]\"\"\n1:11 \"é:\"\n1:17 \"é\"\n1:27 1\n");
}

TEST(JsonTree, SkipsAByteOrderMark) {
  EXPECT_EQ(places("\xEF\xBB\xBF[true]"), "1:2 a list\n1:3 true\n");
}

TEST(JsonTree, KeepsIntegersApart) {
  Diagnostics none;
  std::optional<JsonNode> root =
      parse("[9223372036854775807, -9223372036854775808, "
            "9223372036854775808, 3.0]",
            none);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->items[0].integer, INT64_MAX);
  EXPECT_EQ(root->items[1].integer, INT64_MIN);
  EXPECT_TRUE(root->items[2].is(Kind::Number));
  EXPECT_TRUE(root->items[3].is(Kind::Number));
  EXPECT_EQ(root->items[0].number, 9223372036854775807.0);
}

TEST(JsonTree, ReportsEveryDuplicateKey) {
  Diagnostics diagnostics;
  EXPECT_TRUE(parse("{\"a\": 1, \"b\": 2, \"a\": 3, \"b\": 4}", diagnostics));
  EXPECT_EQ(diagnostics.errorCount(), 2u);
}

TEST(JsonTree, BoundsNesting) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parse(std::string(100000, '['), diagnostics));
  EXPECT_EQ(diagnostics.all().front().message,
            "lists and objects are nested more than 64 deep");
  EXPECT_EQ(diagnostics.all().front().location.column, 65u);
}

TEST(JsonTree, TakesTimeInProportion) {
  // A megabyte on one line; quadratic time would not end.
  std::string text = "[0";
  for (int i = 0; i < 200000; ++i)
    text += ", 1.5";
  Diagnostics none;
  std::optional<JsonNode> root = parse(text + "]", none);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->items.back().location.column, text.size() - 2);
}

} // namespace
