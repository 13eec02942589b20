//===-- Model.h - a neural network as a description --------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every reader of models produces and the lowering consumes. A `Model`
// that a reader returned is complete and checked: names resolved, defaults
// filled in, layers in an order in which each follows its inputs, shapes
// inferred. Everything knows the place in the text that it came from.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_MODEL_H
#define MLC_FRONTEND_MODEL_H

#include "frontend/Diagnostics.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mlc::frontend {

struct Component;

/// The value of an option.
struct OptionValue {
  /// Null (an option left out, without a default), flag, integer, number,
  /// text, list of integers or numbers, or a thing with options of its own.
  using Data = std::variant<std::monostate, bool, int64_t, double, std::string,
                            std::vector<int64_t>, std::vector<double>,
                            std::shared_ptr<const Component>>;
  Data data;
  Location location;
  /// How many items the list has that it was written as: a pair is one. None if
  /// it was no list, such as one integer for all axes.
  std::optional<size_t> items = {};

  bool isNull() const { return std::holds_alternative<std::monostate>(data); }
};

struct Option {
  std::string name;
  OptionValue value;
};

/// A thing chosen by type and set by options: a layer, an activation, an
/// initializer, a regularizer, a loss, a metric, an optimizer.
struct Component {
  std::string type; ///< as the table of its kind spells it
  Location location;
  /// Every option that the type has, in its table's order, defaults included.
  std::vector<Option> options;
  /// Of a layer that an option holds: its name; else empty.
  std::string name = {};

  /// The option `name`, which the type must have.
  const OptionValue &get(std::string_view name) const;
  bool has(std::string_view name) const { return !get(name).isNull(); }
  bool flag(std::string_view name) const;
  int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  const std::string &text(std::string_view name) const;
  const std::vector<int64_t> &integers(std::string_view name) const;
  /// Of an option for each of some axes: the list, `count` times its integer
  /// if it has one only.
  std::vector<int64_t> perAxis(std::string_view name, size_t count) const;
  const Component &component(std::string_view name) const;
};

/// What layers multiply; they keep and add float32.
enum class Policy { Float32, MixedBfloat16 };
/// By the policies' numbers: "float32", "mixed_bfloat16".
const std::vector<std::string> &policyNames();

enum class DType { F32, I32 };
/// "float32" or "int32".
const char *dtypeName(DType dtype);

/// Sizes of a tensor's dimensions, but for the batch, which is the first.
using Shape = std::vector<int64_t>;
/// "(batch, 8, 8)".
std::string shapeText(const Shape &shape);
int64_t elementCount(const Shape &shape);

struct TensorType {
  Shape shape;
  DType dtype = DType::F32;
};
inline bool operator==(const TensorType &a, const TensorType &b) {
  return a.shape == b.shape && a.dtype == b.dtype;
}

struct Input {
  std::string name;
  TensorType type;
  Location location;
  /// Elements must be in [0, range), for they number rows of tables; 0: any.
  int64_t range = 0;
};

/// A tensor of the model: a result of a producer. Producers are numbered
/// through the inputs (one result each), then the layers.
struct ValueId {
  size_t producer = 0;
  size_t result = 0;
};
inline bool operator==(ValueId a, ValueId b) {
  return a.producer == b.producer && a.result == b.result;
}

/// What a layer keeps between calls.
struct Variable {
  std::string name; ///< within the layer: "kernel"
  Shape shape;      ///< all of it; variables have no batch
  Component initializer;
  std::optional<Component> regularizer;
  bool statistic = false; ///< moving statistic: not trained by gradient
  /// Elements along the only axis that begin as 1, whatever the initializer.
  int64_t onesBegin = 0, onesEnd = 0;
};

struct Layer {
  std::string name;
  Component component;
  std::vector<ValueId> inputs;
  std::vector<TensorType> results;
  std::vector<Variable> variables;
  /// Another call of the layer with this index, whose variables it uses.
  std::optional<size_t> sharedWith;
  bool trainable = true;
  Location location;
  int64_t idRange = 0; ///< its inputs are ids below this; 0: they aren't ids
  Policy policy = Policy::Float32;
};

/// How well an output does, reported over an epoch.
struct Metric {
  std::string name; ///< "accuracy"; with several outputs "logits_accuracy"
  Component component;
  bool weighted = false; ///< by class and sample weights
};

struct Output {
  std::string name; ///< the layer's; also that of the target
  ValueId value;
  TensorType type;
  Location location;
  /// How it is trained; outputs without a loss have neither target nor metrics.
  std::optional<Component> loss;
  double lossWeight = 1.0;
  TensorType target;
  /// Number of classes if the target holds class labels, else 0; and the label
  /// that may be there all the same (0: no other).
  int64_t targetRange = 0, ignoredTarget = 0;
  /// The shape of the loss before its mean: a value for each weight.
  Shape lossValues;
  /// Of each class in training; empty: all 1.
  std::vector<double> classWeights;
  bool sampleWeights = false; ///< each row comes with weights
  std::vector<Metric> metrics;
};

struct Training {
  Component optimizer;
  int64_t epochs = 1;
  uint64_t seed = 0;
  Location location;
};

/// A file that an input or a target is read from.
struct DataSource {
  std::string path; ///< relative ones are resolved from the model's directory
  std::string key;  ///< array within an npz file; "" if it has only one
  std::vector<std::string> columns; ///< of a CSV file; empty: all
  Location location;
};

/// Sources in the order of the model's inputs, and of its outputs with a loss.
struct DataSplit {
  std::vector<DataSource> inputs;
  std::vector<DataSource> targets; ///< may be empty: only to predict from
  /// As targets; without a path where all weights are 1.
  std::vector<DataSource> sampleWeights;
  Location location;
};

struct Model {
  std::string name;
  std::vector<Input> inputs;
  std::vector<Layer> layers;
  std::vector<Output> outputs;
  int64_t batchSize = 32;
  Policy policy = Policy::Float32; ///< of layers that don't say their own
  std::optional<Training> training;
  std::optional<DataSplit> trainData, validationData, testData;
  /// A file with the text that each id of the input stands for.
  std::optional<DataSource> vocabulary;
  Location location;

  /// The type of a tensor.
  const TensorType &type(ValueId id) const;
  /// The name of what makes a tensor: an input's or a layer's.
  const std::string &producerName(ValueId id) const;
};

/// Reads and checks a model. Empty if there was any error; `diagnostics` has
/// them then, and may have warnings otherwise.
std::optional<Model> readModelFile(const std::string &path,
                                   Diagnostics &diagnostics);
/// The same from text; `name` is the file's name for diagnostics, and relative
/// paths of data are resolved from its directory.
std::optional<Model> readModel(std::string text, const std::string &name,
                               Diagnostics &diagnostics);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_MODEL_H
