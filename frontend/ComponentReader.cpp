//===-- ComponentReader.cpp - JSON to components, by the tables -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/ComponentReader.h"
#include "frontend/ModelReader.h"
#include "frontend/Names.h"

#include <algorithm>

using namespace mlc::frontend;
using Kind = JsonNode::Kind;

namespace {

std::string quote(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

/// The suggestion for an unknown name, or the list of what there is.
std::string hint(std::string_view word, const std::vector<std::string> &all,
                 const std::string &listIntroduction) {
  std::string suggestion = didYouMean(word, all);
  if (!suggestion.empty() || all.empty())
    return suggestion;
  return "; " + listIntroduction + " " + listNames(all);
}

std::optional<Family> familyOf(OptionKind kind) {
  switch (kind) {
  case OptionKind::Activation:
    return Family::Activation;
  case OptionKind::Initializer:
    return Family::Initializer;
  case OptionKind::Regularizer:
    return Family::Regularizer;
  case OptionKind::LearningRate:
    return Family::Schedule;
  case OptionKind::Layer:
    return Family::Layer;
  default:
    return std::nullopt;
  }
}

const char *kindText(OptionKind kind) {
  switch (kind) {
  case OptionKind::Flag:
    return "true or false";
  case OptionKind::Integer:
    return "an integer";
  case OptionKind::Number:
    return "a number";
  case OptionKind::Integers:
    return "a list of integers";
  case OptionKind::IntegerOrIntegers:
    return "an integer or a list of integers";
  case OptionKind::Margins:
    return "an integer, or a list of integers or of pairs of them";
  case OptionKind::SizesOrNulls:
    return "a list of integers and nulls";
  case OptionKind::Numbers:
    return "a list of numbers";
  case OptionKind::LearningRate:
    return "a number or a schedule";
  default:
    return "a name, or an object with \"type\"";
  }
}

bool isList(OptionKind kind) {
  return kind == OptionKind::Integers ||
         kind == OptionKind::IntegerOrIntegers || kind == OptionKind::Margins ||
         kind == OptionKind::SizesOrNulls;
}

bool isPair(const JsonNode &node) {
  return node.is(Kind::List) && node.items.size() == 2 &&
         node.items[0].is(Kind::Integer) && node.items[1].is(Kind::Integer);
}

/// Whether an item of a list option is one. Beside a pair, a single integer
/// stands for two of it.
bool isItem(const JsonNode &node, OptionKind kind) {
  return node.is(Kind::Integer) ||
         (kind == OptionKind::Margins && isPair(node)) ||
         (kind == OptionKind::SizesOrNulls && node.is(Kind::Null));
}

const char *itemText(OptionKind kind) {
  if (kind == OptionKind::Margins)
    return "an integer or a pair of integers";
  return kind == OptionKind::SizesOrNulls ? "an integer or null" : "an integer";
}

std::optional<std::vector<int64_t>> convertList(const JsonNode &node,
                                                OptionKind kind) {
  bool hasPairs = std::any_of(node.items.begin(), node.items.end(), isPair);
  std::vector<int64_t> integers;
  for (const JsonNode &item : node.items) {
    if (!isItem(item, kind))
      return std::nullopt;
    if (item.is(Kind::Integer))
      integers.insert(integers.end(), hasPairs ? 2 : 1, item.integer);
    if (item.is(Kind::Null))
      integers.push_back(0);
    for (const JsonNode &side : item.items)
      integers.push_back(side.integer);
  }
  return integers;
}

/// The value, if the node is of the right kind.
std::optional<OptionValue::Data> convert(const JsonNode &node,
                                         const OptionRule &rule) {
  OptionKind kind = rule.kind;
  if (kind == OptionKind::Choice && node.is(Kind::Text) &&
      std::count(rule.choices.begin(), rule.choices.end(), node.text))
    return node.text;
  if (kind == OptionKind::Flag && node.is(Kind::Flag))
    return node.flag;
  if (kind == OptionKind::Integer && node.is(Kind::Integer))
    return node.integer;
  if ((kind == OptionKind::Number || kind == OptionKind::LearningRate) &&
      node.isNumeric())
    return node.number;
  if (kind == OptionKind::Numbers && node.is(Kind::List)) {
    std::vector<double> numbers;
    for (const JsonNode &item : node.items) {
      if (!item.isNumeric())
        return std::nullopt;
      numbers.push_back(item.number);
    }
    return numbers;
  }
  if (!isList(kind))
    return std::nullopt;
  if (node.is(Kind::Integer) && kind != OptionKind::Integers &&
      kind != OptionKind::SizesOrNulls)
    return std::vector<int64_t>{node.integer};
  if (node.is(Kind::List))
    return convertList(node, kind);
  return std::nullopt;
}

/// Reports a value that convert() refused.
void reportKind(const JsonNode &node, const OptionRule &rule,
                const std::string &owner, Diagnostics &diagnostics) {
  std::string what = quote(rule.name) + " of " + owner;
  if (rule.kind == OptionKind::Choice) {
    std::string known = rule.choices.size() == 1
                            ? quote(rule.choices.front())
                            : "one of " + listNames(rule.choices, "or");
    std::string others =
        rule.insteadOfOthers.empty() ? "" : "; " + rule.insteadOfOthers;
    bool isGuess = node.is(Kind::Text) && rule.choices.size() > 1;
    std::string suggestion = isGuess ? didYouMean(node.text, rule.choices) : "";
    diagnostics.error(node.location, what + " must be " + known + ", found " +
                                         describe(node) + suggestion + others);
    return;
  }
  if (!isList(rule.kind) || !node.is(Kind::List))
    return expected(node, what, kindText(rule.kind), diagnostics);
  for (const JsonNode &item : node.items)
    if (!isItem(item, rule.kind))
      expected(item, "each of " + what, itemText(rule.kind), diagnostics);
}

bool checkRange(const JsonNode &node, const OptionRule &rule,
                const std::string &owner, Diagnostics &diagnostics) {
  for (const JsonNode &item : node.items)
    if (!checkRange(item, rule, owner, diagnostics))
      return false;
  if (!node.isNumeric() || rule.range.contains(node.number))
    return true;
  diagnostics.error(node.location, quote(rule.name) + " of " + owner +
                                       " must be " +
                                       rule.range.expectation(node.number) +
                                       ", found " + describe(node));
  return false;
}

/// A default as if it had been written at `location`.
OptionValue defaultValue(const OptionRule &rule, const Location &location) {
  auto text = std::make_shared<SourceFile>(
      SourceFile{"default of " + rule.name, rule.defaultText});
  Diagnostics none; // a test reads every default of the tables
  std::optional<JsonNode> node = parseJson(text, none);
  node->location = location;
  return readValue(*node, rule, "", none).value_or(OptionValue{});
}

std::vector<std::string> optionNames(const ComponentRule &rule) {
  std::vector<std::string> names;
  for (const OptionRule &option : rule.options)
    names.push_back(option.name);
  return names;
}

bool isKeyOf(const FrameRule *frame, const std::string &name) {
  return frame && std::any_of(frame->keys.begin(), frame->keys.end(),
                              [&](auto &key) { return key.name == name; });
}

/// The type's node: the string itself, or the object's "type".
const JsonNode *findType(const JsonNode &node, Family family,
                         Diagnostics &diagnostics) {
  // A layer always has more to say than its type.
  bool byName = family != Family::Layer;
  if (byName && node.is(Kind::Text))
    return &node;
  std::string name = familyName(family);
  if (!node.is(Kind::Object)) {
    expected(node,
             (family == Family::Activation || family == Family::Initializer ||
                      family == Family::Optimizer
                  ? "an "
                  : "a ") +
                 name,
             byName ? kindText(OptionKind::Activation)
                    : "an object with \"type\"",
             diagnostics);
    return nullptr;
  }
  const JsonNode *type = node.find("type");
  if (!type)
    diagnostics.error(node.location, name + " without \"type\"");
  else if (!type->is(Kind::Text))
    expected(*type, "the type of the " + name, "a string", diagnostics);
  else
    return type;
  return nullptr;
}

/// Keys that the type has not.
bool checkOptions(const JsonNode &node, const ComponentRule &rule,
                  const FrameRule *otherKeys, Diagnostics &diagnostics) {
  std::vector<std::string> known = optionNames(rule);
  if (otherKeys)
    for (const KeyRule &key : otherKeys->keys)
      known.push_back(key.name);
  bool good = true;
  for (const JsonMember &member : node.members) {
    if (member.key == "type" || isKeyOf(otherKeys, member.key) ||
        std::count(known.begin(), known.end(), member.key))
      continue;
    std::string suggestion = known.empty()
                                 ? "; it has none"
                                 : hint(member.key, known, "its options are");
    diagnostics.error(member.location, rule.name + " has no option " +
                                           quote(member.key) + suggestion);
    good = false;
  }
  return good;
}

/// A layer that an option holds has a name beside its options.
const FrameRule kWrappedFrame = {"a layer",
                                 {{"name", "Its name within the layer."}}};

std::optional<Component> readWrapped(const JsonNode &node,
                                     Diagnostics &diagnostics) {
  const JsonNode *type = node.find("type");
  if (type && type->is(Kind::Text) && type->text == kNestedModel) {
    diagnostics.error(type->location, "a layer within a layer cannot be a "
                                      "model: models stand in \"layers\"");
    return std::nullopt;
  }
  std::optional<Component> layer =
      readComponent(node, Family::Layer, diagnostics, &kWrappedFrame);
  if (!layer)
    return std::nullopt;
  layer->name = snakeCase(layer->type);
  const JsonNode *name = node.find("name");
  if (!name)
    return layer;
  std::optional<std::string> given =
      readName(*name, "a layer", kMoreInNames, diagnostics);
  if (!given)
    return std::nullopt;
  layer->name = *given;
  return layer;
}

} // namespace

void mlc::frontend::expected(const JsonNode &node, const std::string &what,
                             const std::string &type,
                             Diagnostics &diagnostics) {
  diagnostics.error(node.location,
                    what + " must be " + type + ", found " + describe(node));
}

std::optional<OptionValue> mlc::frontend::readValue(const JsonNode &node,
                                                    const OptionRule &rule,
                                                    const std::string &owner,
                                                    Diagnostics &diagnostics) {
  if (node.is(Kind::Null) && rule.isNullable())
    return OptionValue{std::monostate(), node.location};
  std::optional<Family> family = familyOf(rule.kind);
  // What a learning rate is, if not a number, is a schedule.
  if (rule.kind == OptionKind::LearningRate && !node.is(Kind::Object) &&
      !node.is(Kind::Text))
    family = std::nullopt;
  if (family) {
    std::optional<Component> component =
        *family == Family::Layer ? readWrapped(node, diagnostics)
                                 : readComponent(node, *family, diagnostics);
    if (!component)
      return std::nullopt;
    return OptionValue{std::make_shared<const Component>(std::move(*component)),
                       node.location};
  }
  std::optional<OptionValue::Data> data = convert(node, rule);
  if (!data)
    reportKind(node, rule, owner, diagnostics);
  else if (checkRange(node, rule, owner, diagnostics))
    return OptionValue{std::move(*data), node.location,
                       node.is(Kind::List) ? std::optional(node.items.size())
                                           : std::nullopt};
  return std::nullopt;
}

std::optional<Component>
mlc::frontend::readComponent(const JsonNode &node, Family family,
                             Diagnostics &diagnostics,
                             const FrameRule *otherKeys) {
  const JsonNode *type = findType(node, family, diagnostics);
  if (!type)
    return std::nullopt;
  const ComponentRule *rule = findRule(family, type->text);
  if (!rule) {
    std::string name = familyName(family);
    std::string known = "known are";
    diagnostics.error(type->location,
                      "unknown " + name + " " + quote(type->text) +
                          hint(type->text, namesOf(family), known));
    return std::nullopt;
  }
  bool good = checkOptions(node, *rule, otherKeys, diagnostics);
  Component component{rule->name, node.location, {}};
  for (const OptionRule &option : rule->options) {
    std::optional<OptionValue> value;
    if (const JsonNode *given = node.find(option.name))
      value = readValue(*given, option, rule->name, diagnostics);
    else if (option.isRequired())
      diagnostics.error(node.location,
                        rule->name + " needs " + quote(option.name));
    else
      value = defaultValue(option, node.location);
    good &= value.has_value();
    component.options.push_back({option.name, value.value_or(OptionValue{})});
  }
  return good ? std::optional(std::move(component)) : std::nullopt;
}

Component mlc::frontend::defaultComponent(Family family,
                                          const std::string &type,
                                          Location location) {
  Component component{type, location, {}};
  for (const OptionRule &option : findRule(family, type)->options)
    component.options.push_back({option.name, defaultValue(option, location)});
  return component;
}

bool mlc::frontend::checkFrame(const JsonNode &node, Frame frame,
                               Diagnostics &diagnostics) {
  const FrameRule &rule = frameRule(frame);
  if (!node.is(Kind::Object)) {
    expected(node, rule.name, "an object", diagnostics);
    return false;
  }
  std::vector<std::string> known;
  bool good = true;
  for (const KeyRule &key : rule.keys) {
    known.push_back(key.name);
    if (key.required && !node.find(key.name)) {
      diagnostics.error(node.location, rule.name + " needs " + quote(key.name));
      good = false;
    }
  }
  for (const JsonMember &member : node.members)
    if (!isKeyOf(&rule, member.key)) {
      diagnostics.error(member.location,
                        rule.name + " has no key " + quote(member.key) +
                            hint(member.key, known, "its keys are"));
      good = false;
    }
  return good;
}
