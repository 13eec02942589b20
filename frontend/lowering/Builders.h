//===-- Builders.h - rows of the tables as ops -------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each layer, activation, loss ... of frontend/Tables.h computes, by its
// name there. A test holds that both sides have the same names.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_BUILDERS_H
#define MLC_FRONTEND_LOWERING_BUILDERS_H

#include "frontend/Stepping.h"
#include "frontend/Tables.h"
#include "frontend/lowering/Comparison.h"

namespace mlc::frontend {

/// Where a function's random numbers come from: a key, and one stream for each
/// use, so that no two uses see the same numbers.
struct RandomSource {
  mlir::Value key; ///< null: nothing may be random
  int32_t nextStream = 0;

  mlir::Value draw(Emitter &e, llvm::ArrayRef<int64_t> shape) {
    return e.random(key, nextStream++, shape);
  }
};

/// The one position of a sequence that a function works on, and what the layer
/// remembers of those before.
struct SequenceStep {
  mlir::Value position; ///< a scalar of i32; null: whole sequences at once
  int64_t length = 0;   ///< of the sequence
  llvm::ArrayRef<Cache> caches = {};
  llvm::MutableArrayRef<mlir::Value> values = {}; ///< of the caches

  explicit operator bool() const { return bool(position); }
  /// What the cache `name` holds; null if there is none.
  mlir::Value get(llvm::StringRef name) const;
  void set(llvm::StringRef name, mlir::Value value);
};

/// A layer about to be built.
struct LayerScope {
  Emitter &e;
  const Layer &layer;
  const Layer &owner; ///< of the variables: `layer`, or what that calls again
  llvm::ArrayRef<mlir::Value> inputs;
  llvm::MutableArrayRef<mlir::Value> variables; ///< as owner.variables
  bool training;
  RandomSource &random;
  mlir::Value rows; ///< how many rows of the batch count; null: all of them
  /// As inputs: which steps count, (batch, time) of bool, as far as the input
  /// has such a mask; null: all do.
  llvm::ArrayRef<mlir::Value> masks;
  SequenceStep step = {};

  const Component &options() const { return layer.component; }
  mlir::Value input() const { return inputs.front(); }
  mlir::Value mask(size_t input = 0) const { return masks[input]; }
  /// The variable `name`, or null where the layer has none.
  mlir::Value variable(llvm::StringRef name) const;
  /// Gives a moving statistic its new value, for whatever uses it later.
  void update(llvm::StringRef name, mlir::Value value);
};

/// The axes that an option lists, counted from the front and sorted.
Sizes getAxes(const LayerScope &layer, std::string_view option);

using ActivationBuilder = mlir::Value (*)(Emitter &e, mlir::Value x,
                                          const Component &options);
using InitializerBuilder = mlir::Value (*)(Emitter &e,
                                           mlir::RankedTensorType type,
                                           const Component &options,
                                           RandomSource &random);
using RegularizerBuilder = mlir::Value (*)(Emitter &e, mlir::Value weight,
                                           const Component &options);
using LayerBuilder = llvm::SmallVector<mlir::Value> (*)(LayerScope &layer);
using LossBuilder = LossValues (*)(const Comparison &comparison);

/// What a metric keeps of an epoch: an f64, or several.
struct RunningSum {
  llvm::StringLiteral name;
  int64_t size = 0; ///< 0: a number; else of a vector
};

/// A metric is what a batch adds to its sums, and what follows from them.
struct MetricBuilder {
  llvm::SmallVector<RunningSum> (*getSums)(const Component &options,
                                           const TensorType &output);
  /// In the order of getSums, floats of the model.
  llvm::SmallVector<mlir::Value> (*add)(const Comparison &comparison);
  /// A scalar, of f64 or a float of the model.
  mlir::Value (*getResult)(Emitter &e, const Component &options,
                           llvm::ArrayRef<mlir::Value> sums);
};

template <typename Builder> struct BuilderRow {
  llvm::StringLiteral name;
  Builder build;
};

/// The mask of a layer's first results, or null.
using MaskBuilder = mlir::Value (*)(LayerScope &layer);
template <> struct BuilderRow<LayerBuilder> {
  llvm::StringLiteral name;
  LayerBuilder build;
  MaskBuilder mask = nullptr; ///< null: no result has one
  /// How many of the results have the mask; null: the first only.
  size_t (*countMasked)(const Component &options) = nullptr;
};

/// The first value of a variable.
mlir::Value initialize(Emitter &e, const Variable &variable,
                       RandomSource &random);
/// Orthonormal rows, or columns if those are fewer.
mlir::Value buildOrthogonal(Emitter &e, mlir::RankedTensorType type,
                            const Component &options, RandomSource &random);

llvm::ArrayRef<BuilderRow<ActivationBuilder>> activationBuilders();
llvm::ArrayRef<BuilderRow<InitializerBuilder>> initializerBuilders();
llvm::ArrayRef<BuilderRow<RegularizerBuilder>> regularizerBuilders();
llvm::ArrayRef<BuilderRow<LayerBuilder>> layerBuilders();
llvm::ArrayRef<BuilderRow<LossBuilder>> lossBuilders();
llvm::ArrayRef<BuilderRow<MetricBuilder>> metricBuilders();

/// The row for a component of a checked model.
template <typename Builder>
const BuilderRow<Builder> &findRow(llvm::ArrayRef<BuilderRow<Builder>> rows,
                                   llvm::StringRef type) {
  for (const BuilderRow<Builder> &row : rows)
    if (row.name == type)
      return row;
  llvm_unreachable("the tables have a builder for each rule");
}
template <typename Builder>
Builder findBuilder(llvm::ArrayRef<BuilderRow<Builder>> rows,
                    llvm::StringRef type) {
  return findRow(rows, type).build;
}

/// e^x over its sum along axes.
mlir::Value softmax(Emitter &e, mlir::Value x, llvm::ArrayRef<int64_t> axes);
/// Applies an optional activation.
mlir::Value activate(Emitter &e, mlir::Value x, const Component &owner,
                     std::string_view option);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_BUILDERS_H
