//===-- RandomTest.cpp - random numbers are those of the literature -------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledText.h"

#include "codegen/ScalarLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "gtest/gtest.h"

using namespace mlc;

namespace {

using Words = std::array<uint32_t, 2>;

uint32_t rotate(uint32_t value, int count) {
  return value << count | value >> (32 - count);
}

/// Threefry-2x32-20 as Salmon et al. describe it, written once more.
Words threefry(Words key, Words counter) {
  const int rotations[] = {13, 15, 26, 6, 17, 29, 16, 24};
  uint32_t keys[] = {key[0], key[1], 0x1BD11BDA ^ key[0] ^ key[1]};
  uint32_t x0 = counter[0] + keys[0], x1 = counter[1] + keys[1];
  for (uint32_t round = 0; round < 20; ++round) {
    x0 += x1;
    x1 = rotate(x1, rotations[round % 8]) ^ x0;
    if (round % 4 == 3) {
      uint32_t injection = round / 4 + 1;
      x0 += keys[injection % 3];
      x1 += keys[(injection + 1) % 3] + injection;
    }
  }
  return {x0, x1};
}

struct Known {
  Words key, counter, result;
};
/// From Random123's kat_vectors.
const Known kKnown[] = {
    {{0, 0}, {0, 0}, {0x6b200159, 0x99ba4efe}},
    {{0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x1cb996fc, 0xbb002be7}},
    {{0x13198a2e, 0x03707344},
     {0x243f6a88, 0x85a308d3},
     {0xc4923a9c, 0x483df7a0}},
};

double toDouble(Words words) {
  return (words[0] >> 6) * 0x1p-26 + (words[1] >> 5) * 0x1p-53;
}
float toFloat(Words words) { return float(words[0] >> 8) * 0x1p-24f; }

/// What emitRandom computes, by folding constants.
double fold(Words key, Words counter, bool isDouble) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::arith::ArithDialect, mlir::func::FuncDialect>();
  mlir::OpBuilder b(&context);
  mlir::Location loc = b.getUnknownLoc();
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(loc);
  mlir::FloatType type = isDouble ? mlir::FloatType(b.getF64Type())
                                  : mlir::FloatType(b.getF32Type());
  b.setInsertionPointToEnd(module->getBody());
  auto function = mlir::func::FuncOp::create(b, loc, "number",
                                             b.getFunctionType({}, {type}));
  b.setInsertionPointToEnd(function.addEntryBlock());
  auto word = [&](uint32_t value) -> mlir::Value {
    return mlir::arith::ConstantOp::create(b, loc,
                                           b.getI32IntegerAttr(int32_t(value)));
  };
  mlir::Value index = mlir::arith::ConstantIndexOp::create(b, loc, counter[0]);
  std::pair<mlir::Value, mlir::Value> words{word(key[0]), word(key[1])};
  mlir::Value number =
      codegen::emitRandom(b, loc, words, index, word(counter[1]), type);
  auto end = mlir::func::ReturnOp::create(b, loc, number);
  mlir::PassManager pm(&context);
  pm.addPass(mlir::createCanonicalizerPass());
  mlir::FloatAttr value;
  if (mlir::failed(pm.run(*module)) ||
      !mlir::matchPattern(end.getOperand(0), mlir::m_Constant(&value)))
    return NAN;
  return value.getValueAsDouble();
}

TEST(Random, KnownAnswers) {
  for (const Known &known : kKnown) {
    EXPECT_EQ(threefry(known.key, known.counter), known.result);
    EXPECT_EQ(fold(known.key, known.counter, /*isDouble=*/true),
              toDouble(known.result));
    EXPECT_EQ(fold(known.key, known.counter, /*isDouble=*/false),
              toFloat(known.result));
  }
}

constexpr size_t kCount = 3 * 33337;

class RandomKernel : public testing::Test {
protected:
  template <typename T> std::vector<T> draw(llvm::StringRef name, Words key) {
    std::vector<T> numbers(kCount);
    compiled.run(name, {key.data()}, {numbers.data()});
    return numbers;
  }

  CompiledText compiled{R"(
    func.func @single(%key: tensor<2xi32>) -> tensor<3x33337xf32> {
      %stream = mlc.constant dense<5> : tensor<i32>
      %0 = mlc.random %key stream %stream : tensor<2xi32>, tensor<i32> -> tensor<3x33337xf32>
      return %0 : tensor<3x33337xf32>
    }
    func.func @double(%key: tensor<2xi32>) -> tensor<3x33337xf64> {
      %stream = mlc.constant dense<-2> : tensor<i32>
      %0 = mlc.random %key stream %stream : tensor<2xi32>, tensor<i32> -> tensor<3x33337xf64>
      return %0 : tensor<3x33337xf64>
    }
  )"};
};

TEST_F(RandomKernel, EveryElementIsTheGeneratorsOwn) {
  Words key{0x13198a2e, 0x83707344};
  std::vector<float> single = draw<float>("single", key);
  std::vector<double> twice = draw<double>("double", key);
  for (uint32_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(single[i], toFloat(threefry(key, {i, 5}))) << i;
    ASSERT_EQ(twice[i], toDouble(threefry(key, {i, uint32_t(-2)}))) << i;
  }
}

TEST_F(RandomKernel, IsUniform) {
  std::vector<double> numbers = draw<double>("double", {1, 2});
  double mean = 0, variance = 0;
  for (double x : numbers) {
    ASSERT_GE(x, 0);
    ASSERT_LT(x, 1);
    mean += x / kCount;
  }
  for (double x : numbers)
    variance += (x - mean) * (x - mean) / kCount;
  // Five standard deviations of each estimate.
  EXPECT_NEAR(mean, 0.5, 5 * std::sqrt(1 / 12.0 / kCount));
  EXPECT_NEAR(variance, 1 / 12.0, 5 * std::sqrt(1 / 180.0 / kCount));
}

} // namespace
