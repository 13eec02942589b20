//===-- MalformedTest.cpp - data files that are wrong ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "runtime/Readers.h"
#include "runtime/Safetensors.h"
#include "runtime/Writers.h"

#include <zlib.h>

namespace mlc::runtime {

namespace {

struct Case {
  const char *name;
  std::string file; ///< decides the format
  std::string content;
  std::string message; ///< part of the error
  std::string selector = {};
};

std::string npy(const std::string &header, const std::string &data) {
  return "\x93NUMPY" + bytes({1, 0, static_cast<int>(header.size()), 0}) +
         header + data;
}

std::string npyWith(const std::string &descr, const std::string &shape,
                    const std::string &data) {
  return npy("{'descr': " + descr +
                 ", 'fortran_order': False, 'shape': " + shape + "}",
             data);
}

std::string gzip(const std::string &content) {
  std::string packed(content.size() + 100, '\0');
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in =
      reinterpret_cast<Bytef *>(const_cast<char *>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef *>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string idx(std::initializer_list<int> header, size_t data) {
  std::string content = bytes(header);
  for (size_t i = 0; i < data; ++i)
    content += static_cast<char>(i * 37);
  return content;
}

class MalformedTest : public FileTest,
                      public ::testing::WithParamInterface<Case> {};

TEST_P(MalformedTest, IsAnError) {
  const Case &param = GetParam();
  std::string file = write(param.file, param.content);
  auto array = readArray({file, param.selector, {}});
  expectError(array, param.message);
  expectError(array, file);
}

std::string nameOfCase(const ::testing::TestParamInfo<Case> &info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Idx, MalformedTest,
    ::testing::Values(
        Case{"empty", "a.idx", "", "truncated: the IDX header takes 4 bytes"},
        Case{"magic", "a.idx", "hello world", "not an IDX file"},
        Case{"type", "a.idx", bytes({0, 0, 7, 1, 0, 0, 0, 1}),
             "unknown IDX type code 7 at byte 2"},
        Case{"no_dimensions", "a.idx", bytes({0, 0, 8, 0, 1}), "no dimensions"},
        Case{"size_cut", "a.idx", bytes({0, 0, 8, 1, 0, 0}),
             "truncated: the size of dimension 0"},
        Case{"data_cut", "a.idx", idx({0, 0, 8, 1, 0, 0, 0, 9}, 3),
             "the array of shape [9] takes 9 bytes from byte 8"},
        Case{"too_long", "a.idx", idx({0, 0, 8, 1, 0, 0, 0, 1}, 3),
             "data continues after byte 9"},
        Case{"huge", "a.idx",
             idx({0, 0, 14, 2, 127, 255, 255, 255, 0, 255, 255, 255}, 8),
             "truncated, or a wrong header"},
        Case{"overflow", "a.idx",
             idx({0, 0, 14, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                  255, 255},
                 8),
             "impossible shape"},
        Case{"hidden_overflow", "a.idx",
             idx({0,   0,   14,  4,   255, 255, 255, 255, 255, 255,
                  255, 255, 255, 255, 255, 255, 0,   0,   0,   0},
                 0),
             "impossible shape"},
        Case{"selector", "a.idx", idx({0, 0, 8, 1, 0, 0, 0, 1}, 1),
             "holds one array", "x"},
        Case{"gzip_cut", "a.idx.gz",
             gzip(idx({0, 0, 8, 1, 0, 0, 3, 232}, 1000)).substr(0, 100),
             "gzip"},
        Case{"gzip_short", "a.idx.gz", gzip(idx({0, 0, 8, 1, 0, 0, 0, 9}, 5)),
             "truncated"},
        Case{"gzip_bomb", "a.idx.gz",
             gzip(idx({0, 0, 8, 2, 127, 0, 0, 0, 0, 1, 0, 0}, 9)),
             "truncated, or a wrong header"}),
    nameOfCase);

INSTANTIATE_TEST_SUITE_P(
    Npy, MalformedTest,
    ::testing::Values(
        Case{"empty", "a.npy", "", "truncated: the npy header"},
        Case{"magic", "a.npy", "this is no array at all", "not an npy file"},
        Case{"version", "a.npy", "\x93NUMPY" + bytes({9, 1, 0, 0}),
             "unknown npy version 9.1"},
        Case{"header_cut", "a.npy", "\x93NUMPY" + bytes({1, 0, 100, 0}) + "{",
             "the npy header takes 100 bytes from byte 10"},
        Case{"header_huge", "a.npy",
             "\x93NUMPY" + bytes({2, 0, 255, 255, 255, 255}) + "{",
             "truncated, or a wrong header"},
        Case{"no_dictionary", "a.npy", npy("[]", ""),
             "expected '{' at byte 10"},
        Case{"no_shape", "a.npy",
             npy("{'descr': '<f4', 'fortran_order': False}", ""),
             "lacks 'shape'"},
        Case{"no_descr", "a.npy", npy("{'shape': (1,)}", ""), "lacks 'descr'"},
        Case{"unknown_entry", "a.npy", npy("{'color': 3}", ""),
             "unknown entry 'color'"},
        Case{"order", "a.npy", npy("{'fortran_order': Perhaps}", ""),
             "expected True or False"},
        Case{"unclosed", "a.npy", npy("{'descr': '<f4", ""), "closed quote"},
        Case{"unclosed_shape", "a.npy", npy("{'shape': (3, 4", ""),
             "expected ',' or ')'"},
        Case{"negative", "a.npy", npyWith("'<f4'", "(-1,)", ""),
             "expected a size"},
        Case{"size_too_long", "a.npy",
             npyWith("'<f4'", "(99999999999999999999,)", ""),
             "expected a size"},
        Case{"overflow", "a.npy",
             npyWith("'<f8'", "(4611686018427387904, 4)", ""),
             "impossible shape"},
        Case{"huge", "a.npy", npyWith("'<f4'", "(1000000000000,)", "1234"),
             "takes 4000000000000 bytes"},
        Case{"data_cut", "a.npy", npyWith("'<f4'", "(2,)", "1234567"),
             "the array of shape [2] takes 8 bytes"},
        Case{"too_long", "a.npy", npyWith("'<f4'", "(1,)", "1234567"),
             "data continues"},
        Case{"text", "a.npy", npyWith("'<U10'", "(1,)", ""), "(text)"},
        Case{"objects", "a.npy", npyWith("'|O'", "(1,)", ""),
             "(Python objects)"},
        Case{"half", "a.npy", npyWith("'<f2'", "(1,)", ""),
             "unsupported dtype '<f2'"},
        Case{"records", "a.npy", npyWith("[('a', '<f4')]", "(1,)", ""),
             "records"},
        Case{"selector", "a.npy", npyWith("'<f4'", "(1,)", "1234"),
             "holds one array", "x"}),
    nameOfCase);

INSTANTIATE_TEST_SUITE_P(
    Other, MalformedTest,
    ::testing::Values(
        Case{"npz_empty", "a.npz", "", "npz (zip)"},
        Case{"npz_text", "a.npz", "PK but not really", "npz (zip)"},
        Case{"unknown", "a.dat", "some text", "unknown format of data"},
        Case{"csv_empty", "a.csv", "", "this file is empty"},
        Case{"csv_text", "a.csv", "a,b\n1,x\n",
             "a.csv:2:3: error: expected a number, found \"x\" in column 1"},
        Case{"csv_missing", "a.csv", "a,b\n1,\n",
             "a.csv:2:3: error: empty field"},
        Case{"csv_short", "a.csv", "1,2\n3\n",
             "a.csv:2:1: error: this line has 1 fields, the first line has 2"},
        Case{"csv_blank", "a.csv", "1,2\n\n3,4\n", "a.csv:2:1"},
        Case{"csv_long", "a.csv", "1,2\n3,4,5\n", "has 3 fields"},
        Case{"csv_open_quote", "a.csv", "1,2\n\"3,4\n",
             "a.csv:2:1: error: this quote is never closed"},
        Case{"csv_after_quote", "a.csv", "1,2\n\"3\"x,4\n", "a.csv:2:4"},
        Case{"csv_inner_quote", "a.csv", "1,2\n3\"4\",5\n", "a.csv:2:2"},
        Case{"csv_column", "a.csv", "a,b\n1,2\n",
             "no column \"c\": it has a, b", "c"},
        Case{"csv_index", "a.csv", "1,2\n", "choose by index, 0 to 1", "2"},
        Case{"csv_backwards", "a.csv", "a,b\n1,2\n", "ends before it starts",
             "b..a"},
        Case{"csv_none", "a.csv", "a\n1\n", "leaves no column", "!a"},
        Case{"csv_range", "a.csv", "a,b\n1,1e999\n", "expected a number"}),
    nameOfCase);

class MissingTest : public FileTest {};

TEST_F(MissingTest, FilesAndDirectories) {
  expectError(readArray({path("none.npy"), "", {}}), "No such file");
  expectError(readArray({path("none"), "", {}}), "No such file");
  std::filesystem::create_directory(path("d.npy"));
  expectError(readArray({path("d.npy"), "", {}}), "this is a directory");
  expectError(readArray({path("d.npz"), "", {}}), "No such file");
  expectError(readSafetensors(path("none.safetensors")), "No such file");
}

/// Every prefix of a valid file must be an error, or a valid file itself.
TEST_F(MissingTest, EveryTruncationIsAnError) {
  Array array = makeArray<uint8_t>(DType::U8, {5}, {1, 2, 3, 4, 5});
  ASSERT_OK(writeNpy(path("a.npy"), array));
  ASSERT_OK(writeNpz(path("a.npz"), {{"x", array}}));
  for (const char *name : {"a.npy", "a.npz"}) {
    std::string whole = read(path(name));
    for (size_t size = 0; size < whole.size(); ++size) {
      std::string cut =
          write(std::string("cut-") + name, whole.substr(0, size));
      EXPECT_FALSE(readArray({cut, "", {}})) << name << " cut at " << size;
    }
  }
}

/// Changing a byte anywhere must give an array or an error, never more.
TEST_F(MissingTest, EveryChangedByteIsHandled) {
  Array array = makeArray<uint8_t>(DType::U8, {5}, {1, 2, 3, 4, 5});
  ASSERT_OK(writeNpy(path("a.npy"), array));
  ASSERT_OK(writeNpz(path("a.npz"), {{"x", array}}));
  ASSERT_OK(writeSafetensors(path("a.safetensors"),
                             {{"x", DType::U8, {5}, array.bytes.data(), 5}},
                             {{"format", "test"}}));
  for (const char *name : {"a.npy", "a.npz", "a.safetensors"}) {
    std::string whole = read(path(name));
    for (size_t at = 0; at < whole.size(); ++at)
      for (int change : {1, 128}) {
        std::string other = whole;
        other[at] = static_cast<char>(other[at] ^ change);
        std::string file = write(std::string("changed-") + name, other);
        if (std::string(name) == "a.safetensors")
          (void)readSafetensors(file);
        else
          (void)readArray({file, "", {}});
      }
  }
}

struct TensorsCase {
  const char *name;
  std::string header;
  size_t data;
  std::string message;
};

class MalformedSafetensorsTest
    : public FileTest,
      public ::testing::WithParamInterface<TensorsCase> {};

TEST_P(MalformedSafetensorsTest, IsAnError) {
  const TensorsCase &param = GetParam();
  std::string length =
      bytes({static_cast<int>(param.header.size()), 0, 0, 0, 0, 0, 0, 0});
  std::string file = write("a.safetensors", length + param.header +
                                                std::string(param.data, 'x'));
  expectError(readSafetensors(file), param.message);
}

INSTANTIATE_TEST_SUITE_P(
    Safetensors, MalformedSafetensorsTest,
    ::testing::Values(
        TensorsCase{"json", "{\"a\":", 0, "not a JSON object"},
        TensorsCase{"list", "[]", 0, "not a JSON object"},
        TensorsCase{"metadata", R"({"__metadata__":3})", 0,
                    "__metadata__ is not an object"},
        TensorsCase{"metadata_number", R"({"__metadata__":{"a":1}})", 0,
                    "metadata 'a' is not text"},
        TensorsCase{"no_shape", R"({"a":{"dtype":"F32"}})", 0,
                    "'a' lacks a valid shape"},
        TensorsCase{
            "negative",
            R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4,
            "'a' lacks a valid shape"},
        TensorsCase{"dtype",
                    R"({"a":{"dtype":"X","shape":[1],"data_offsets":[0,4]}})",
                    4, "'a' has an unknown dtype"},
        TensorsCase{
            "overflow",
            R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}})",
            4, "impossible shape"},
        TensorsCase{"cut",
                    R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
                    5, "the file holds 5 (truncated?)"},
        TensorsCase{"size",
                    R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})",
                    4, "needs 8 bytes, its place has 4"},
        TensorsCase{"gap",
                    R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                    3, "starts at byte 1 of the data, expected 0"},
        TensorsCase{
            "overlap",
            R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
            3, "starts at byte 1 of the data, expected 2"},
        TensorsCase{"rest",
                    R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
                    9, "9 follow the header"}),
    [](const auto &info) { return std::string(info.param.name); });

TEST_F(MissingTest, SafetensorsHeaderLength) {
  expectError(readSafetensors(write("a", "abc")), "truncated");
  expectError(readSafetensors(write("b", std::string(8, '\xff') + "{}")),
              "not a safetensors file");
  expectError(
      readSafetensors(write("c", bytes({9, 0, 0, 0, 0, 0, 0, 0}) + "{}")),
      "promise a header of 9 bytes, and the file has 10");
}

} // namespace

} // namespace mlc::runtime
