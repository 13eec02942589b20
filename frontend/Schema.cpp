//===-- Schema.cpp - the JSON schema of model files -----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Schema.h"
#include "frontend/Tables.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

using namespace mlc::frontend;
using Json = nlohmann::ordered_json;

namespace {

constexpr Family kFamilies[] = {
    Family::Layer, Family::Activation, Family::Initializer, Family::Regularizer,
    Family::Loss,  Family::Metric,     Family::Optimizer,   Family::Schedule};

Json reference(const std::string &name) {
  return {{"$ref", "#/$defs/" + name}};
}

/// A thing, or an object with one for each output (or input) by name.
/// `mark` is a key of the thing itself, if it is an object.
Json oneOrByName(const Json &one, const std::string &mark) {
  Json byName = {{"type", "object"},
                 {"not", {{"required", {mark}}}},
                 {"minProperties", 1},
                 {"additionalProperties", one}};
  return {{"anyOf", {one, byName}}};
}

Json listOf(const Json &item, int minimum) {
  return {{"type", "array"}, {"items", item}, {"minItems", minimum}};
}

Json withRange(Json schema, const Range &range) {
  auto limit = [](double value) -> Json {
    if (value == std::floor(value))
      return int64_t(value);
    return value;
  };
  if (std::isfinite(range.low))
    schema[range.openLow ? "exclusiveMinimum" : "minimum"] = limit(range.low);
  if (std::isfinite(range.high))
    schema[range.openHigh ? "exclusiveMaximum" : "maximum"] = limit(range.high);
  return schema;
}

/// An integer, a list of them, or where an option has two sides to each axis, a
/// list with pairs.
Json oneOrMany(const OptionRule &option) {
  Json one = withRange({{"type", "integer"}}, option.range), item = one;
  if (option.kind == OptionKind::Margins) {
    Json pair = listOf(one, 2);
    pair["maxItems"] = 2;
    item = {{"anyOf", {one, pair}}};
  }
  return {{"anyOf", {one, listOf(item, 1)}}};
}

/// The values of an option, but for null.
Json optionValues(const OptionRule &option) {
  switch (option.kind) {
  case OptionKind::Flag:
    return {{"type", "boolean"}};
  case OptionKind::Integer:
    return withRange({{"type", "integer"}}, option.range);
  case OptionKind::Number:
    return withRange({{"type", "number"}}, option.range);
  case OptionKind::Integers:
    return listOf(withRange({{"type", "integer"}}, option.range), 0);
  case OptionKind::SizesOrNulls: {
    Json size = withRange({{"type", "integer"}}, option.range);
    return listOf({{"anyOf", {size, {{"type", "null"}}}}}, 0);
  }
  case OptionKind::IntegerOrIntegers:
  case OptionKind::Margins:
    return oneOrMany(option);
  case OptionKind::Numbers:
    return listOf(withRange({{"type", "number"}}, option.range), 0);
  case OptionKind::LearningRate:
    return {{"anyOf",
             {withRange({{"type", "number"}}, option.range),
              reference(familyName(Family::Schedule))}}};
  case OptionKind::Choice:
    return {{"enum", option.choices}};
  case OptionKind::Activation:
    return reference(familyName(Family::Activation));
  case OptionKind::Initializer:
    return reference(familyName(Family::Initializer));
  case OptionKind::Regularizer:
    return reference(familyName(Family::Regularizer));
  case OptionKind::Layer: {
    Json others = Json::array();
    for (const char *key : {"inputs", "trainable", "dtype", "shared", "layers"})
      others.push_back({{"required", {key}}});
    Json of = {{"anyOf", others}};
    return {{"allOf", {reference(familyName(Family::Layer)), {{"not", of}}}}};
  }
  }
  return {};
}

Json optionSchema(const OptionRule &option) {
  Json schema = optionValues(option);
  if (option.isNullable())
    schema = {{"anyOf", {schema, {{"type", "null"}}}}};
  schema["description"] = option.description;
  if (!option.isRequired())
    schema["default"] = Json::parse(option.defaultText);
  return schema;
}

/// The keys that every layer or metric has, whatever its type.
void addKeysOf(Frame frame, Json &properties);

/// One type of a family, as an object.
Json componentSchema(const ComponentRule &rule, Family family) {
  Json names = {rule.name};
  for (const std::string &alias : rule.aliases)
    names.push_back(alias);
  Json properties = {{"type", {{"enum", names}}}}, required = {"type"};
  if (family == Family::Layer)
    addKeysOf(Frame::Layer, properties);
  if (family == Family::Metric)
    addKeysOf(Frame::Metric, properties);
  for (const OptionRule &option : rule.options) {
    properties[option.name] = optionSchema(option);
    if (option.isRequired())
      required.push_back(option.name);
  }
  return {{"type", "object"},
          {"description", rule.description},
          {"properties", properties},
          {"required", required},
          {"additionalProperties", false}};
}

bool hasRequiredOptions(const ComponentRule &rule) {
  return std::any_of(rule.options.begin(), rule.options.end(),
                     [](const OptionRule &o) { return o.isRequired(); });
}

/// The types of a family: objects, or names where that is enough.
Json familySchema(Family family) {
  Json alternatives = Json::array();
  for (const ComponentRule *rule : rulesOf(family)) {
    Json object = componentSchema(*rule, family);
    if (family != Family::Layer && !hasRequiredOptions(*rule))
      alternatives.push_back({{"description", rule->description},
                              {"enum", object["properties"]["type"]["enum"]}});
    alternatives.push_back(std::move(object));
  }
  return {{"anyOf", alternatives}};
}

Json namePattern(const std::string &pattern) {
  return {{"type", "string"}, {"pattern", pattern}};
}

Json count() { return withRange({{"type", "integer"}}, kCount); }

Json modelKey(const std::string &key) {
  if (key == "$schema")
    return {{"type", "string"}};
  if (key == "name")
    return namePattern("^[A-Za-z_][A-Za-z0-9_]*$");
  if (key == "inputs")
    return listOf(reference("input"), 1);
  if (key == "layers")
    return listOf(reference("layer"), 1);
  if (key == "outputs")
    return listOf(reference("result"), 1);
  if (key == "dtype_policy")
    return {{"enum", policyNames()}, {"default", policyNames().front()}};
  if (key == "batch_size")
    return count();
  return reference(key);
}

Json inputKey(const std::string &key) {
  if (key == "shape")
    return listOf(count(), 0);
  if (key == "dtype")
    return {{"enum", {"float32", "int32"}}, {"default", "float32"}};
  return reference("name");
}

Json layerKey(const std::string &key) {
  if (key == "inputs")
    return listOf(reference("result"), 1);
  if (key == "shared")
    return reference("path");
  if (key == "trainable")
    return {{"type", "boolean"}, {"default", true}};
  if (key == "dtype")
    return {{"enum", policyNames()}};
  return reference("name");
}

Json nestedKey(const std::string &key) {
  if (key == "type")
    return {{"enum", {kNestedModel}}};
  if (key == "layers")
    return listOf(reference("layer"), 1);
  if (key == "arguments")
    return listOf(reference("name"), 1);
  if (key == "outputs")
    return listOf(reference("result"), 1);
  return layerKey(key);
}

Json trainingKey(const std::string &key) {
  if (key == "loss")
    return oneOrByName(reference("loss"), "type");
  if (key == "optimizer")
    return reference("optimizer");
  if (key == "loss_weights")
    return {{"type", "object"},
            {"additionalProperties",
             withRange({{"type", "number"}}, kNotNegative)}};
  if (key == "metrics" || key == "weighted_metrics") {
    Json metric = reference("metric");
    Json list = listOf(metric, 0);
    Json some = {{"anyOf", {list, metric}}};
    Json byName = {{"type", "object"}, {"additionalProperties", some}};
    return {{"anyOf", {list, byName}}};
  }
  if (key == "sample_weights")
    return {{"type", "boolean"}, {"default", false}};
  if (key == "class_weight") {
    Json weight = withRange({{"type", "number"}}, kNotNegative);
    Json weights = {{"type", "object"},
                    {"propertyNames", {{"pattern", "^[0-9]+$"}}},
                    {"additionalProperties", weight}};
    Json byName = {{"type", "object"}, {"additionalProperties", weights}};
    return {{"anyOf", {weights, byName}}};
  }
  if (key == "seed")
    return withRange({{"type", "integer"}, {"default", 0}}, kNotNegative);
  Json number = count();
  number["default"] = key == "epochs" ? 1 : 32;
  return number;
}

Json splitKey(const std::string &) {
  return oneOrByName(reference("source"), "file");
}

Json sourceKey(const std::string &key) {
  Json text = {{"type", "string"}, {"minLength", 1}};
  return key == "columns" ? listOf(text, 1) : text;
}

Json keySchema(Frame frame, const KeyRule &key) {
  Json schema;
  switch (frame) {
  case Frame::Model:
    schema = modelKey(key.name);
    break;
  case Frame::Input:
    schema = inputKey(key.name);
    break;
  case Frame::Layer:
  case Frame::SharedLayer:
    schema = layerKey(key.name);
    break;
  case Frame::NestedModel:
    schema = nestedKey(key.name);
    break;
  case Frame::Metric:
    schema = reference("name");
    break;
  case Frame::Training:
    schema = trainingKey(key.name);
    break;
  case Frame::Data:
    schema = key.name == "vocabulary" ? Json{{"type", "string"}}
                                      : reference("split");
    break;
  case Frame::Split:
    schema = splitKey(key.name);
    break;
  case Frame::Source:
    schema = sourceKey(key.name);
    break;
  }
  schema["description"] = key.description;
  return schema;
}

Json frameSchema(Frame frame) {
  Json properties = Json::object(), required = Json::array();
  for (const KeyRule &key : frameRule(frame).keys) {
    properties[key.name] = keySchema(frame, key);
    if (key.required)
      required.push_back(key.name);
  }
  Json schema = {{"type", "object"}, {"properties", properties}};
  if (!required.empty())
    schema["required"] = required;
  schema["additionalProperties"] = false;
  return schema;
}

void addKeysOf(Frame frame, Json &properties) {
  for (const KeyRule &key : frameRule(frame).keys)
    if (key.name != "type")
      properties[key.name] = keySchema(frame, key);
}

Json sourceSchema() {
  Json path = {{"type", "string"},
               {"minLength", 1},
               {"description", "A path, or \"file.npz:key\", "
                               "\"file.csv:columns\", \"file.wav:channel\"."}};
  return {{"anyOf", {path, frameSchema(Frame::Source)}}};
}

} // namespace

std::string mlc::frontend::modelSchema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "mlc model"},
                 {"description",
                  "A neural network, how it is trained, and on what. Made "
                  "from the reader's tables; do not edit."}};
  schema.update(frameSchema(Frame::Model));
  Json &definitions = schema["$defs"];
  definitions["name"] = namePattern("^[A-Za-z_][A-Za-z0-9_.-]*$");
  const std::string path =
      "^[A-Za-z_][A-Za-z0-9_.-]*(/[A-Za-z_][A-Za-z0-9_.-]*)*";
  definitions["path"] = namePattern(path + "$");
  definitions["result"] = namePattern(path + "(:(0|[1-9][0-9]*))?$");
  definitions["input"] = frameSchema(Frame::Input);
  for (Family family : kFamilies)
    definitions[familyName(family)] = familySchema(family);
  Json &layers = definitions[familyName(Family::Layer)]["anyOf"];
  layers.push_back(frameSchema(Frame::SharedLayer));
  layers.push_back(frameSchema(Frame::NestedModel));
  definitions["training"] = frameSchema(Frame::Training);
  definitions["data"] = frameSchema(Frame::Data);
  definitions["split"] = frameSchema(Frame::Split);
  definitions["source"] = sourceSchema();
  return schema.dump(2) + "\n";
}
