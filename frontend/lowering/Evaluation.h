//===-- Evaluation.h - a model's values inside a function --------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_EVALUATION_H
#define MLC_FRONTEND_LOWERING_EVALUATION_H

#include "frontend/lowering/Builders.h"

namespace mlc::frontend {

/// What a model is evaluated on.
struct EvaluationInputs {
  llvm::ArrayRef<mlir::Value> variables; ///< of all layers, in order
  llvm::ArrayRef<mlir::Value> inputs;
  llvm::ArrayRef<mlir::Value> targets; ///< of the outputs with a loss
  /// Of those among them whose rows come with weights.
  llvm::ArrayRef<mlir::Value> sampleWeights;
  mlir::Value rows; ///< how many rows of the batch count; null: all of them
  bool training = false;
  RandomSource random;
  /// Where the model goes position by position: how, the position (a scalar of
  /// i32), and what all layers remember, in order.
  const SteppedModel *stepped = nullptr;
  mlir::Value position;
  llvm::ArrayRef<mlir::Value> caches;
};

/// The results of all layers, and the variables and caches as the pass leaves
/// them: training changes moving statistics.
class ForwardPass {
public:
  ForwardPass(Emitter &e, const Model &model, EvaluationInputs &in);
  mlir::Value get(ValueId id) const { return values[id.producer][id.result]; }
  llvm::ArrayRef<mlir::Value> getVariables() const { return variables; }
  llvm::ArrayRef<mlir::Value> getCaches() const { return caches; }
  /// Which steps of the value count (see LayerScope::masks), or null.
  mlir::Value getMask(ValueId id) const {
    llvm::ArrayRef<mlir::Value> all = masks[id.producer];
    return id.result < all.size() ? all[id.result] : mlir::Value();
  }

private:
  SequenceStep takeStep(const EvaluationInputs &in, size_t layer);

  llvm::SmallVector<mlir::Value> variables, caches;
  size_t nextCache = 0;
  std::vector<llvm::SmallVector<mlir::Value>> values; ///< by producer
  /// Of first results, by producer.
  std::vector<llvm::SmallVector<mlir::Value, 1>> masks;
};

/// What an epoch reports, from the sums `name/...`.
struct Report {
  std::string name;
  const Output *output = nullptr; ///< null: the whole loss
  const Metric *metric = nullptr; ///< null: a loss

  llvm::SmallVector<RunningSum> getSums() const;
  /// The scalar that follows from the sums.
  mlir::Value getResult(Emitter &e, llvm::ArrayRef<mlir::Value> sums) const;
};
/// "loss"; the loss of each output if there are several; then the metrics,
/// those that count weights last.
std::vector<Report> getReports(const Model &model);

/// The loss, and what a batch adds to the sums of each report.
struct Evaluation {
  mlir::Value loss;
  llvm::SmallVector<llvm::SmallVector<mlir::Value>> reports; ///< of f64
  llvm::SmallVector<mlir::Value> variables; ///< after the forward pass
};
/// Reports only if asked for.
Evaluation evaluate(Emitter &e, const Model &model, EvaluationInputs &in,
                    bool withReports);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_EVALUATION_H
