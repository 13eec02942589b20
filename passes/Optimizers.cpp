//===-- Optimizers.cpp - the rules of the optimizers ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Optimizers.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlc;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

static std::optional<double> getValue(const OptimizerOption &option,
                                      Attribute attribute) {
  if (option.kind == OptimizerOption::Kind::boolean) {
    if (auto boolean = dyn_cast<BoolAttr>(attribute))
      return boolean.getValue();
    return std::nullopt;
  }
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  auto integer = dyn_cast<IntegerAttr>(attribute);
  if (integer && !isa<BoolAttr>(attribute))
    return static_cast<double>(integer.getInt());
  return std::nullopt;
}

static LogicalResult reportUnknown(Operation *op, StringRef rule,
                                   ArrayRef<OptimizerOption> options,
                                   StringRef name) {
  InFlightDiagnostic error = op->emitError()
                             << "optimizer \"" << rule << "\" has no option \""
                             << name << "\"";
  Diagnostic &note = error.attachNote() << "it has ";
  llvm::interleaveComma(options, note, [&](const OptimizerOption &option) {
    note << option.name;
  });
  return error;
}

FailureOr<OptimizerConfig>
OptimizerConfig::get(Operation *op, StringRef rule,
                     ArrayRef<OptimizerOption> options, DictionaryAttr given) {
  for (NamedAttribute attribute : given)
    if (llvm::none_of(options, [&](const OptimizerOption &option) {
          return option.name == attribute.getName();
        }))
      return reportUnknown(op, rule, options, attribute.getName());
  OptimizerConfig config;
  for (const OptimizerOption &option : options) {
    std::optional<double> value = option.defaultValue;
    if (Attribute attribute = given.get(option.name))
      value = getValue(option, attribute);
    if (!value)
      return op->emitError()
             << "option \"" << option.name << "\" of optimizer \"" << rule
             << "\": expected a "
             << (option.kind == OptimizerOption::Kind::number ? "number"
                                                              : "boolean")
             << ", found " << given.get(option.name);
    config.values.emplace_back(option.name, *value);
  }
  return config;
}

double OptimizerConfig::get(StringRef name) const {
  for (auto [option, value] : values)
    if (option == name)
      return value;
  llvm_unreachable("a rule reads an option that its table lacks");
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

using Slots = SmallVector<StringRef>;
constexpr auto kBoolean = OptimizerOption::Kind::boolean;

/// w - lr * wd * w, before the gradient's step.
static Term decayWeights(const OptimizerConfig &config, Term w) {
  double decay = config.get("learning_rate") * config.get("weight_decay");
  return decay == 0 ? w : w - w * decay;
}

static constexpr OptimizerOption kSgdOptions[] = {{"learning_rate", 0.01},
                                                  {"momentum", 0.0},
                                                  {"nesterov", false, kBoolean},
                                                  {"weight_decay", 0.0}};

static Slots getSgdSlots(const OptimizerConfig &config) {
  return config.isSet("momentum") ? Slots{"momentum"} : Slots{};
}

static OptimizerUpdate buildSgd(const OptimizerConfig &config,
                                const OptimizerInputs &in) {
  Term w = decayWeights(config, in.parameter);
  Term scaled = in.gradient * config.get("learning_rate");
  if (in.slots.empty())
    return {w - scaled};
  Term velocity = in.slots[0] * config.get("momentum") - scaled;
  if (!config.isSet("nesterov"))
    return {w + velocity, velocity};
  Term ahead = velocity * config.get("momentum") - scaled;
  return {w + ahead, velocity};
}

static constexpr OptimizerOption kAdamOptions[] = {
    {"learning_rate", 0.001}, {"beta_1", 0.9},
    {"beta_2", 0.999},        {"epsilon", 1e-7},
    {"weight_decay", 0.0},    {"amsgrad", false, kBoolean}};

/// Decoupled weight decay is on by default; nothing else differs.
static constexpr OptimizerOption kAdamWOptions[] = {
    {"learning_rate", 0.001}, {"beta_1", 0.9},
    {"beta_2", 0.999},        {"epsilon", 1e-7},
    {"weight_decay", 0.004},  {"amsgrad", false, kBoolean}};

static Slots getAdamSlots(const OptimizerConfig &config) {
  Slots slots = {"momentum", "velocity"};
  if (config.isSet("amsgrad"))
    slots.push_back("velocity_hat");
  return slots;
}

/// 1 - beta^step. Written so, it would lose four digits of float32 at
/// beta = 0.999 and step = 1; as -expm1(step * log(beta)) it loses none.
static Term getBiasCorrection(double beta, Term step) {
  // Nothing is averaged with beta = 0, whose logarithm is infinite.
  if (beta == 0)
    return step.splat(1);
  return -(step * std::log(beta)).apply<Expm1Op>();
}

/// average + (sample - average) * (1 - beta), as Keras writes it.
static Term updateAverage(Term average, Term sample, double beta) {
  Term change = (sample - average) * (1 - beta);
  return average + change;
}

/// lr * sqrt(1 - beta_2^step) / (1 - beta_1^step), for each element.
static Term getAdamRate(const OptimizerConfig &config,
                        const OptimizerInputs &in) {
  Term root = getBiasCorrection(config.get("beta_2"), in.step).apply<SqrtOp>();
  Term rate = root * config.get("learning_rate");
  Term scalar = rate / getBiasCorrection(config.get("beta_1"), in.step);
  return scalar.broadcast(getShape(in.parameter));
}

static OptimizerUpdate buildAdam(const OptimizerConfig &config,
                                 const OptimizerInputs &in) {
  Term w = decayWeights(config, in.parameter), g = in.gradient;
  Term rate = getAdamRate(config, in);
  Term m = updateAverage(in.slots[0], g, config.get("beta_1"));
  Term v = updateAverage(in.slots[1], g * g, config.get("beta_2"));
  OptimizerUpdate slots = {m, v};
  Term scale = v;
  if (config.isSet("amsgrad")) {
    scale = in.slots[2].apply<MaxOp>(v);
    slots.push_back(scale);
  }
  Term numerator = m * rate;
  Term denominator = scale.apply<SqrtOp>() + config.get("epsilon");
  OptimizerUpdate update = {w - numerator / denominator};
  update.append(slots);
  return update;
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static constexpr OptimizerRule kRules[] = {
    {"sgd", kSgdOptions, getSgdSlots, buildSgd},
    {"adam", kAdamOptions, getAdamSlots, buildAdam},
    {"adamw", kAdamWOptions, getAdamSlots, buildAdam},
};

ArrayRef<OptimizerRule> mlc::getOptimizerRules() { return kRules; }

const OptimizerRule *mlc::findOptimizerRule(StringRef name) {
  for (const OptimizerRule &rule : kRules)
    if (rule.name == name)
      return &rule;
  return nullptr;
}
