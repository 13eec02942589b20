//===-- LoweringTest.cpp - from models to the mlc dialect -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What GoldenTest cannot see: random numbers, attributes, places, tables.
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include "frontend/lowering/Builders.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace mlc;
using frontend::Family;
using frontend::LoweringOptions;
using frontend::Model;

namespace {

Model readText(const std::string &text) {
  frontend::Diagnostics diagnostics;
  std::optional<Model> model = frontend::readModel(text, "m.json", diagnostics);
  EXPECT_TRUE(model) << diagnostics.str();
  return model ? std::move(*model) : Model();
}

const char *const kTraining =
    R"(, "training": {"loss": "mse", "optimizer": "sgd", "batch_size": 3})";

/// Layers on an input "x" of shape (3, 4), trained by mse.
Model readLayers(const std::string &layers,
                 const std::string &more = kTraining) {
  return readText(R"({"name": "net", "inputs": [{"name": "x", "shape": [4]}],
                     "layers": [)" +
                  layers + "]" + more + "}");
}

/// One weight of shape (200, 100), as an initializer makes it.
std::vector<double> initialize(const std::string &initializer,
                               uint64_t seed = 1, bool doublePrecision = true) {
  Model model = readText(R"({"inputs": [{"name": "x", "shape": [200]}],
      "layers": [{"type": "Dense", "name": "d", "units": 100,
                  "kernel_initializer": )" +
                         initializer + "}]}");
  LoweringOptions options;
  options.doublePrecision = doublePrecision;
  Program program(model, options);
  program.init(seed);
  return program.state.at("d/kernel").values;
}

struct Statistics {
  double mean = 0, deviation = 0, low = INFINITY, high = -INFINITY;
  explicit Statistics(const std::vector<double> &values) {
    for (double x : values) {
      mean += x / values.size();
      low = std::fmin(low, x);
      high = std::fmax(high, x);
      EXPECT_TRUE(std::isfinite(x));
    }
    for (double x : values)
      deviation += (x - mean) * (x - mean) / values.size();
    deviation = std::sqrt(deviation);
  }
};

//===----------------------------------------------------------------------===//
// Initializers
//===----------------------------------------------------------------------===//

struct Distribution {
  const char *initializer;
  double mean, deviation, low, high;
};

/// Means and deviations of 20,000 values, to 5 of their own deviations.
TEST(Initializers, HaveTheirDistributions) {
  const double glorot = std::sqrt(2.0 / 300), he = std::sqrt(2.0 / 200),
               lecun = std::sqrt(1.0 / 200);
  const double cut = 2 / 0.87962566103423978;
  const Distribution distributions[] = {
      {"\"zeros\"", 0, 0, 0, 0},
      {"\"ones\"", 1, 0, 1, 1},
      {R"({"type": "constant", "value": -2.5})", -2.5, 0, -2.5, -2.5},
      {"\"glorot_uniform\"", 0, glorot, -std::sqrt(3) * glorot,
       std::sqrt(3) * glorot},
      {"\"he_uniform\"", 0, he, -std::sqrt(3) * he, std::sqrt(3) * he},
      {"\"glorot_normal\"", 0, glorot, -cut * glorot, cut * glorot},
      {"\"he_normal\"", 0, he, -cut * he, cut * he},
      {"\"random_uniform\"", 0, 0.1 / std::sqrt(12), -0.05, 0.05},
      {R"({"type": "random_uniform", "minval": 1, "maxval": 4})", 2.5,
       3 / std::sqrt(12), 1, 4},
      {R"({"type": "random_normal", "mean": 1, "stddev": 2})", 1, 2, -9, 11},
      {R"({"type": "truncated_normal", "mean": 1, "stddev": 2})", 1,
       2 * 0.87962566103423978, -3, 5},
      {"\"lecun_uniform\"", 0, lecun, -std::sqrt(3) * lecun,
       std::sqrt(3) * lecun},
      {"\"lecun_normal\"", 0, lecun, -cut * lecun, cut * lecun},
      {"\"variance_scaling\"", 0, lecun, -cut * lecun, cut * lecun},
      {R"({"type": "variance_scaling", "scale": 3, "mode": "fan_out",
           "distribution": "uniform"})",
       0, std::sqrt(0.03), -0.3, 0.3},
      {R"({"type": "variance_scaling", "mode": "fan_avg",
           "distribution": "untruncated_normal"})",
       0, std::sqrt(1 / 150.0), -5 * std::sqrt(1 / 150.0),
       5 * std::sqrt(1 / 150.0)}};
  for (const Distribution &d : distributions) {
    Statistics found(initialize(d.initializer));
    EXPECT_NEAR(found.mean, d.mean, 5 * d.deviation / 141 + 1e-9)
        << d.initializer;
    EXPECT_NEAR(found.deviation, d.deviation, 5 * d.deviation / 200 + 1e-9)
        << d.initializer;
    EXPECT_GE(found.low, d.low) << d.initializer;
    EXPECT_LE(found.high, d.high) << d.initializer;
    EXPECT_NEAR(found.low, d.low, 2.2 * d.deviation) << d.initializer;
  }
}

/// Quantiles of the normal distribution: the inverse error function's test.
TEST(Initializers, NormalsAreNormal) {
  std::vector<double> values = initialize("{\"type\": \"random_normal\", "
                                          "\"stddev\": 1}");
  for (double z : {-3.0, -2.0, -1.0, -0.3, 0.0, 0.5, 1.5, 2.5}) {
    double below = 0, p = 0.5 * std::erfc(-z / std::sqrt(2));
    for (double x : values)
      below += x < z;
    double deviation = std::sqrt(p * (1 - p) / values.size());
    EXPECT_NEAR(below / values.size(), p, 5 * deviation) << z;
  }
}

TEST(Initializers, IdentityIsADiagonal) {
  std::vector<double> values = initialize("{\"type\": \"identity\", "
                                          "\"gain\": 2.5}");
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(values[i], i / 100 == i % 100 ? 2.5 : 0) << i;
}

TEST(Initializers, DependOnTheSeedAlone) {
  const char *name = "\"he_normal\"";
  EXPECT_EQ(initialize(name, 1), initialize(name, 1));
  EXPECT_NE(initialize(name, 1), initialize(name, 2));
  EXPECT_NE(initialize(name, 1), initialize(name, uint64_t(1) << 32 | 1));
}

TEST(Initializers, SinglePrecisionIsNearEnough) {
  Statistics found(initialize("\"glorot_uniform\"", 3, false));
  EXPECT_NEAR(found.deviation, std::sqrt(2.0 / 300), 0.003);
}

TEST(Initializers, GiveEachWeightItsOwnNumbers) {
  Program program(readLayers(R"({"type": "Dense", "name": "a", "units": 4},
                                {"type": "Dense", "name": "b", "units": 4})"),
                  {});
  program.init(0);
  EXPECT_NE(program.state.at("a/kernel").values,
            program.state.at("b/kernel").values);
}

//===----------------------------------------------------------------------===//
// Training
//===----------------------------------------------------------------------===//

Tensor ones(Sizes shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return {shape, std::vector<double>(count, 1.0)};
}

/// The dropped elements show in the loss's gradient by a bias before them.
std::vector<double> dropoutGradient(Program &program, double step) {
  program.state["step"] = {{}, {step}};
  Tensors in = {{"x", ones({3, 4})}, {"drop", {{3, 4}, {}}}};
  in["drop"].values.assign(12, 0.0);
  return program.run("gradient", in, in, 3).at("d/bias").values;
}

TEST(Dropout, DiffersByStepAndIsRecomputable) {
  LoweringOptions options;
  options.gradientFunction = true;
  Program program(readLayers(R"({"type": "Dense", "name": "d", "units": 4},
                    {"type": "Dropout", "name": "drop", "rate": 0.5})"),
                  options);
  program.init(4);
  std::vector<double> first = dropoutGradient(program, 0);
  EXPECT_EQ(first, dropoutGradient(program, 0));
  EXPECT_NE(first, dropoutGradient(program, 1));
  program.init(5);
  EXPECT_NE(first, dropoutGradient(program, 0));
}

/// The share of elements kept, their scale, and none of it at inference.
TEST(Dropout, KeepsItsShare) {
  Model model = readText(R"({"inputs": [{"name": "x", "shape": [1000]}],
      "layers": [{"type": "Dropout", "name": "y", "rate": 0.2}],
      "training": {"loss": "mse", "optimizer": "sgd", "batch_size": 8}})");
  Program program(model, {});
  program.init(1);
  Tensors in = {{"x", ones({8, 1000})}, {"y", ones({8, 1000})}};
  // Kept elements are 1.25, so off by 0.25; dropped ones are off by 1.
  double loss = program.run("train_step", in, in, 8).at("loss").values[0];
  double dropped = (loss - 0.0625) / (1 - 0.0625);
  EXPECT_NEAR(dropped, 0.2, 5 * std::sqrt(0.2 * 0.8 / 8000));
  EXPECT_EQ(program.run("evaluate_step", in, in, 8).at("loss").values[0], 0);
  EXPECT_EQ(program.run("predict", in).at("y").values, in["y"].values);
}

TEST(Dropout, SeedsAndLayersDiffer) {
  auto lossOf = [](const std::string &options) {
    Model model = readText(R"({"inputs": [{"name": "x", "shape": [100]}],
      "layers": [{"type": "Dropout", "name": "y", "rate": 0.5)" +
                           options + R"(}],
      "training": {"loss": "mse", "optimizer": "sgd", "batch_size": 8}})");
    Program program(model, {});
    program.init(1);
    Tensors in = {{"x", ones({8, 100})}, {"y", ones({8, 100})}};
    in["x"].values[3] = 17;
    for (size_t i = 0; i < 800; ++i)
      in["x"].values[i] = double(i);
    return program.run("train_step", in, in, 8).at("loss").values[0];
  };
  EXPECT_EQ(lossOf(R"(, "seed": 3)"), lossOf(R"(, "seed": 3)"));
  EXPECT_NE(lossOf(R"(, "seed": 3)"), lossOf(R"(, "seed": 4)"));
  EXPECT_NE(lossOf(R"(, "seed": 0)"), lossOf(""));
}

/// Rows that are not there may hold anything, NaN included, without a trace.
TEST(Rows, MissingOnesDoNotCount) {
  for (
      const char *loss :
      {"mse", "sparse_categorical_crossentropy",
       R"({"type": "sparse_categorical_crossentropy", "from_logits": true})"}) {
    std::string quoted = *loss == '{' ? loss : "\"" + std::string(loss) + "\"";
    bool labels = *loss != 'm';
    Model model = readLayers(
        R"({"type": "Dense", "name": "y", "units": 4, "activation": "sigmoid",
            "kernel_initializer": "ones"})",
        R"(, "training": {"loss": )" + quoted +
            R"(, "optimizer": "sgd", "batch_size": 3,
                "metrics": ["accuracy"]})");
    Tensors in = {{"x", ones({3, 4})},
                  {"y", labels ? Tensor{{3}, {1, 2, 9}} : ones({3, 4})}};
    auto run = [&](double other) {
      for (int i = 8; i < 12; ++i) {
        in["x"].values[i] = other;
        if (!labels)
          in["y"].values[i] = other;
      }
      Program program(model, {});
      program.state["y/kernel"] = ones({4, 4});
      double value =
          program.run("evaluate_step", in, in, 2).at("loss").values[0];
      EXPECT_EQ(program.metrics.at("loss/count").values[0], 2);
      EXPECT_EQ(program.metrics.at("accuracy/count").values[0], 2);
      return value;
    };
    EXPECT_EQ(run(0), run(NAN)) << loss;
    EXPECT_TRUE(std::isfinite(run(1e30))) << loss;
  }
}

TEST(Metrics, AreMeansOverTheEpoch) {
  Model model = readLayers(
      R"({"type": "Reshape", "name": "y", "target_shape": [4]})",
      R"(, "training": {"loss": "mse", "optimizer": "sgd", "batch_size": 3,
                        "metrics": ["mae", "categorical_accuracy"]})");
  Program program(model, {});
  EXPECT_EQ(program.run("metrics").at("loss").values[0], 0);
  Tensors in = {{"x", {{3, 4}, {1, 2, 3, 4, 4, 3, 2, 1, 5, 5, 0, 0}}},
                {"y", {{3, 4}, {0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0}}}};
  program.run("evaluate_step", in, in, 3);
  program.run("evaluate_step", in, in, 1);
  Tensors reports = program.run("metrics");
  double first = 1 + 4 + 9 + 9, second = 16 + 9 + 1 + 1, third = 16 + 25;
  EXPECT_DOUBLE_EQ(reports.at("loss").values[0],
                   float((2 * first + second + third) / 16));
  EXPECT_DOUBLE_EQ(reports.at("mae").values[0], (9 * 2 + 9 + 9) / 16.0);
  // Of equal scores, the first one counts.
  EXPECT_DOUBLE_EQ(reports.at("categorical_accuracy").values[0], 3 / 4.0);
}

TEST(Training, LeavesFrozenLayersAlone) {
  LoweringOptions options;
  options.gradientFunction = true;
  Program program(readLayers(R"({"type": "Dense", "name": "a", "units": 4,
                     "trainable": false, "kernel_regularizer": "L2"},
                    {"type": "Dense", "name": "y", "units": 2})"),
                  options);
  program.init(1);
  std::vector<double> before = program.state.at("a/kernel").values;
  Tensors in = {{"x", ones({3, 4})}, {"y", ones({3, 2})}};
  program.run("train_step", in, in, 3);
  EXPECT_EQ(program.state.at("a/kernel").values, before);
  EXPECT_FALSE(program.run("gradient", in, in, 3).count("a/kernel"));
}

/// The passes know every optimizer and option of the reader's table.
TEST(Training, ExpandsEveryOptimizer) {
  for (const std::string &name : frontend::namesOf(Family::Optimizer)) {
    std::string options;
    for (const frontend::OptionRule &option :
         frontend::findRule(Family::Optimizer, name)->options) {
      bool flag = option.kind == frontend::OptionKind::Flag;
      // Gradients are clipped in one way only.
      if (option.name == "clipvalue" || option.name == "global_clipnorm")
        continue;
      options += ", \"" + option.name + "\": " + (flag ? "true" : "0.5");
    }
    Model model = readLayers(R"({"type": "Dense", "name": "y", "units": 2})",
                             R"(, "training": {"loss": "mse", "batch_size": 3,
                "optimizer": {"type": ")" +
                                 name + "\"" + options + "}}");
    Program program(model, {});
    program.init(1);
    std::vector<double> before = program.state.at("y/kernel").values;
    Tensors in = {{"x", ones({3, 4})}, {"y", ones({3, 2})}};
    program.run("train_step", in, in, 3);
    EXPECT_NE(program.state.at("y/kernel").values, before) << name;
  }
}

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

/// "name:role", with "=k" for the new value of argument k, "<n" for a range.
std::string describe(mlir::DictionaryAttr attributes) {
  auto text = [&](llvm::StringRef name) {
    return attributes.getAs<mlir::StringAttr>(name).str();
  };
  std::string out = text(attr::kName) + ":" + text(attr::kRole);
  if (auto index = attributes.getAs<mlir::IntegerAttr>(attr::kUpdates))
    out += "=" + std::to_string(index.getInt());
  if (auto range = attributes.getAs<mlir::IntegerAttr>(attr::kRange))
    out += "<" + std::to_string(range.getInt());
  return out;
}

std::string signature(mlir::ModuleOp module, const char *name) {
  auto f = module.lookupSymbol<mlir::func::FuncOp>(name);
  if (!f)
    return "none";
  std::string out;
  for (unsigned i = 0; i < f.getNumArguments(); ++i)
    out += describe(f.getArgAttrDict(i)) + " ";
  out += "->";
  for (unsigned i = 0; i < f.getNumResults(); ++i)
    out += " " + describe(f.getResultAttrDict(i));
  return out;
}

class Lowering : public testing::Test {
protected:
  mlir::ModuleOp lower(const Model &model, const LoweringOptions &options) {
    owner = frontend::lowerModel(model, context, options);
    return *owner;
  }
  std::string print() {
    std::string text;
    llvm::raw_string_ostream out(text);
    owner->print(out, mlir::OpPrintingFlags().enableDebugInfo());
    return text;
  }
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> owner;
};

const char *const kClassifier =
    R"({"type": "Dropout", "rate": 0.1},
       {"type": "Dense", "name": "y", "units": 2})";
const char *const kClassifying =
    R"(, "training": {"loss": "sparse_categorical_crossentropy",
        "optimizer": "sgd", "metrics": ["accuracy"], "batch_size": 3})";

TEST_F(Lowering, MakesTheFunctions) {
  LoweringOptions options;
  options.gradientFunction = true;
  mlir::ModuleOp module = lower(readLayers(kClassifier, kClassifying), options);
  EXPECT_EQ(module->getAttrOfType<mlir::StringAttr>(attr::kModel), "net");
  EXPECT_EQ(module->getAttrOfType<mlir::IntegerAttr>(attr::kBatch).getInt(), 3);
  EXPECT_EQ(signature(module, "init"),
            "seed:seed -> y/kernel:parameter y/bias:parameter key:key");
  EXPECT_EQ(signature(module, "predict"),
            "y/kernel:parameter y/bias:parameter x:input -> y:output");
  const std::string sums = "loss/total:metric loss/count:metric "
                           "accuracy/total:metric accuracy/count:metric ";
  EXPECT_EQ(signature(module, "train_step"),
            "y/kernel:parameter y/bias:parameter step:step key:key x:input "
            "y:target<2 rows:rows " +
                sums +
                "-> loss:loss y/kernel:parameter=0 y/bias:parameter=1 "
                "step:step=2 loss/total:metric=7 loss/count:metric=8 "
                "accuracy/total:metric=9 accuracy/count:metric=10");
  EXPECT_EQ(
      signature(module, "evaluate_step"),
      "y/kernel:parameter y/bias:parameter x:input y:target<2 rows:rows " +
          sums +
          "-> loss:loss loss/total:metric=5 loss/count:metric=6 "
          "accuracy/total:metric=7 accuracy/count:metric=8");
  EXPECT_EQ(signature(module, "metrics"),
            sums + "-> loss:output accuracy:output");
  EXPECT_EQ(signature(module, "gradient"),
            "y/kernel:parameter y/bias:parameter step:step key:key x:input "
            "y:target<2 rows:rows -> loss:loss y/kernel:gradient "
            "y/bias:gradient");
}

TEST_F(Lowering, LeavesOutWhatIsNotNeeded) {
  mlir::ModuleOp module =
      lower(readLayers(R"({"type": "Dense", "units": 2})", ""), {});
  EXPECT_EQ(signature(module, "init"),
            "seed:seed -> dense/kernel:parameter dense/bias:parameter");
  EXPECT_EQ(signature(module, "train_step"), "none");
  EXPECT_EQ(signature(module, "metrics"), "none");
  module = lower(readLayers(R"({"type": "Dense", "units": 2})"), {});
  EXPECT_EQ(signature(module, "gradient"), "none");
}

TEST_F(Lowering, ReportsTheLossOfEachOutput) {
  lower(readLayers(R"({"type": "Dense", "name": "a", "units": 2},
                      {"type": "Dense", "name": "b", "units": 2})",
                   R"(, "outputs": ["a", "b"], "training": {"loss": "mse",
                        "metrics": ["mae"], "optimizer": "sgd"})"),
        {});
  EXPECT_EQ(signature(*owner, "metrics")
                .substr(signature(*owner, "metrics").find("->")),
            "-> loss:output a_loss:output b_loss:output "
            "a_mae:output b_mae:output");
}

TEST_F(Lowering, CompilesAllInDouble) {
  LoweringOptions options;
  options.doublePrecision = options.gradientFunction = true;
  lower(readLayers(kClassifier, kClassifying), options);
  EXPECT_EQ(print().find("f32"), std::string::npos);
}

TEST_F(Lowering, KeepsPlaces) {
  lower(readLayers(kClassifier, kClassifying), {});
  bool seen = false;
  owner->walk([&](mlir::Operation *op) {
    if (mlir::isa<DotGeneralOp>(op)) {
      seen = true;
      EXPECT_EQ(getLayerName(op->getLoc()), "y");
      auto named = mlir::cast<mlir::NameLoc>(op->getLoc());
      auto place = mlir::cast<mlir::FileLineColLoc>(named.getChildLoc());
      EXPECT_EQ(place.getFilename(), "m.json");
      EXPECT_EQ(place.getLine(), 3u);
      EXPECT_EQ(place.getColumn(), 8u);
    }
    EXPECT_FALSE(mlir::isa<mlir::UnknownLoc>(op->getLoc()));
  });
  EXPECT_TRUE(seen);
}

TEST_F(Lowering, IsDeterministic) {
  lower(readLayers(kClassifier, kClassifying), {});
  std::string first = print();
  lower(readLayers(kClassifier, kClassifying), {});
  EXPECT_EQ(print(), first);
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

template <typename Rows>
void expectAgreement(Family family, Rows rows,
                     const std::set<std::string> &withoutBuilder = {}) {
  std::set<std::string> rules, builders;
  for (const frontend::ComponentRule *rule : frontend::rulesOf(family))
    if (!withoutBuilder.count(rule->name))
      rules.insert(rule->name);
  for (const auto &row : rows)
    EXPECT_TRUE(builders.insert(row.name.str()).second) << row.name.str();
  EXPECT_EQ(rules, builders) << frontend::familyName(family);
}

TEST(BuilderTables, AgreeWithTheReaders) {
  using namespace frontend;
  expectAgreement(Family::Layer, layerBuilders());
  expectAgreement(Family::Activation, activationBuilders());
  expectAgreement(Family::Initializer, initializerBuilders());
  expectAgreement(Family::Regularizer, regularizerBuilders());
  expectAgreement(Family::Loss, lossBuilders());
  // The reader puts another metric in its place.
  expectAgreement(Family::Metric, metricBuilders(), {"accuracy"});
}

} // namespace
