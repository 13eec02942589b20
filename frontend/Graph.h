//===-- Graph.h - names to edges, order, shapes ------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_GRAPH_H
#define MLC_FRONTEND_GRAPH_H

#include "frontend/Model.h"

namespace mlc::frontend {

/// A name that stands for an input or a layer.
struct Reference {
  std::string name;
  Location location;
};

/// A layer as the file has it.
struct DraftLayer {
  Layer layer;
  std::vector<Reference> inputs;
  /// The layer that this is another call of.
  std::optional<Reference> shared;
  bool isValid = true;     ///< its options could be read
  bool isConnected = true; ///< `inputs` could be
};

/// A name that stands for other ones.
struct Alias {
  std::string name;
  /// One, or none or several if it is a model with as many outputs.
  std::vector<Reference> targets;
  Location location;
  bool isModel = false; ///< a model; else what its layers call an input
};

/// The layers of a file: those of models in them have a path for a name.
struct Draft {
  std::vector<DraftLayer> layers;
  std::vector<Alias> aliases;
};

/// Completes a model whose inputs, but nothing else, are in place: connects
/// the layers, orders them so that each follows its inputs, infers shapes and
/// variables, and makes the outputs. Reports all that does not fit. Layers
/// behind an error, or behind inputs whose types are not known, have no results
/// then.
void connectLayers(Draft draft, const std::vector<Reference> &outputs,
                   bool inputsAreKnown, Model &model, Diagnostics &diagnostics);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_GRAPH_H
