//===-- ReductionTest.cpp - sums and extrema of odd sizes -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <random>

using namespace mlc;

namespace {

struct Reduction {
  std::string kind;
  std::vector<int64_t> shape, dims;

  int64_t elements() const {
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    return count;
  }
  std::vector<int64_t> resultShape() const {
    std::vector<int64_t> result;
    for (size_t d = 0; d < shape.size(); ++d)
      if (!llvm::is_contained(dims, int64_t(d)))
        result.push_back(shape[d]);
    return result;
  }
  std::string dimsText() const {
    std::string text;
    for (int64_t d : dims)
      text += (text.empty() ? "" : ", ") + std::to_string(d);
    return "[" + text + "]";
  }
  /// The element of the result that element `i` of the operand goes to.
  int64_t target(int64_t i) const {
    int64_t linear = 0, stride = 1;
    for (int64_t d = shape.size() - 1; d >= 0; --d) {
      if (!llvm::is_contained(dims, d)) {
        linear += i % shape[d] * stride;
        stride *= shape[d];
      }
      i /= shape[d];
    }
    return linear;
  }
  double combine(double lhs, double rhs) const {
    if (kind == "add")
      return lhs + rhs;
    if (std::isnan(lhs) || std::isnan(rhs))
      return NAN;
    return kind == "max" ? std::max(lhs, rhs) : std::min(lhs, rhs);
  }
  double neutral() const {
    return kind == "add" ? 0 : kind == "max" ? -INFINITY : INFINITY;
  }
};

std::vector<Reduction> makeReductions() {
  std::vector<Reduction> all;
  for (const char *kind : {"add", "max", "min"}) {
    for (int64_t size : {1, 2, 7, 16, 17, 31, 33, 65, 129, 1000}) {
      all.push_back({kind, {3, size}, {1}});
      all.push_back({kind, {size, 3}, {0}});
      all.push_back({kind, {5, size}, {0}});
      all.push_back({kind, {size}, {0}});
    }
    all.push_back({kind, {2, 100003}, {1}}); // long rows
    all.push_back({kind, {5003, 37}, {0}});  // and columns
    all.push_back({kind, {13, 7, 11}, {0, 1, 2}});
    all.push_back({kind, {4, 5, 19}, {1, 2}});
    all.push_back({kind, {4, 5, 19}, {0, 1}});
    all.push_back({kind, {4, 5, 19}, {1}});
    all.push_back({kind, {4, 5, 19}, {0, 2}});
    all.push_back({kind, {1, 1}, {0, 1}});
  }
  return all;
}

std::string makeFunction(const Reduction &r, size_t i,
                         llvm::StringRef element) {
  return llvm::formatv(
             "func.func @reduce{0}(%x: tensor<{1}>) -> tensor<{2}> {{\n"
             "  %0 = mlc.reduce {3} %x dims {4} : tensor<{1}> -> tensor<{2}>\n"
             "  return %0 : tensor<{2}>\n}\n",
             i, shapeText(r.shape, element),
             shapeText(r.resultShape(), element), r.kind, r.dimsText())
      .str();
}

template <typename T> class ReductionTest : public testing::Test {
protected:
  ReductionTest() : reductions(makeReductions()) {
    std::string text;
    for (size_t i = 0; i < reductions.size(); ++i)
      text += makeFunction(reductions[i], i, elementText<T>());
    compiled = std::make_unique<CompiledText>(text);
  }

  std::vector<T> run(size_t i, const std::vector<T> &values) {
    int64_t count = 1;
    for (int64_t size : reductions[i].resultShape())
      count *= size;
    std::vector<T> found(count, T(12345));
    compiled->run("reduce" + std::to_string(i), {values.data()},
                  {found.data()});
    return found;
  }

  std::vector<double> expect(size_t i, const std::vector<T> &values,
                             size_t count) {
    const Reduction &r = reductions[i];
    std::vector<double> expected(count, r.neutral());
    for (size_t j = 0; j < values.size(); ++j) {
      double &result = expected[r.target(j)];
      result = r.combine(result, values[j]);
    }
    return expected;
  }

  std::string describe(size_t i) {
    const Reduction &r = reductions[i];
    return r.kind + " " + shapeText(r.shape, elementText<T>()) + " dims " +
           r.dimsText();
  }

  std::vector<Reduction> reductions;
  std::unique_ptr<CompiledText> compiled;
};

using Elements = testing::Types<float, double>;
TYPED_TEST_SUITE(ReductionTest, Elements);

TYPED_TEST(ReductionTest, AgreesWithPlainLoops) {
  std::mt19937 random(2);
  std::uniform_real_distribution<TypeParam> uniform(-2, 1);
  for (size_t i = 0; i < this->reductions.size(); ++i) {
    SCOPED_TRACE(this->describe(i));
    const Reduction &r = this->reductions[i];
    std::vector<TypeParam> values(r.elements());
    for (TypeParam &value : values)
      value = uniform(random);
    std::vector<TypeParam> found = this->run(i, values);
    std::vector<double> expected = this->expect(i, values, found.size());
    double terms = double(r.elements()) / double(found.size());
    // Partial sums grow to about `terms`, their errors as a random walk does.
    double epsilon = double(std::numeric_limits<TypeParam>::epsilon());
    double bound = r.kind == "add" ? epsilon * terms * std::sqrt(terms) : 0;
    for (size_t j = 0; j < found.size(); ++j)
      ASSERT_NEAR(found[j], expected[j], bound) << "element " << j;
  }
}

TYPED_TEST(ReductionTest, NaNComesThrough) {
  for (size_t i = 0; i < this->reductions.size(); ++i) {
    SCOPED_TRACE(this->describe(i));
    const Reduction &r = this->reductions[i];
    std::vector<TypeParam> values(r.elements(), TypeParam(1));
    values[values.size() / 2] = TypeParam(NAN);
    std::vector<TypeParam> found = this->run(i, values);
    std::vector<double> expected = this->expect(i, values, found.size());
    for (size_t j = 0; j < found.size(); ++j)
      EXPECT_EQ(std::isnan(found[j]), std::isnan(expected[j]))
          << "element " << j;
  }
}

TYPED_TEST(ReductionTest, InfinitiesAreTheirOwnExtrema) {
  for (size_t i = 0; i < this->reductions.size(); ++i) {
    SCOPED_TRACE(this->describe(i));
    const Reduction &r = this->reductions[i];
    if (r.kind == "add")
      continue;
    std::vector<TypeParam> values(r.elements(), TypeParam(r.neutral()));
    for (TypeParam result : this->run(i, values))
      EXPECT_EQ(result, TypeParam(r.neutral()));
  }
}

} // namespace
