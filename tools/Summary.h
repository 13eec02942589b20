//===-- tools/Summary.h - a model as a table of layers ----------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_SUMMARY_H
#define MLC_TOOLS_SUMMARY_H

#include "codegen/ModelInterface.h"
#include "frontend/Model.h"

#include <map>
#include <string>

namespace mlc::tools {

/// Arithmetic of a prediction for a full batch, by the name of the layer.
std::map<std::string, int64_t> countLayerFlops(mlir::ModuleOp lowered);

/// Elements of the layer's variables.
int64_t countParameters(const frontend::Layer &layer);

/// The shapes of what a layer makes: "(batch, 8, 8)".
std::string shapesText(const frontend::Layer &layer);

/// How training steps change tables whose rows are looked up, a line for each;
/// of a module behind the stage "training".
std::string describeTableUpdates(mlir::ModuleOp trained);

/// Whether each attention stores its scores, a line for each; of the same
/// module.
std::string describeAttention(mlir::ModuleOp trained);

/// The layers, the totals, and what each function costs; `trainingNotes` are
/// lines about how layers are trained.
std::string summarize(const frontend::Model &model,
                      const std::map<std::string, int64_t> &layerFlops,
                      const std::string &trainingNotes,
                      const codegen::ModelInterface &interface);

} // namespace mlc::tools

#endif // MLC_TOOLS_SUMMARY_H
