//===-- RandomGraphsTest.cpp - seeded graphs, optimized and not -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Graphs of random ops with their gradients, half of them in single precision:
// machine code of what the passes make of them, and of the ops one by one as
// they stand, computes what the reference evaluator computes in double; the
// gradients are what differences of the evaluator's losses show.
//
//===----------------------------------------------------------------------===//

#include "CompiledText.h"
#include "RandomGraph.h"
#include "passes/Passes.h"
#include "runtime/Array.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace mlc;

namespace {

/// Ops that hold others or stand for a pass's work, and attention's gradient,
/// which comes in by that of attention.
constexpr llvm::StringLiteral kStructural[] = {
    "gradient", "apply_gradient", "fusion",
    "yield",    "launch",         "attention_gradient"};

mlir::DialectRegistry &registry() {
  static mlir::DialectRegistry instance;
  static bool once = (registerAllDialects(instance), true);
  (void)once;
  return instance;
}

TEST(RandomGraphRows, EveryOpHasOne) {
  mlir::MLIRContext context(registry());
  context.loadAllAvailableDialects();
  for (mlir::RegisteredOperationName op : context.getRegisteredOperations()) {
    if (op.getDialectNamespace() != "mlc" ||
        llvm::is_contained(kStructural, op.stripDialect()))
      continue;
    EXPECT_EQ(llvm::count_if(getRandomGraphRows(),
                             [&](const RandomGraphRow &row) {
                               return row.op == op.stripDialect();
                             }),
              1)
        << "add a row to RandomGraphRows.cpp for " << op.stripDialect().str();
  }
}

/// Graphs that are compiled together: kernels of one op are shared.
constexpr uint32_t kTogether = 10;

class RandomGraphs : public testing::TestWithParam<uint32_t> {
protected:
  void SetUp() override {
    context.loadDialect<MlcDialect, mlir::func::FuncDialect>();
    bool isDouble = GetParam() % 2 == 0;
    owner = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
    mlir::Builder b(&context);
    mlir::FloatType element = isDouble ? mlir::FloatType(b.getF64Type())
                                       : mlir::FloatType(b.getF32Type());
    llvm::ArrayRef<RandomGraphRow> rows = getRandomGraphRows();
    for (uint32_t i = 0; i < kTogether; ++i) {
      uint32_t seed = GetParam() * kTogether + i;
      graphs.emplace_back(std::make_unique<RandomGraph>(
          *owner, "graph_" + std::to_string(seed), element, seed));
      RandomGraph &graph = *graphs.back();
      // Each op is the first one of a graph in turn.
      const RandomGraphRow *row = &rows[seed % rows.size()];
      for (int64_t count = graph.between(3, 7); count > 0; --count) {
        row->make(graph, row->op);
        row = &rows[graph.pick(rows.size())];
      }
      graph.finish();
    }
    ASSERT_TRUE(succeeded(mlir::verify(*owner)));
    reference = owner->clone();
    mlir::PassManager pm(&context);
    pm.addNestedPass<mlir::func::FuncOp>(createDifferentiate());
    ASSERT_TRUE(succeeded(pm.run(*reference)));
  }

  mlir::func::FuncOp referenceOf(RandomGraph &graph) {
    return reference->lookupSymbol<mlir::func::FuncOp>(
        graph.getFunction().getName());
  }

  /// Where numbers are rounded to bfloat16, one of eight bits may be another.
  double tolerance(const RandomGraph &graph) const {
    if (!graph.hasPrecision())
      return 1e-2;
    return GetParam() % 2 == 0 ? 1e-9 : 3e-4;
  }

  mlir::MLIRContext context{registry(), mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> owner, reference;
  std::vector<std::unique_ptr<RandomGraph>> graphs;
};

void expectEqual(const std::vector<Tensor> &found,
                 const std::vector<Tensor> &wanted, double tolerance) {
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t r = 0; r < found.size(); ++r) {
    double largest = 1, error = 0;
    for (size_t i = 0; i < found[r].values.size(); ++i) {
      largest = std::fmax(largest, std::fabs(wanted[r].values[i]));
      double difference = std::fabs(found[r].values[i] - wanted[r].values[i]);
      error = difference <= error ? error : difference;
    }
    EXPECT_LE(error / largest, tolerance) << "result " << r;
  }
}

/// Calls a compiled function with `arguments`, element types as compiled.
std::vector<Tensor> call(const CompiledText &compiled,
                         mlir::func::FuncOp function,
                         const std::vector<Tensor> &arguments) {
  auto dtypeOf = [](mlir::Type type) {
    mlir::Type element =
        llvm::cast<mlir::RankedTensorType>(type).getElementType();
    return element.isF64()   ? runtime::DType::F64
           : element.isF32() ? runtime::DType::F32
                             : runtime::DType::I32;
  };
  std::vector<std::vector<std::byte>> buffers;
  std::vector<const void *> inputs;
  std::vector<void *> outputs;
  for (auto [type, tensor] :
       llvm::zip_equal(function.getArgumentTypes(), arguments)) {
    size_t count = tensor.values.size();
    buffers.emplace_back(8 * count);
    runtime::convertElements(
        runtime::DType::F64,
        reinterpret_cast<const std::byte *>(tensor.values.data()),
        dtypeOf(type), buffers.back().data(), count);
    inputs.push_back(buffers.back().data());
  }
  std::vector<Tensor> results;
  for (mlir::Type type : function.getResultTypes()) {
    Sizes shape(llvm::cast<mlir::RankedTensorType>(type).getShape());
    size_t count = getElementCount(shape);
    results.push_back({shape, std::vector<double>(count)});
    buffers.emplace_back(8 * count);
    outputs.push_back(buffers.back().data());
  }
  compiled.run(function.getName(), inputs, outputs);
  for (auto [type, tensor, output] :
       llvm::zip_equal(function.getResultTypes(), results, outputs))
    runtime::convertElements(
        dtypeOf(type), static_cast<const std::byte *>(output),
        runtime::DType::F64,
        reinterpret_cast<std::byte *>(tensor.values.data()),
        tensor.values.size());
  return results;
}

std::string textOf(mlir::Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os);
  return text;
}

TEST_P(RandomGraphs, MachineCodeComputesWhatTheOpsSay) {
  CompiledText optimized(textOf(*owner));
  CompiledText plain(textOf(*owner), 1, Optimize::No);
  for (const std::unique_ptr<RandomGraph> &graph : graphs) {
    mlir::func::FuncOp function = graph->getFunction();
    std::vector<Tensor> arguments = graph->makeArguments();
    std::vector<Tensor> wanted = evaluate(referenceOf(*graph), arguments);
    {
      SCOPED_TRACE("optimized");
      expectEqual(call(optimized, function, arguments), wanted,
                  tolerance(*graph));
    }
    {
      SCOPED_TRACE("op by op");
      expectEqual(call(plain, function, arguments), wanted, tolerance(*graph));
    }
    ASSERT_FALSE(HasFailure()) << textOf(function);
  }
}

TEST_P(RandomGraphs, GradientsAreWhatDifferencesShow) {
  constexpr double kStep = 1e-6;
  for (const std::unique_ptr<RandomGraph> &graph : graphs) {
    if (!graph->hasDifferences())
      continue;
    mlir::func::FuncOp function = referenceOf(*graph);
    unsigned loss = graph->getOutputCount();
    std::vector<Tensor> arguments = graph->makeArguments();
    std::vector<Tensor> results = evaluate(function, arguments);
    for (auto [i, variable] : llvm::enumerate(graph->getVariables())) {
      // Along one random direction in the space of the variable.
      Tensor &tensor = arguments[variable];
      std::vector<double> direction, at = tensor.values;
      double expected = 0;
      for (double slope : results[loss + 1 + i].values) {
        direction.push_back(double(graph->between(-8, 8)) / 8);
        expected += slope * direction.back();
      }
      double sides[2];
      for (int side : {0, 1}) {
        for (size_t e = 0; e < at.size(); ++e)
          tensor.values[e] = at[e] + (side ? kStep : -kStep) * direction[e];
        sides[side] = evaluate(function, arguments)[loss].values[0];
      }
      tensor.values = at;
      double difference = (sides[1] - sides[0]) / (2 * kStep);
      EXPECT_NEAR(difference, expected,
                  1e-6 * std::fmax(1, std::fabs(expected)))
          << "argument " << variable;
    }
    ASSERT_FALSE(HasFailure()) << textOf(graph->getFunction());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGraphs, testing::Range(0u, 52u));

} // namespace
