//===-- AttentionTest.cpp - attention and its gradient by value -----------===//
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

#include <random>

using namespace mlc;

namespace {

struct Heads {
  int64_t batch, queries, keys, heads, keyHeads, size, valueSize;
  bool causal = false;
  /// Sizes of the mask but for the keys; none: there is no mask.
  std::vector<int64_t> mask = {};

  std::vector<std::vector<int64_t>> inputShapes() const {
    std::vector<std::vector<int64_t>> shapes = {
        {batch, queries, heads, size},
        {batch, keys, keyHeads, size},
        {batch, keys, keyHeads, valueSize},
        {batch, queries, heads, valueSize}};
    if (!mask.empty())
      shapes.push_back({mask[0], mask[1], mask[2], keys});
    return shapes;
  }
  std::vector<std::vector<int64_t>> resultShapes() const {
    auto inputs = inputShapes();
    return {
        inputs[3], {batch, heads, queries}, inputs[0], inputs[1], inputs[2]};
  }
  std::string describe() const {
    return llvm::formatv("batch {0}, {1} x {2}, heads {3} / {4}, size {5}, {6}"
                         "{7}{8}",
                         batch, queries, keys, heads, keyHeads, size, valueSize,
                         causal ? ", causal" : "",
                         mask.empty() ? "" : ", masked")
        .str();
  }
};

std::vector<Heads> makeCases() {
  std::vector<Heads> cases;
  for (bool causal : {false, true}) {
    cases.push_back({1, 1, 1, 1, 1, 1, 1, causal});
    cases.push_back({2, 1, 40, 2, 2, 16, 16, causal});
    cases.push_back({2, 8, 32, 2, 2, 32, 32, causal});
    cases.push_back({1, 7, 5, 3, 3, 3, 5, causal});
    cases.push_back({1, 33, 33, 4, 2, 20, 36, causal});
    cases.push_back({2, 50, 19, 4, 1, 17, 64, causal});
    cases.push_back({1, 19, 50, 2, 1, 64, 9, causal});
    cases.push_back({1, 300, 300, 1, 1, 8, 8, causal});
    // Padding, a mask for each query, for each head, and all of it.
    cases.push_back({3, 21, 37, 2, 2, 8, 8, causal, {3, 1, 1}});
    cases.push_back({2, 21, 21, 4, 2, 8, 24, causal, {1, 1, 21}});
    cases.push_back({2, 12, 20, 4, 2, 8, 8, causal, {1, 4, 1}});
    cases.push_back({2, 150, 33, 4, 2, 5, 8, causal, {2, 4, 150}});
  }
  return cases;
}

/// Attention, and its gradient for a cotangent of the output; `attributes` are
/// those of both ops.
std::string makeFunction(const Heads &h, size_t number, llvm::StringRef element,
                         llvm::StringRef attributes) {
  auto type = [&](std::vector<int64_t> shape, llvm::StringRef of) {
    return "tensor<" + shapeText(shape, of) + ">";
  };
  auto in = h.inputShapes();
  auto out = h.resultShapes();
  std::string q = type(in[0], element), k = type(in[1], element),
              v = type(in[2], element), o = type(in[3], element),
              l = type(out[1], element),
              d = type({h.batch, h.queries, h.heads}, element);
  std::string text =
      llvm::formatv("func.func @attention{0}(%q: {1}, %k: {2}, %v: {3}, %c: "
                    "{4}",
                    number, q, k, v, o);
  std::string mask, compare;
  if (!h.mask.empty()) {
    std::string i = type(in[4], "i32"), b = type(in[4], "i1");
    text += ", %n: " + i;
    mask = "mask %m : " + b + " ";
    compare = llvm::formatv("  %z = mlc.constant dense<0> : {0}\n"
                            "  %m = mlc.compare ne %n, %z : {0} -> {1}\n",
                            i, b);
  }
  std::string options =
      mask + "scale 0.3" + (h.causal ? " causal" : "") + attributes.str();
  text += llvm::formatv(
      ") -> ({0}, {1}, {2}, {3}, {4}) {{\n{5}"
      "  %o, %l = mlc.attention %q, %k, %v {6} : {2}, {3}, {4} -> {0}, {1}\n"
      "  %p = mlc.mul %o, %c : {0}\n"
      "  %d = mlc.reduce add %p dims [3] : {0} -> {7}\n"
      "  %dq, %dk, %dv = mlc.attention_gradient %q, %k, %v logsumexp %l "
      "delta %d cotangent %c {6} : {2}, {3}, {4}, {1}, {7}, {0} -> {2}, {3}, "
      "{4}\n"
      "  return %o, %l, %dq, %dk, %dv : {0}, {1}, {2}, {3}, {4}\n}\n",
      o, l, q, k, v, compare, options, d);
  return text;
}

int64_t count(const std::vector<int64_t> &shape) {
  int64_t elements = 1;
  for (int64_t size : shape)
    elements *= size;
  return elements;
}

/// Inputs of a case; of a mask's rows, some allow nothing.
std::vector<Tensor> drawInputs(const Heads &h, std::mt19937 &random) {
  std::vector<Tensor> inputs;
  std::uniform_real_distribution<float> uniform(-2, 2);
  for (const std::vector<int64_t> &shape : h.inputShapes()) {
    Tensor tensor{Sizes(shape.begin(), shape.end()),
                  std::vector<double>(count(shape))};
    bool isMask = inputs.size() == 4;
    double shift = 0;
    for (size_t i = 0; i < tensor.values.size(); ++i) {
      if (isMask && i % h.keys == 0)
        shift = random() % 3 == 0 ? -9 : 0.5;
      double value = uniform(random);
      tensor.values[i] = isMask ? double(value + shift > 0) : value;
    }
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

template <typename T> class Attention : public testing::Test {};
using Elements = testing::Types<float, double>;
TYPED_TEST_SUITE(Attention, Elements);

/// Errors are at most `tolerance` of a result's largest value.
template <typename T>
void compare(const Heads &h, const CompiledText &compiled, size_t number,
             mlir::func::FuncOp function, std::mt19937 &random,
             double tolerance) {
  SCOPED_TRACE(h.describe());
  std::vector<Tensor> inputs = drawInputs(h, random);
  std::vector<Tensor> expected = evaluate(function, inputs);
  std::vector<std::vector<T>> values(4), found;
  std::vector<int32_t> mask;
  std::vector<const void *> arguments;
  for (size_t i = 0; i < 4; ++i) {
    values[i].assign(inputs[i].values.begin(), inputs[i].values.end());
    arguments.push_back(values[i].data());
  }
  if (inputs.size() > 4) {
    mask.assign(inputs[4].values.begin(), inputs[4].values.end());
    arguments.push_back(mask.data());
  }
  for (const std::vector<int64_t> &shape : h.resultShapes())
    found.emplace_back(count(shape), T(NAN));
  std::vector<void *> outputs;
  for (std::vector<T> &result : found)
    outputs.push_back(result.data());
  compiled.run("attention" + std::to_string(number), arguments, outputs);
  const char *names[] = {"output", "logsumexp", "dquery", "dkey", "dvalue"};
  for (size_t i = 0; i < found.size(); ++i) {
    double bound = tolerance;
    for (double value : expected[i].values)
      if (std::isfinite(value))
        bound = std::max(bound, tolerance * std::fabs(value));
    for (size_t j = 0; j < found[i].size(); ++j) {
      double value = expected[i].values[j];
      if (std::isfinite(value))
        ASSERT_NEAR(found[i][j], value, bound) << names[i] << " " << j;
      else
        ASSERT_EQ(found[i][j], value) << names[i] << " " << j;
    }
  }
}

template <typename T>
void expectWhatTheEvaluatorComputes(llvm::StringRef attributes,
                                    double tolerance) {
  std::vector<Heads> cases = makeCases();
  std::string text;
  for (size_t i = 0; i < cases.size(); ++i)
    text += makeFunction(cases[i], i, elementText<T>(), attributes);
  CompiledText compiled(text);
  mlir::MLIRContext context;
  context.loadDialect<MlcDialect, mlir::func::FuncDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  ASSERT_TRUE(module);
  std::mt19937 random(1);
  for (size_t i = 0; i < cases.size(); ++i)
    compare<T>(cases[i], compiled, i,
               module->lookupSymbol<mlir::func::FuncOp>("attention" +
                                                        std::to_string(i)),
               random, tolerance);
}

TYPED_TEST(Attention, AgreesWithTheEvaluator) {
  expectWhatTheEvaluatorComputes<TypeParam>(
      "", 50 * double(std::numeric_limits<TypeParam>::epsilon()));
}

/// The evaluator rounds query, key, value and cotangent, but not what a product
/// is made of on the way: half of the last of eight bits for each.
TEST(Bfloat16Attention, AgreesWithTheEvaluator) {
  expectWhatTheEvaluatorComputes<float>(" {bfloat16}", 0.01);
}

} // namespace
