//===-- WindowTest.cpp - windows of every size and place ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledText.h"
#include "test/ir/Evaluator.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mlc;

namespace {

/// What one dimension of a window has.
struct Axis {
  int64_t full, windows, window, stride, low;
};

struct Windows {
  std::vector<Axis> axes;
  std::string kind; ///< of the extremum

  Sizes sizes(int64_t Axis::*value) const {
    Sizes result;
    for (const Axis &axis : axes)
      result.push_back(axis.*value);
    return result;
  }
  std::string list(int64_t Axis::*value) const {
    std::string text;
    for (const Axis &axis : axes)
      text += (text.empty() ? "" : ", ") + std::to_string(axis.*value);
    return "[" + text + "]";
  }

  /// A function of `operands` ("x" the full shape, "y" the windows'), of which
  /// the op's are the first; the result goes through what fuses with it.
  std::string function(const std::string &name, const std::string &op,
                       bool keyed, bool full, bool fullResult,
                       llvm::StringRef element) const {
    std::string x = shapeText(sizes(&Axis::full), element);
    std::string y = shapeText(sizes(&Axis::windows), element);
    std::string operand = full ? x : y, result = fullResult ? x : y;
    return llvm::formatv(
               "func.func @{0}(%k: tensor<{1}>, %x: tensor<{2}>, %r: "
               "tensor<{3}>) -> (tensor<{3}>, tensor<{3}>) {{\n"
               "  %n = mlc.neg %x : tensor<{2}>\n"
               "  %0 = mlc.{4} {5}%n window {6} strides {7} low {8} : {9}"
               "tensor<{2}> -> tensor<{3}>\n"
               "  %1 = mlc.mul %0, %r : tensor<{3}>\n"
               "  return %0, %1 : tensor<{3}>, tensor<{3}>\n}\n",
               name, x, operand, result, op, keyed ? "%k, " : "",
               list(&Axis::window), list(&Axis::stride), list(&Axis::low),
               keyed ? "tensor<" + x + ">, " : "")
        .str();
  }

  std::string functions(const std::string &number,
                        llvm::StringRef element) const {
    return function("sum" + number, "reduce_window add", false, true, false,
                    element) +
           function("extremum" + number, "reduce_window " + kind, false, true,
                    false, element) +
           function("spread" + number, "spread_window", false, false, true,
                    element) +
           function("select" + number, "select_window " + kind, true, false,
                    true, element) +
           function("pick" + number, "pick_window " + kind, true, true, false,
                    element);
  }
};

class Generator {
public:
  explicit Generator(uint32_t seed) : random(seed) {}

  /// (batch, spatial ..., channels), with windows over some of them.
  Windows make() {
    Windows windows;
    windows.kind = choose({0, 1}) ? "max" : "min";
    int64_t spatial = choose({1, 2, 2, 3});
    windows.axes.push_back(plain(choose({1, 1, 2, 5, 20})));
    for (int64_t d = 0; d < spatial; ++d)
      windows.axes.push_back(windowed(spatial == 1   ? 40
                                      : spatial == 2 ? 13
                                                     : 6));
    if (choose({0, 1, 1, 1}))
      windows.axes.push_back(plain(choose({1, 2, 3, 16, 19, 40, 150})));
    if (choose({0, 0, 0, 0, 1})) // windows along the batch, too
      windows.axes.front() = windowed(7);
    return windows;
  }

private:
  int64_t choose(std::initializer_list<int64_t> values) {
    return values.begin()[random() % values.size()];
  }
  static Axis plain(int64_t size) { return {size, size, 1, 1, 0}; }

  Axis windowed(int64_t largest) {
    Axis axis;
    axis.full = 1 + int64_t(random() % uint32_t(largest));
    axis.window = choose({1, 2, 2, 3, 3, 4, 5, 7, 11});
    axis.stride = choose({1, 1, 2, 2, 3, 5});
    axis.low = choose({0, 0, (axis.window - 1) / 2, axis.window - 1, -1});
    axis.low = std::max(axis.low, 1 - axis.full);
    int64_t most = (axis.full - 1 + axis.low) / axis.stride + 1;
    int64_t inside = (axis.full + axis.low - axis.window) / axis.stride + 1;
    axis.windows = choose({most, most, std::clamp<int64_t>(inside, 1, most)});
    return axis;
  }

  std::mt19937 random;
};

template <typename T> class WindowTest : public testing::Test {
protected:
  /// Few values, so that there are ties.
  std::vector<T> draw(const Sizes &shape) {
    std::vector<T> values(getElementCount(shape));
    for (T &value : values)
      value = T(int(random() % 17) - 8) / 4;
    return values;
  }
  std::mt19937 random{5};
};
using Elements = testing::Types<float, double>;
TYPED_TEST_SUITE(WindowTest, Elements);

mlir::OwningOpRef<mlir::ModuleOp> parse(mlir::MLIRContext &context,
                                        const std::string &text) {
  context.loadDialect<MlcDialect, mlir::func::FuncDialect>();
  return mlir::parseSourceString<mlir::ModuleOp>(text, &context);
}

TYPED_TEST(WindowTest, AgreesWithTheEvaluator) {
  constexpr int count = 40;
  Generator generator(sizeof(TypeParam));
  std::string text;
  for (int i = 0; i < count; ++i)
    text +=
        generator.make().functions(std::to_string(i), elementText<TypeParam>());
  CompiledText compiled(text);
  mlir::MLIRContext context;
  auto module = parse(context, text);
  ASSERT_TRUE(module);
  for (auto function : module->getOps<mlir::func::FuncOp>()) {
    std::string printed;
    llvm::raw_string_ostream os(printed);
    function.print(os);
    SCOPED_TRACE(printed);
    std::vector<std::vector<TypeParam>> inputs;
    std::vector<Tensor> tensors;
    for (mlir::Type type : function.getArgumentTypes()) {
      Sizes shape(llvm::cast<mlir::RankedTensorType>(type).getShape());
      inputs.push_back(this->draw(shape));
      tensors.push_back({shape, std::vector<double>(inputs.back().begin(),
                                                    inputs.back().end())});
    }
    std::vector<Tensor> expected = evaluate(function, tensors);
    std::vector<std::vector<TypeParam>> found;
    for (const Tensor &tensor : expected)
      found.emplace_back(tensor.values.size(), TypeParam(NAN));
    compiled.run(function.getName(),
                 {inputs[0].data(), inputs[1].data(), inputs[2].data()},
                 {found[0].data(), found[1].data()});
    // Sums of a few such numbers are exact.
    for (size_t r = 0; r < found.size(); ++r)
      for (size_t i = 0; i < found[r].size(); ++i)
        ASSERT_EQ(double(found[r][i]), expected[r].values[i])
            << "result " << r << ", element " << i;
  }
}

TYPED_TEST(WindowTest, NaNIsAnExtremum) {
  std::string text =
      llvm::formatv(
          "func.func @f(%x: tensor<1x4x4x20x{0}>, %y: tensor<1x2x2x20x{0}>) "
          "-> (tensor<1x2x2x20x{0}>, tensor<1x4x4x20x{0}>) {{\n"
          "  %0 = mlc.reduce_window max %x window [1, 2, 2, 1] strides [1, 2, "
          "2, 1] low [0, 0, 0, 0] : tensor<1x4x4x20x{0}> -> "
          "tensor<1x2x2x20x{0}>\n"
          "  %1 = mlc.select_window max %x, %y window [1, 2, 2, 1] strides [1, "
          "2, 2, 1] low [0, 0, 0, 0] : tensor<1x4x4x20x{0}>, "
          "tensor<1x2x2x20x{0}> -> tensor<1x4x4x20x{0}>\n"
          "  return %0, %1 : tensor<1x2x2x20x{0}>, tensor<1x4x4x20x{0}>\n}\n",
          elementText<TypeParam>())
          .str();
  CompiledText compiled(text);
  std::vector<TypeParam> x = this->draw({1, 4, 4, 20}), y(80, TypeParam(1)),
                         pooled(80), gradient(320);
  x[5 * 20 + 3] = TypeParam(NAN); // the last element of the first window
  compiled.run("f", {x.data(), y.data()}, {pooled.data(), gradient.data()});
  for (int i = 0; i < 80; ++i)
    EXPECT_EQ(std::isnan(pooled[i]), i == 3) << i;
  EXPECT_EQ(gradient[5 * 20 + 3], TypeParam(1));
  for (int i : {0, 1, 4})
    EXPECT_EQ(gradient[i * 20 + 3], TypeParam(0));
}

/// Large enough to be shared out.
std::vector<Windows> makeLarge() {
  Axis batch{6, 6, 1, 1, 0}, channels{40, 40, 1, 1, 0};
  std::vector<Windows> all;
  for (Axis rows : {Axis{29, 15, 2, 2, 0}, Axis{29, 15, 3, 2, 1},
                    Axis{29, 29, 3, 1, 1}, Axis{29, 4, 8, 7, 0}})
    all.push_back({{batch, rows, {17, 8, 3, 2, 0}, channels}, "max"});
  return all;
}

TEST(Windows, OneAndTwoThreadsMakeTheSameBits) {
  std::string text;
  for (auto [i, windows] : llvm::enumerate(makeLarge()))
    text += windows.functions(std::to_string(i), "f32");
  CompiledText one(text), two(text, /*threads=*/2);
  mlir::MLIRContext context;
  auto module = parse(context, text);
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(-1, 1);
  auto make = [](mlir::Type type) {
    return std::vector<float>(
        llvm::cast<mlir::RankedTensorType>(type).getNumElements(), NAN);
  };
  for (auto function : module->getOps<mlir::func::FuncOp>()) {
    std::vector<std::vector<float>> inputs, found[2];
    for (mlir::Type type : function.getArgumentTypes()) {
      inputs.push_back(make(type));
      for (float &value : inputs.back())
        value = uniform(random);
    }
    for (int which : {0, 1}) {
      for (mlir::Type type : function.getResultTypes())
        found[which].push_back(make(type));
      (which ? two : one)
          .run(function.getName(),
               {inputs[0].data(), inputs[1].data(), inputs[2].data()},
               {found[which][0].data(), found[which][1].data()});
    }
    for (int result : {0, 1}) // NaN, where nothing was written, isn't equal
      EXPECT_EQ(found[0][result], found[1][result]) << function.getName().str();
  }
}

} // namespace
