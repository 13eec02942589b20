//===-- Schedules.cpp - learning rates by step ----------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Schedules.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlc;

namespace {

/// A schedule's options, by Keras's names.
class Options {
public:
  explicit Options(DictionaryAttr values) : values(values) {}

  /// The number `name`, or `otherwise` where it is left out.
  double get(StringRef name, double otherwise = 0) const {
    Attribute value = values.get(name);
    if (auto number = dyn_cast_or_null<FloatAttr>(value))
      return number.getValueAsDouble();
    auto integer = dyn_cast_or_null<IntegerAttr>(value);
    return integer ? double(integer.getInt()) : otherwise;
  }
  bool isSet(StringRef name) const {
    auto flag = values.getAs<BoolAttr>(name);
    return flag && flag.getValue();
  }
  bool has(StringRef name) const { return bool(values.get(name)); }
  SmallVector<double> getList(StringRef name) const {
    SmallVector<double> numbers;
    if (auto list = values.getAs<ArrayAttr>(name))
      for (Attribute element : list)
        numbers.push_back(isa<FloatAttr>(element)
                              ? cast<FloatAttr>(element).getValueAsDouble()
                              : double(cast<IntegerAttr>(element).getInt()));
    return numbers;
  }

private:
  DictionaryAttr values;
};

struct Schedule {
  StringLiteral name;
  ArrayRef<StringLiteral> required;
  Term (*build)(const Options &options, Term step);
};

} // namespace

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

/// The whole part of x, which is not negative.
static Term floorOf(Term x) {
  Type element = getTensorType(x).getElementType();
  return x.convert(IntegerType::get(element.getContext(), 32)).convert(element);
}

static Term ceilOf(Term x) {
  Term whole = floorOf(x);
  Term isMore = x.compare(Predicate::gt, whole);
  return isMore.select(whole + 1, whole);
}

/// base^x of a constant base above 0.
static Term powerOf(double base, Term x) {
  return (x * std::log(base)).apply<ExpOp>();
}

/// x^exponent of x in [0, 1].
static Term raise(Term x, double exponent) {
  if (exponent == 1)
    return x;
  if (exponent == 2)
    return x * x;
  Term isZero = x.compare(Predicate::eq, x.splat(0));
  Term safe = isZero.select(x.splat(1), x);
  Term power = (safe.apply<LogOp>() * exponent).apply<ExpOp>();
  return isZero.select(x.splat(exponent == 0 ? 1 : 0), power);
}

/// cos(pi x) for x in [0, 1]: -sin(pi (x - 1/2)) by its series, whose first
/// term left out is below 1e-17 there.
static Term cosineOfPi(Term x) {
  constexpr int lastTerm = 10;
  Term angle = (x - 0.5) * M_PI;
  Term square = angle * angle;
  Term sum = angle.splat(1);
  for (int n = lastTerm; n > 0; --n)
    sum = 1 - square * sum * (1.0 / ((2.0 * n) * (2.0 * n + 1)));
  return -(angle * sum);
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

/// How many times `decay_steps` have passed.
static Term getPeriods(const Options &options, Term step) {
  Term periods = step / options.get("decay_steps");
  return options.isSet("staircase") ? floorOf(periods) : periods;
}

static Term buildExponential(const Options &options, Term step) {
  Term factor = powerOf(options.get("decay_rate"), getPeriods(options, step));
  return factor * options.get("initial_learning_rate");
}

static Term buildInverseTime(const Options &options, Term step) {
  Term divisor = getPeriods(options, step) * options.get("decay_rate") + 1;
  return step.splat(options.get("initial_learning_rate")) / divisor;
}

static Term buildPolynomial(const Options &options, Term step) {
  double last = options.get("end_learning_rate", 1e-4);
  double length = options.get("decay_steps");
  Term steps = step.splat(length);
  if (options.isSet("cycle")) {
    Term cycles = ceilOf(step / length).apply<MaxOp>(step.splat(1));
    steps = cycles * length;
  } else {
    step = step.apply<MinOp>(steps);
  }
  Term left = 1 - step / steps;
  Term factor = raise(left, options.get("power", 1));
  return factor * (options.get("initial_learning_rate") - last) + last;
}

static Term buildCosine(const Options &options, Term step) {
  double alpha = options.get("alpha"), length = options.get("decay_steps");
  double first = options.get("initial_learning_rate");
  bool warms = options.has("warmup_target");
  double warmup = warms ? options.get("warmup_steps") : 0;
  double peak = warms ? options.get("warmup_target") : first;
  Term fraction = (step - warmup) / length;
  fraction = fraction.apply<MinOp>(step.splat(1));
  fraction = fraction.apply<MaxOp>(step.splat(0));
  Term cosine = (cosineOfPi(fraction) + 1) * 0.5;
  Term decayed = (cosine * (1 - alpha) + alpha) * peak;
  if (warmup == 0)
    return decayed;
  Term rising = step * ((peak - first) / warmup) + first;
  Term isWarm = step.compare(Predicate::lt, step.splat(warmup));
  return isWarm.select(rising, decayed);
}

/// Up to and with each boundary, its value.
static Term buildPiecewise(const Options &options, Term step) {
  SmallVector<double> boundaries = options.getList("boundaries");
  SmallVector<double> values = options.getList("values");
  Term rate = step.splat(values.back());
  for (size_t i = boundaries.size(); i-- > 0;) {
    Term isBefore = step.compare(Predicate::le, step.splat(boundaries[i]));
    rate = isBefore.select(step.splat(values[i]), rate);
  }
  return rate;
}

static constexpr StringLiteral kDecay[] = {"initial_learning_rate",
                                           "decay_steps", "decay_rate"};
static constexpr StringLiteral kPieces[] = {"boundaries", "values"};

static ArrayRef<Schedule> getSchedules() {
  static const Schedule schedules[] = {
      {"ExponentialDecay", kDecay, buildExponential},
      {"InverseTimeDecay", kDecay, buildInverseTime},
      {"PolynomialDecay", ArrayRef(kDecay).take_front(2), buildPolynomial},
      {"CosineDecay", ArrayRef(kDecay).take_front(2), buildCosine},
      {"PiecewiseConstantDecay", kPieces, buildPiecewise}};
  return schedules;
}

//===----------------------------------------------------------------------===//
// Learning rates
//===----------------------------------------------------------------------===//

static const Schedule *findSchedule(DictionaryAttr given) {
  auto type = given.getAs<StringAttr>("type");
  for (const Schedule &schedule : getSchedules())
    if (type && schedule.name == type.getValue())
      return &schedule;
  return nullptr;
}

static std::optional<double> getNumber(Attribute attribute) {
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  auto integer = dyn_cast<IntegerAttr>(attribute);
  if (integer && !isa<BoolAttr>(attribute))
    return double(integer.getInt());
  return std::nullopt;
}

LogicalResult mlc::verifyLearningRate(Operation *op, Attribute attribute) {
  if (getNumber(attribute))
    return success();
  auto given = dyn_cast<DictionaryAttr>(attribute);
  if (!given)
    return op->emitError() << "option \"learning_rate\": expected a number or "
                              "a schedule, found "
                           << attribute;
  const Schedule *schedule = findSchedule(given);
  if (!schedule) {
    InFlightDiagnostic error = op->emitError()
                               << "unknown schedule " << given.get("type");
    Diagnostic &note = error.attachNote() << "known are ";
    llvm::interleaveComma(getSchedules(), note,
                          [&](const Schedule &known) { note << known.name; });
    return error;
  }
  for (StringLiteral option : schedule->required)
    if (!given.get(option))
      return op->emitError() << "schedule \"" << schedule->name << "\" needs \""
                             << option << "\"";
  Options options(given);
  if (options.has("values") && options.getList("values").size() !=
                                   options.getList("boundaries").size() + 1)
    return op->emitError() << "schedule \"" << schedule->name << "\": expected "
                           << "one value more than boundaries";
  return success();
}

LearningRate LearningRate::get(Attribute attribute, Term step) {
  if (std::optional<double> number = getNumber(attribute))
    return LearningRate(*number);
  auto given = cast<DictionaryAttr>(attribute);
  return LearningRate(findSchedule(given)->build(Options(given), step));
}

Term LearningRate::scale(Term x, double factor) const {
  if (!scheduled)
    return x * (constant * factor);
  Term rate = factor == 1 ? *scheduled : *scheduled * factor;
  return x * rate.broadcast(getShape(x));
}
