//===-- NodeNames.cpp - what the names in a model stand for ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/NodeNames.h"

using namespace mlc::frontend;

namespace {

/// "lstm:1" as a name and a number.
struct ResultName {
  std::string node;
  std::optional<size_t> number; ///< none: what follows the colon isn't one

  explicit ResultName(const std::string &text) {
    size_t colon = text.find(':');
    node = text.substr(0, colon);
    std::string digits =
        colon == std::string::npos ? "0" : text.substr(colon + 1);
    if (!digits.empty() && digits.size() < 6 &&
        digits.find_first_not_of("0123456789") == std::string::npos)
      number = std::stoul(digits);
  }
};

} // namespace

bool NodeNames::declare(const std::string &name, const Location &location) {
  auto [first, isNew] = declared.emplace(name, location);
  if (!isNew)
    diagnostics.error(location, "the name \"" + name + "\" is taken")
        .note(first->second, "by this");
  return isNew;
}

bool NodeNames::declareNode(const std::string &name, size_t node,
                            const Location &location) {
  nodes.emplace(name, node);
  return declare(name, location);
}

bool NodeNames::declareAliases() {
  bool good = true;
  for (size_t i = 0; i < aliases.size(); ++i) {
    good &= declare(aliases[i].name, aliases[i].location);
    aliasPlaces.emplace(aliases[i].name, i);
  }
  return good;
}

void NodeNames::renumber(const std::vector<size_t> &numbers) {
  for (auto &[name, node] : nodes)
    node = numbers[node];
}

std::optional<size_t> NodeNames::findNode(const std::string &name) const {
  auto found = nodes.find(name);
  return found == nodes.end() ? std::nullopt : std::optional(found->second);
}

/// What an alias stands for where it is referred to so.
const Reference *NodeNames::target(const Alias &alias,
                                   const Reference &reference) {
  size_t count = alias.targets.size();
  bool isNumbered = reference.name != alias.name;
  if (count == 1 && !isNumbered)
    return &alias.targets.front();
  if (count == 0)
    return nullptr; // an error was reported
  std::optional<size_t> number = ResultName(reference.name).number;
  if (isNumbered && number && *number < count)
    return &alias.targets[*number];
  std::string what = alias.isModel ? "model \"" : "\"";
  std::string has =
      "\" has " + counted(count, alias.isModel ? "output" : "result");
  std::string hint = ", counted from 0: there is no \"" + reference.name + '"';
  if (!isNumbered) {
    std::vector<std::string> names;
    for (const Reference &each : alias.targets)
      names.push_back(each.name);
    hint = ": name " + listNames(names, "or");
  }
  diagnostics.error(reference.location, what + alias.name + has + hint);
  return nullptr;
}

const Reference *NodeNames::followAliases(const Reference &reference) {
  const Reference *at = &reference;
  for (size_t hops = 0; hops <= aliases.size(); ++hops) {
    auto found = aliasPlaces.find(at->name); // an argument may be "lstm:1"
    if (found == aliasPlaces.end())
      found = aliasPlaces.find(ResultName(at->name).node);
    if (found == aliasPlaces.end())
      return at;
    isAliasUsed[found->second] = true;
    at = target(aliases[found->second], *at);
    if (!at)
      return nullptr;
  }
  diagnostics.error(reference.location,
                    "\"" + reference.name + "\" stands for itself");
  return nullptr;
}

void NodeNames::reportMissing(const Reference &reference, bool isNamedHere,
                              size_t firstNode) {
  if (!isNamedHere && !reported.insert(&reference).second)
    return;
  std::vector<std::string> names;
  for (const auto &[name, node] : nodes)
    if (node >= firstNode)
      names.push_back(name);
  for (const Alias &alias : aliases)
    if (alias.isModel)
      names.push_back(alias.name);
  diagnostics.error(reference.location, "there is no input or layer \"" +
                                            reference.name + "\"" +
                                            didYouMean(reference.name, names));
}

std::optional<ValueId> NodeNames::find(const Reference &reference,
                                       size_t firstNode) {
  const Reference *at = followAliases(reference);
  if (!at)
    return std::nullopt;
  ResultName name(at->name);
  std::optional<size_t> node = findNode(name.node);
  if (node && name.number)
    return ValueId{*node, *name.number};
  reportMissing(*at, at == &reference, firstNode);
  return std::nullopt;
}
