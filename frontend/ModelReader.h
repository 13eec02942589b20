//===-- ModelReader.h - parts of the reader of models ------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_MODELREADER_H
#define MLC_FRONTEND_MODELREADER_H

#include "frontend/OutputScope.h"

namespace mlc::frontend {

/// Appends a file's text; returns the error's number, or 0.
int readText(const std::string &path, std::string &text);

/// Reads "training" into a model whose layers are in place. Unless
/// `outputsAreKnown`, checks only what needs no outputs.
void readTraining(const JsonNode &node, bool outputsAreKnown, Model &model,
                  Diagnostics &diagnostics);

/// Reads "metrics" or "weighted_metrics" of outputs whose losses are read.
void readMetrics(const JsonNode &metrics, bool weighted, OutputScope &outputs,
                 Diagnostics &diagnostics);

/// Reads "class_weight" of outputs whose losses are read.
void readClassWeights(const JsonNode &weights, OutputScope &outputs,
                      Diagnostics &diagnostics);

/// Lets rows of the output come with weights, as is said at `where`.
void expectSampleWeights(Output &output, const Location &where,
                         Diagnostics &diagnostics);

/// The name of a thing: letters, digits, '_' and `moreCharacters`. Reports
/// anything else.
std::optional<std::string> readName(const JsonNode &node,
                                    const std::string &what,
                                    std::string_view moreCharacters,
                                    Diagnostics &diagnostics);

/// Reads "data" into a model whose training is in place. Unless
/// `outputsAreKnown`, targets are not held against them.
void readData(const JsonNode &node, bool outputsAreKnown, Model &model,
              Diagnostics &diagnostics);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_MODELREADER_H
