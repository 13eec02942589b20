//===-- WinogradLoops.h - tiles and products of Winograd -------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What kernels of convolutions and of their filters' gradients have in common:
// they transform tiles of an image into matrices in the worker's memory, one
// for each of the 16 products, and multiply those.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_WINOGRADLOOPS_H
#define MLC_CODEGEN_WINOGRADLOOPS_H

#include "codegen/Contraction.h"
#include "codegen/Winograd.h"

namespace mlc::codegen {

/// A matrix for each of the 16 products, in the worker's memory.
struct WinogradMatrices {
  int64_t begin, rows, columns, lanes;

  /// A vector lies between two, lest they compete for the same lines.
  int64_t stride() const { return rows * columns + lanes; }
  int64_t elements() const { return kProducts * stride(); }
  int64_t end() const { return begin + elements(); }
};

/// A tile of the image: its place, where that is known, and its number among
/// those that are transformed together.
struct WinogradTile {
  mlir::Value row, column, number;
  std::optional<int64_t> knownRow, knownColumn;
};

/// Is there nothing at the border that has to be seen in such a tile?
using IsWholeTile = bool (*)(const WinogradAxis &axis, int64_t tile);
bool hasAllPlaces(const WinogradAxis &axis, int64_t tile);
bool hasAllResults(const WinogradAxis &axis, int64_t tile);

class WinogradLoops {
public:
  WinogradLoops(const WinogradForm &form, KernelBody &body)
      : form(form), body(body), e(body.e) {}

  /// Walks `rows` rows of tiles of an image, of which the first tile has the
  /// number `firstNumber`.
  void forEachTile(IsWholeTile isWhole, mlir::Value firstRow, int64_t rows,
                   mlir::Value firstNumber,
                   llvm::function_ref<void(const WinogradTile &)> emit);

  /// Transforms the tile's places of an image, of `channels` channels from
  /// `firstChannel` on.
  void emitImage(const WinogradMatrices &to, mlir::Value image,
                 const WinogradTile &tile, mlir::Value firstChannel,
                 int64_t channels);

  /// Calls `emit` for those of the tile's 2 x 2 places that the result has,
  /// with their number and where they are.
  void forEachResult(mlir::Value image, const WinogradTile &tile, Coord filter,
                     llvm::function_ref<void(int64_t, const Coords &)> emit);

  /// Where a row of the matrices begins, for the first product.
  mlir::Value rowOf(const WinogradMatrices &matrices, mlir::Value row);
  void storeAll(const WinogradMatrices &to, mlir::Value row, Coord column,
                llvm::ArrayRef<mlir::Value> values);
  llvm::SmallVector<mlir::Value> loadAll(const WinogradMatrices &from,
                                         mlir::Value row, Coord column);

  /// Multiplies `a`, of which steps along `m` and `k` of the product are
  /// m.a and k.a apart, by `b`; what `sums` has is replaced, or added to.
  void emitProducts(const ContractionPlan &product, const WinogradMatrices &a,
                    const WinogradMatrices &b, const WinogradMatrices &sums,
                    bool adds);

private:
  void chooseRow(IsWholeTile isWhole, mlir::Value row,
                 llvm::function_ref<void(std::optional<int64_t>)> emit);
  void forEachColumn(
      IsWholeTile isWhole,
      llvm::function_ref<void(mlir::Value, std::optional<int64_t>)> emit);

  const WinogradForm &form;
  KernelBody &body;
  TileEmitter &e;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_WINOGRADLOOPS_H
