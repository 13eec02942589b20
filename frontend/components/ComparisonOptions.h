//===-- ComparisonOptions.h - options of losses and metrics ------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_COMPONENTS_COMPARISONOPTIONS_H
#define MLC_FRONTEND_COMPONENTS_COMPARISONOPTIONS_H

#include "frontend/Tables.h"

namespace mlc::frontend {

inline OptionRule fromLogits() {
  return {"from_logits", OptionKind::Flag, "false",
          "Whether outputs are scores before a softmax or sigmoid, not "
          "probabilities."};
}

inline OptionRule labelSmoothing() {
  return {"label_smoothing", OptionKind::Number, "0.0",
          "How far targets are moved towards even ones.", kUnitInterval};
}

inline OptionRule classAxis() {
  return {"axis", OptionKind::Integer, "-1", "Axis of the classes."};
}

/// Any number of type int32.
constexpr Range kLabels = {-2147483648.0, 2147483647.0, false, false};

inline OptionRule ignoreClass() {
  return {"ignore_class", OptionKind::Integer, "null",
          "A label that counts for nothing.", kLabels};
}

} // namespace mlc::frontend

#endif // MLC_FRONTEND_COMPONENTS_COMPARISONOPTIONS_H
