//===-- tools/GraphPicture.h - a model's layers as a picture ----*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TOOLS_GRAPHPICTURE_H
#define MLC_TOOLS_GRAPHPICTURE_H

#include "frontend/Model.h"

#include <string>

namespace mlc::tools {

/// The layers and how they are connected, as SVG.
std::string drawGraph(const frontend::Model &model);

} // namespace mlc::tools

#endif // MLC_TOOLS_GRAPHPICTURE_H
