//===-- Vocabulary.h - what ids stand for ------------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_VOCABULARY_H
#define MLC_FRONTEND_VOCABULARY_H

#include "frontend/Model.h"

#include <map>
#include <string>
#include <vector>

namespace mlc::frontend {

/// Texts by id, and ids by text.
class Vocabulary {
public:
  explicit Vocabulary(std::vector<std::string> texts);

  const std::string &text(int32_t id) const { return texts[size_t(id)]; }
  /// The ids whose texts make up `text`, at each place the longest that fits.
  /// If none does, empty, and `bad` is that place, a byte's.
  std::optional<std::vector<int32_t>> encode(std::string_view text,
                                             size_t &bad) const;

private:
  std::vector<std::string> texts;
  std::map<std::string, int32_t, std::less<>> ids;
  size_t longest = 0;
};

/// Reads a JSON list of `count` texts. What is wrong is reported, where the
/// model file names the vocabulary or in the vocabulary's file.
std::optional<Vocabulary> readVocabulary(const DataSource &source, size_t count,
                                         Diagnostics &diagnostics);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_VOCABULARY_H
