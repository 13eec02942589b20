//===-- Attention.h - the inputs of attention layers -------------*- C++-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LAYERS_ATTENTION_H
#define MLC_FRONTEND_LAYERS_ATTENTION_H

#include "frontend/Model.h"

namespace mlc::frontend {

/// Which input is what; the query is the first.
struct AttentionArguments {
  size_t value, key;
  std::optional<size_t> mask;
};
AttentionArguments attentionArguments(const Component &options, size_t inputs);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LAYERS_ATTENTION_H
