//===-- RegistryTest.cpp - what every op must declare ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/MlcDialect.h"

#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlc;

namespace {

/// Ops that no gradient passes through: they are made after differentiation,
/// or replaced by it.
bool isStructural(StringRef name) {
  return llvm::is_contained(
      {GradientOp::getOperationName(), ApplyGradientOp::getOperationName(),
       FusionOp::getOperationName(), YieldOp::getOperationName(),
       LaunchOp::getOperationName()},
      name);
}

class Registry : public testing::Test {
protected:
  Registry() { context.loadDialect<MlcDialect>(); }

  /// The dialect's ops that compute something.
  SmallVector<RegisteredOperationName> getOps() {
    SmallVector<RegisteredOperationName> ops;
    for (RegisteredOperationName op : context.getRegisteredOperations())
      if (op.getDialectNamespace() == "mlc" && !isStructural(op.getStringRef()))
        ops.push_back(op);
    return ops;
  }

  MLIRContext context;
};

TEST_F(Registry, HasOps) { EXPECT_GT(getOps().size(), 30u); }

TEST_F(Registry, EveryOpHasAGradientRuleOrSaysThatItHasNone) {
  for (RegisteredOperationName op : getOps())
    EXPECT_NE(op.hasInterface<DifferentiableOpInterface>(),
              op.hasTrait<mlc::NonDifferentiable>())
        << op.getStringRef().str()
        << ": expected exactly one of DifferentiableOpInterface and "
           "NonDifferentiable";
}

TEST_F(Registry, EveryOpIsParsedAndPrintedByATest) {
  auto file = llvm::MemoryBuffer::getFile(MLC_BASIC_TEST);
  ASSERT_TRUE(file) << MLC_BASIC_TEST;
  for (RegisteredOperationName op : context.getRegisteredOperations()) {
    if (op.getDialectNamespace() != "mlc")
      continue;
    std::string use = (op.getStringRef() + " ").str();
    EXPECT_NE((*file)->getBuffer().find(use), StringRef::npos)
        << op.getStringRef().str() << " is missing in " << MLC_BASIC_TEST;
  }
}

TEST_F(Registry, EveryOpIsPureAndHasACost) {
  for (RegisteredOperationName op : getOps()) {
    EXPECT_TRUE(op.hasInterface<MemoryEffectOpInterface>())
        << op.getStringRef().str();
    EXPECT_TRUE(op.hasInterface<CostOpInterface>()) << op.getStringRef().str();
  }
}

} // namespace
