//===-- JsonTree.cpp - JSON that knows where it came from -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/JsonTree.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <iterator>

using namespace mlc::frontend;

namespace {

/// Nesting beyond this is no model; the limit bounds the recursion of readers.
constexpr size_t kMaximumDepth = 64;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Walks over the bytes that the parser takes and notes how far it has come.
/// Copies share the note, since the parser copies its iterators.
class CountingIterator {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char *;
  using reference = const char &;

  CountingIterator(const char *position, const char **consumed)
      : position(position), consumed(consumed) {}
  reference operator*() const { return *position; }
  CountingIterator &operator++() {
    *consumed = ++position;
    return *this;
  }
  bool operator==(const CountingIterator &o) const {
    return position == o.position;
  }
  bool operator!=(const CountingIterator &o) const {
    return position != o.position;
  }

private:
  const char *position;
  const char **consumed;
};

/// Receives the parser's events and builds the tree.
class TreeBuilder {
public:
  TreeBuilder(std::shared_ptr<const SourceFile> file, Diagnostics &diagnostics)
      : file(std::move(file)), diagnostics(diagnostics),
        consumed(this->file->text.data()), tokenEnd(consumed),
        located(consumed), cursor{this->file, 1, 1} {
    if (std::string_view(this->file->text).substr(0, 3) == kByteOrderMark)
      tokenEnd += kByteOrderMark.size();
  }

  bool run() {
    const char *begin = file->text.data(), *end = begin + file->text.size();
    return nlohmann::json::sax_parse(CountingIterator(begin, &consumed),
                                     CountingIterator(end, &consumed), this);
  }
  JsonNode takeRoot() { return std::move(root); }

  // The parser's events.
  using string_t = std::string;
  using binary_t = nlohmann::json::binary_t;
  bool null() { return scalar(JsonNode::Kind::Null), true; }
  bool boolean(bool value) {
    scalar(JsonNode::Kind::Flag).flag = value;
    return true;
  }
  bool number_integer(int64_t value) { return integer(value); }
  bool number_unsigned(uint64_t value) {
    if (value <= uint64_t(INT64_MAX))
      return integer(int64_t(value));
    scalar(JsonNode::Kind::Number).number = double(value);
    return true;
  }
  bool number_float(double value, const std::string &) {
    scalar(JsonNode::Kind::Number).number = value;
    return true;
  }
  bool string(std::string &value) {
    scalar(JsonNode::Kind::Text).text = std::move(value);
    return true;
  }
  bool binary(binary_t &) { return false; }
  bool start_object(size_t) { return open(JsonNode::Kind::Object); }
  bool start_array(size_t) { return open(JsonNode::Kind::List); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string &name);
  bool parse_error(size_t position, const std::string &token,
                   const nlohmann::detail::exception &error);

private:
  Location nextToken();
  Location locationOf(const char *byte);
  JsonNode &place(JsonNode::Kind kind, Location at);
  JsonNode &scalar(JsonNode::Kind kind) { return place(kind, nextToken()); }
  bool integer(int64_t value) {
    JsonNode &node = scalar(JsonNode::Kind::Integer);
    node.integer = value;
    node.number = double(value);
    return true;
  }
  bool open(JsonNode::Kind kind);
  bool close() { return nextToken(), stack.pop_back(), true; }

  std::shared_ptr<const SourceFile> file;
  Diagnostics &diagnostics;
  const char *consumed; ///< how far the parser has read
  const char *tokenEnd; ///< the end of the last event's token
  const char *located;  ///< the byte at `cursor`
  Location cursor;
  JsonNode root;
  /// Lists and objects that are open. A node's address is stable while it is
  /// open: its siblings come later.
  std::vector<JsonNode *> stack;
};

bool isNumberCharacter(char c) {
  return (c >= '0' && c <= '9') || (c != '\0' && std::strchr("+-.eE", c));
}

/// Where the current event's token starts; moves on to its end.
Location TreeBuilder::nextToken() {
  const char *start = tokenEnd;
  while (start < consumed && std::strchr(" \t\r\n,:", *start))
    ++start;
  tokenEnd = consumed;
  // A number's end shows only in the character after it, which belongs to the
  // next token.
  if (isNumberCharacter(*start) && *start != 'e' && *start != 'E')
    tokenEnd = std::find_if_not(start, consumed, isNumberCharacter);
  return locationOf(start);
}

/// Like locate(), but goes on from where it was last time: linear in all.
Location TreeBuilder::locationOf(const char *byte) {
  for (; located < byte; ++located) {
    if (*located == '\n')
      ++cursor.line, cursor.column = 1;
    else if (isCharacterStart(*located))
      ++cursor.column;
  }
  return cursor;
}

/// Puts a new node where the next value belongs.
JsonNode &TreeBuilder::place(JsonNode::Kind kind, Location at) {
  JsonNode *node = &root;
  if (!stack.empty()) {
    JsonNode &parent = *stack.back();
    if (parent.is(JsonNode::Kind::List))
      node = &parent.items.emplace_back();
    else
      node = &parent.members.back().value;
  }
  node->kind = kind;
  node->location = std::move(at);
  return *node;
}

bool TreeBuilder::open(JsonNode::Kind kind) {
  JsonNode &node = scalar(kind);
  if (stack.size() == kMaximumDepth) {
    diagnostics.error(node.location, "lists and objects are nested more than " +
                                         std::to_string(kMaximumDepth) +
                                         " deep");
    return false;
  }
  stack.push_back(&node);
  return true;
}

bool TreeBuilder::key(std::string &name) {
  std::vector<JsonMember> &members = stack.back()->members;
  Location at = nextToken();
  for (const JsonMember &member : members)
    if (member.key == name)
      diagnostics.error(at, "duplicate key \"" + name + "\"")
          .note(member.location, "first given here");
  members.push_back({std::move(name), std::move(at), {}});
  return true;
}

/// "[...] parse error at ...: syntax error while parsing value - unexpected
/// '}'; last read: '...'; expected ..." -> "unexpected '}'; expected ...".
std::string shorten(std::string text) {
  size_t start = text.find(" - ");
  if (start != std::string::npos)
    text.erase(0, start + 3);
  else if ((start = text.find("] ")) != std::string::npos)
    text.erase(0, start + 2);
  size_t quote = text.find("; last read: '");
  if (quote != std::string::npos) {
    size_t rest = text.rfind("'; expected ");
    text.erase(quote, rest == std::string::npos || rest < quote
                          ? std::string::npos
                          : rest + 1 - quote);
  }
  return text;
}

/// The parser's words for what it expected, in the words of this format.
std::string rephrase(std::string text) {
  constexpr std::pair<std::string_view, std::string_view> phrases[] = {
      {"; expected string literal", "; expected a key in double quotes"},
      {"; expected '[', '{', or a literal", "; expected a value"},
      {"; expected ']'", "; expected ',' or ']'"},
      {"; expected '}'", "; expected ',' or '}'"}};
  for (auto [from, to] : phrases) {
    size_t at = text.rfind(from);
    if (at != std::string::npos && at + from.size() == text.size())
      text.replace(at, from.size(), to);
  }
  return text;
}

/// Where the token begins that the parser stopped in, having read `position`
/// bytes. (The token that it tells reaches back too far.)
bool TreeBuilder::parse_error(size_t position, const std::string &,
                              const nlohmann::detail::exception &error) {
  const char *begin = file->text.data(), *end = begin + file->text.size();
  const char *read = std::min(begin + position, end);
  auto skipSpace = [&](const char *at) {
    while (at < read && std::strchr(" \t\r\n", *at))
      ++at;
    return at;
  };
  const char *start = skipSpace(tokenEnd);
  // One separator may have been taken before, if it is not the culprit.
  if (start + 1 < read && (*start == ',' || *start == ':'))
    start = skipSpace(start + 1);
  if (start == end)
    start = tokenEnd;
  diagnostics.error(locationOf(start),
                    "syntax error: " + rephrase(shorten(error.what())));
  return false;
}

} // namespace

const JsonNode *JsonNode::find(std::string_view key) const {
  for (const JsonMember &member : members)
    if (member.key == key)
      return &member.value;
  return nullptr;
}

std::string mlc::frontend::describe(const JsonNode &node) {
  switch (node.kind) {
  case JsonNode::Kind::Null:
    return "null";
  case JsonNode::Kind::Flag:
    return node.flag ? "true" : "false";
  case JsonNode::Kind::Integer:
    return std::to_string(node.integer);
  case JsonNode::Kind::Number:
    return nlohmann::json(node.number).dump();
  case JsonNode::Kind::Text:
    return "\"" + node.text + "\"";
  case JsonNode::Kind::List:
    return node.items.empty() ? "an empty list" : "a list";
  case JsonNode::Kind::Object:
    return node.members.empty() ? "an empty object" : "an object";
  }
  return "";
}

std::optional<JsonNode>
mlc::frontend::parseJson(std::shared_ptr<const SourceFile> file,
                         Diagnostics &diagnostics) {
  TreeBuilder builder(std::move(file), diagnostics);
  if (!builder.run())
    return std::nullopt;
  return builder.takeRoot();
}
