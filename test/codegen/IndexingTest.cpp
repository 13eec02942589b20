//===-- IndexingTest.cpp - rows of tables, in place and out ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

#include <random>

using namespace mlc;

namespace {

/// A table of `rows` rows of shape `row`, looked up at `ids` places.
struct Lookup {
  int64_t rows;
  std::vector<int64_t> row, ids;

  static int64_t count(const std::vector<int64_t> &shape) {
    int64_t elements = 1;
    for (int64_t size : shape)
      elements *= size;
    return elements;
  }
  static std::vector<int64_t> join(std::vector<int64_t> front,
                                   const std::vector<int64_t> &back) {
    front.insert(front.end(), back.begin(), back.end());
    return front;
  }
  int64_t width() const { return count(row); }
  std::vector<int64_t> table() const { return join({rows}, row); }
  std::vector<int64_t> picked() const { return join(ids, row); }
};

const std::vector<Lookup> lookups = {
    {9, {32}, {4, 5}}, {9, {5}, {7}},     {3, {1}, {11}},   {1, {3}, {2, 1}},
    {50, {67}, {3}},   {7, {}, {5}},      {64, {}, {3, 9}}, {6, {3, 17}, {4}},
    {5, {2, 1}, {9}},  {11, {16}, {1, 1}}};

std::string makeFunctions(const Lookup &l, size_t i, llvm::StringRef element) {
  return llvm::formatv(
             "func.func @gather{0}(%t: tensor<{1}>, %i: tensor<{2}>)"
             " -> tensor<{3}> {{\n"
             "  %0 = mlc.gather %t, %i : tensor<{1}>, tensor<{2}>"
             " -> tensor<{3}>\n"
             "  %1 = mlc.add %0, %0 : tensor<{3}>\n"
             "  return %1 : tensor<{3}>\n}\n"
             "func.func @scatter{0}(%t: tensor<{1}>, %i: tensor<{2}>,"
             " %u: tensor<{3}>) -> tensor<{1}> {{\n"
             "  %0 = mlc.scatter_add %t, %i, %u : tensor<{1}>, tensor<{2}>,"
             " tensor<{3}>\n"
             "  return %0 : tensor<{1}>\n}\n"
             "func.func @gradient{0}(%i: tensor<{2}>, %u: tensor<{3}>)"
             " -> tensor<{1}> {{\n"
             "  %z = mlc.constant dense<0.0> : tensor<{1}>\n"
             "  %v = mlc.mul %u, %u : tensor<{3}>\n"
             "  %0 = mlc.scatter_add %z, %i, %v : tensor<{1}>, tensor<{2}>,"
             " tensor<{3}>\n"
             "  return %0 : tensor<{1}>\n}\n",
             i, shapeText(l.table(), element), shapeText(l.ids, "i32"),
             shapeText(l.picked(), element))
      .str();
}

template <typename T> class IndexingTest : public testing::Test {
protected:
  IndexingTest() {
    std::string text;
    for (size_t i = 0; i < lookups.size(); ++i)
      text += makeFunctions(lookups[i], i, elementText<T>());
    compiled = std::make_unique<CompiledText>(text);
  }

  std::vector<T> draw(int64_t count) {
    std::uniform_real_distribution<T> uniform(-1, 1);
    std::vector<T> values(count);
    for (T &value : values)
      value = uniform(random);
    return values;
  }
  std::vector<int32_t> drawIds(const Lookup &l) {
    std::uniform_int_distribution<int32_t> uniform(0, l.rows - 1);
    std::vector<int32_t> ids(Lookup::count(l.ids));
    for (int32_t &id : ids)
      id = uniform(random);
    return ids;
  }

  // The same numbers in every run, on purpose.
  std::mt19937 random{3}; // NOLINT(bugprone-random-generator-seed)
  std::unique_ptr<CompiledText> compiled;
};

using Elements = testing::Types<float, double>;
TYPED_TEST_SUITE(IndexingTest, Elements);

TYPED_TEST(IndexingTest, GatherPicksRows) {
  for (auto [i, l] : llvm::enumerate(lookups)) {
    SCOPED_TRACE("lookup " + std::to_string(i));
    auto table = this->draw(Lookup::count(l.table()));
    std::vector<int32_t> ids = this->drawIds(l);
    std::vector<TypeParam> found(ids.size() * l.width());
    this->compiled->run("gather" + std::to_string(i),
                        {table.data(), ids.data()}, {found.data()});
    for (size_t k = 0; k < found.size(); ++k)
      ASSERT_EQ(found[k],
                2 * table[ids[k / l.width()] * l.width() + k % l.width()])
          << "element " << k;
  }
}

/// In the order of the ids, so that the sums are the same to the last bit.
template <typename T>
void add(const Lookup &l, const std::vector<int32_t> &ids,
         const std::vector<T> &updates, std::vector<T> &table) {
  for (size_t k = 0; k < updates.size(); ++k)
    table[ids[k / l.width()] * l.width() + k % l.width()] += updates[k];
}

TYPED_TEST(IndexingTest, ScatterAddsToACopyInTheOrderOfTheIds) {
  for (auto [i, l] : llvm::enumerate(lookups)) {
    SCOPED_TRACE("lookup " + std::to_string(i));
    auto table = this->draw(Lookup::count(l.table())), before = table;
    std::vector<int32_t> ids = this->drawIds(l);
    auto updates = this->draw(int64_t(ids.size()) * l.width());
    std::vector<TypeParam> found(table.size());
    this->compiled->run("scatter" + std::to_string(i),
                        {table.data(), ids.data(), updates.data()},
                        {found.data()});
    EXPECT_EQ(table, before);
    add(l, ids, updates, table);
    EXPECT_EQ(found, table);
  }
}

TYPED_TEST(IndexingTest, ScatterIntoZerosMakesADenseGradient) {
  for (auto [i, l] : llvm::enumerate(lookups)) {
    SCOPED_TRACE("lookup " + std::to_string(i));
    std::vector<int32_t> ids = this->drawIds(l);
    auto updates = this->draw(int64_t(ids.size()) * l.width());
    std::vector<TypeParam> found(Lookup::count(l.table()), TypeParam(99));
    this->compiled->run("gradient" + std::to_string(i),
                        {ids.data(), updates.data()}, {found.data()});
    for (TypeParam &update : updates)
      update *= update;
    std::vector<TypeParam> expected(found.size(), 0);
    add(l, ids, updates, expected);
    EXPECT_EQ(found, expected);
  }
}

/// Conditions in memory, written by vectors and read by vectors and one by one.
TEST(Conditions, AreTheSameInMemory) {
  constexpr int64_t rows = 33, columns = 40;
  CompiledText compiled(
      "func.func @f(%x: tensor<33x40xi32>, %y: tensor<40x33xf32>)\n"
      "    -> (tensor<40x33xf32>, tensor<33x40xi32>) {\n"
      "  %zero = mlc.constant dense<0> : tensor<33x40xi32>\n"
      "  %none = mlc.constant dense<0.0> : tensor<40x33xf32>\n"
      "  %c = mlc.compare ne %x, %zero : tensor<33x40xi32> -> "
      "tensor<33x40xi1>\n"
      "  %t = mlc.transpose %c permutation [1, 0] : tensor<33x40xi1> -> "
      "tensor<40x33xi1>\n"
      "  %s = mlc.select %t, %y, %none : tensor<40x33xi1>, tensor<40x33xf32>\n"
      "  %n = mlc.convert %c : tensor<33x40xi1> -> tensor<33x40xi32>\n"
      "  return %s, %n : tensor<40x33xf32>, tensor<33x40xi32>\n}\n",
      1, Optimize::No);
  std::vector<int32_t> x(rows * columns), n(rows * columns, -1);
  std::vector<float> y(rows * columns), s(rows * columns, -1);
  for (int64_t i = 0; i < rows * columns; ++i) {
    x[i] = int32_t(i * 7 % 5 % 3);
    y[i] = float(i + 1);
  }
  compiled.run("f", {x.data(), y.data()}, {s.data(), n.data()});
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      bool is = x[row * columns + column] != 0;
      ASSERT_EQ(n[row * columns + column], int32_t(is));
      int64_t place = column * rows + row;
      ASSERT_EQ(s[place], is ? y[place] : 0);
    }
}

} // namespace
