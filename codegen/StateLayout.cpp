//===-- StateLayout.cpp - the blocks that live between calls --------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/StateLayout.h"
#include "codegen/ArenaLayout.h"
#include "ir/Builders.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace mlc::codegen {

static constexpr StringRef kStateRoles[] = {
    "parameter", "statistic", "optimizer", "step", "key", "cache"};

bool isStateRole(StringRef role) {
  return llvm::is_contained(kStateRoles, role);
}

namespace {
struct Entry {
  StringAttr name, role;
  Type type;
};

/// Collects every argument and result of the wanted roles, once for each name.
class Collector {
public:
  explicit Collector(llvm::function_ref<bool(StringRef)> isWanted)
      : isWanted(isWanted) {}

  LogicalResult collect(ModuleOp module) {
    for (auto function : module.getOps<func::FuncOp>()) {
      for (unsigned i = 0; i < function.getNumArguments(); ++i)
        if (failed(add(function, function.getArgAttrDict(i),
                       function.getArgumentTypes()[i])))
          return failure();
      for (unsigned i = 0; i < function.getNumResults(); ++i)
        if (failed(add(function, function.getResultAttrDict(i),
                       function.getResultTypes()[i])))
          return failure();
    }
    return success();
  }

  SmallVector<Entry> entries;

private:
  LogicalResult add(func::FuncOp function, DictionaryAttr attrs, Type type) {
    auto role = attrs ? attrs.getAs<StringAttr>(attr::kRole) : StringAttr();
    auto name = attrs ? attrs.getAs<StringAttr>(attr::kName) : StringAttr();
    if (!role || !isWanted(role))
      return success();
    if (!name)
      return function.emitError()
             << "expected " << attr::kName << " beside role " << role;
    auto [known, isNew] = types.try_emplace(name, type);
    if (isNew)
      entries.push_back({name, role, type});
    else if (known->second != type)
      return function.emitError()
             << "expected " << name << " to be " << known->second
             << " as in the other functions, found " << type;
    return success();
  }

  llvm::function_ref<bool(StringRef)> isWanted;
  llvm::StringMap<Type> types;
};

BlockLayout layOut(ArrayRef<Entry> entries, bool isAligned,
                   MLIRContext *context) {
  Builder b(context);
  BlockLayout layout;
  for (const Entry &entry : entries) {
    layout.offsets[entry.name] = layout.bytes;
    layout.entries.push_back(b.getDictionaryAttr(
        {b.getNamedAttr("name", entry.name), b.getNamedAttr("role", entry.role),
         b.getNamedAttr("type", TypeAttr::get(entry.type)),
         b.getNamedAttr("offset", b.getI64IntegerAttr(layout.bytes))}));
    layout.bytes +=
        isAligned ? spreadBytes(bytesOf(entry.type)) : bytesOf(entry.type);
  }
  layout.bytes = alignBytes(layout.bytes);
  return layout;
}
} // namespace

FailureOr<BlockLayout> layOutState(ModuleOp module) {
  Collector collector(isStateRole);
  if (failed(collector.collect(module)))
    return failure();
  llvm::stable_sort(collector.entries, [](const Entry &lhs, const Entry &rhs) {
    return llvm::find(kStateRoles, lhs.role.getValue()) <
           llvm::find(kStateRoles, rhs.role.getValue());
  });
  return layOut(collector.entries, /*isAligned=*/true, module.getContext());
}

FailureOr<BlockLayout> layOutMetrics(ModuleOp module) {
  Collector collector([](StringRef role) { return role == "metric"; });
  if (failed(collector.collect(module)))
    return failure();
  return layOut(collector.entries, /*isAligned=*/false, module.getContext());
}

} // namespace mlc::codegen
