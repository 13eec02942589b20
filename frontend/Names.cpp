//===-- Names.cpp - names in model files ----------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Names.h"

#include <algorithm>
#include <cctype>

namespace mlc::frontend {

bool isIdentifier(std::string_view text, std::string_view more) {
  auto fits = [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' ||
           more.find(c) != std::string_view::npos;
  };
  return !text.empty() &&
         !std::isdigit(static_cast<unsigned char>(text.front())) &&
         text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), fits);
}

std::string snakeCase(std::string_view type) {
  std::string name;
  for (size_t i = 0; i < type.size(); ++i) {
    unsigned char c = type[i], before = i ? type[i - 1] : 'A';
    bool nextIsLower =
        i + 1 < type.size() && std::islower((unsigned char)type[i + 1]);
    if (std::isupper(c) &&
        (std::islower(before) || (i && std::isupper(before) && nextIsLower)))
      name += '_';
    name += char(std::tolower(c));
  }
  return name;
}

} // namespace mlc::frontend
