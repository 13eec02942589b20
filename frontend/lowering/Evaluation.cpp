//===-- Evaluation.cpp - a model's values inside a function ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/lowering/Evaluation.h"

namespace mlc::frontend {

using mlir::Value;

ForwardPass::ForwardPass(Emitter &e, const Model &model, EvaluationInputs &in)
    : variables(in.variables) {
  for (Value input : in.inputs)
    values.push_back({input});
  masks.resize(values.size());
  llvm::MutableArrayRef<Value> left = variables;
  for (const Layer &layer : model.layers) {
    e.setOrigin(layer.name, layer.location);
    llvm::SmallVector<Value> operands, operandMasks;
    for (ValueId input : layer.inputs) {
      operands.push_back(get(input));
      operandMasks.push_back(getMask(input));
    }
    size_t count = layer.variables.size();
    LayerScope scope{e,           layer,     operands, left.take_front(count),
                     in.training, in.random, in.rows,  operandMasks};
    left = left.drop_front(count);
    const auto &row = findRow(layerBuilders(), layer.component.type);
    values.push_back(row.build(scope));
    masks.push_back(row.mask ? row.mask(scope) : Value());
  }
}

std::vector<Report> getReports(const Model &model) {
  std::vector<Report> reports{{"loss"}};
  for (const Output &output : model.outputs)
    if (output.loss && model.outputs.size() > 1)
      reports.push_back({output.name + "_loss", &output});
  for (const Output &output : model.outputs)
    for (const Metric &metric : output.metrics)
      reports.push_back({metric.name, &output, &metric});
  return reports;
}

namespace {

class Evaluator {
public:
  Evaluator(Emitter &e, const Model &model, EvaluationInputs &in)
      : e(e), model(model), in(in), forward(e, model, in) {}
  Evaluation run(bool withReports);

private:
  Value keepRows(Value x, double other);
  Value countRows(mlir::FloatType type, Value elements);
  Value meanLoss(const Output &output, Value target);
  Value regularization();
  Evaluation::Sums report(const Report &report);
  Value targetOf(const Output &output) const;

  Emitter &e;
  const Model &model;
  EvaluationInputs &in;
  ForwardPass forward;
  Value loss;
  llvm::SmallVector<std::pair<const Output *, Value>> losses;
};

/// `x`, with `other` in the rows that are not there.
Value Evaluator::keepRows(Value x, double other) {
  return e.keepRows(x, in.rows, other);
}

/// How many of `elements`, one or more a row, are in rows that are there.
Value Evaluator::countRows(mlir::FloatType type, Value elements) {
  auto shape = getTensorType(elements);
  int64_t each = shape.getNumElements() / shape.getDimSize(0);
  Value rows = e.convert(in.rows, type);
  return each == 1 ? rows : e.mul(rows, double(each));
}

Value Evaluator::targetOf(const Output &output) const {
  size_t index = 0;
  for (const Output &other : model.outputs) {
    if (&other == &output)
      break;
    index += other.loss.has_value();
  }
  return in.targets[index];
}

/// The mean over what is there. The rest of the batch is arbitrary: it must be
/// gone before it makes a NaN, which no zero of a gradient would undo.
Value Evaluator::meanLoss(const Output &output, Value target) {
  e.setOrigin(output.loss->type, output.loss->location);
  if (mlir::isa<mlir::FloatType>(getTensorType(target).getElementType()))
    target = keepRows(target, 1);
  Comparison comparison{e, *output.loss, keepRows(forward.get(output.value), 1),
                        target};
  Value each = findBuilder(lossBuilders(), output.loss->type)(comparison);
  Value sum = e.sum(keepRows(each, 0));
  return e.div(sum, countRows(e.getFloatType(), each));
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

Evaluation::Sums Evaluator::report(const Report &report) {
  mlir::FloatType f64 = e.getF64Type();
  if (!report.metric) { // a mean already: weighted by its rows
    Value mean = loss;
    for (auto [output, value] : losses)
      if (output == report.output)
        mean = value;
    Value rows = e.convert(in.rows, f64);
    return {e.mul(e.convert(mean, f64), rows), rows};
  }
  const Component &metric = report.metric->component;
  e.setOrigin(report.name, metric.location);
  Comparison comparison{e, metric, forward.get(report.output->value),
                        targetOf(*report.output)};
  Value each = findBuilder(metricBuilders(), metric.type)(comparison);
  return {e.convert(e.sum(keepRows(each, 0)), f64), countRows(f64, each)};
}

Evaluation Evaluator::run(bool withReports) {
  for (const Output &output : model.outputs) {
    if (!output.loss)
      continue;
    Value mean = meanLoss(output, targetOf(output));
    losses.push_back({&output, mean});
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
