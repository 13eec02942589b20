//===-- WritersTest.cpp - arrays into files -------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Writers.h"
#include "TestSupport.h"
#include "runtime/OutputFile.h"
#include "runtime/Predictions.h"
#include "runtime/Readers.h"

namespace mlc::runtime {

namespace {

class WritersTest : public FileTest {
protected:
  Array array = makeArray<float>(DType::F32, {2, 2}, {1, 2.5f, -3, 0.1f});
};

TEST_F(WritersTest, Csv) {
  Array ids = makeArray<int32_t>(DType::I32, {2}, {7, 8});
  ASSERT_OK(writeCsv(path("a.csv"), {{"p", array}, {"a,b", ids}}));
  EXPECT_EQ(read(path("a.csv")), "p[0],p[1],\"a,b\"\n1,2.5,7\n-3,0.1,8\n");
  auto again = readArray({path("a.csv"), "p[0]..p[1]", {}});
  ASSERT_OK(again);
  EXPECT_EQ(valuesText(*again), valuesText(array));
}

TEST_F(WritersTest, ByExtension) {
  ASSERT_OK(writeArrays(path("a.npy"), {{"p", array}}));
  ASSERT_OK(writeArrays(path("a.npz"), {{"p", array}, {"q", array}}));
  ASSERT_OK(writeArrays(path("a.csv"), {{"p", array}}));
  for (const char *source : {"a.npy", "a.npz:q", "a.csv"}) {
    auto again = readArray(parseSource(path(source)));
    ASSERT_OK(again);
    EXPECT_EQ(valuesText(*again), "1 2.5 -3 0.1") << source;
  }
  expectError(writeArrays(path("b.npy"), {{"p", array}, {"q", array}}),
              "holds one array, but there are 2");
  expectError(writeArrays(path("b.txt"), {{"p", array}}),
              "unknown extension \".txt\"");
}

TEST_F(WritersTest, SameBytesEachTime) {
  ASSERT_OK(writeNpz(path("a.npz"), {{"p", array}}));
  ASSERT_OK(writeNpz(path("b.npz"), {{"p", array}}));
  EXPECT_EQ(read(path("a.npz")), read(path("b.npz")));
}

TEST_F(WritersTest, UnwritablePathsLeaveNothing) {
  write("file", "content");
  std::filesystem::create_directory(path("directory.npy"));
  std::vector<std::string> before = files();
  for (const char *name : {"missing/a.npy", "file/a.npy", "directory.npy",
                           "missing/a.npz", "file/a.csv"}) {
    expectError(writeArrays(path(name), {{"p", array}}), path(name));
    expectError(checkWritable(path(name)), path(name));
  }
  expectError(writeFile("", "x"), "empty");
  EXPECT_EQ(files(), before);
  EXPECT_EQ(read(path("file")), "content");
}

TEST_F(WritersTest, OldFileStaysUntilCommit) {
  write("a", "old");
  {
    auto file = OutputFile::create(path("a"));
    ASSERT_OK(file);
    ASSERT_OK(file->write("new"));
    EXPECT_EQ(read(path("a")), "old");
  } // given up
  EXPECT_EQ(read(path("a")), "old");
  ASSERT_OK(writeFile(path("a"), "new"));
  EXPECT_EQ(read(path("a")), "new");
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(WritersTest, KeepsLinksAndModes) {
  namespace fs = std::filesystem;
  write("real", "old");
  fs::permissions(path("real"), fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink(path("real"), path("link"));
  ASSERT_OK(writeFile(path("link"), "new"));
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read(path("real")), "new");
  EXPECT_EQ(fs::status(path("real")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(WritersTest, DevicesAreWrittenDirectly) {
  ASSERT_OK(writeFile("/dev/null", "gone"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(Predictions, ReadAsATable) {
  std::ostringstream out;
  Array classes = makeArray<float>(DType::F32, {2, 2}, {0.25f, 0.75f, 1, 0});
  printPredictions(
      out,
      {{"class", classes},
       {"logit", classes},
       {"value", makeArray<float>(DType::F32, {2, 1}, {1.5f, -2})},
       {"count", makeArray<int32_t>(DType::I32, {1, 2, 1}, {3, 4})}},
      {OutputKind::Probabilities, OutputKind::Logits});
  EXPECT_EQ(out.str(), "class, 2 rows\n"
                       "   row  class   share\n"
                       "     0      1   75.0%  [0.2500 0.7500]\n"
                       "     1      0  100.0%  [1.0000 0.0000]\n"
                       "\n"
                       "logit, 2 rows\n"
                       "   row  class   share\n"
                       "     0      1   62.2%  [0.2500 0.7500]\n"
                       "     1      0   73.1%  [1.0000 0.0000]\n"
                       "\n"
                       "value, 2 rows\n"
                       "   row\n"
                       "     0  1.5000\n"
                       "     1  -2.0000\n"
                       "\n"
                       "count, 1 row of shape [2, 1]\n"
                       "   row\n"
                       "     0  [3 4]\n");
}

} // namespace

} // namespace mlc::runtime
