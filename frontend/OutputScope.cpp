//===-- OutputScope.cpp - the outputs that a key is about -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/OutputScope.h"
#include "frontend/Tables.h"

#include <algorithm>

using namespace mlc::frontend;

Output *OutputScope::find(const JsonMember &member, const std::string &what) {
  if (!areKnown)
    return &unknown;
  std::vector<std::string> names;
  for (Output &output : model.outputs) {
    if (output.name == member.key)
      return &output;
    names.push_back(output.name);
  }
  diagnostics.error(member.location,
                    what + " for \"" + member.key +
                        "\", which is no output; outputs are " +
                        listNames(names));
  return nullptr;
}

Output *OutputScope::findWithLoss(const JsonMember &member,
                                  const std::string &what,
                                  const std::string &why) {
  Output *output = find(member, what);
  if (!output || !areKnown || output->loss)
    return output;
  diagnostics.error(member.location,
                    "output \"" + member.key + "\" has no loss" + why);
  return nullptr;
}

bool OutputScope::hasType(const Output &output) const {
  size_t inputs = model.inputs.size();
  return output.value.producer >= inputs &&
         !model.layers[output.value.producer - inputs].results.empty();
}

size_t OutputScope::countLosses() const {
  return size_t(
      std::count_if(model.outputs.begin(), model.outputs.end(),
                    [](const Output &o) { return o.loss.has_value(); }));
}

bool mlc::frontend::isLossAlongLastAxis(const Output &output) {
  int64_t rank = int64_t(output.type.shape.size()) + 1;
  if (int64_t(output.lossValues.size()) < rank - 2)
    return false; // one value for several vectors
  for (const Option &option : output.loss->options)
    if (option.name == "axis")
      return normalizeAxis(std::get<int64_t>(option.value.data), rank) ==
             rank - 1;
  return true;
}

std::string mlc::frontend::describeOutput(const Output &output) {
  return "output \"" + output.name + "\" of shape " +
         shapeText(output.type.shape) +
         (output.type.dtype == DType::I32 ? " and type int32" : "");
}
