//===-- tools/MemoryReport.cpp - where a model's values live --------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/MemoryReport.h"
#include "codegen/ArenaLayout.h"
#include "codegen/ModelInterface.h"
#include "ir/MlcDialect.h"
#include "tools/TextTable.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <algorithm>

namespace mlc::tools {

namespace {

int64_t numberOf(mlir::Attribute attribute) {
  auto number = llvm::dyn_cast_or_null<mlir::IntegerAttr>(attribute);
  return number ? number.getInt() : 0;
}

std::vector<codegen::ArenaItem> readArena(mlir::func::FuncOp function) {
  std::vector<codegen::ArenaItem> items;
  for (mlir::Attribute entry :
       function->getAttrOfType<mlir::ArrayAttr>(attr::kArena)) {
    auto item = llvm::cast<mlir::DictionaryAttr>(entry);
    items.push_back({item.getAs<mlir::StringAttr>("name").str(),
                     numberOf(item.get("bytes")), numberOf(item.get("first")),
                     numberOf(item.get("last")), numberOf(item.get("offset"))});
  }
  std::stable_sort(items.begin(), items.end(),
                   [](const auto &lhs, const auto &rhs) {
                     return std::pair(lhs.offset, lhs.first) <
                            std::pair(rhs.offset, rhs.first);
                   });
  return items;
}

/// What an item is called in the picture.
char markOf(size_t item) {
  constexpr llvm::StringLiteral marks =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return marks[item % marks.size()];
}

std::string arenaTable(const std::vector<codegen::ArenaItem> &items) {
  TextTable table({"", "made by", ">offset", ">bytes", ">kernels"});
  for (size_t i = 0; i < items.size(); ++i)
    table.add({std::string(1, markOf(i)), items[i].name,
               grouped(items[i].offset), grouped(items[i].bytes),
               std::to_string(items[i].first) + " - " +
                   std::to_string(items[i].last)});
  return table.str();
}

/// The arena over time: offsets go down, kernels to the right.
class ArenaPicture {
public:
  ArenaPicture(const std::vector<codegen::ArenaItem> &items, int64_t bytes,
               int64_t kernels)
      : items(items), bytes(bytes), steps(kernels) {
    for (const codegen::ArenaItem &item : items)
      steps = std::max(steps, item.last + 1);
    columns = std::min(steps, kMostColumns);
    rows = std::min(kMostRows, bytes / MLC_ALIGNMENT);
    repeat = std::clamp<int64_t>(kMostColumns / columns, 1, 4);
  }

  std::string str() const {
    std::string text;
    std::vector<bool> marked(items.size());
    for (int64_t row = 0; row < rows; ++row)
      text += padded(bytesText(bytes * row / rows), kMargin, true) + " |" +
              line(row, marked) + "\n";
    return text + padded("", kMargin) + " +" +
           std::string(static_cast<size_t>(columns * repeat), '-') + "\n" +
           axis();
  }

private:
  static constexpr int64_t kMostColumns = 84, kMostRows = 24;
  static constexpr size_t kMargin = 11;

  std::string line(int64_t row, std::vector<bool> &marked) const {
    constexpr const char *shades[] = {"\u2593", "\u2592", "\u2588", "\u2591"};
    std::string text;
    for (int64_t column = 0; column < columns; ++column) {
      size_t item = itemAt(row, column);
      for (int64_t i = 0; i < repeat; ++i)
        if (item == items.size())
          text += ' ';
        else if (!marked[item]) {
          text += markOf(item);
          marked[item] = true;
        } else
          text += shades[item % std::size(shades)];
    }
    return text.substr(0, text.find_last_not_of(' ') + 1);
  }

  /// The item that fills most of a cell, or the number of items.
  size_t itemAt(int64_t row, int64_t column) const {
    int64_t begin = bytes * row / rows, end = bytes * (row + 1) / rows;
    int64_t first = steps * column / columns,
            last = std::max(first, steps * (column + 1) / columns - 1);
    size_t best = items.size();
    int64_t most = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      const codegen::ArenaItem &item = items[i];
      if (item.first > last || item.last < first)
        continue;
      int64_t covered = std::min(end, item.offset + item.bytes) -
                        std::max(begin, item.offset);
      if (covered > most) {
        most = covered;
        best = i;
      }
    }
    return best;
  }

  std::string axis() const {
    std::string last = "kernel " + std::to_string(steps - 1);
    auto width = static_cast<size_t>(columns * repeat);
    std::string text = padded("", kMargin) + "  0";
    if (width > last.size() + 2)
      text += padded(last, width - 1, true);
    else
      text += " ... " + last;
    return text + "\n";
  }

  const std::vector<codegen::ArenaItem> &items;
  int64_t bytes, steps, columns = 1, rows = 1, repeat = 1;
};

std::string sizeText(int64_t bytes) {
  return grouped(bytes) + " bytes (" + bytesText(bytes) + ")";
}

std::string describeFunction(mlir::func::FuncOp function) {
  std::vector<codegen::ArenaItem> items = readArena(function);
  int64_t bytes = numberOf(function->getAttr(attr::kArenaBytes));
  int64_t live = numberOf(function->getAttr(attr::kLiveBytes));
  std::string text = "\nArena of " + function.getName().str() + ": ";
  if (items.empty() || bytes == 0)
    return text + "empty\n";
  int64_t kernels = 0;
  function.walk([&](LaunchOp) { ++kernels; });
  double slack = live ? 100.0 * static_cast<double>(bytes - live) /
                            static_cast<double>(live)
                      : 0;
  text += sizeText(bytes) + "\nLower bound " + sizeText(live) +
          ", the largest live set; slack " + formatted("%.1f%%", slack) +
          "\n\n";
  return text + arenaTable(items) + "\n" +
         ArenaPicture(items, bytes, kernels).str();
}

const char *roleName(mlc_role role) {
  switch (role) {
  case MLC_PARAMETER:
    return "parameter";
  case MLC_OPTIMIZER:
    return "optimizer";
  case MLC_STATISTIC:
    return "statistic";
  case MLC_STEP:
    return "step";
  case MLC_KEY:
    return "key";
  case MLC_CACHE:
    return "cache";
  default:
    return "";
  }
}

std::string describeState(const codegen::ModelInterface &interface) {
  TextTable table({"name", "role", "shape", ">offset", ">bytes"});
  for (const codegen::TensorInterface &tensor : interface.state) {
    std::string shape;
    for (int64_t size : tensor.shape)
      shape += (shape.empty() ? "" : ", ") + std::to_string(size);
    table.add({tensor.name, roleName(tensor.role), "(" + shape + ")",
               grouped(tensor.offset), grouped(tensor.bytes)});
  }
  return "State: " + sizeText(interface.stateBytes) + "\n\n" + table.str();
}

} // namespace

std::string describeMemory(mlir::ModuleOp planned) {
  std::string text = describeState(codegen::readInterface(planned, 1));
  for (auto function : planned.getOps<mlir::func::FuncOp>())
    if (function->hasAttr(attr::kArena))
      text += describeFunction(function);
  return text;
}

} // namespace mlc::tools
