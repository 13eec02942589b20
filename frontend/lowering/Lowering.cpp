//===-- Lowering.cpp - the functions of a model ---------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Lowering.h"
#include "frontend/lowering/Evaluation.h"
#include "frontend/lowering/FunctionScope.h"

using namespace mlc::frontend;
using mlc::ApplyGradientOp;
using mlc::ConstantOp;
using mlc::GradientOp;
using mlc::MaxOp;
using mlir::Value;

namespace {

// Roles of arguments and results; see ir/MlcDialect.td.
constexpr llvm::StringLiteral kParameter = "parameter",
                              kStatistic = "statistic", kStep = "step",
                              kKey = "key", kMetric = "metric",
                              kInput = "input", kTarget = "target",
                              kSampleWeight = "sample_weight", kRows = "rows",
                              kSeed = "seed", kOutput = "output",
                              kLoss = "loss", kGradient = "gradient",
                              kCache = "cache";

class ModelLowering {
public:
  ModelLowering(const Model &model, mlir::MLIRContext &context,
                const LoweringOptions &options)
      : model(model), options(options),
        floatType(options.doublePrecision
                      ? mlir::FloatType(mlir::Float64Type::get(&context))
                      : mlir::Float32Type::get(&context)),
        e(namedLocation(&context, model.name, model.location), &context,
          floatType) {}

  mlir::OwningOpRef<mlir::ModuleOp> run();

private:
  void lowerInit();
  void lowerPredict();
  void lowerTrainStep();
  void lowerEvaluateStep();
  void lowerMetrics();
  void lowerGradient();
  void lowerGenerateStep(const SteppedModel &stepped);

  std::vector<Tensor> variables() const;
  std::vector<Tensor> sums();
  std::vector<Tensor> stepArguments(bool training, bool withSums);
  FunctionScope open(llvm::StringRef name,
                     const std::vector<Tensor> &arguments);
  Evaluation evaluateIn(FunctionScope &function, bool training,
                        bool withReports);
  Value stepKey(FunctionScope &function);
  llvm::SmallVector<Value> trained(FunctionScope &function) const;
  mlir::ValueRange gradients(Value loss, llvm::ArrayRef<Value> weights);
  void applyGradients(FunctionScope &function, Value loss);
  void updateStatistics(FunctionScope &function, const Evaluation &evaluation);
  void updateSums(FunctionScope &function, const Evaluation &evaluation);
  Value keyConstant(int32_t low, int32_t high);
  mlir::RankedTensorType keyType() { return e.tensorType({2}, e.getI32Type()); }
  void resetOrigin() { e.setOrigin(model.name, model.location); }

  const Model &model;
  const LoweringOptions &options;
  mlir::FloatType floatType;
  Emitter e;
  mlir::ModuleOp module;
  bool isRandom = false;
};

std::vector<Tensor> ModelLowering::variables() const {
  std::vector<Tensor> tensors;
  for (const Layer &layer : model.layers)
    for (const Variable &variable : layer.variables)
      tensors.push_back({layer.name + "/" + variable.name,
                         variable.statistic ? kStatistic : kParameter,
                         e.tensorType(variable.shape, floatType)});
  return tensors;
}

std::vector<Tensor> ModelLowering::sums() {
  std::vector<Tensor> tensors;
  for (const Report &report : getReports(model))
    for (const RunningSum &sum : report.getSums()) {
      llvm::SmallVector<int64_t> shape(sum.size ? 1 : 0, sum.size);
      tensors.push_back({report.name + "/" + sum.name.str(), kMetric,
                         e.tensorType(shape, e.getF64Type())});
    }
  return tensors;
}

FunctionScope ModelLowering::open(llvm::StringRef name,
                                  const std::vector<Tensor> &arguments) {
  resetOrigin();
  return FunctionScope(module, e, name, arguments);
}

Value ModelLowering::keyConstant(int32_t low, int32_t high) {
  auto words = mlir::DenseElementsAttr::get(keyType(),
                                            llvm::ArrayRef<int32_t>{low, high});
  return ConstantOp::create(e, keyType(), words);
}

/// Weights draw from the seed itself; the key of the steps is another one.
void ModelLowering::lowerInit() {
  FunctionScope function = open("init", {{"seed", kSeed, keyType()}});
  RandomSource random{function.getOne(kSeed)};
  for (const Layer &layer : model.layers) {
    e.setOrigin(layer.name, layer.location);
    for (const Variable &variable : layer.variables) {
      Value value = initialize(e, variable, random);
      function.addResult(layer.name + "/" + variable.name,
                         variable.statistic ? kStatistic : kParameter, value);
    }
  }
  resetOrigin();
  if (isRandom)
    function.addResult(kKey, kKey,
                       e.add(random.key, keyConstant(0x3C6EF372, 0x1BD11BDA)));
  function.finish();
}

void ModelLowering::lowerPredict() {
  std::vector<Tensor> arguments = variables();
  size_t variableCount = arguments.size();
  for (const Input &input : model.inputs)
    arguments.push_back({input.name, kInput,
                         e.tensorType(input.type, model.batchSize),
                         input.range});
  FunctionScope function = open("predict", arguments);
  llvm::SmallVector<Value> inputs = function.get(kInput);
  llvm::SmallVector<Value> values = function.getFirst(variableCount);
  EvaluationInputs in;
  in.variables = values;
  in.inputs = inputs;
  ForwardPass forward(e, model, in);
  for (const Output &output : model.outputs)
    function.addResult(output.name, kOutput, forward.get(output.value));
  resetOrigin();
  function.finish();
}

/// The arguments of train_step, evaluate_step and gradient, in their order.
std::vector<Tensor> ModelLowering::stepArguments(bool training, bool withSums) {
  std::vector<Tensor> arguments = variables();
  if (training)
    arguments.push_back({"step", kStep, e.tensorType({}, e.getI64Type())});
  if (training && isRandom)
    arguments.push_back({"key", kKey, keyType()});
  for (const Input &input : model.inputs)
    arguments.push_back({input.name, kInput,
                         e.tensorType(input.type, model.batchSize),
                         input.range});
  for (const Output &output : model.outputs)
    if (output.loss)
      arguments.push_back({output.name, kTarget,
                           e.tensorType(output.target, model.batchSize),
                           output.targetRange, output.ignoredTarget});
  for (const Output &output : model.outputs)
    if (output.sampleWeights)
      arguments.push_back(
          {output.name + "/sample_weight", kSampleWeight,
           e.tensorType({output.lossValues, DType::F32}, model.batchSize)});
  arguments.push_back({"rows", kRows, e.tensorType({}, e.getI32Type())});
  if (withSums)
    for (Tensor &sum : sums())
      arguments.push_back(std::move(sum));
  return arguments;
}

/// Each step draws other numbers: the step is added to the key's second word.
Value ModelLowering::stepKey(FunctionScope &function) {
  Value key = function.getOne(kKey);
  if (!key)
    return {};
  Value step = e.convert(function.getOne(kStep), e.getI32Type());
  return e.add(key, e.mul(e.broadcastScalar(step, {2}), keyConstant(0, 1)));
}

Evaluation ModelLowering::evaluateIn(FunctionScope &function, bool training,
                                     bool withReports) {
  llvm::SmallVector<Value> values = function.getFirst(variables().size());
  llvm::SmallVector<Value> inputs = function.get(kInput);
  llvm::SmallVector<Value> targets = function.get(kTarget);
  llvm::SmallVector<Value> weights = function.get(kSampleWeight);
  EvaluationInputs in;
  in.variables = values;
  in.inputs = inputs;
  in.targets = targets;
  in.sampleWeights = weights;
  in.rows = function.getOne(kRows);
  in.training = training;
  if (training)
    in.random.key = stepKey(function);
  Evaluation evaluation = evaluate(e, model, in, withReports);
  function.addResult("loss", kLoss, evaluation.loss);
  resetOrigin();
  return evaluation;
}

/// The parameters that training changes.
llvm::SmallVector<Value> ModelLowering::trained(FunctionScope &function) const {
  llvm::SmallVector<Value> weights;
  llvm::SmallVector<Value> values = function.getFirst(variables().size());
  size_t index = 0;
  for (const Layer &layer : model.layers)
    for (const Variable &variable : layer.variables) {
      if (layer.trainable && !variable.statistic)
        weights.push_back(values[index]);
      ++index;
    }
  return weights;
}

mlir::ValueRange ModelLowering::gradients(Value loss,
                                          llvm::ArrayRef<Value> weights) {
  if (weights.empty())
    return {};
  return GradientOp::create(e, loss, weights).getGradients();
}

static mlir::DictionaryAttr getConfig(mlir::Builder &b,
                                      const Component &component);

/// An option as the passes take it; null if it isn't set.
static mlir::Attribute getAttribute(mlir::Builder &b,
                                    const OptionValue &value) {
  if (const auto *flag = std::get_if<bool>(&value.data))
    return b.getBoolAttr(*flag);
  if (const auto *integer = std::get_if<int64_t>(&value.data))
    return b.getI64IntegerAttr(*integer);
  if (const auto *number = std::get_if<double>(&value.data))
    return b.getF64FloatAttr(*number);
  if (const auto *integers = std::get_if<std::vector<int64_t>>(&value.data))
    return b.getI64ArrayAttr(*integers);
  if (const auto *numbers = std::get_if<std::vector<double>>(&value.data))
    return b.getF64ArrayAttr(*numbers);
  using Shared = std::shared_ptr<const Component>;
  if (const auto *component = std::get_if<Shared>(&value.data)) {
    mlir::NamedAttrList options(getConfig(b, **component));
    options.set("type", b.getStringAttr((*component)->type));
    return options.getDictionary(b.getContext());
  }
  return {};
}

/// The options that are set.
static mlir::DictionaryAttr getConfig(mlir::Builder &b,
                                      const Component &component) {
  llvm::SmallVector<mlir::NamedAttribute> config;
  for (const Option &option : component.options)
    if (mlir::Attribute value = getAttribute(b, option.value))
      config.push_back(b.getNamedAttr(option.name, value));
  return b.getDictionaryAttr(config);
}

void ModelLowering::applyGradients(FunctionScope &function, Value loss) {
  const Component &optimizer = model.training->optimizer;
  llvm::SmallVector<Value> weights = trained(function);
  mlir::ValueRange results = gradients(loss, weights);
  Value step = function.getOne(kStep);
  mlir::DictionaryAttr config = getConfig(e, optimizer);
  size_t index = 0;
  for (const Layer &layer : model.layers)
    for (const Variable &variable : layer.variables) {
      if (!layer.trainable || variable.statistic)
        continue;
      e.setOrigin(layer.name, layer.location);
      Value weight = weights[index];
      Value updated = ApplyGradientOp::create(
          e, weight.getType(), weight, results[index], step, optimizer.type,
          config, layer.name + "/" + variable.name);
      function.update(weight, updated);
      ++index;
    }
  resetOrigin();
  function.update(step, e.add(step, e.scalar(e.getI64Type(), 1)));
}

void ModelLowering::updateStatistics(FunctionScope &function,
                                     const Evaluation &evaluation) {
  llvm::SmallVector<Value> before = function.getFirst(variables().size());
  for (auto [old, updated] : llvm::zip_equal(before, evaluation.variables))
    if (old != updated)
      function.update(old, updated);
}

void ModelLowering::updateSums(FunctionScope &function,
                               const Evaluation &evaluation) {
  llvm::SmallVector<Value> sums = function.get(kMetric);
  size_t index = 0;
  for (llvm::ArrayRef<Value> report : evaluation.reports)
    for (Value batch : report) {
      Value sum = sums[index++];
      function.update(sum, e.add(sum, batch));
    }
}

void ModelLowering::lowerTrainStep() {
  FunctionScope function =
      open("train_step", stepArguments(/*training=*/true, /*withSums=*/true));
  Evaluation evaluation =
      evaluateIn(function, /*training=*/true, /*withReports=*/true);
  applyGradients(function, evaluation.loss);
  updateStatistics(function, evaluation);
  updateSums(function, evaluation);
  function.finish();
}

void ModelLowering::lowerEvaluateStep() {
  FunctionScope function = open(
      "evaluate_step", stepArguments(/*training=*/false, /*withSums=*/true));
  Evaluation evaluation =
      evaluateIn(function, /*training=*/false, /*withReports=*/true);
  updateSums(function, evaluation);
  function.finish();
}

/// What follows from the sums of the epoch so far.
void ModelLowering::lowerMetrics() {
  FunctionScope function = open("metrics", sums());
  llvm::SmallVector<Value> sums = function.get(kMetric);
  llvm::ArrayRef<Value> left = sums;
  for (const Report &report : getReports(model)) {
    size_t count = report.getSums().size();
    function.addResult(report.name, kOutput,
                       report.getResult(e, left.take_front(count)));
    left = left.drop_front(count);
  }
  function.finish();
}

void ModelLowering::lowerGradient() {
  FunctionScope function =
      open("gradient", stepArguments(/*training=*/true, /*withSums=*/false));
  Evaluation evaluation =
      evaluateIn(function, /*training=*/true, /*withReports=*/false);
  llvm::SmallVector<Value> weights = trained(function);
  mlir::ValueRange results = gradients(evaluation.loss, weights);
  for (size_t i = 0; i < weights.size(); ++i)
    function.addResult(function.getName(weights[i]), kGradient, results[i]);
  function.finish();
}

/// Variables; what the layers remember; an id and its position.
static std::vector<Tensor> generateArguments(Emitter &e,
                                             std::vector<Tensor> arguments,
                                             const SteppedModel &stepped) {
  for (auto [layer, caches] :
       llvm::zip_equal(stepped.model.layers, stepped.caches))
    for (const Cache &cache : caches)
      arguments.push_back({layer.name + "/" + cache.name, kCache,
                           e.tensorType(cache.shape, e.getFloatType())});
  const Input &input = stepped.model.inputs.front();
  arguments.push_back(
      {input.name, kInput, e.tensorType(input.type, 1), input.range});
  arguments.push_back({"position", kInput, e.tensorType({1}, e.getI32Type()),
                       stepped.isLimited ? stepped.length : 0});
  return arguments;
}

void ModelLowering::lowerGenerateStep(const SteppedModel &stepped) {
  size_t variableCount = variables().size();
  FunctionScope function =
      open("generate_step", generateArguments(e, variables(), stepped));
  function.setBatch(1);
  llvm::SmallVector<Value> values = function.getFirst(variableCount);
  llvm::SmallVector<Value> caches = function.get(kCache);
  llvm::SmallVector<Value> inputs = function.get(kInput);
  EvaluationInputs in;
  in.variables = values;
  in.inputs = llvm::ArrayRef(inputs).take_front(1);
  in.stepped = &stepped;
  in.position = e.reshape(inputs[1], {});
  in.caches = caches;
  ForwardPass forward(e, stepped.model, in);
  for (const Output &output : stepped.model.outputs)
    function.addResult(output.name, kOutput, forward.get(output.value));
  for (auto [old, updated] : llvm::zip_equal(caches, forward.getCaches()))
    function.update(old, updated);
  resetOrigin();
  function.finish();
}

mlir::OwningOpRef<mlir::ModuleOp> ModelLowering::run() {
  mlir::OwningOpRef<mlir::ModuleOp> owner = mlir::ModuleOp::create(e.getLoc());
  module = *owner;
  module->setAttr(mlc::attr::kModel, e.getStringAttr(model.name));
  module->setAttr(mlc::attr::kBatch, e.getI64IntegerAttr(model.batchSize));
  for (const Layer &layer : model.layers)
    isRandom |= drawsRandom(layer.component);
  lowerInit();
  lowerPredict();
  if (options.stepped)
    lowerGenerateStep(*options.stepped);
  if (!model.training || !options.training)
    return owner;
  lowerTrainStep();
  lowerEvaluateStep();
  lowerMetrics();
  if (options.gradientFunction)
    lowerGradient();
  return owner;
}

} // namespace

mlir::OwningOpRef<mlir::ModuleOp>
mlc::frontend::lowerModel(const Model &model, mlir::MLIRContext &context,
                          const LoweringOptions &options) {
  context.loadDialect<mlc::MlcDialect, mlir::func::FuncDialect>();
  return ModelLowering(model, context, options).run();
}
