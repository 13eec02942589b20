//===-- GradientTest.cpp - gradients against finite differences -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each case is a function. It is made a scalar by a weighted sum of its
// results, differentiated by the pass, and compared with central differences;
// then its gradient is made a scalar in turn, and differentiated again.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"
#include "GradientCases.h"

#include "ir/Builders.h"
#include "passes/Passes.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace mlc;

namespace {

/// One op applied to one or two vectors.
#define MLC_UNARY_CASE(OP)                                                     \
  {#OP, "func.func @f(%x: tensor<5xf64>) -> tensor<5xf64> {\n"                 \
        "  %y = mlc." #OP " %x : tensor<5xf64>\n"                              \
        "  return %y : tensor<5xf64>\n}"}
#define MLC_BINARY_CASE(OP)                                                    \
  {#OP, "func.func @f(%x: tensor<5xf64>, %y: tensor<5xf64>)\n"                 \
        "    -> tensor<5xf64> {\n"                                             \
        "  %z = mlc." #OP " %x, %y : tensor<5xf64>\n"                          \
        "  return %z : tensor<5xf64>\n}"}

const GradientCase cases[] = {
    MLC_UNARY_CASE(neg),
    MLC_UNARY_CASE(exp),
    MLC_UNARY_CASE(expm1),
    MLC_UNARY_CASE(log),
    MLC_UNARY_CASE(log1p),
    MLC_UNARY_CASE(sqrt),
    MLC_UNARY_CASE(rsqrt),
    MLC_UNARY_CASE(tanh),
    MLC_UNARY_CASE(erf),
    MLC_UNARY_CASE(logistic),
    MLC_BINARY_CASE(add),
    MLC_BINARY_CASE(sub),
    MLC_BINARY_CASE(mul),
    MLC_BINARY_CASE(div),
    MLC_BINARY_CASE(max),
    MLC_BINARY_CASE(min),
    {"abs", R"mlir(
func.func @f(%x: tensor<5xf64>, %y: tensor<5xf64>) -> tensor<5xf64> {
  %0 = mlc.sub %x, %y : tensor<5xf64>
  %1 = mlc.abs %0 : tensor<5xf64>
  %2 = mlc.mul %1, %1 : tensor<5xf64>
  return %2 : tensor<5xf64>
})mlir"},
    {"select", R"mlir(
func.func @f(%x: tensor<5xf64>, %y: tensor<5xf64>) -> tensor<5xf64> {
  %c = mlc.constant dense<[true, false, true, true, false]> : tensor<5xi1>
  %0 = mlc.select %c, %x, %y : tensor<5xi1>, tensor<5xf64>
  %1 = mlc.mul %0, %0 : tensor<5xf64>
  return %1 : tensor<5xf64>
})mlir"},
    {"convert", R"mlir(
func.func @f(%x: tensor<5xf64>) -> tensor<5xf64> {
  %0 = mlc.convert %x : tensor<5xf64> -> tensor<5xf64>
  %1 = mlc.convert %x : tensor<5xf64> -> tensor<5xi32>
  %2 = mlc.convert %1 : tensor<5xi32> -> tensor<5xf64>
  %3 = mlc.add %0, %2 : tensor<5xf64>
  %4 = mlc.mul %3, %3 : tensor<5xf64>
  return %4 : tensor<5xf64>
})mlir"},
    {"stop_gradient", R"mlir(
func.func @f(%x: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %m = mlc.reduce max %x dims [1] : tensor<2x3xf64> -> tensor<2xf64>
  %s = mlc.stop_gradient %m : tensor<2xf64>
  %b = mlc.broadcast %s dims [0] : tensor<2xf64> -> tensor<2x3xf64>
  %d = mlc.sub %x, %b : tensor<2x3xf64>
  %e = mlc.exp %d : tensor<2x3xf64>
  %t = mlc.reduce add %e dims [1] : tensor<2x3xf64> -> tensor<2xf64>
  %u = mlc.broadcast %t dims [0] : tensor<2xf64> -> tensor<2x3xf64>
  %p = mlc.div %e, %u : tensor<2x3xf64>
  return %p : tensor<2x3xf64>
})mlir"},
    {"broadcast", R"mlir(
func.func @f(%x: tensor<2x1x3xf64>, %y: tensor<f64>) -> tensor<4x2x5x3xf64> {
  %0 = mlc.broadcast %x dims [1, 2, 3] : tensor<2x1x3xf64> -> tensor<4x2x5x3xf64>
  %1 = mlc.broadcast %y dims [] : tensor<f64> -> tensor<4x2x5x3xf64>
  %2 = mlc.mul %0, %1 : tensor<4x2x5x3xf64>
  return %2 : tensor<4x2x5x3xf64>
})mlir"},
    {"reshape", R"mlir(
func.func @f(%x: tensor<2x6xf64>) -> tensor<3x4xf64> {
  %0 = mlc.reshape %x : tensor<2x6xf64> -> tensor<3x4xf64>
  %1 = mlc.mul %0, %0 : tensor<3x4xf64>
  return %1 : tensor<3x4xf64>
})mlir"},
    {"transpose", R"mlir(
func.func @f(%x: tensor<2x3x4xf64>) -> tensor<4x2x3xf64> {
  %0 = mlc.transpose %x permutation [2, 0, 1] : tensor<2x3x4xf64> -> tensor<4x2x3xf64>
  %1 = mlc.mul %0, %0 : tensor<4x2x3xf64>
  return %1 : tensor<4x2x3xf64>
})mlir"},
    {"slice", R"mlir(
func.func @f(%x: tensor<7x4xf64>) -> tensor<3x2xf64> {
  %0 = mlc.slice %x offsets [1, 2] strides [2, 1] : tensor<7x4xf64> -> tensor<3x2xf64>
  %1 = mlc.mul %0, %0 : tensor<3x2xf64>
  return %1 : tensor<3x2xf64>
})mlir"},
    {"slice_leaving_elements_between_and_after", R"mlir(
func.func @f(%x: tensor<9xf64>) -> tensor<2xf64> {
  %0 = mlc.slice %x offsets [0] strides [3] : tensor<9xf64> -> tensor<2xf64>
  %1 = mlc.mul %0, %0 : tensor<2xf64>
  return %1 : tensor<2xf64>
})mlir"},
    {"pad", R"mlir(
func.func @f(%x: tensor<3x2xf64>) -> tensor<6x5xf64> {
  %0 = mlc.pad %x low [1, 0] high [0, 2] interior [1, 1] : tensor<3x2xf64> -> tensor<6x5xf64>
  %1 = mlc.mul %0, %0 : tensor<6x5xf64>
  return %1 : tensor<6x5xf64>
})mlir"},
    {"concatenate", R"mlir(
func.func @f(%x: tensor<2x3xf64>, %y: tensor<2x1xf64>) -> tensor<2x7xf64> {
  %0 = mlc.concatenate %x, %y, %x dim 1 : tensor<2x3xf64>, tensor<2x1xf64>, tensor<2x3xf64> -> tensor<2x7xf64>
  %1 = mlc.mul %0, %0 : tensor<2x7xf64>
  return %1 : tensor<2x7xf64>
})mlir"},
    {"reduce_add", R"mlir(
func.func @f(%x: tensor<2x3x4xf64>) -> tensor<3xf64> {
  %0 = mlc.reduce add %x dims [0, 2] : tensor<2x3x4xf64> -> tensor<3xf64>
  %1 = mlc.mul %0, %0 : tensor<3xf64>
  return %1 : tensor<3xf64>
})mlir"},
    {"reduce_max", R"mlir(
func.func @f(%x: tensor<3x4xf64>) -> tensor<3xf64> {
  %0 = mlc.reduce max %x dims [1] : tensor<3x4xf64> -> tensor<3xf64>
  %1 = mlc.mul %0, %0 : tensor<3xf64>
  return %1 : tensor<3xf64>
})mlir"},
    {"reduce_min", R"mlir(
func.func @f(%x: tensor<3x4xf64>) -> tensor<4xf64> {
  %0 = mlc.reduce min %x dims [0] : tensor<3x4xf64> -> tensor<4xf64>
  %1 = mlc.mul %0, %0 : tensor<4xf64>
  return %1 : tensor<4xf64>
})mlir"},
    {"dot_nn", R"mlir(
func.func @f(%x: tensor<2x3xf64>, %y: tensor<3x4xf64>) -> tensor<2x4xf64> {
  %0 = mlc.dot_general %x, %y batch [] x [] contract [1] x [0] : tensor<2x3xf64>, tensor<3x4xf64> -> tensor<2x4xf64>
  return %0 : tensor<2x4xf64>
})mlir"},
    {"dot_nt", R"mlir(
func.func @f(%x: tensor<2x3xf64>, %y: tensor<4x3xf64>) -> tensor<2x4xf64> {
  %0 = mlc.dot_general %x, %y batch [] x [] contract [1] x [1] : tensor<2x3xf64>, tensor<4x3xf64> -> tensor<2x4xf64>
  return %0 : tensor<2x4xf64>
})mlir"},
    {"dot_tt", R"mlir(
func.func @f(%x: tensor<3x2xf64>, %y: tensor<4x3xf64>) -> tensor<2x4xf64> {
  %0 = mlc.dot_general %x, %y batch [] x [] contract [0] x [1] : tensor<3x2xf64>, tensor<4x3xf64> -> tensor<2x4xf64>
  return %0 : tensor<2x4xf64>
})mlir"},
    {"dot_rows", R"mlir(
func.func @f(%x: tensor<2x5x3xf64>, %y: tensor<3x4xf64>) -> tensor<2x5x4xf64> {
  %0 = mlc.dot_general %x, %y batch [] x [] contract [2] x [0] : tensor<2x5x3xf64>, tensor<3x4xf64> -> tensor<2x5x4xf64>
  return %0 : tensor<2x5x4xf64>
})mlir"},
    {"dot_heads", R"mlir(
func.func @f(%x: tensor<2x3x2x4xf64>, %y: tensor<2x5x2x4xf64>) -> tensor<2x2x3x5xf64> {
  %0 = mlc.dot_general %x, %y batch [0, 2] x [0, 2] contract [3] x [3]
    : tensor<2x3x2x4xf64>, tensor<2x5x2x4xf64> -> tensor<2x2x3x5xf64>
  return %0 : tensor<2x2x3x5xf64>
})mlir"},
    {"dot_contracting_two_in_crossed_order", R"mlir(
func.func @f(%x: tensor<3x2x4xf64>, %y: tensor<4x5x3xf64>) -> tensor<2x5xf64> {
  %0 = mlc.dot_general %x, %y batch [] x [] contract [2, 0] x [0, 2]
    : tensor<3x2x4xf64>, tensor<4x5x3xf64> -> tensor<2x5xf64>
  return %0 : tensor<2x5xf64>
})mlir"},
    {"dot_with_crossed_batch", R"mlir(
func.func @f(%x: tensor<3x2x4xf64>, %y: tensor<4x5x3x2xf64>) -> tensor<2x3x5xf64> {
  %0 = mlc.dot_general %x, %y batch [1, 0] x [3, 2] contract [2] x [0]
    : tensor<3x2x4xf64>, tensor<4x5x3x2xf64> -> tensor<2x3x5xf64>
  return %0 : tensor<2x3x5xf64>
})mlir"},
    {"dot_outer", R"mlir(
func.func @f(%x: tensor<3xf64>, %y: tensor<2xf64>) -> tensor<3x2xf64> {
  %0 = mlc.dot_general %x, %y batch [] x [] contract [] x [] : tensor<3xf64>, tensor<2xf64> -> tensor<3x2xf64>
  return %0 : tensor<3x2xf64>
})mlir"},
    {"dot_of_transposed_operands", R"mlir(
func.func @f(%x: tensor<3x2x5xf64>, %y: tensor<4x3xf64>) -> tensor<2x5x4xf64> {
  %a = mlc.transpose %x permutation [1, 2, 0] : tensor<3x2x5xf64> -> tensor<2x5x3xf64>
  %b = mlc.transpose %y permutation [1, 0] : tensor<4x3xf64> -> tensor<3x4xf64>
  %0 = mlc.dot_general %a, %b batch [] x [] contract [2] x [0] : tensor<2x5x3xf64>, tensor<3x4xf64> -> tensor<2x5x4xf64>
  return %0 : tensor<2x5x4xf64>
})mlir"},
    {"gather_with_repeated_ids", R"mlir(
func.func @f(%x: tensor<4x3xf64>) -> tensor<2x3x3xf64> {
  %ids = mlc.constant dense<[[2, 0, 2], [3, 2, 0]]> : tensor<2x3xi32>
  %0 = mlc.gather %x, %ids : tensor<4x3xf64>, tensor<2x3xi32> -> tensor<2x3x3xf64>
  %1 = mlc.mul %0, %0 : tensor<2x3x3xf64>
  return %1 : tensor<2x3x3xf64>
})mlir"},
    {"gather_of_numbers", R"mlir(
func.func @f(%x: tensor<4xf64>) -> tensor<3xf64> {
  %ids = mlc.constant dense<[1, 3, 1]> : tensor<3xi32>
  %0 = mlc.gather %x, %ids : tensor<4xf64>, tensor<3xi32> -> tensor<3xf64>
  %1 = mlc.exp %0 : tensor<3xf64>
  return %1 : tensor<3xf64>
})mlir"},
    {"scatter_add", R"mlir(
func.func @f(%x: tensor<4x3xf64>, %u: tensor<3x3xf64>) -> tensor<4x3xf64> {
  %ids = mlc.constant dense<[2, 0, 2]> : tensor<3xi32>
  %0 = mlc.scatter_add %x, %ids, %u : tensor<4x3xf64>, tensor<3xi32>, tensor<3x3xf64>
  %1 = mlc.mul %0, %0 : tensor<4x3xf64>
  return %1 : tensor<4x3xf64>
})mlir"},
    {"reverse", R"mlir(
func.func @f(%x: tensor<2x3x4xf64>) -> tensor<2x3x4xf64> {
  %0 = mlc.reverse %x dims [0, 2] : tensor<2x3x4xf64>
  %1 = mlc.mul %0, %x : tensor<2x3x4xf64>
  return %1 : tensor<2x3x4xf64>
})mlir"},
    {"attention", R"mlir(
func.func @f(%q: tensor<2x3x2x4xf64>, %k: tensor<2x5x2x4xf64>, %v: tensor<2x5x2x3xf64>)
    -> (tensor<2x3x2x3xf64>, tensor<2x2x3xf64>) {
  %0, %1 = mlc.attention %q, %k, %v scale 0.7 : tensor<2x3x2x4xf64>, tensor<2x5x2x4xf64>,
    tensor<2x5x2x3xf64> -> tensor<2x3x2x3xf64>, tensor<2x2x3xf64>
  return %0, %1 : tensor<2x3x2x3xf64>, tensor<2x2x3xf64>
})mlir"},
    {"attention_causal_shared_heads", R"mlir(
func.func @f(%q: tensor<1x4x4x2xf64>, %k: tensor<1x3x2x2xf64>, %v: tensor<1x3x2x2xf64>)
    -> tensor<1x4x4x2xf64> {
  %0, %1 = mlc.attention %q, %k, %v scale 1.5 causal : tensor<1x4x4x2xf64>, tensor<1x3x2x2xf64>,
    tensor<1x3x2x2xf64> -> tensor<1x4x4x2xf64>, tensor<1x4x4xf64>
  return %0 : tensor<1x4x4x2xf64>
})mlir"},
    // With a row that may look at nothing, and a mask for each head.
    {"attention_masked", R"mlir(
func.func @f(%q: tensor<1x3x4x2xf64>, %k: tensor<1x3x2x2xf64>, %v: tensor<1x3x2x2xf64>)
    -> tensor<1x3x4x2xf64> {
  %m = mlc.constant dense<[[[[true, true, false], [false, false, false], [false, true, true]],
    [[true, false, true], [true, true, true], [false, true, true]],
    [[true, true, false], [false, true, true], [false, false, false]],
    [[true, true, true], [false, true, false], [false, true, true]]]]> : tensor<1x4x3x3xi1>
  %0, %1 = mlc.attention %q, %k, %v mask %m : tensor<1x4x3x3xi1> scale 1.5 : tensor<1x3x4x2xf64>,
    tensor<1x3x2x2xf64>, tensor<1x3x2x2xf64> -> tensor<1x3x4x2xf64>, tensor<1x4x3xf64>
  return %0 : tensor<1x3x4x2xf64>
})mlir"},
    {"attention_logsumexp_alone", R"mlir(
func.func @f(%q: tensor<1x3x1x2xf64>, %k: tensor<1x3x1x2xf64>) -> tensor<1x1x3xf64> {
  %0, %1 = mlc.attention %q, %k, %k scale 1.5 causal : tensor<1x3x1x2xf64>, tensor<1x3x1x2xf64>,
    tensor<1x3x1x2xf64> -> tensor<1x3x1x2xf64>, tensor<1x1x3xf64>
  return %1 : tensor<1x1x3xf64>
})mlir"},
    {"value_used_many_times", R"mlir(
func.func @f(%x: tensor<4xf64>) -> tensor<4xf64> {
  %0 = mlc.exp %x : tensor<4xf64>
  %1 = mlc.mul %0, %x : tensor<4xf64>
  %2 = mlc.add %1, %0 : tensor<4xf64>
  %3 = mlc.mul %2, %0 : tensor<4xf64>
  %4 = mlc.tanh %3 : tensor<4xf64>
  %5 = mlc.add %4, %x : tensor<4xf64>
  return %5 : tensor<4xf64>
})mlir"},
    {"unused_argument", R"mlir(
func.func @f(%x: tensor<4xf64>, %y: tensor<3xf64>) -> tensor<4xf64> {
  %0 = mlc.logistic %x : tensor<4xf64>
  return %0 : tensor<4xf64>
})mlir"},
    {"gelu_mlp", R"mlir(
func.func @f(%x: tensor<3x4xf64>, %w: tensor<4x5xf64>, %b: tensor<5xf64>) -> tensor<3x5xf64> {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<3x4xf64>, tensor<4x5xf64> -> tensor<3x5xf64>
  %1 = mlc.broadcast %b dims [1] : tensor<5xf64> -> tensor<3x5xf64>
  %2 = mlc.sub %0, %1 : tensor<3x5xf64>
  %s = mlc.constant dense<0.7071067811865476> : tensor<3x5xf64>
  %one = mlc.constant dense<1.0> : tensor<3x5xf64>
  %h = mlc.constant dense<0.5> : tensor<3x5xf64>
  %3 = mlc.mul %2, %s : tensor<3x5xf64>
  %4 = mlc.erf %3 : tensor<3x5xf64>
  %5 = mlc.add %one, %4 : tensor<3x5xf64>
  %6 = mlc.mul %5, %h : tensor<3x5xf64>
  %7 = mlc.mul %6, %2 : tensor<3x5xf64>
  return %7 : tensor<3x5xf64>
})mlir"},
};
#undef MLC_UNARY_CASE
#undef MLC_BINARY_CASE

class Gradient : public testing::TestWithParam<GradientCase> {
protected:
  Gradient() {
    context.loadDialect<MlcDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(GetParam().function, &context);
  }
  /// A copy of the first function, to be changed.
  func::FuncOp clone(func::FuncOp function) {
    auto copy = cast<func::FuncOp>(function->clone());
    copy.setName((function.getName() + "_").str());
    module->push_back(copy);
    return copy;
  }
  func::FuncOp getFunction() { return *module->getOps<func::FuncOp>().begin(); }
  void run(void (*addPasses)(OpPassManager &)) {
    PassManager pm(&context);
    addPasses(pm.nest<func::FuncOp>());
    ASSERT_TRUE(succeeded(pm.run(*module)));
  }
  std::vector<double> draw(int64_t count, double low, double high) {
    std::uniform_real_distribution<double> distribution(low, high);
    std::vector<double> values(count);
    for (double &value : values)
      value = distribution(generator);
    return values;
  }
  std::vector<Tensor> drawArguments() {
    std::vector<Tensor> arguments;
    for (Value argument : getFunction().getArguments())
      arguments.push_back(
          {Sizes(getShape(argument)),
           draw(getElementCount(getShape(argument)), 0.2, 0.9)});
    return arguments;
  }
  void makeScalar(func::FuncOp function);
  void makeGradient(func::FuncOp function);
  void compareWithDifferences(func::FuncOp scalar, func::FuncOp gradient);

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  // The same numbers in every run, on purpose.
  std::mt19937_64 generator{7}; // NOLINT(bugprone-random-generator-seed)
};

/// Makes `function` return `values`.
void setReturned(func::FuncOp function, ValueRange values) {
  function.getBody().front().getTerminator()->setOperands(values);
  function.setType(FunctionType::get(
      function.getContext(), function.getArgumentTypes(), values.getTypes()));
}

/// Makes `function` return one number: the sum of all elements of its results,
/// each by a weight of its own.
void Gradient::makeScalar(func::FuncOp function) {
  Operation *end = function.getBody().front().getTerminator();
  OpBuilder b(end);
  Value sum;
  for (Value value : llvm::to_vector(end->getOperands())) {
    RankedTensorType type = getTensorType(value);
    Value weights = ConstantOp::create(
        b, end->getLoc(), type,
        DenseElementsAttr::get(
            type, ArrayRef<double>(draw(type.getNumElements(), 0.5, 1.5))));
    Value weighted = MulOp::create(b, end->getLoc(), value, weights);
    Value part = reduceAdd(b, end->getLoc(), weighted,
                           getFreeDimensions(type.getRank(), {}));
    sum = sum ? AddOp::create(b, end->getLoc(), sum, part).getResult() : part;
  }
  setReturned(function, sum);
}

/// Makes `function`, which returns one number, return the number's gradient by
/// each argument.
void Gradient::makeGradient(func::FuncOp function) {
  Operation *end = function.getBody().front().getTerminator();
  OpBuilder b(end);
  auto gradient = GradientOp::create(b, end->getLoc(), end->getOperand(0),
                                     function.getArguments());
  setReturned(function, gradient.getGradients());
}

void Gradient::compareWithDifferences(func::FuncOp scalar,
                                      func::FuncOp gradient) {
  std::vector<Tensor> arguments = drawArguments();
  std::vector<Tensor> gradients = evaluate(gradient, arguments);
  const double step = 1e-5;
  for (size_t i = 0; i < arguments.size(); ++i) {
    for (size_t k = 0; k < arguments[i].values.size(); ++k) {
      double &x = arguments[i].values[k];
      const double center = x;
      x = center + step;
      double above = evaluate(scalar, arguments)[0].values[0];
      x = center - step;
      double below = evaluate(scalar, arguments)[0].values[0];
      x = center;
      double expected = (above - below) / (2 * step);
      EXPECT_NEAR(gradients[i].values[k], expected,
                  1e-7 * std::max(1.0, std::fabs(expected)))
          << "argument " << i << ", element " << k;
    }
  }
}

void addDifferentiate(OpPassManager &pm) { pm.addPass(createDifferentiate()); }
void addSimplify(OpPassManager &pm) {
  pm.addPass(createHoistScan());
  pm.addPass(createSimplify());
}

TEST_P(Gradient, IsThatOfFiniteDifferences) {
  ASSERT_TRUE(module);
  func::FuncOp scalar = getFunction();
  makeScalar(scalar);
  func::FuncOp gradient = clone(scalar);
  makeGradient(gradient);
  run(addDifferentiate);
  compareWithDifferences(scalar, gradient);
}

TEST_P(Gradient, CanBeTakenTwice) {
  ASSERT_TRUE(module);
  func::FuncOp function = getFunction();
  makeScalar(function);
  makeGradient(function);
  makeScalar(function);
  func::FuncOp second = clone(function);
  makeGradient(second);
  run(addDifferentiate);
  compareWithDifferences(function, second);
}

TEST_P(Gradient, IsTheSameSimplified) {
  ASSERT_TRUE(module);
  func::FuncOp plain = getFunction();
  makeScalar(plain);
  makeGradient(plain);
  run(addDifferentiate);
  std::vector<Tensor> arguments = drawArguments();
  std::vector<Tensor> before = evaluate(plain, arguments);
  run(addSimplify);
  std::vector<Tensor> after = evaluate(plain, arguments);
  for (auto [expected, found] : llvm::zip_equal(before, after))
    EXPECT_EQ(expected.values, found.values);
}

std::string caseName(const testing::TestParamInfo<GradientCase> &info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Op, Gradient, testing::ValuesIn(cases), caseName);
INSTANTIATE_TEST_SUITE_P(Convolution, Gradient,
                         testing::ValuesIn(convolutionGradientCases()),
                         caseName);
INSTANTIATE_TEST_SUITE_P(Loop, Gradient, testing::ValuesIn(loopGradientCases()),
                         caseName);
INSTANTIATE_TEST_SUITE_P(Window, Gradient,
                         testing::ValuesIn(windowGradientCases()), caseName);

} // namespace
