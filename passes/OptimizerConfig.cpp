//===-- OptimizerConfig.cpp - the options of an optimizer -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Optimizers.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlc;

static constexpr OptimizerOption kCommonOptions[] = {
    {"clipnorm", 0.0}, {"clipvalue", 0.0}, {"global_clipnorm", 0.0}};

ArrayRef<OptimizerOption> mlc::getCommonOptimizerOptions() {
  return kCommonOptions;
}

static std::optional<double> getValue(const OptimizerOption &option,
                                      Attribute attribute) {
  if (option.kind == OptimizerOption::Kind::boolean) {
    if (auto boolean = dyn_cast<BoolAttr>(attribute))
      return boolean.getValue();
    return std::nullopt;
  }
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  auto integer = dyn_cast<IntegerAttr>(attribute);
  if (integer && !isa<BoolAttr>(attribute))
    return static_cast<double>(integer.getInt());
  return std::nullopt;
}

static LogicalResult reportUnknown(Operation *op, StringRef rule,
                                   ArrayRef<OptimizerOption> options,
                                   StringRef name) {
  InFlightDiagnostic error = op->emitError()
                             << "optimizer \"" << rule << "\" has no option \""
                             << name << "\"";
  Diagnostic &note = error.attachNote() << "it has ";
  auto write = [&](const OptimizerOption &option) { note << option.name; };
  llvm::interleaveComma(options, note, write);
  note << ", ";
  llvm::interleaveComma(kCommonOptions, note, write);
  return error;
}

FailureOr<OptimizerConfig>
OptimizerConfig::get(Operation *op, StringRef rule,
                     ArrayRef<OptimizerOption> options, DictionaryAttr given) {
  auto all = llvm::concat<const OptimizerOption>(
      options, ArrayRef<OptimizerOption>(kCommonOptions));
  for (NamedAttribute attribute : given)
    if (llvm::none_of(all, [&](const OptimizerOption &option) {
          return option.name == attribute.getName();
        }))
      return reportUnknown(op, rule, options, attribute.getName());
  OptimizerConfig config;
  for (const OptimizerOption &option : all) {
    if (option.kind == OptimizerOption::Kind::rate) {
      Builder b(op->getContext());
      config.rate = given.contains(option.name)
                        ? given.get(option.name)
                        : b.getF64FloatAttr(option.defaultValue);
      if (failed(verifyLearningRate(op, config.rate)))
        return failure();
      continue;
    }
    std::optional<double> value = option.defaultValue;
    if (Attribute attribute = given.get(option.name))
      value = getValue(option, attribute);
    if (!value)
      return op->emitError()
             << "option \"" << option.name << "\" of optimizer \"" << rule
             << "\": expected a "
             << (option.kind == OptimizerOption::Kind::number ? "number"
                                                              : "boolean")
             << ", found " << given.get(option.name);
    config.values.emplace_back(option.name, *value);
  }
  return config;
}

double OptimizerConfig::get(StringRef name) const {
  for (auto [option, value] : values)
    if (option == name)
      return value;
  llvm_unreachable("a rule reads an option that its table lacks");
}
