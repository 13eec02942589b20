//===-- CsvTest.cpp - tables of numbers -----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "runtime/Readers.h"

namespace mlc::runtime {

namespace {

struct Case {
  const char *name;
  const char *text;
  const char *selector;
  const char *expected; ///< "dtype shape: values", or part of the error
};

std::string described(const Array &array) {
  return std::string(nameOf(array.dtype)) + " " + shapeText(array.shape) +
         ": " + valuesText(array);
}

class CsvTest : public ::testing::TestWithParam<Case> {};

TEST_P(CsvTest, Reads) {
  auto array =
      parseCsv(GetParam().text, {"table.csv", GetParam().selector, {}});
  ASSERT_OK(array);
  EXPECT_EQ(described(*array), GetParam().expected);
}

constexpr const char *table = "a,b,label\n1,2,0\n3,4.5,1\n";

INSTANTIATE_TEST_SUITE_P(
    Csv, CsvTest,
    ::testing::Values(
        Case{"all", table, "", "float64 [2, 3]: 1 2 0 3 4.5 1"},
        Case{"name", table, "label", "int64 [2]: 0 1"},
        Case{"index", table, "0", "int64 [2]: 1 3"},
        Case{"names", table, "b,a", "float64 [2, 2]: 2 1 4.5 3"},
        Case{"range", table, "a..b", "float64 [2, 2]: 1 2 3 4.5"},
        Case{"indices", table, "1..2", "float64 [2, 2]: 2 0 4.5 1"},
        Case{"without", table, "!label", "float64 [2, 2]: 1 2 3 4.5"},
        Case{"no_header", "1,2\n3,4\n", "", "int64 [2, 2]: 1 2 3 4"},
        Case{"no_newline", "1\n2", "", "int64 [2, 1]: 1 2"},
        Case{"crlf", "a,b\r\n1,-2\r\n\r\n", "", "int64 [1, 2]: 1 -2"},
        Case{"quoted", "\"a\",\"d\"\n\"1\", 2 \n", "", "int64 [1, 2]: 1 2"},
        Case{"mark",
             "\xEF\xBB\xBF"
             "1,2\n",
             "", "int64 [1, 2]: 1 2"},
        Case{"numbers", "+1,1e3,-.5,nan,inf\n", "",
             "float64 [1, 5]: 1 1000 -0.5 nan inf"},
        Case{"header_only", "a,b\n", "", "int64 [0, 2]: "}),
    [](const auto &info) { return std::string(info.param.name); });

TEST(Csv, ColumnsOneByOne) {
  // A name may have the separator of selectors in it.
  auto array =
      parseCsv("\"x, \"\"y\"\"\",z\n1,2\n", {"table.csv", "", {"x, \"y\""}});
  ASSERT_OK(array);
  EXPECT_EQ(described(*array), "int64 [1]: 1");
}

TEST(Csv, TabsInTsv) {
  auto array = parseCsv("a\tb\n1\t2\n", {"table.tsv", "", {}});
  ASSERT_OK(array);
  EXPECT_EQ(described(*array), "int64 [1, 2]: 1 2");
}

TEST(Csv, LineBreakInQuotesCountsForLines) {
  auto array = parseCsv("\"a\nb\"\n1\nx\n", {"table.csv", "", {}});
  expectError(array, "table.csv:4:1: error: expected a number, found \"x\"");
}

TEST(Csv, ErrorShowsLineAndCaret) {
  auto array = parseCsv("a,b\n1,2\n3,four\n", {"table.csv", "", {}});
  ASSERT_FALSE(array);
  EXPECT_EQ(array.error().text(),
            "table.csv:3:3: error: expected a number, found \"four\" in column "
            "1\n3,four\n  ^");
}

} // namespace

} // namespace mlc::runtime
