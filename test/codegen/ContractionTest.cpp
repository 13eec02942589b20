//===-- ContractionTest.cpp - products of every layout and size -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledText.h"

#include "codegen/Contraction.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

#include <cstring>
#include <random>

using namespace mlc;
using namespace mlc::codegen;

namespace {

//===--- The tile in registers --------------------------------------------===//

Target makeMachine(int64_t registers) {
  Target target;
  target.vectorBits = 256;
  target.vectorRegisters = registers;
  return target;
}

TEST(ChooseTile, FitsTheRegisters) {
  for (int64_t registers : {16, 32})
    for (int64_t lanes : {2, 4, 8, 16})
      for (int64_t m : {1, 2, 3, 7, 8, 31, 32, 100})
        for (int64_t n : {1, 3, 10, 16, 33, 64, 128, 1000}) {
          RegisterTile tile = chooseTile(makeMachine(registers), m, n, lanes);
          EXPECT_GE(tile.rows, 1);
          EXPECT_GE(tile.vectors, 1);
          EXPECT_LE(tile.rows, m);
          // Accumulators, a row of B or a column of A, and one of the other.
          int64_t held = std::min(tile.rows, tile.vectors);
          EXPECT_LE(tile.rows * tile.vectors + held + 1, registers)
              << m << " x " << n;
        }
}

TEST(ChooseTile, LargeProductsUseMostRegisters) {
  for (int64_t registers : {16, 32}) {
    RegisterTile tile = chooseTile(makeMachine(registers), 512, 1024, 8);
    EXPECT_GE(tile.rows * tile.vectors, registers / 2);
  }
}

//===--- Products by value ------------------------------------------------===//

/// A product of operands stored in their own order of dimensions: letters name
/// them, as in an einsum. The result has batch (b, h), then m, then n.
struct Product {
  std::string lhs, rhs;
  int64_t m, n, k, b = 1, h = 1;

  int64_t size(char dim) const {
    switch (dim) {
    case 'm':
      return m;
    case 'n':
      return n;
    case 'k':
      return k;
    case 'b':
      return b;
    default:
      return h;
    }
  }
  std::vector<int64_t> shape(llvm::StringRef dims) const {
    std::vector<int64_t> sizes;
    for (char dim : dims)
      sizes.push_back(size(dim));
    return sizes;
  }
  int64_t elements(llvm::StringRef dims) const {
    int64_t count = 1;
    for (char dim : dims)
      count *= size(dim);
    return count;
  }
  bool has(char dim) const {
    return lhs.find(dim) != std::string::npos ||
           rhs.find(dim) != std::string::npos;
  }
  std::string result() const {
    std::string dims;
    for (char dim : {'b', 'h', 'm', 'n'})
      if (has(dim))
        dims += dim;
    return dims;
  }
  std::string positions(llvm::StringRef dims, llvm::StringRef of) const {
    std::string text;
    for (char dim : dims)
      if (has(dim))
        text += (text.empty() ? "" : ", ") + std::to_string(of.find(dim));
    return "[" + text + "]";
  }
  std::string describe() const {
    return llvm::formatv("{0} * {1}, m {2}, n {3}, k {4}, b {5}, h {6}", lhs,
                         rhs, m, n, k, b, h)
        .str();
  }
};

std::vector<Product> makeProducts() {
  std::vector<Product> products;
  const char *layouts[][2] = {
      {"mk", "kn"}, {"mk", "nk"}, {"km", "kn"}, {"km", "nk"}};
  const int64_t sizes[][3] = {{1, 10, 17},  {1, 64, 33},  {5, 1, 19},
                              {7, 10, 1},   {1, 1, 1},    {1, 1, 100},
                              {13, 37, 29}, {32, 64, 16}, {33, 129, 65},
                              {100, 10, 3}, {3, 300, 8},  {70, 2, 50}};
  for (auto &layout : layouts)
    for (auto &size : sizes)
      products.push_back({layout[0], layout[1], size[0], size[1], size[2]});
  // Batches, in front and in the middle as the heads of attention have them.
  for (auto size : {std::array<int64_t, 3>{4, 6, 5}, {17, 33, 9}}) {
    auto [m, n, k] = size;
    products.push_back({"bmk", "bkn", m, n, k, 3});
    products.push_back({"bmk", "bnk", m, n, k, 3});
    products.push_back({"bkm", "bkn", m, n, k, 3});
    products.push_back({"bmhk", "bnhk", m, n, k, 2, 4});
    products.push_back({"bhmk", "bkhn", m, n, k, 2, 3});
  }
  // Matrix and vector, vector and matrix, two vectors, outer products.
  products.push_back({"mk", "k", 19, 1, 35});
  products.push_back({"k", "kn", 1, 35, 19});
  products.push_back({"k", "nk", 1, 35, 19});
  products.push_back({"k", "k", 1, 1, 101});
  products.push_back({"m", "n", 9, 21, 1});
  return products;
}

/// What the products' operands are rounded to.
enum class Factors : uint8_t { AsTheyAre, Bfloat16 };

std::string makeFunction(const Product &p, size_t i, llvm::StringRef element,
                         Factors factors) {
  std::string lhs = shapeText(p.shape(p.lhs), element),
              rhs = shapeText(p.shape(p.rhs), element),
              result = shapeText(p.shape(p.result()), element);
  std::string contract = p.has('k') ? "k" : "";
  return llvm::formatv("func.func @product{0}(%a: tensor<{1}>, %b: tensor<{2}>)"
                       " -> tensor<{3}> {{\n"
                       "  %0 = mlc.dot_general %a, %b batch {4} x {5} contract "
                       "{6} x {7} {8} : tensor<{1}>, tensor<{2}> -> "
                       "tensor<{3}>\n"
                       "  return %0 : tensor<{3}>\n}\n",
                       i, lhs, rhs, result, p.positions("bh", p.lhs),
                       p.positions("bh", p.rhs), p.positions(contract, p.lhs),
                       p.positions(contract, p.rhs),
                       factors == Factors::Bfloat16 ? "{bfloat16}" : "")
      .str();
}

/// The element of an operand where the dimensions have these indices.
int64_t offset(const Product &p, llvm::StringRef dims,
               const std::map<char, int64_t> &at) {
  int64_t linear = 0;
  for (char dim : dims)
    linear = linear * p.size(dim) + at.at(dim);
  return linear;
}

template <typename T>
std::vector<double> multiply(const Product &p, const std::vector<T> &lhs,
                             const std::vector<T> &rhs) {
  std::vector<double> result(p.elements(p.result()), 0.0);
  std::map<char, int64_t> at;
  for (at['b'] = 0; at['b'] < p.b; ++at['b'])
    for (at['h'] = 0; at['h'] < p.h; ++at['h'])
      for (at['m'] = 0; at['m'] < p.m; ++at['m'])
        for (at['n'] = 0; at['n'] < p.n; ++at['n'])
          for (at['k'] = 0; at['k'] < p.k; ++at['k'])
            result[offset(p, p.result(), at)] +=
                double(lhs[offset(p, p.lhs, at)]) *
                double(rhs[offset(p, p.rhs, at)]);
  return result;
}

template <typename T> class Contraction : public testing::Test {};
using Elements = testing::Types<float, double>;
TYPED_TEST_SUITE(Contraction, Elements);

std::string makeFunctions(const std::vector<Product> &products,
                          llvm::StringRef element,
                          Factors factors = Factors::AsTheyAre) {
  std::string text;
  for (size_t i = 0; i < products.size(); ++i)
    text += makeFunction(products[i], i, element, factors);
  return text;
}

template <typename T> std::vector<T> draw(std::mt19937 &random, int64_t count) {
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> values(count);
  for (T &value : values)
    value = uniform(random);
  return values;
}

/// The nearest bfloat16s, ties to even.
std::vector<float> roundAll(std::vector<float> values) {
  for (float &value : values) {
    uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
    std::memcpy(&value, &bits, sizeof bits);
  }
  return values;
}
std::vector<double> roundAll(std::vector<double> values) { return values; }

template <typename T>
void expectPlainLoops(const std::vector<Product> &products,
                      const CompiledText &compiled,
                      Factors factors = Factors::AsTheyAre) {
  std::mt19937 random(1);
  for (size_t i = 0; i < products.size(); ++i) {
    const Product &p = products[i];
    SCOPED_TRACE(p.describe());
    auto lhs = draw<T>(random, p.elements(p.lhs)),
         rhs = draw<T>(random, p.elements(p.rhs));
    std::vector<T> found(p.elements(p.result()), T(NAN));
    compiled.run("product" + std::to_string(i), {lhs.data(), rhs.data()},
                 {found.data()});
    if (factors == Factors::Bfloat16) {
      lhs = roundAll(lhs);
      rhs = roundAll(rhs);
    }
    std::vector<double> expected = multiply(p, lhs, rhs);
    double bound = double(p.k) * double(std::numeric_limits<T>::epsilon());
    for (size_t j = 0; j < found.size(); ++j)
      ASSERT_NEAR(found[j], expected[j], bound) << "element " << j;
  }
}

TYPED_TEST(Contraction, AgreesWithPlainLoops) {
  std::vector<Product> products = makeProducts();
  CompiledText compiled(makeFunctions(products, elementText<TypeParam>()));
  expectPlainLoops<TypeParam>(products, compiled);
}

TEST(Bfloat16Contraction, AgreesWithPlainLoopsOfRoundedOperands) {
  std::vector<Product> products = makeProducts();
  std::string text = makeFunctions(products, "f32", Factors::Bfloat16);
  for (Optimize optimize : {Optimize::Yes, Optimize::No})
    expectPlainLoops<float>(products, CompiledText(text, 1, optimize),
                            Factors::Bfloat16);
}

//===--- Products that are larger than the cache --------------------------===//

constexpr CacheSizes kSmallCache{4096};

/// Sizes are powers of two, or not; rows and columns fill tiles, or don't.
std::vector<Product> makeLargeProducts() {
  std::vector<Product> products;
  const char *layouts[][2] = {
      {"mk", "kn"}, {"mk", "nk"}, {"km", "kn"}, {"km", "nk"}};
  const int64_t sizes[][3] = {{128, 256, 96}, {101, 128, 64}, {256, 130, 60},
                              {128, 256, 31}, {70, 515, 37},  {1100, 64, 128},
                              {1030, 140, 64}};
  for (auto &layout : layouts)
    for (auto &size : sizes)
      products.push_back({layout[0], layout[1], size[0], size[1], size[2]});
  products.push_back({"bkm", "bkn", 128, 128, 32, 2});
  products.push_back({"bmk", "bkn", 128, 128, 32, 2});
  return products;
}

template <typename T>
void expectPlainLoopsWithCache(const std::vector<Product> &products,
                               CacheSizes cache,
                               Factors factors = Factors::AsTheyAre) {
  CompiledText compiled(makeFunctions(products, elementText<T>(), factors), 1,
                        Optimize::Yes, cache);
  expectPlainLoops<T>(products, compiled, factors);
}

TYPED_TEST(Contraction, PacksAndBlocksWhatTheCacheDoesNotHold) {
  expectPlainLoopsWithCache<TypeParam>(makeLargeProducts(), kSmallCache);
}

TEST(Bfloat16Contraction, PacksAndBlocksWhatTheCacheDoesNotHold) {
  expectPlainLoopsWithCache<float>(makeLargeProducts(), kSmallCache,
                                   Factors::Bfloat16);
}

/// Chunks of whose rows stay in the cache, while a panel is packed for each.
constexpr CacheSizes kMiddleCache{64 << 10};

std::vector<Product> makeProductsOfManyRows() {
  std::vector<Product> products;
  for (auto [m, n] : {std::pair{600, 256}, {610, 256}, {603, 248}, {1030, 200}})
    for (int64_t k : {64, 60, 50})
      products.push_back({"mk", "kn", m, n, k});
  products.push_back({"bmk", "bkn", 600, 256, 64, 3});
  return products;
}

TYPED_TEST(Contraction, CutsRowsThatTheCacheDoesNotHold) {
  expectPlainLoopsWithCache<TypeParam>(makeProductsOfManyRows(), kMiddleCache);
}

/// A comes from memory for each panel: its rows are packed for a block of K,
/// which several panels walk, or for all of it where that is short.
constexpr CacheSizes kCachesFarFromA{128 << 10, 1 << 10};

std::vector<Product> makeProductsOfFarRows() {
  std::vector<Product> products;
  const char *layouts[][2] = {
      {"mk", "kn"}, {"mk", "nk"}, {"km", "kn"}, {"km", "nk"}};
  const int64_t sizes[][3] = {
      {300, 130, 256}, {130, 1030, 96}, {140, 130, 502}, {900, 256, 48}};
  for (auto &layout : layouts)
    for (auto &size : sizes)
      products.push_back({layout[0], layout[1], size[0], size[1], size[2]});
  products.push_back({"bmk", "bkn", 140, 128, 256, 3});
  products.push_back({"bkm", "bkn", 140, 200, 256, 2});
  products.push_back({"bmhk", "bnhk", 140, 128, 256, 2, 2});
  return products;
}

TYPED_TEST(Contraction, PacksBlocksOfRowsThatComeFromMemory) {
  expectPlainLoopsWithCache<TypeParam>(makeProductsOfFarRows(),
                                       kCachesFarFromA);
}

template <typename T>
void expectThreadsDoNotMatter(const std::vector<Product> &products,
                              const std::string &text,
                              CacheSizes cache = kSmallCache) {
  CompiledText one(text, 1, Optimize::Yes, cache),
      several(text, 3, Optimize::Yes, cache);
  std::mt19937 random(2);
  for (size_t i = 0; i < products.size(); ++i) {
    const Product &p = products[i];
    SCOPED_TRACE(p.describe());
    auto lhs = draw<T>(random, p.elements(p.lhs)),
         rhs = draw<T>(random, p.elements(p.rhs));
    std::vector<T> first(p.elements(p.result())), second(first);
    std::string name = "product" + std::to_string(i);
    one.run(name, {lhs.data(), rhs.data()}, {first.data()});
    several.run(name, {lhs.data(), rhs.data()}, {second.data()});
    EXPECT_EQ(first, second);
  }
}

TYPED_TEST(Contraction, ThreadsThatPackDoNotMatter) {
  std::vector<Product> products = makeLargeProducts();
  expectThreadsDoNotMatter<TypeParam>(
      products, makeFunctions(products, elementText<TypeParam>()));
}

TYPED_TEST(Contraction, ThreadsThatCutRowsDoNotMatter) {
  std::vector<Product> products = makeProductsOfManyRows();
  expectThreadsDoNotMatter<TypeParam>(
      products, makeFunctions(products, elementText<TypeParam>()),
      kMiddleCache);
}

TYPED_TEST(Contraction, ThreadsThatPackBlocksDoNotMatter) {
  std::vector<Product> products = makeProductsOfFarRows();
  expectThreadsDoNotMatter<TypeParam>(
      products, makeFunctions(products, elementText<TypeParam>()),
      kCachesFarFromA);
}

TEST(Bfloat16Contraction, ThreadsThatPackDoNotMatter) {
  std::vector<Product> products = makeLargeProducts();
  expectThreadsDoNotMatter<float>(
      products, makeFunctions(products, "f32", Factors::Bfloat16));
}

//===--- Sums of a factor beside the product ------------------------------===//

/// The product of `lhs`, which ends in the dimensions m, and `rhs`, which ends
/// in the dimensions n; both begin with k. And the sum of `rhs` along k, to
/// which `bias` is added.
struct ProductAndSum {
  std::vector<int64_t> k, m, n;
};

int64_t countOf(const std::vector<int64_t> &sizes) {
  int64_t count = 1;
  for (int64_t size : sizes)
    count *= size;
  return count;
}

std::vector<int64_t> joinSizes(std::vector<int64_t> front,
                               const std::vector<int64_t> &back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

std::string makeProductAndSum(const ProductAndSum &p, size_t number,
                              llvm::StringRef element) {
  std::string lhs = shapeText(joinSizes(p.k, p.m), element),
              rhs = shapeText(joinSizes(p.k, p.n), element),
              product = shapeText(joinSizes(p.m, p.n), element),
              sum = shapeText(p.n, element),
              dims = p.k.size() == 1 ? "[0]" : "[0, 1]";
  return llvm::formatv(
             "func.func @f{5}(%a: tensor<{0}>, %b: tensor<{1}>, %c: "
             "tensor<{2}>, "
             "%d: tensor<{3}>) -> (tensor<{2}>, tensor<{3}>) {{\n"
             "  %0 = mlc.dot_general %a, %b batch [] x [] contract {4} x {4}"
             " : tensor<{0}>, tensor<{1}> -> tensor<{2}>\n"
             "  %1 = mlc.add %0, %c : tensor<{2}>\n"
             "  %2 = mlc.reduce add %b dims {4} : tensor<{1}> -> tensor<{3}>\n"
             "  %3 = mlc.sub %2, %d : tensor<{3}>\n"
             "  return %1, %3 : tensor<{2}>, tensor<{3}>\n}\n",
             lhs, rhs, product, sum, dims, number)
      .str();
}

std::vector<ProductAndSum> makeProductsAndSums() {
  std::vector<ProductAndSum> products;
  for (int64_t k : {1, 3, 37, 128})
    for (int64_t m : {1, 5, 70, 1030})
      for (int64_t n : {2, 16, 37, 256})
        products.push_back({{k}, {m}, {n}});
  // Heads: several dimensions of rows, or of columns.
  products.push_back({{8, 16}, {4, 8}, {24}});
  products.push_back({{8, 16}, {40}, {4, 16}});
  products.push_back({{3, 5}, {3, 9}, {2, 19}});
  // A long sum is done in blocks.
  products.push_back({{4096}, {64}, {40}});
  products.push_back({{256}, {300}, {130}});
  products.push_back({{12, 16}, {4, 40}, {1100}});
  return products;
}

template <typename T>
void expectSumBesideProduct(const ProductAndSum &p, const std::string &name,
                            const CompiledText &compiled) {
  int64_t k = countOf(p.k), m = countOf(p.m), n = countOf(p.n);
  std::mt19937 random(4);
  auto a = draw<T>(random, k * m), b = draw<T>(random, k * n),
       c = draw<T>(random, m * n), d = draw<T>(random, n);
  std::vector<T> product(m * n), sum(n);
  compiled.run(name, {a.data(), b.data(), c.data(), d.data()},
               {product.data(), sum.data()});
  std::vector<double> products(c.begin(), c.end()), sums(n);
  for (int64_t row = 0; row < k; ++row)
    for (int64_t j = 0; j < n; ++j) {
      sums[j] += double(b[row * n + j]);
      for (int64_t i = 0; i < m; ++i)
        products[i * n + j] += double(a[row * m + i]) * double(b[row * n + j]);
    }
  double bound = double(k + 2) * double(std::numeric_limits<T>::epsilon());
  for (int64_t i = 0; i < m * n; ++i)
    ASSERT_NEAR(product[i], products[i], bound) << "element " << i;
  for (int64_t j = 0; j < n; ++j)
    ASSERT_NEAR(sum[j], sums[j] - double(d[j]), bound) << "column " << j;
}

TYPED_TEST(Contraction, SumsAFactorBesideTheProduct) {
  std::vector<ProductAndSum> products = makeProductsAndSums();
  std::string text;
  for (auto [i, p] : llvm::enumerate(products))
    text += makeProductAndSum(p, i, elementText<TypeParam>());
  for (CacheSizes caches : {kSmallCache, kCachesFarFromA})
    for (int64_t threads : {1, 3}) {
      CompiledText compiled(text, threads, Optimize::Yes, caches);
      for (auto [i, p] : llvm::enumerate(products)) {
        SCOPED_TRACE(makeProductAndSum(p, i, elementText<TypeParam>()));
        expectSumBesideProduct<TypeParam>(p, "f" + std::to_string(i), compiled);
      }
    }
}

/// Operands and results like the product are fetched while it is summed up.
TEST(ContractionEpilogue, ReadsWhatWasFetchedMeanwhile) {
  constexpr int64_t m = 50, n = 70, k = 64;
  CompiledText compiled(
      "func.func @f(%a: tensor<50x64xf32>, %b: tensor<64x70xf32>,\n"
      "    %c: tensor<50x70xf32>) -> (tensor<50x70xf32>, tensor<50x70xf32>) {\n"
      "  %0 = mlc.dot_general %a, %b batch [] x [] contract [1] x [0]\n"
      "      : tensor<50x64xf32>, tensor<64x70xf32> -> tensor<50x70xf32>\n"
      "  %1 = mlc.add %0, %c : tensor<50x70xf32>\n"
      "  %2 = mlc.mul %0, %c : tensor<50x70xf32>\n"
      "  return %1, %2 : tensor<50x70xf32>, tensor<50x70xf32>\n}\n",
      1, Optimize::Yes, kSmallCache);
  std::mt19937 random(3);
  auto a = draw<float>(random, m * k), b = draw<float>(random, k * n),
       c = draw<float>(random, m * n);
  std::vector<float> sum(m * n), product(m * n);
  compiled.run("f", {a.data(), b.data(), c.data()},
               {sum.data(), product.data()});
  std::vector<double> wanted = multiply(Product{"mk", "kn", m, n, k}, a, b);
  for (int64_t i = 0; i < m * n; ++i) {
    ASSERT_NEAR(sum[i], wanted[i] + double(c[i]), 1e-5);
    ASSERT_NEAR(product[i], wanted[i] * double(c[i]), 1e-5);
  }
}

} // namespace
