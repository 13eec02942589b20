//===-- Optimizers.h - the rules of the optimizers --------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each follows Keras: names and defaults of options, order of operations,
// names of slots.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_PASSES_OPTIMIZERS_H
#define MLC_PASSES_OPTIMIZERS_H

#include "passes/Schedules.h"

namespace mlc {

/// An option by Keras's name, with Keras's default.
struct OptimizerOption {
  enum class Kind : uint8_t { number, boolean, rate };
  llvm::StringLiteral name;
  double defaultValue;
  Kind kind = Kind::number;
};

/// The values of a rule's options for one parameter.
class OptimizerConfig {
public:
  /// Takes `given` by the names of `options`; fails at one that isn't there or
  /// whose value has another kind, reporting at `op`.
  static llvm::FailureOr<OptimizerConfig>
  get(mlir::Operation *op, llvm::StringRef rule,
      llvm::ArrayRef<OptimizerOption> options, mlir::DictionaryAttr given);

  double get(llvm::StringRef name) const;
  bool isSet(llvm::StringRef name) const { return get(name) != 0; }
  /// That of the step after `finished` steps.
  LearningRate getRate(Term finished) const {
    return LearningRate::get(rate, finished);
  }

private:
  llvm::SmallVector<std::pair<llvm::StringRef, double>> values;
  mlir::Attribute rate;
};

/// What a rule computes one parameter's update from.
struct OptimizerInputs {
  Term parameter;
  Term gradient;
  /// Which step this is, counted from 1: a scalar of the parameter's elements.
  Term step;
  LearningRate rate;
  /// As many as the rule's slots.
  llvm::ArrayRef<Term> slots;
};

/// What is kept for each parameter: of its type, or one number.
struct OptimizerSlot {
  OptimizerSlot(const char *name, bool isScalar = false)
      : name(name), isScalar(isScalar) {}
  llvm::StringRef name;
  bool isScalar;
};
using OptimizerSlots = llvm::SmallVector<OptimizerSlot>;

/// New values: the parameter's, then one for each slot.
using OptimizerUpdate = llvm::SmallVector<Term>;

struct OptimizerRule {
  llvm::StringLiteral name;
  llvm::ArrayRef<OptimizerOption> options;
  /// Zero before the first step.
  OptimizerSlots (*getSlots)(const OptimizerConfig &);
  OptimizerUpdate (*build)(const OptimizerConfig &, const OptimizerInputs &);
};

/// The options that every rule has beside its own.
llvm::ArrayRef<OptimizerOption> getCommonOptimizerOptions();

/// Every optimizer, in order of increasing complexity.
llvm::ArrayRef<OptimizerRule> getOptimizerRules();

/// Null where there is none of this name.
const OptimizerRule *findOptimizerRule(llvm::StringRef name);

} // namespace mlc

#endif // MLC_PASSES_OPTIMIZERS_H
