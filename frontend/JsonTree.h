//===-- JsonTree.h - JSON that knows where it came from ----------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nlohmann/json keeps no positions, so its event parser builds this tree.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_JSONTREE_H
#define MLC_FRONTEND_JSONTREE_H

#include "frontend/Diagnostics.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlc::frontend {

struct JsonMember;

struct JsonNode {
  enum class Kind { Null, Flag, Integer, Number, Text, List, Object };
  Kind kind = Kind::Null;
  Location location;
  bool flag = false;
  int64_t integer = 0;
  double number = 0; ///< also of an Integer
  std::string text;
  std::vector<JsonNode> items;
  std::vector<JsonMember> members;

  bool is(Kind k) const { return kind == k; }
  bool isNumeric() const { return is(Kind::Integer) || is(Kind::Number); }
  /// The member's value, or null.
  const JsonNode *find(std::string_view key) const;
};

struct JsonMember {
  std::string key;
  Location location; ///< of the key
  JsonNode value;
};

/// "a string", "an object", ...: what a node is, for messages.
std::string describe(const JsonNode &node);

/// Parses a whole file. Syntax errors and duplicate keys become diagnostics;
/// after a syntax error there is no tree.
std::optional<JsonNode> parseJson(std::shared_ptr<const SourceFile> file,
                                  Diagnostics &diagnostics);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_JSONTREE_H
