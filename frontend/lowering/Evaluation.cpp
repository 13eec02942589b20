//===-- Evaluation.cpp - a model's values inside a function ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Evaluation.h"
#include "frontend/lowering/ClassWeights.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

namespace mlc::frontend {

using mlir::Value;

/// The step of the layer, given those of all before.
SequenceStep ForwardPass::takeStep(const EvaluationInputs &in, size_t layer) {
  if (!in.stepped)
    return {};
  llvm::ArrayRef<Cache> own = in.stepped->caches[layer];
  llvm::MutableArrayRef<Value> all = caches;
  size_t first = nextCache;
  nextCache += own.size();
  return {in.position, in.stepped->length, own, all.slice(first, own.size())};
}

ForwardPass::ForwardPass(Emitter &e, const Model &model, EvaluationInputs &in)
    : variables(in.variables), caches(in.caches) {
  for (Value input : in.inputs)
    values.push_back({input});
  masks.resize(values.size());
  std::vector<size_t> firstVariable{0};
  for (const Layer &layer : model.layers)
    firstVariable.push_back(firstVariable.back() + layer.variables.size());
  llvm::MutableArrayRef<Value> all = variables;
  for (auto [index, layer] : llvm::enumerate(model.layers)) {
    e.setOrigin(layer.name, layer.location);
    e.setPolicy(layer.policy);
    llvm::SmallVector<Value> operands, operandMasks;
    for (ValueId input : layer.inputs) {
      operands.push_back(get(input));
      operandMasks.push_back(getMask(input));
    }
    size_t ownerIndex = layer.sharedWith.value_or(index);
    const Layer &owner = model.layers[ownerIndex];
    LayerScope scope{
        e,
        layer,
        owner,
        operands,
        all.slice(firstVariable[ownerIndex], owner.variables.size()),
        in.training,
        in.random,
        in.rows,
        operandMasks,
        takeStep(in, index)};
    const auto &row = findRow(layerBuilders(), layer.component.type);
    values.push_back(row.build(scope));
    size_t count =
        row.countMasked ? row.countMasked(scope.options()) : size_t(1);
    masks.emplace_back(count, row.mask ? row.mask(scope) : Value());
  }
  e.setPolicy(Policy::Float32);
}

std::vector<Report> getReports(const Model &model) {
  std::vector<Report> reports{{"loss"}};
  for (const Output &output : model.outputs)
    if (output.loss && model.outputs.size() > 1)
      reports.push_back({output.name + "_loss", &output});
  for (bool weighted : {false, true})
    for (const Output &output : model.outputs)
      for (const Metric &metric : output.metrics)
        if (metric.weighted == weighted)
          reports.push_back({metric.name, &output, &metric});
  return reports;
}

llvm::SmallVector<RunningSum> Report::getSums() const {
  if (!metric)
    return {{"total"}, {"count"}};
  return findBuilder(metricBuilders(), metric->component.type)
      .getSums(metric->component, output->type);
}

Value Report::getResult(Emitter &e, llvm::ArrayRef<Value> sums) const {
  Value result = metric ? findBuilder(metricBuilders(), metric->component.type)
                              .getResult(e, metric->component, sums)
                        : divideOrZero(e, sums[0], sums[1]);
  return e.convert(result, e.getFloatType());
}

namespace {

class Evaluator {
public:
  Evaluator(Emitter &e, const Model &model, EvaluationInputs &in)
      : e(e), model(model), in(in), forward(e, model, in), rows(in.rows) {}
  Evaluation run(bool withReports);

private:
  /// An output with a loss, and what it is compared with.
  struct Compared {
    const Output *output;
    Value value, target, weights, mask;
    Value loss; ///< of this output alone
  };

  Value maskOf(const Output &output);
  Compared prepare(const Output &output);
  Comparison compare(const Compared &compared, const Component &options);
  Value lossOf(const Compared &compared);
  Value regularization();
  llvm::SmallVector<Value> report(const Report &report);
  const Compared &find(const Output *output) const;

  Emitter &e;
  const Model &model;
  EvaluationInputs &in;
  ForwardPass forward;
  PresentRows rows;
  Value loss;
  std::vector<Compared> outputs;
};

/// The mask that the output has brought along, for each value of its loss. One
/// that does not fit them, as where features were masked, has no say.
Value Evaluator::maskOf(const Output &output) {
  Value mask = forward.getMask(output.value);
  if (!mask)
    return {};
  auto masked = getShape(mask);
  llvm::SmallVector<int64_t> values{masked.front()};
  llvm::append_range(values, output.lossValues);
  bool fits = masked.size() <= values.size() &&
              masked == llvm::ArrayRef(values).take_front(masked.size());
  return fits ? repeatTrailing(e, mask, values) : Value();
}

/// Takes the output's target and weights off those that are left. The rows that
/// are not there must be gone before they make a NaN, which no zero of a
/// gradient would undo.
Evaluator::Compared Evaluator::prepare(const Output &output) {
  e.setOrigin(output.loss->type, output.loss->location);
  Compared compared{&output, {}, in.targets.front(), {}, maskOf(output), {}};
  in.targets = in.targets.drop_front();
  if (mlir::isa<mlir::FloatType>(getElementTypeOrSelf(compared.target)))
    compared.target = rows.keep(e, compared.target, 1);
  compared.value = rows.keep(e, forward.get(output.value), 1);
  if (output.sampleWeights) {
    compared.weights = in.sampleWeights.front();
    in.sampleWeights = in.sampleWeights.drop_front();
  } else if (in.training && !output.classWeights.empty()) {
    compared.weights =
        buildClassWeights(e, compared.target, output.classWeights);
  }
  return compared;
}

Comparison Evaluator::compare(const Compared &compared,
                              const Component &options) {
  return {e,    options,          compared.value, compared.target,
          rows, compared.weights, compared.mask};
}

Value Evaluator::lossOf(const Compared &compared) {
  const Component &options = *compared.output->loss;
  e.setOrigin(options.type, options.location);
  Comparison comparison = compare(compared, options);
  return reduceLoss(comparison,
                    findBuilder(lossBuilders(), options.type)(comparison));
}

const Evaluator::Compared &Evaluator::find(const Output *output) const {
  return *llvm::find_if(
      outputs, [&](const Compared &each) { return each.output == output; });
}

/// The penalties on weights, or null. As in Keras, those of trained ones.
Value Evaluator::regularization() {
  Value sum;
  llvm::ArrayRef<Value> variables = in.variables;
  for (const Layer &layer : model.layers)
    for (const Variable &variable : layer.variables) {
      Value weight = variables.front();
      variables = variables.drop_front();
      if (!variable.regularizer || !layer.trainable)
        continue;
      e.setOrigin(layer.name, variable.regularizer->location);
      Value penalty =
          findBuilder(regularizerBuilders(), variable.regularizer->type)(
              e, weight, *variable.regularizer);
      sum = sum ? e.add(sum, penalty) : penalty;
    }
  return sum;
}

llvm::SmallVector<Value> Evaluator::report(const Report &report) {
  mlir::FloatType f64 = e.getF64Type();
  if (!report.metric) { // one number a batch: weighted by its rows
    Value mean = report.output ? find(report.output).loss : loss;
    Value count = e.convert(in.rows, f64);
    return {e.mul(e.convert(mean, f64), count), count};
  }
  const Component &metric = report.metric->component;
  e.setOrigin(report.name, metric.location);
  Comparison comparison = compare(find(report.output), metric);
  if (!report.metric->weighted)
    comparison.weights = {};
  llvm::SmallVector<Value> sums =
      findBuilder(metricBuilders(), metric.type).add(comparison);
  for (Value &sum : sums)
    sum = e.convert(sum, f64);
  return sums;
}

Evaluation Evaluator::run(bool withReports) {
  for (const Output &output : model.outputs) {
    if (!output.loss)
      continue;
    outputs.push_back(prepare(output));
    Value mean = outputs.back().loss = lossOf(outputs.back());
    if (output.lossWeight != 1)
      mean = e.mul(mean, output.lossWeight);
    loss = loss ? e.add(loss, mean) : mean;
  }
  if (Value penalty = regularization())
    loss = e.add(loss, penalty);
  Evaluation evaluation{loss, {}, llvm::to_vector(forward.getVariables())};
  if (withReports)
    for (const Report &each : getReports(model)) {
      e.setOrigin(each.name, model.training->location);
      evaluation.reports.push_back(report(each));
    }
  return evaluation;
}

} // namespace

Evaluation evaluate(Emitter &e, const Model &model, EvaluationInputs &in,
                    bool withReports) {
  return Evaluator(e, model, in).run(withReports);
}

} // namespace mlc::frontend
