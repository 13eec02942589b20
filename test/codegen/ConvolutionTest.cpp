//===-- ConvolutionTest.cpp - convolutions of every window and size -------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledText.h"
#include "test/ir/Evaluator.h"

#include "ir/Shapes.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

#include <random>

using namespace mlc;

namespace {

/// What one dimension of a convolution has.
struct Axis {
  int64_t input, filter, output, stride, low, dilation;
};

/// The three products of one convolution.
struct Convolution {
  std::vector<Axis> axes;
  int64_t batch, groups, channels, filters; ///< channels and filters of a group

  Sizes shape(int64_t first, int64_t Axis::*size, int64_t last,
              std::optional<int64_t> middle = {}) const {
    Sizes sizes;
    if (first)
      sizes.push_back(first);
    for (const Axis &axis : axes)
      sizes.push_back(axis.*size);
    if (middle)
      sizes.push_back(*middle);
    sizes.push_back(last);
    return sizes;
  }
  Sizes input() const { return shape(batch, &Axis::input, groups * channels); }
  Sizes filter() const {
    return shape(0, &Axis::filter, groups * filters, channels);
  }
  Sizes output() const { return shape(batch, &Axis::output, groups * filters); }
  /// How many products a sum of the output (or the input, the filter) has.
  int64_t terms(bool ofInput, bool ofFilter) const {
    return ofFilter  ? getElementCount(output()) / (groups * filters)
           : ofInput ? getElementCount(filter()) / channels
                     : getElementCount(filter()) / filters;
  }
  std::string list(int64_t Axis::*value) const {
    std::string text;
    for (const Axis &axis : axes)
      text += (text.empty() ? "" : ", ") + std::to_string(axis.*value);
    return "[" + text + "]";
  }

  std::string function(const std::string &name, const std::string &op,
                       const Sizes &lhs, const Sizes &rhs, const Sizes &result,
                       llvm::StringRef element) const {
    std::string types[] = {shapeText(lhs, element), shapeText(rhs, element),
                           shapeText(result, element)};
    return llvm::formatv(
               "func.func @{0}(%a: tensor<{2}>, %b: tensor<{3}>) -> "
               "tensor<{4}> {{\n  %0 = mlc.{1} %a, %b strides {5} low {6} "
               "dilations {7} groups {8} : tensor<{2}>, tensor<{3}> -> "
               "tensor<{4}>\n  return %0 : tensor<{4}>\n}\n",
               name, op, types[0], types[1], types[2], list(&Axis::stride),
               list(&Axis::low), list(&Axis::dilation), groups)
        .str();
  }
};

/// Windows that a layer could have, and some that none has: beyond the input
/// altogether, or with a filter larger than it.
class Generator {
public:
  explicit Generator(uint32_t seed) : random(seed) {}

  Convolution make() {
    Convolution c;
    size_t rank = choose({1, 2, 2, 2, 3});
    for (size_t d = 0; d < rank; ++d)
      c.axes.push_back(makeAxis(rank == 1 ? 40 : rank == 2 ? 18 : 5));
    c.batch = choose({1, 2, 3, 9});
    c.groups = choose({1, 1, 1, 2, 3});
    c.channels = choose({1, 2, 3, 7, 16, 20});
    c.filters = choose({1, 2, 5, 16, 24, 35});
    if (below(4) == 0) {
      c.groups = choose({3, 16, 21, 40});
      c.channels = 1;
      c.filters = choose({1, 1, 2, 3});
    }
    return c;
  }

private:
  int64_t below(int64_t limit) { return int64_t(random() % uint32_t(limit)); }
  int64_t choose(std::initializer_list<int64_t> values) {
    return values.begin()[below(values.size())];
  }

  Axis makeAxis(int64_t largest) {
    Axis axis;
    axis.input = 1 + below(largest);
    axis.filter = choose({1, 2, 3, 3, 4, 5, 7});
    axis.stride = choose({1, 1, 1, 2, 2, 3, 5, 11});
    axis.dilation = choose({1, 1, 1, 2, 3});
    int64_t reach = (axis.filter - 1) * axis.dilation;
    axis.low = choose({0, reach / 2, reach / 2, reach, reach + 2, -1, -2});
    int64_t high = choose({0, (reach + 1) / 2, axis.low, reach, 3, -1});
    int64_t span = axis.input + axis.low + high - reach - 1;
    axis.output = span < 0 ? 1 : span / axis.stride + 1;
    return axis;
  }

  std::mt19937 random;
};

template <typename T> class Convolutions : public testing::Test {
protected:
  std::vector<T> draw(const Sizes &shape) {
    std::uniform_real_distribution<T> uniform(-1, 1);
    std::vector<T> values(getElementCount(shape));
    for (T &value : values)
      value = uniform(random);
    return values;
  }
  std::mt19937 random{3};
};
using Elements = testing::Types<float, double>;
TYPED_TEST_SUITE(Convolutions, Elements);

template <typename T>
Tensor toTensor(const Sizes &shape, const std::vector<T> &values) {
  return {shape, std::vector<double>(values.begin(), values.end())};
}

/// Images don't stay in these.
constexpr CacheSizes kSmallCaches{1 << 10, 0, 1 << 10};

TYPED_TEST(Convolutions, AgreeWithTheEvaluator) {
  constexpr int count = 40;
  Generator generator(11);
  std::vector<Convolution> convolutions;
  std::string text;
  for (int i = 0; i < count; ++i) {
    convolutions.push_back(generator.make());
    const Convolution &c = convolutions.back();
    llvm::StringRef element = elementText<TypeParam>();
    std::string number = std::to_string(i);
    text += c.function("output" + number, "convolution", c.input(), c.filter(),
                       c.output(), element);
    text += c.function("input" + number, "convolution_input", c.output(),
                       c.filter(), c.input(), element);
    text += c.function("filter" + number, "convolution_filter", c.input(),
                       c.output(), c.filter(), element);
  }
  CompiledText compiled(text), piecewise(text, 1, Optimize::Yes, kSmallCaches);
  mlir::MLIRContext context;
  context.loadDialect<MlcDialect, mlir::func::FuncDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  ASSERT_TRUE(module);
  int i = 0;
  for (auto function : module->getOps<mlir::func::FuncOp>()) {
    const Convolution &c = convolutions[i++ / 3];
    std::string printed;
    llvm::raw_string_ostream os(printed);
    function.print(os);
    SCOPED_TRACE(printed);
    bool isInput = function.getName().starts_with("input"),
         isFilter = function.getName().starts_with("filter");
    Sizes lhsShape = isInput ? c.output() : c.input();
    Sizes rhsShape = isFilter ? c.output() : c.filter();
    std::vector<TypeParam> lhs = this->draw(lhsShape),
                           rhs = this->draw(rhsShape);
    Tensor expected = evaluate(
        function, {toTensor(lhsShape, lhs), toTensor(rhsShape, rhs)})[0];
    double bound = double(c.terms(isInput, isFilter)) *
                   double(std::numeric_limits<TypeParam>::epsilon());
    for (const CompiledText *text : {&compiled, &piecewise}) {
      std::vector<TypeParam> found(expected.values.size(), TypeParam(NAN));
      text->run(function.getName(), {lhs.data(), rhs.data()}, {found.data()});
      for (size_t j = 0; j < found.size(); ++j)
        ASSERT_NEAR(found[j], expected.values[j], bound) << "element " << j;
    }
  }
}

} // namespace
