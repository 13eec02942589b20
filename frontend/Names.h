//===-- Names.h - names in model files ---------------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_NAMES_H
#define MLC_FRONTEND_NAMES_H

#include <string>
#include <string_view>

namespace mlc::frontend {

/// What names of inputs and layers have beside letters, digits and '_'.
constexpr std::string_view kMoreInNames = ".-";

/// Letters, digits, '_' and characters of `more`; not a digit, '.' or '-'
/// first.
bool isIdentifier(std::string_view text, std::string_view more = "");

/// Keras's name for an unnamed layer: "LayerNormalization" ->
/// "layer_normalization", "Conv2D" -> "conv2d".
std::string snakeCase(std::string_view type);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_NAMES_H
