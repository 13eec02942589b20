//===-- Tuning.h - what of a plan can be measured instead -------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plan follows from shapes and machine by a model of costs. Some of its
// numbers may instead be chosen from a few by measuring them. None of them
// changes in which order a sum is done: results have the same bits.
//
// Choices travel as attributes of the module: `mlc.tuning` maps contractions
// (see describeContraction) to choices. A module with `mlc.candidate` = i is
// made to be measured: each contraction takes the candidate i, if it has so
// many, and kernels say in `mlc.plans` what they took.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_TUNING_H
#define MLC_CODEGEN_TUNING_H

#include "codegen/ContractionChoice.h"

#include "mlir/IR/BuiltinOps.h"

#include <map>
#include <optional>

namespace mlc::attr {
/// On the module: choices of contractions; the candidate that each is to take.
/// On a vectorized kernel: what its contractions took.
constexpr llvm::StringLiteral kTuning = "mlc.tuning";
constexpr llvm::StringLiteral kCandidate = "mlc.candidate";
constexpr llvm::StringLiteral kPlans = "mlc.plans";
} // namespace mlc::attr

namespace mlc::codegen {

struct Contraction;
struct ContractionPlan;
struct Target;

/// A choice, and where it is written, for errors if it can't be followed.
struct TunedChoice {
  ContractionChoice choice;
  mlir::LocationAttr location;
};
/// By contraction.
using Tuning = std::map<std::string, TunedChoice>;

/// A contraction, by all that a plan follows from: lanes, sizes and strides of
/// its indices, borders.
std::string describeContraction(const Contraction &contraction, int64_t lanes);

/// Makes later stages follow the choices.
void setTuning(mlir::ModuleOp module, const Tuning &tuning);
/// Makes later stages take that candidate.
void setCandidate(mlir::ModuleOp module, int64_t candidate);
/// The candidate that is to be measured, if any.
std::optional<int64_t> getCandidate(mlir::Operation *kernel);
/// What is chosen for a contraction of the kernel, if anything.
std::optional<TunedChoice> findChoice(mlir::Operation *kernel,
                                      llvm::StringRef contraction);

void setPlannedChoices(mlir::Operation *kernel,
                       llvm::ArrayRef<PlannedChoice> planned);
std::vector<PlannedChoice> getPlannedChoices(mlir::Operation *kernel);

/// The choice that the plan is.
ContractionChoice getChoice(const ContractionPlan &plan);
/// What could be chosen instead, the most promising first.
std::vector<ContractionChoice> listAlternatives(const ContractionPlan &plan,
                                                const Target &target);
/// Why a tile can't be chosen for a plan whose rows are known; empty if it can.
std::string explainMisfit(const ContractionPlan &plan, const Target &target,
                          const ContractionChoice &choice);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_TUNING_H
