//===-- LoweringRegistryTest.cpp - every op can be compiled ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "ir/MlcDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

#include <map>

using namespace mlir;
using namespace mlc;

namespace {

/// Ops that never stand in a kernel.
bool isStructural(StringRef name) {
  return llvm::is_contained(
      {GradientOp::getOperationName(), ApplyGradientOp::getOperationName(),
       FusionOp::getOperationName(), YieldOp::getOperationName(),
       LaunchOp::getOperationName(), ReshapeOp::getOperationName(),
       ScanOp::getOperationName()},
      name);
}

/// A use of each op, on %x, %y (tensor<3x5xf32>), %n (tensor<3x5xi32>), %p, %q
/// (tensor<3x5xi1>), %key (tensor<2xi32>), %stream (tensor<i32>) and %u
/// (tensor<2x5xf32>); what it makes; the kernel's kind.
struct Use {
  std::string text, type = "tensor<3x5xf32>", kind = "pointwise";
  int results = 1;
};

/// On %image (tensor<2x5x3xf32>), %filter (tensor<3x3x4xf32>), %map
/// (tensor<2x5x4xf32>).
void addConvolutions(std::map<std::string, Use> &uses) {
  std::string window = " strides [1] low [1] dilations [1] groups 1 : ";
  uses["convolution"] = {"%image, %filter" + window +
                             "tensor<2x5x3xf32>, tensor<3x3x4xf32> -> "
                             "tensor<2x5x4xf32>",
                         "tensor<2x5x4xf32>", "contraction"};
  uses["convolution_input"] = {"%map, %filter" + window +
                                   "tensor<2x5x4xf32>, tensor<3x3x4xf32> -> "
                                   "tensor<2x5x3xf32>",
                               "tensor<2x5x3xf32>", "contraction"};
  uses["convolution_filter"] = {"%image, %map" + window +
                                    "tensor<2x5x3xf32>, tensor<2x5x4xf32> -> "
                                    "tensor<3x3x4xf32>",
                                "tensor<3x3x4xf32>", "contraction"};
}

std::map<std::string, Use> makeUses() {
  std::map<std::string, Use> uses;
  for (const char *name :
       {"neg", "abs", "sign", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt",
        "tanh", "erf", "logistic", "stop_gradient", "round_bfloat16"})
    uses[name] = {"%x : tensor<3x5xf32>"};
  for (const char *name : {"add", "sub", "mul", "div", "max", "min"})
    uses[name] = {"%x, %y : tensor<3x5xf32>"};
  for (const char *name : {"and", "or"})
    uses[name] = {"%p, %q : tensor<3x5xi1>", "tensor<3x5xi1>"};
  uses["not"] = {"%p : tensor<3x5xi1>", "tensor<3x5xi1>"};
  uses["compare"] = {"lt %x, %y : tensor<3x5xf32> -> tensor<3x5xi1>",
                     "tensor<3x5xi1>"};
  uses["select"] = {"%p, %x, %y : tensor<3x5xi1>, tensor<3x5xf32>"};
  uses["convert"] = {"%n : tensor<3x5xi32> -> tensor<3x5xf32>"};
  uses["constant"] = {"dense<1.0> : tensor<3x5xf32>"};
  uses["iota"] = {"1 : tensor<3x5xf32>"};
  uses["random"] = {"%key stream %stream : tensor<2xi32>, tensor<i32> -> "
                    "tensor<3x5xf32>"};
  uses["broadcast"] = {"%x dims [1, 2] : tensor<3x5xf32> -> tensor<2x3x5xf32>",
                       "tensor<2x3x5xf32>"};
  uses["transpose"] = {
      "%x permutation [1, 0] : tensor<3x5xf32> -> tensor<5x3xf32>",
      "tensor<5x3xf32>"};
  uses["slice"] = {
      "%x offsets [1, 0] strides [1, 2] : tensor<3x5xf32> -> tensor<2x3xf32>",
      "tensor<2x3xf32>"};
  uses["pad"] = {"%x low [1, 0] high [0, 2] interior [1, 0] : tensor<3x5xf32> "
                 "-> tensor<6x7xf32>",
                 "tensor<6x7xf32>"};
  uses["concatenate"] = {
      "%x, %y dim 0 : tensor<3x5xf32>, tensor<3x5xf32> -> tensor<6x5xf32>",
      "tensor<6x5xf32>"};
  uses["gather"] = {"%x, %key : tensor<3x5xf32>, tensor<2xi32> "
                    "-> tensor<2x5xf32>",
                    "tensor<2x5xf32>"};
  uses["scatter_add"] = {
      "%x, %key, %u : tensor<3x5xf32>, tensor<2xi32>, tensor<2x5xf32>",
      "tensor<3x5xf32>", "scatter"};
  uses["reverse"] = {"%x dims [1] : tensor<3x5xf32>"};
  uses["reduce"] = {"add %x dims [1] : tensor<3x5xf32> -> tensor<3xf32>",
                    "tensor<3xf32>", "row"};
  uses["dot_general"] = {"%x, %y batch [] x [] contract [1] x [1] : "
                         "tensor<3x5xf32>, tensor<3x5xf32> -> tensor<3x3xf32>",
                         "tensor<3x3xf32>", "contraction"};
  uses["reduce_window"] = {"max %x window [2, 2] strides [1, 2] low [0, 0] : "
                           "tensor<3x5xf32> -> tensor<2x2xf32>",
                           "tensor<2x2xf32>", "window"};
  uses["spread_window"] = {"%x window [1, 3] strides [1, 2] low [0, 1] : "
                           "tensor<3x5xf32> -> tensor<3x9xf32>",
                           "tensor<3x9xf32>", "window"};
  uses["select_window"] = {
      "max %x, %y window [2, 1] strides [1, 1] low [1, 0] : "
      "tensor<3x5xf32>, tensor<3x5xf32> -> tensor<3x5xf32>",
      "tensor<3x5xf32>", "window"};
  uses["pick_window"] = {"min %x, %y window [2, 2] strides [1, 2] low [0, 0] : "
                         "tensor<3x5xf32>, tensor<3x5xf32> -> tensor<2x2xf32>",
                         "tensor<2x2xf32>", "window"};
  addConvolutions(uses);
  uses["attention"] = {
      "%h, %h, %h scale 0.5 : tensor<1x3x1x5xf32>, tensor<1x3x1x5xf32>, "
      "tensor<1x3x1x5xf32> -> tensor<1x3x1x5xf32>, tensor<1x1x3xf32>",
      "tensor<1x3x1x5xf32>", "attention", 2};
  uses["attention_gradient"] = {
      "%h, %h, %h logsumexp %l delta %d cotangent %h scale 0.5 : "
      "tensor<1x3x1x5xf32>, tensor<1x3x1x5xf32>, tensor<1x3x1x5xf32>, "
      "tensor<1x1x3xf32>, tensor<1x3x1xf32>, tensor<1x3x1x5xf32> -> "
      "tensor<1x3x1x5xf32>, tensor<1x3x1x5xf32>, tensor<1x3x1x5xf32>",
      "tensor<1x3x1x5xf32>", "attention", 3};
  return uses;
}

std::string makeKernel(const std::string &name, const Use &use) {
  return llvm::formatv(
             "func.func private @kernel(%x: tensor<3x5xf32>, "
             "%y: tensor<3x5xf32>, %n: tensor<3x5xi32>, %p: tensor<3x5xi1>, "
             "%q: tensor<3x5xi1>, %key: tensor<2xi32>, %stream: tensor<i32>, "
             "%u: tensor<2x5xf32>, "
             "%h: tensor<1x3x1x5xf32>, %l: tensor<1x1x3xf32>, "
             "%d: tensor<1x3x1xf32>, %image: tensor<2x5x3xf32>, "
             "%filter: tensor<3x3x4xf32>, %map: tensor<2x5x4xf32>) -> {2}\n"
             "    attributes {{mlc.kernel = #mlc<fusion_kind {3}>} {{\n"
             "  {4} = mlc.{0} {1}\n"
             "  return %0#0 : {2}\n"
             "}\n",
             name, use.text, use.type, use.kind,
             "%0:" + std::to_string(use.results))
      .str();
}

TEST(LoweringRegistry, EveryOpBecomesVectorCode) {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  std::map<std::string, Use> uses = makeUses();
  for (RegisteredOperationName op : context.getRegisteredOperations()) {
    if (op.getDialectNamespace() != "mlc" || isStructural(op.getStringRef()))
      continue;
    std::string name = op.stripDialect().str();
    SCOPED_TRACE(name);
    auto use = uses.find(name);
    if (use == uses.end()) {
      ADD_FAILURE() << "add a use of the op to this test";
      continue;
    }
    auto module =
        parseSourceString<ModuleOp>(makeKernel(name, use->second), &context);
    ASSERT_TRUE(module);
    PassManager pm(&context);
    pm.addPass(codegen::createLowerToLinalg());
    pm.addPass(codegen::createVectorizeKernels());
    EXPECT_TRUE(succeeded(pm.run(*module)));
    module->walk([](Operation *inner) {
      EXPECT_FALSE(isa<MlcDialect>(inner->getDialect()))
          << inner->getName().getStringRef().str();
    });
  }
}

} // namespace
