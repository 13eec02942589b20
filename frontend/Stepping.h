//===-- Stepping.h - a model on one position at a time -----------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model of sequences in which no position depends on later ones can go
// through them position by position, if its layers remember what they need of
// those before: attention its keys and values, recurrence its states. That is
// how it generates: each result tells what to go on with.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_STEPPING_H
#define MLC_FRONTEND_STEPPING_H

#include "frontend/Model.h"

#include <vector>

namespace mlc::frontend {

/// What a layer remembers from position to position, floats.
struct Cache {
  std::string name; ///< within the layer: "key_cache"
  Shape shape;      ///< all of it
};

struct SteppedModel {
  /// The model on one position of one sequence: the same layers and variables,
  /// without training and data.
  Model model;
  std::vector<std::vector<Cache>> caches; ///< of each layer
  int64_t length = 0; ///< positions of a sequence, as in the model file
  /// Whether a layer tells positions apart, so that there are no more than
  /// `length` of them.
  bool isLimited = false;
};

/// Empty if a layer needs all positions at once, or if the model is not one of
/// ids to scores of the next id; `diagnostics` says what is in the way.
std::optional<SteppedModel> makeStepped(const Model &model,
                                        Diagnostics &diagnostics);

/// Whether layers of this type can go position by position, given options that
/// suit.
bool canStep(std::string_view layerType);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_STEPPING_H
