//===-- ModelReader.h - parts of the reader of models ------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_MODELREADER_H
#define MLC_FRONTEND_MODELREADER_H

#include "frontend/JsonTree.h"
#include "frontend/Model.h"

namespace mlc::frontend {

/// Reads "training" into a model whose layers are in place. Unless
/// `outputsAreKnown`, checks only what needs no outputs.
void readTraining(const JsonNode &node, bool outputsAreKnown, Model &model,
                  Diagnostics &diagnostics);

/// Reads "data" into a model whose training is in place. Unless
/// `outputsAreKnown`, targets are not held against them.
void readData(const JsonNode &node, bool outputsAreKnown, Model &model,
              Diagnostics &diagnostics);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_MODELREADER_H
