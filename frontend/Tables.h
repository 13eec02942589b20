//===-- Tables.h - what a model file may name --------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One row per layer, activation, loss ...: its name, its options with their
// types, defaults and ranges, and for layers how shapes follow from shapes. The
// reader, the JSON schema and its checks are driven by these rows. How a row
// becomes operations is in the lowering (frontend/lowering/), joined by name.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_TABLES_H
#define MLC_FRONTEND_TABLES_H

#include "frontend/Model.h"

#include <limits>

namespace mlc::frontend {

enum class Family {
  Layer,
  Activation,
  Initializer,
  Regularizer,
  Loss,
  Metric,
  Optimizer,
  Schedule
};
/// "layer", "activation", ...
const char *familyName(Family family);

enum class OptionKind {
  Flag,
  Integer,
  Number,
  Integers,
  /// One or a list; read as a list.
  IntegerOrIntegers,
  /// One for all sides, or one for each axis, or a list with a pair (before,
  /// behind) for each; read as the list of all numbers.
  Margins,
  /// Sizes of axes; null, read as 0, is that of the input.
  SizesOrNulls,
  Numbers,
  Choice, ///< one of some words
  Activation,
  Initializer,
  Regularizer,
  LearningRate, ///< a number, or a schedule
  Layer         ///< a layer that this one applies
};

/// The numbers that an option takes.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool openLow = false, openHigh = false;

  bool contains(double value) const;
  /// What `value`, outside the range, should have been: "at least 1",
  /// "in [0, 1)", ...
  std::string expectation(double value) const;
};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Range kAnyNumber = {};
constexpr Range kPositive = {0, kInfinity, true, false};
constexpr Range kNotNegative = {0, kInfinity, false, false};
/// A number of things: positive, and no overflow when multiplied.
constexpr Range kCount = {1, 2147483647, false, false};
constexpr Range kFraction = {0, 1, false, true};
constexpr Range kUnitInterval = {0, 1, false, false};

struct OptionRule {
  std::string name;
  OptionKind kind;
  /// As JSON text. "null": may be left out, or be null; "": required.
  std::string defaultText;
  std::string description;
  Range range = kAnyNumber;
  std::vector<std::string> choices = {}; ///< of OptionKind::Choice
  bool mayBeNull = false;                ///< though that is not the default
  std::string insteadOfOthers = {};      ///< what to do without other choices

  bool isRequired() const { return defaultText.empty(); }
  bool isNullable() const { return mayBeNull || defaultText == "null"; }
};

struct ComponentRule {
  std::string name;
  std::vector<std::string> aliases;
  std::string description;
  std::vector<OptionRule> options;
};

struct ActivationRule : ComponentRule {
  /// Its result has half of the elements along the axis of its option "axis".
  bool halvesAxis = false;
};

struct InitializerRule : ComponentRule {
  /// How many dimensions the variables that it fills have.
  size_t minimumRank = 0, maximumRank = std::numeric_limits<size_t>::max();
  std::string makes = {}; ///< tensors of such ranks, for messages
};

/// What a layer's rule sees while it infers shapes, and what it fills in.
struct LayerInference {
  const Component &options;
  const std::vector<TensorType> &inputs;
  /// Name and type of each input, for messages: `"hidden" of shape (batch, 8)`.
  const std::vector<std::string> &inputTexts;
  std::vector<TensorType> results;
  std::vector<Variable> variables;
  /// What does not fit, and where; empty: all is well.
  std::string error;
  Location errorLocation;
  int64_t idRange = 0; ///< see Layer::idRange

  /// Reports `message` at the layer, or at one of its options.
  void fail(std::string message, std::string_view option = {});
  /// Fails unless all inputs are of `dtype`.
  bool expectInputs(DType dtype);
  /// Fails unless the option is an integer, or a list of `count`, the number of
  /// spatial axes.
  bool checkPerAxis(std::string_view option, size_t count);
  /// Fails if the activation in `option` has an axis that a tensor of `shape`
  /// has not, or the batch's, or if it changes the shape.
  bool checkActivation(std::string_view option, const Shape &shape);
  /// The same for layers whose result may have another shape: makes `shape`
  /// that of the activation's result.
  bool applyActivation(std::string_view option, Shape &shape);
};

struct LayerRule : ComponentRule {
  size_t minimumInputs = 1, maximumInputs = 1;
  void (*infer)(LayerInference &inference) = nullptr;
  bool random = false; ///< draws random numbers while training
  /// Results hold elements of the inputs as they are, or 0.
  bool movesElements = false;
  /// Whether one with these options does; null: they all do.
  bool (*drawsRandom)(const Component &layer) = nullptr;
};

/// What a loss or metric compares an output with.
struct TargetInference {
  const Component &options;
  const TensorType &output;
  // See Output.
  TensorType target = {};
  Shape values = {};
  int64_t range = 0, ignored = 0;
  /// Why the output does not fit; empty if it does.
  std::string error = {};
};

struct LossRule : ComponentRule {
  void (*infer)(TargetInference &inference) = nullptr;
};

struct MetricRule : ComponentRule {
  bool (*fits)(const TensorType &output, const TensorType &target) = nullptr;
  std::string expectation; ///< what it fits, for messages
  /// Where the metric stands for others, depending on the target: which one.
  std::string (*standsFor)(const TensorType &output,
                           const TensorType &target) = nullptr;
  /// What of the options does not fit the output: "k" is ... Empty: nothing.
  std::string (*check)(const Component &metric,
                       const TensorType &output) = nullptr;
};

/// An object of the file that is no component: its keys are fixed.
enum class Frame {
  Model,
  Input,
  Layer,
  SharedLayer,
  NestedModel,
  Metric,
  Training,
  Data,
  Split,
  Source
};
/// The type of a layer that is a model.
constexpr const char *kNestedModel = "Model";
struct KeyRule {
  std::string name;
  std::string description;
  bool required = false;
};
struct FrameRule {
  std::string name; ///< for messages: "an input"
  std::vector<KeyRule> keys;
};
const FrameRule &frameRule(Frame frame);

const std::vector<LayerRule> &layerRules();
const std::vector<LossRule> &lossRules();
const std::vector<MetricRule> &metricRules();
/// The rules of any family, layers included, without what is special to it.
std::vector<const ComponentRule *> rulesOf(Family family);

/// The rule with this name or alias, or null.
const ComponentRule *findRule(Family family, std::string_view name);
/// Every name and alias in a family, in the table's order.
std::vector<std::string> namesOf(Family family);

/// The rule of a checked component.
const InitializerRule &initializerRule(const Component &initializer);
const ActivationRule &activationRule(const Component &activation);
const LayerRule &layerRule(const Component &layer);
/// Whether this layer draws random numbers while training.
bool drawsRandom(const Component &layer);
const LossRule &lossRule(const Component &loss);
const MetricRule &metricRule(const Component &metric);

/// `axis` counted from the front, in a tensor with the batch at 0; -1 if it
/// is out of bounds.
int64_t normalizeAxis(int64_t axis, int64_t rank);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_TABLES_H
