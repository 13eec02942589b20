//===-- TablesTest.cpp - the tables hold together -------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Tables.h"
#include "frontend/ComponentReader.h"
#include "frontend/Schema.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <set>

using namespace mlc::frontend;
using Json = nlohmann::json;

namespace {

constexpr Family kFamilies[] = {
    Family::Layer, Family::Activation, Family::Initializer, Family::Regularizer,
    Family::Loss,  Family::Metric,     Family::Optimizer,   Family::Schedule};

/// Calls f(family, rule) for every row of every table.
template <typename Function> void forEachRule(Function f) {
  for (Family family : kFamilies)
    for (const ComponentRule *rule : rulesOf(family))
      f(family, *rule);
}

/// A value that the option takes.
std::string example(const OptionRule &option) {
  if (!option.isRequired())
    return option.defaultText;
  switch (option.kind) {
  case OptionKind::Flag:
    return "true";
  case OptionKind::Integer:
    return "1";
  case OptionKind::Number:
    return "0.5";
  case OptionKind::Integers:
  case OptionKind::IntegerOrIntegers:
  case OptionKind::Margins:
  case OptionKind::SizesOrNulls:
    return "[1]";
  case OptionKind::Numbers:
    return "[0.5]";
  case OptionKind::LearningRate:
    return "0.1";
  case OptionKind::Choice:
    return '"' + option.choices.front() + '"';
  case OptionKind::Activation:
    return "\"relu\"";
  case OptionKind::Initializer:
    return "\"zeros\"";
  case OptionKind::Regularizer:
    return "\"L2\"";
  case OptionKind::Layer:
    return R"({"type": "LSTM", "units": 1})";
  }
  return "";
}

std::string write(const std::string &type, const ComponentRule &rule,
                  bool withDefaults) {
  std::string text = "{\"type\": \"" + type + "\"";
  for (const OptionRule &option : rule.options)
    if (withDefaults || option.isRequired())
      text += ", \"" + option.name + "\": " + example(option);
  return text + "}";
}

std::optional<Component> read(const std::string &text, Family family,
                              Diagnostics &diagnostics) {
  auto file = std::make_shared<SourceFile>(SourceFile{"t", text});
  std::optional<JsonNode> node = parseJson(file, diagnostics);
  return node ? readComponent(*node, family, diagnostics) : std::nullopt;
}

TEST(Tables, NamesAreUnique) {
  for (Family family : kFamilies) {
    std::set<std::string> seen;
    for (const std::string &name : namesOf(family))
      EXPECT_TRUE(seen.insert(name).second) << name;
  }
}

/// Under each name, with every option and with as few as possible.
TEST(Tables, EveryRowReads) {
  forEachRule([](Family family, const ComponentRule &rule) {
    std::vector<std::string> names = rule.aliases;
    names.push_back(rule.name);
    for (const std::string &name : names)
      for (bool withDefaults : {false, true}) {
        Diagnostics diagnostics;
        std::optional<Component> component =
            read(write(name, rule, withDefaults), family, diagnostics);
        ASSERT_TRUE(component) << diagnostics.str();
        EXPECT_EQ(component->type, rule.name);
        ASSERT_EQ(component->options.size(), rule.options.size());
        for (size_t i = 0; i < rule.options.size(); ++i) {
          EXPECT_EQ(component->options[i].name, rule.options[i].name);
          EXPECT_TRUE(rule.options[i].isNullable() ||
                      !component->options[i].value.isNull())
              << rule.name << " " << rule.options[i].name;
        }
      }
  });
}

TEST(Tables, RangesHoldTheDefaults) {
  forEachRule([](Family, const ComponentRule &rule) {
    for (const OptionRule &option : rule.options) {
      Json value = Json::parse(example(option));
      if (value.is_number()) {
        EXPECT_TRUE(option.range.contains(value)) << option.name;
      }
    }
  });
}

TEST(Tables, EverythingIsDescribed) {
  forEachRule([](Family, const ComponentRule &rule) {
    EXPECT_FALSE(rule.description.empty()) << rule.name;
    for (const OptionRule &option : rule.options)
      EXPECT_FALSE(option.description.empty()) << option.name;
  });
}

TEST(Tables, NoOptionHidesALayersKey) {
  for (const KeyRule &key : frameRule(Frame::Layer).keys)
    for (const ComponentRule *rule : rulesOf(Family::Layer))
      for (const OptionRule &option : rule->options)
        EXPECT_NE(option.name, key.name);
}

TEST(Tables, RangesSayWhatWasExpected) {
  EXPECT_EQ(kCount.expectation(0), "at least 1");
  EXPECT_EQ(kCount.expectation(1e12), "at most 2147483647");
  EXPECT_EQ(kPositive.expectation(0), "greater than 0");
  EXPECT_EQ(kFraction.expectation(1), "in [0, 1)");
  EXPECT_FALSE(kFraction.contains(1));
  EXPECT_TRUE(kFraction.contains(0));
  EXPECT_FALSE(kPositive.contains(0));
  EXPECT_FALSE(kAnyNumber.contains(std::nan("")));
}

//===----------------------------------------------------------------------===//
// The schema
//===----------------------------------------------------------------------===//

/// With MLC_UPDATE_SCHEMA set, writes the file instead.
TEST(Schema, FileIsUpToDate) {
  const char *path = MLC_SOURCE_DIR "/frontend/model.schema.json";
  if (std::getenv("MLC_UPDATE_SCHEMA"))
    std::ofstream(path) << modelSchema();
  std::ifstream file(path);
  std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text, modelSchema())
      << "run this test with MLC_UPDATE_SCHEMA=1 in the environment";
}

/// All objects under "properties" in `json`, by the names in their "type"; but
/// for those of layers that are models or other calls, which are no components.
void collectTypes(const Json &json, std::map<std::string, Json> &types) {
  for (const Json &alternative : json["anyOf"])
    if (alternative.contains("properties") &&
        alternative["properties"].contains("type") &&
        alternative["properties"]["type"]["enum"] != Json{kNestedModel})
      for (const Json &name : alternative["properties"]["type"]["enum"])
        types[name] = alternative;
}

std::set<std::string> keysOf(const Json &object) {
  std::set<std::string> keys;
  for (const auto &item : object.items())
    keys.insert(item.key());
  return keys;
}

/// Both directions: each type and option is in the file, and no other.
TEST(Schema, FileHasTheTablesTypesAndOptions) {
  std::ifstream file(MLC_SOURCE_DIR "/frontend/model.schema.json");
  Json schema = Json::parse(file);
  for (Family family : kFamilies) {
    std::map<std::string, Json> types;
    collectTypes(schema["$defs"][familyName(family)], types);
    std::vector<std::string> names = namesOf(family);
    EXPECT_EQ(types.size(), names.size());
    for (const std::string &name : names) {
      ASSERT_TRUE(types.count(name)) << name;
      std::set<std::string> expected = {"type"}, required = {"type"};
      if (family == Family::Layer)
        expected.insert({"name", "inputs", "trainable", "dtype"});
      if (family == Family::Metric)
        expected.insert("name");
      for (const OptionRule &option : findRule(family, name)->options) {
        expected.insert(option.name);
        if (option.isRequired())
          required.insert(option.name);
      }
      EXPECT_EQ(keysOf(types[name]["properties"]), expected) << name;
      EXPECT_EQ(types[name]["required"].get<std::set<std::string>>(), required);
    }
  }
}

TEST(Schema, EveryKeySaysWhatItTakes) {
  Json schema = Json::parse(modelSchema());
  for (const char *name : {"training", "data", "split", "input"})
    for (const auto &item : schema["$defs"][name]["properties"].items()) {
      EXPECT_GT(item.value().size(), 1u) << name << " " << item.key();
      EXPECT_TRUE(item.value().contains("description")) << item.key();
    }
  for (const auto &item : schema["properties"].items())
    EXPECT_GT(item.value().size(), 1u) << item.key();
}

} // namespace
