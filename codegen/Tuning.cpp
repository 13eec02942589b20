//===-- Tuning.cpp - choices as attributes --------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Tuning.h"
#include "codegen/Contraction.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace mlc::codegen {

std::string describeContraction(const Contraction &contraction, int64_t lanes) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << (contraction.bfloat16 ? "bfloat16, " : "") << lanes
     << (lanes == 1 ? " lane:" : " lanes:");
  for (const ContractionDim &dim : contraction.dims) {
    os << ' ' << dim.size << '/' << dim.a << '/' << dim.b << '/' << dim.c;
    if (dim.border >= 0)
      os << '@' << dim.border;
  }
  for (const Border &border : contraction.borders)
    os << " [" << border.offset << '+' << border.c << '+' << border.k << '<'
       << border.size << ']';
  return text;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

namespace {

constexpr llvm::StringLiteral kPacked = "packed", kLocation = "location",
                              kContraction = "contraction",
                              kCandidates = "candidates";

void addEntries(Builder &b, const ContractionChoice &choice,
                NamedAttrList &list) {
  visitNumbers(choice, [&](StringRef name, int64_t value) {
    list.set(name, b.getI64IntegerAttr(value));
  });
  list.set(kPacked, b.getBoolAttr(choice.packed));
}

ContractionChoice readEntries(DictionaryAttr entries) {
  ContractionChoice choice;
  visitNumbers(choice, [&](StringRef name, int64_t &value) {
    if (auto number = entries.getAs<IntegerAttr>(name))
      value = number.getInt();
  });
  if (auto packed = entries.getAs<BoolAttr>(kPacked))
    choice.packed = packed.getValue();
  return choice;
}

ModuleOp getModule(Operation *kernel) {
  return kernel->getParentOfType<ModuleOp>();
}

} // namespace

void setTuning(ModuleOp module, const Tuning &tuning) {
  Builder b(module.getContext());
  NamedAttrList all;
  for (const auto &[contraction, tuned] : tuning) {
    NamedAttrList entry;
    addEntries(b, tuned.choice, entry);
    if (tuned.location)
      entry.set(kLocation, tuned.location);
    all.set(contraction, entry.getDictionary(b.getContext()));
  }
  module->setAttr(attr::kTuning, all.getDictionary(b.getContext()));
}

void setCandidate(ModuleOp module, int64_t candidate) {
  module->setAttr(attr::kCandidate,
                  Builder(module.getContext()).getI64IntegerAttr(candidate));
}

std::optional<int64_t> getCandidate(Operation *kernel) {
  auto number = getModule(kernel)->getAttrOfType<IntegerAttr>(attr::kCandidate);
  return number ? std::optional<int64_t>(number.getInt()) : std::nullopt;
}

std::optional<TunedChoice> findChoice(Operation *kernel,
                                      StringRef contraction) {
  auto all = getModule(kernel)->getAttrOfType<DictionaryAttr>(attr::kTuning);
  auto entry = all ? all.getAs<DictionaryAttr>(contraction) : DictionaryAttr();
  if (!entry)
    return std::nullopt;
  return TunedChoice{readEntries(entry), entry.getAs<LocationAttr>(kLocation)};
}

void setPlannedChoices(Operation *kernel, ArrayRef<PlannedChoice> planned) {
  Builder b(kernel->getContext());
  SmallVector<Attribute> all;
  for (const PlannedChoice &each : planned) {
    NamedAttrList entry;
    addEntries(b, each.choice, entry);
    entry.set(kContraction, b.getStringAttr(each.contraction));
    entry.set(kCandidates, b.getI64IntegerAttr(each.candidates));
    all.push_back(entry.getDictionary(b.getContext()));
  }
  kernel->setAttr(attr::kPlans, b.getArrayAttr(all));
}

std::vector<PlannedChoice> getPlannedChoices(Operation *kernel) {
  std::vector<PlannedChoice> planned;
  auto all = kernel->getAttrOfType<ArrayAttr>(attr::kPlans);
  if (!all)
    return planned;
  for (auto entry : all.getAsRange<DictionaryAttr>())
    planned.push_back({entry.getAs<StringAttr>(kContraction).str(),
                       readEntries(entry),
                       entry.getAs<IntegerAttr>(kCandidates).getInt()});
  return planned;
}

} // namespace mlc::codegen
