//===-- ReadersTest.cpp - IDX, npy and npz --------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Readers.h"
#include "TestSupport.h"
#include "runtime/Writers.h"

#include <zip.h>
#include <zlib.h>

namespace mlc::runtime {

namespace {

class ReadersTest : public FileTest {
protected:
  std::string writeGzip(const std::string &name, const std::string &content) {
    gzFile file = gzopen(path(name).c_str(), "wb");
    gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose(file);
    return path(name);
  }
  static std::string npy(const std::string &header, const std::string &data,
                         int version = 1) {
    std::string text = header + "\n";
    std::string start = "\x93NUMPY" + bytes({version, 0}) +
                        bytes({static_cast<int>(text.size()), 0});
    return start + (version > 1 ? bytes({0, 0}) : "") + text + data;
  }
  void expectValues(const ArraySource &source, const char *dtype,
                    const std::string &shape, const std::string &values) {
    auto array = readArray(source);
    ASSERT_OK(array);
    EXPECT_STREQ(nameOf(array->dtype), dtype);
    EXPECT_EQ(shapeText(array->shape), shape);
    EXPECT_EQ(valuesText(*array), values);
  }
};

TEST_F(ReadersTest, IdxOfEachType) {
  expectValues(
      {write("a-ubyte", bytes({0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 255})),
       ""},
      "uint8", "[2, 1]", "7 255");
  auto one = [&](int code, std::initializer_list<int> element) {
    return write("b.idx", bytes({0, 0, code, 1, 0, 0, 0, 1}) + bytes(element));
  };
  expectValues({one(9, {255}), ""}, "int8", "[1]", "-1");
  expectValues({one(11, {1, 2}), ""}, "int16", "[1]", "258");
  expectValues({one(12, {255, 255, 255, 254}), ""}, "int32", "[1]", "-2");
  expectValues({one(13, {0x3f, 0xc0, 0, 0}), ""}, "float32", "[1]", "1.5");
  expectValues({one(14, {0xc0, 0x04, 0, 0, 0, 0, 0, 0}), ""}, "float64", "[1]",
               "-2.5");
}

TEST_F(ReadersTest, IdxCompressed) {
  expectValues({writeGzip("train-labels-idx1-ubyte.gz",
                          bytes({0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4})),
                ""},
               "uint8", "[3]", "5 0 4");
}

TEST_F(ReadersTest, RecognisesContentWithoutExtension) {
  expectValues({write("labels", bytes({0, 0, 8, 1, 0, 0, 0, 1, 9})), ""},
               "uint8", "[1]", "9");
  ASSERT_OK(writeNpy(path("x.npy"), makeArray<int32_t>(DType::I32, {1}, {3})));
  std::filesystem::rename(path("x.npy"), path("array"));
  expectValues({path("array"), ""}, "int32", "[1]", "3");
}

TEST_F(ReadersTest, NpyRoundTripOfEachType) {
  for (DType dtype :
       {DType::Bool, DType::U8, DType::I8, DType::U16, DType::I16, DType::U32,
        DType::I32, DType::U64, DType::I64, DType::F32, DType::F64}) {
    Array array{dtype, {2, 0}, {}, false};
    array.shape[1] = 3;
    array.bytes.resize(static_cast<size_t>(6 * sizeOf(dtype)));
    array.bytes[0] = std::byte(1);
    ASSERT_OK(writeNpy(path("a.npy"), array));
    auto again = readArray({path("a.npy"), ""});
    ASSERT_OK(again);
    EXPECT_EQ(again->dtype, dtype);
    EXPECT_EQ(again->shape, array.shape);
    EXPECT_EQ(again->bytes, array.bytes);
  }
}

TEST_F(ReadersTest, NpyVersionsOrdersAndShapes) {
  std::string header =
      "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }";
  std::string data = bytes({0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6});
  for (int version : {1, 2, 3})
    expectValues({write("f.npy", npy(header, data, version)), ""}, "int16",
                 "[2, 3]", "1 3 5 2 4 6");
  expectValues({write("s.npy", npy("{'descr': '|u1', 'fortran_order': False, "
                                   "'shape': ()}",
                                   bytes({4}))),
                ""},
               "uint8", "[]", "4");
  expectValues({write("e.npy", npy("{'descr': '<f4', 'fortran_order': False, "
                                   "'shape': (0, 3), }",
                                   "")),
                ""},
               "float32", "[0, 3]", "");
}

TEST_F(ReadersTest, NpzPicksByKey) {
  ASSERT_OK(writeNpz(path("a.npz"),
                     {{"x", makeArray<float>(DType::F32, {2}, {1, 2})},
                      {"y", makeArray<uint8_t>(DType::U8, {1}, {3})}}));
  expectValues({path("a.npz"), "x"}, "float32", "[2]", "1 2");
  expectValues({path("a.npz"), "y"}, "uint8", "[1]", "3");
  expectError(readArray({path("a.npz"), ""}), "it has x, y");
  expectError(readArray({path("a.npz"), "z"}), "it has x, y");
  auto all = readNpz(path("a.npz"));
  ASSERT_OK(all);
  EXPECT_EQ(all->size(), 2u);
}

TEST_F(ReadersTest, NpzDeflated) {
  std::string member = npyHeader(DType::U8, {4000}) + std::string(4000, '\x05');
  int code = 0;
  zip_t *archive = zip_open(path("d.npz").c_str(), ZIP_CREATE, &code);
  zip_source_t *source =
      zip_source_buffer(archive, member.data(), member.size(), 0);
  zip_int64_t index = zip_file_add(archive, "only.npy", source, 0);
  zip_set_file_compression(archive, static_cast<zip_uint64_t>(index),
                           ZIP_CM_DEFLATE, 9);
  ASSERT_EQ(zip_close(archive), 0);
  ASSERT_LT(std::filesystem::file_size(path("d.npz")), 1000u);
  auto array = readArray({path("d.npz"), ""}); // the only one needs no key
  ASSERT_OK(array);
  EXPECT_EQ(array->bytes, std::vector<std::byte>(4000, std::byte(5)));
}

TEST(ParseSource, SplitsAfterAKnownExtension) {
  auto check = [](const char *text, const char *file, const char *selector) {
    ArraySource source = parseSource(text);
    EXPECT_EQ(source.file, file);
    EXPECT_EQ(source.selector, selector);
  };
  check("a.npz:x", "a.npz", "x");
  check("a.npz", "a.npz", "");
  check("dir:1/a.csv:b,c", "dir:1/a.csv", "b,c");
  check("a.csv:time:0", "a.csv", "time:0");
  check("a:b", "a:b", "");
}

TEST(Convert, ChecksBeforeItConverts) {
  auto bad = [](const Array &array, DType to) {
    auto at = firstUnrepresentable(array, to);
    return at ? *at : -1;
  };
  Array floats = makeArray<double>(DType::F64, {4}, {1, -128, 1.5, 1e300});
  EXPECT_EQ(bad(floats, DType::I32), 2);
  EXPECT_EQ(bad(floats, DType::U8), 1);
  EXPECT_EQ(bad(floats, DType::F32), 3);
  EXPECT_EQ(bad(floats, DType::F64), -1);
  Array wide = makeArray<int64_t>(DType::I64, {3}, {0, 1LL << 31, -1});
  EXPECT_EQ(bad(wide, DType::I32), 1);
  EXPECT_EQ(bad(wide, DType::U8), 1);
  EXPECT_EQ(bad(wide, DType::F32), -1);
  Array big = makeArray<uint64_t>(DType::U64, {2}, {1, ~0ull});
  EXPECT_EQ(bad(big, DType::I64), 1);
  Array edge = makeArray<double>(DType::F64, {2}, {2147483647.0, 2147483648.0});
  EXPECT_EQ(bad(edge, DType::I32), 1);
}

} // namespace

} // namespace mlc::runtime
