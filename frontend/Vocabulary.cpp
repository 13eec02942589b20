//===-- Vocabulary.cpp - what ids stand for -------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Vocabulary.h"
#include "frontend/ComponentReader.h"
#include "frontend/ModelReader.h"

#include <algorithm>
#include <cstring>

namespace mlc::frontend {

Vocabulary::Vocabulary(std::vector<std::string> all) : texts(std::move(all)) {
  for (size_t id = 0; id < texts.size(); ++id) {
    ids.emplace(texts[id], int32_t(id));
    longest = std::max(longest, texts[id].size());
  }
}

std::optional<std::vector<int32_t>> Vocabulary::encode(std::string_view text,
                                                       size_t &bad) const {
  std::vector<int32_t> encoded;
  for (size_t at = 0; at < text.size();) {
    size_t size = std::min(longest, text.size() - at);
    auto found = ids.end();
    while (size > 0 && (found = ids.find(text.substr(at, size))) == ids.end())
      --size;
    if (size == 0) {
      bad = at;
      return std::nullopt;
    }
    encoded.push_back(found->second);
    at += size;
  }
  return encoded;
}

/// The texts of a list; fewer than it has if one is none, which is reported.
static std::vector<std::string> readTexts(const JsonNode &list,
                                          Diagnostics &diagnostics) {
  std::vector<std::string> texts;
  std::map<std::string, const JsonNode *> known;
  for (const JsonNode &item : list.items) {
    if (!item.is(JsonNode::Kind::Text) || item.text.empty()) {
      expected(item, "each of a vocabulary", "a text", diagnostics);
      return {};
    }
    auto [other, isNew] = known.emplace(item.text, &item);
    if (!isNew) {
      diagnostics.error(item.location, "the vocabulary has this text twice")
          .note(other->second->location, "it is here too");
      return {};
    }
    texts.push_back(item.text);
  }
  return texts;
}

std::optional<Vocabulary> readVocabulary(const DataSource &source, size_t count,
                                         Diagnostics &diagnostics) {
  auto file = std::make_shared<SourceFile>();
  file->name = source.path;
  if (int error = readText(source.path, file->text)) {
    diagnostics.error(source.location, "cannot read the vocabulary \"" +
                                           source.path +
                                           "\": " + std::strerror(error));
    return std::nullopt;
  }
  std::optional<JsonNode> list = parseJson(file, diagnostics);
  if (!list)
    return std::nullopt;
  if (!list->is(JsonNode::Kind::List)) {
    expected(*list, "a vocabulary", "a list of texts", diagnostics);
    return std::nullopt;
  }
  if (list->items.size() != count) {
    diagnostics
        .error(list->location, "expected " + std::to_string(count) +
                                   " texts, one for each id that the model "
                                   "scores, found " +
                                   std::to_string(list->items.size()))
        .note(source.location, "the vocabulary is named here");
    return std::nullopt;
  }
  std::vector<std::string> texts = readTexts(*list, diagnostics);
  if (texts.size() != count)
    return std::nullopt;
  return Vocabulary(std::move(texts));
}

} // namespace mlc::frontend
