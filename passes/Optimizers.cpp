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
// Rules
//===----------------------------------------------------------------------===//

using Slots = OptimizerSlots;
constexpr auto kRate = OptimizerOption::Kind::rate;
constexpr auto kBoolean = OptimizerOption::Kind::boolean;

/// w - lr * wd * w, before the gradient's step.
static Term decayWeights(const OptimizerConfig &config,
                         const OptimizerInputs &in) {
  double decay = config.get("weight_decay");
  return decay == 0 ? in.parameter
                    : in.parameter - in.rate.scale(in.parameter, decay);
}

static constexpr OptimizerOption kSgdOptions[] = {
    {"learning_rate", 0.01, kRate},
    {"momentum", 0.0},
    {"nesterov", false, kBoolean},
    {"weight_decay", 0.0}};

static Slots getSgdSlots(const OptimizerConfig &config) {
  return config.isSet("momentum") ? Slots{"momentum"} : Slots{};
}

static OptimizerUpdate buildSgd(const OptimizerConfig &config,
                                const OptimizerInputs &in) {
  Term w = decayWeights(config, in);
  Term scaled = in.rate.scale(in.gradient);
  if (in.slots.empty())
    return {w - scaled};
  Term velocity = in.slots[0] * config.get("momentum") - scaled;
  if (!config.isSet("nesterov"))
    return {w + velocity, velocity};
  Term ahead = velocity * config.get("momentum") - scaled;
  return {w + ahead, velocity};
}

static constexpr OptimizerOption kAdamOptions[] = {
    {"learning_rate", 0.001, kRate},
    {"beta_1", 0.9},
    {"beta_2", 0.999},
    {"epsilon", 1e-7},
    {"weight_decay", 0.0},
    {"amsgrad", false, kBoolean}};

/// Decoupled weight decay is on by default; nothing else differs.
static constexpr OptimizerOption kAdamWOptions[] = {
    {"learning_rate", 0.001, kRate},
    {"beta_1", 0.9},
    {"beta_2", 0.999},
    {"epsilon", 1e-7},
    {"weight_decay", 0.004},
    {"amsgrad", false, kBoolean}};

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
  Term rate = in.rate.scale(root);
  Term scalar = rate / getBiasCorrection(config.get("beta_1"), in.step);
  return scalar.broadcast(getShape(in.parameter));
}

static OptimizerUpdate buildAdam(const OptimizerConfig &config,
                                 const OptimizerInputs &in) {
  Term w = decayWeights(config, in), g = in.gradient;
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

/// A slot that doesn't begin at zero.
static Term startAt(double value, Term slot, Term step) {
  Term isFirst = step.compare(Predicate::le, step.splat(1));
  return isFirst.broadcast(getShape(slot)).select(slot.splat(value), slot);
}

static constexpr OptimizerOption kRmspropOptions[] = {
    {"learning_rate", 0.001, kRate},
    {"rho", 0.9},
    {"momentum", 0.0},
    {"epsilon", 1e-7},
    {"centered", false, kBoolean},
    {"weight_decay", 0.0}};

static Slots getRmspropSlots(const OptimizerConfig &config) {
  Slots slots = {"velocity"};
  if (config.isSet("momentum"))
    slots.push_back("momentum");
  if (config.isSet("centered"))
    slots.push_back("average_gradient");
  return slots;
}

/// rho average + (1 - rho) sample.
static Term mixInto(Term average, Term sample, double rho) {
  Term kept = average * rho;
  return kept + sample * (1 - rho);
}

static OptimizerUpdate buildRmsprop(const OptimizerConfig &config,
                                    const OptimizerInputs &in) {
  Term w = decayWeights(config, in), g = in.gradient;
  double rho = config.get("rho");
  Term velocity = mixInto(in.slots[0], g * g, rho);
  OptimizerUpdate slots = {velocity};
  Term variance = velocity;
  if (config.isSet("centered")) {
    Term mean = mixInto(in.slots.back(), g, rho);
    variance = velocity - mean * mean;
    slots.push_back(mean);
  }
  Term root = (variance + config.get("epsilon")).apply<SqrtOp>();
  Term change = in.rate.scale(g) / root;
  if (config.isSet("momentum")) {
    Term kept = in.slots[1] * config.get("momentum");
    change = kept + change;
    slots.insert(slots.begin() + 1, change);
  }
  slots.insert(slots.begin(), w - change);
  return slots;
}

static constexpr OptimizerOption kAdagradOptions[] = {
    {"learning_rate", 0.001, kRate},
    {"initial_accumulator_value", 0.1},
    {"epsilon", 1e-7},
    {"weight_decay", 0.0}};

static Slots getAdagradSlots(const OptimizerConfig &) {
  return {"accumulator"};
}

static OptimizerUpdate buildAdagrad(const OptimizerConfig &config,
                                    const OptimizerInputs &in) {
  Term w = decayWeights(config, in), g = in.gradient;
  Term sum =
      startAt(config.get("initial_accumulator_value"), in.slots[0], in.step);
  sum = sum + g * g;
  Term root = (sum + config.get("epsilon")).apply<SqrtOp>();
  Term change = in.rate.scale(g) / root;
  return {w - change, sum};
}

static constexpr OptimizerOption kAdadeltaOptions[] = {
    {"learning_rate", 0.001, kRate},
    {"rho", 0.95},
    {"epsilon", 1e-7},
    {"weight_decay", 0.0}};

static Slots getAdadeltaSlots(const OptimizerConfig &) {
  return {"accumulated_grad", "accumulated_delta_var"};
}

static OptimizerUpdate buildAdadelta(const OptimizerConfig &config,
                                     const OptimizerInputs &in) {
  Term w = decayWeights(config, in), g = in.gradient;
  double rho = config.get("rho"), epsilon = config.get("epsilon");
  Term gradients = mixInto(in.slots[0], g * g, rho);
  Term size = (in.slots[1] + epsilon).apply<SqrtOp>();
  Term root = (gradients + epsilon).apply<SqrtOp>();
  Term change = size * g / root;
  Term changes = mixInto(in.slots[1], change * change, rho);
  return {w - in.rate.scale(change), gradients, changes};
}

static constexpr OptimizerOption kMomentOptions[] = {
    {"learning_rate", 0.001, kRate},
    {"beta_1", 0.9},
    {"beta_2", 0.999},
    {"epsilon", 1e-7},
    {"weight_decay", 0.0}};

static Slots getAdamaxSlots(const OptimizerConfig &) {
  return {"momentum", "norm"};
}

static OptimizerUpdate buildAdamax(const OptimizerConfig &config,
                                   const OptimizerInputs &in) {
  Term w = decayWeights(config, in), g = in.gradient;
  Term m = updateAverage(in.slots[0], g, config.get("beta_1"));
  Term kept = in.slots[1] * config.get("beta_2");
  Term norm = kept.apply<MaxOp>(g.apply<AbsOp>());
  Term correction = getBiasCorrection(config.get("beta_1"), in.step)
                        .broadcast(getShape(in.parameter));
  Term divisor = correction * (norm + config.get("epsilon"));
  Term change = in.rate.scale(m) / divisor;
  return {w - change, m, norm};
}

static Slots getNadamSlots(const OptimizerConfig &) {
  return {"momentum", "velocity", {"u_product", /*isScalar=*/true}};
}

/// beta (1 - 0.96^step / 2): the momentum of a step.
static Term getMomentum(double beta, Term step) {
  Term power = (step * std::log(0.96)).apply<ExpOp>();
  return (1 - power * 0.5) * beta;
}

static OptimizerUpdate buildNadam(const OptimizerConfig &config,
                                  const OptimizerInputs &in) {
  Term w = decayWeights(config, in), g = in.gradient;
  auto shape = getShape(in.parameter);
  double beta = config.get("beta_1");
  Term now = getMomentum(beta, in.step);
  Term next = getMomentum(beta, in.step + 1);
  Term product = startAt(1, in.slots[2], in.step) * now;
  Term m = updateAverage(in.slots[0], g, beta);
  Term v = updateAverage(in.slots[1], g * g, config.get("beta_2"));
  Term ofM = next / (1 - product * next);
  Term ofG = (1 - now) / (1 - product);
  Term ahead = m * ofM.broadcast(shape);
  ahead = ahead + g * ofG.broadcast(shape);
  Term correction = getBiasCorrection(config.get("beta_2"), in.step);
  Term root = (v / correction.broadcast(shape)).apply<SqrtOp>();
  Term change = in.rate.scale(ahead) / (root + config.get("epsilon"));
  return {w - change, m, v, product};
}

static constexpr OptimizerOption kLionOptions[] = {
    {"learning_rate", 0.001, kRate},
    {"beta_1", 0.9},
    {"beta_2", 0.99},
    {"weight_decay", 0.0}};

static Slots getLionSlots(const OptimizerConfig &) { return {"momentum"}; }

static OptimizerUpdate buildLion(const OptimizerConfig &config,
                                 const OptimizerInputs &in) {
  Term w = decayWeights(config, in), g = in.gradient, m = in.slots[0];
  Term direction = mixInto(m, g, config.get("beta_1")).apply<SignOp>();
  Term change = in.rate.scale(direction);
  return {w - change, mixInto(m, g, config.get("beta_2"))};
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static constexpr OptimizerRule kRules[] = {
    {"sgd", kSgdOptions, getSgdSlots, buildSgd},
    {"lion", kLionOptions, getLionSlots, buildLion},
    {"adagrad", kAdagradOptions, getAdagradSlots, buildAdagrad},
    {"adadelta", kAdadeltaOptions, getAdadeltaSlots, buildAdadelta},
    {"rmsprop", kRmspropOptions, getRmspropSlots, buildRmsprop},
    {"adamax", kMomentOptions, getAdamaxSlots, buildAdamax},
    {"adam", kAdamOptions, getAdamSlots, buildAdam},
    {"adamw", kAdamWOptions, getAdamSlots, buildAdam},
    {"nadam", kMomentOptions, getNadamSlots, buildNadam},
};

ArrayRef<OptimizerRule> mlc::getOptimizerRules() { return kRules; }

const OptimizerRule *mlc::findOptimizerRule(StringRef name) {
  for (const OptimizerRule &rule : kRules)
    if (rule.name == name)
      return &rule;
  return nullptr;
}
