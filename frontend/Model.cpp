//===-- Model.cpp - a neural network as a description ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Model.h"

#include <cassert>
#include <limits>

using namespace mlc::frontend;

const OptionValue &Component::get(std::string_view name) const {
  for (const Option &option : options)
    if (option.name == name)
      return option.value;
  assert(false && "a component has every option of its type");
  static const OptionValue null;
  return null;
}

bool Component::flag(std::string_view name) const {
  return std::get<bool>(get(name).data);
}
int64_t Component::integer(std::string_view name) const {
  return std::get<int64_t>(get(name).data);
}
double Component::number(std::string_view name) const {
  return std::get<double>(get(name).data);
}
const std::string &Component::text(std::string_view name) const {
  return std::get<std::string>(get(name).data);
}
const std::vector<int64_t> &Component::integers(std::string_view name) const {
  return std::get<std::vector<int64_t>>(get(name).data);
}
std::vector<int64_t> Component::perAxis(std::string_view name,
                                        size_t count) const {
  const std::vector<int64_t> &values = integers(name);
  return values.size() == 1 ? std::vector<int64_t>(count, values[0]) : values;
}
const Component &Component::component(std::string_view name) const {
  return *std::get<std::shared_ptr<const Component>>(get(name).data);
}

const std::vector<std::string> &mlc::frontend::policyNames() {
  static const std::vector<std::string> names{"float32", "mixed_bfloat16"};
  return names;
}

const char *mlc::frontend::dtypeName(DType dtype) {
  return dtype == DType::F32 ? "float32" : "int32";
}

std::string mlc::frontend::shapeText(const Shape &shape) {
  std::string text = "(batch";
  for (int64_t size : shape)
    text += ", " + std::to_string(size);
  return text + ")";
}

int64_t mlc::frontend::elementCount(const Shape &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    if (__builtin_mul_overflow(count, size, &count))
      return std::numeric_limits<int64_t>::max();
  return count;
}

const TensorType &Model::type(ValueId id) const {
  if (id.producer < inputs.size())
    return inputs[id.producer].type;
  return layers[id.producer - inputs.size()].results[id.result];
}

const std::string &Model::producerName(ValueId id) const {
  if (id.producer < inputs.size())
    return inputs[id.producer].name;
  return layers[id.producer - inputs.size()].name;
}
