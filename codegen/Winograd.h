//===-- Winograd.h - convolutions by Winograd -----------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// F(2x2, 3x3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks", CVPR 2016: 2 x 2 places of the result, from 4 x 4 of the image, by
// 16 multiplications instead of 36. The filter and the tiles of the image are
// transformed; for each of the 16 places a product sums over channels; the sums
// are transformed to results.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_WINOGRAD_H
#define MLC_CODEGEN_WINOGRAD_H

#include "codegen/LoopNest.h"

#include <array>

namespace mlc::codegen {

/// Places of a tile of the image along each dimension, and of the result.
constexpr int64_t kTileIn = 4, kTileOut = 2, kTaps = 3;
constexpr int64_t kProducts = kTileIn * kTileIn;

/// One spatial dimension.
struct WinogradAxis {
  int64_t image = 0, result = 0; ///< sizes
  int64_t low = 0;               ///< zeros before the image

  int64_t tiles() const { return llvm::divideCeil(result, kTileOut); }
  /// Of a tile's 4 places, those that the image has: [first, second).
  std::pair<int64_t, int64_t> insideOf(int64_t tile) const;
  /// Of a tile's 2 places, how many the result has.
  int64_t resultsOf(int64_t tile) const;
  /// Pairs of a place of the result and a tap that meet the image.
  int64_t countProducts() const;
  /// Are tiles but the first and the last whole?
  bool hasWholeTiles() const;
};

/// A 3 x 3 convolution of stride 1, or one of its gradients. That of its input
/// is a convolution with the filter turned around and its channels exchanged.
/// That of its filter is a sum of products of the image's tiles and the
/// result's gradient's: all steps of the convolution the other way round.
struct WinogradForm {
  enum class Kind : uint8_t { forward, input, filter };

  mlir::Operation *op = nullptr;
  Kind kind = Kind::forward;
  /// What is multiplied: the filter, or the gradient of which the filter's is
  /// made.
  mlir::Value image, factor;
  int64_t images = 0, channels = 0, filters = 0;
  std::array<WinogradAxis, 2> axes;

  const WinogradAxis &vertical() const { return axes[0]; }
  const WinogradAxis &horizontal() const { return axes[1]; }
  int64_t tilesOfImage() const { return axes[0].tiles() * axes[1].tiles(); }
};

/// The kernel's convolution, if fewer operations make it so, at that many
/// lanes.
std::optional<WinogradForm> findWinograd(mlir::func::FuncOp kernel,
                                         int64_t lanes);

using Vectors = llvm::SmallVector<mlir::Value, kProducts>;
/// Instructions of the transforms below of a tile's vector, loads and stores
/// included: of an image, of sums, of a gradient.
constexpr double kImageWork = 64, kSumsWork = 70, kGradientWork = 36;
/// Transform 3 x 3 places of a filter, 4 x 4 of an image (null: zeros), and
/// 4 x 4 sums, row-major, to 4 x 4, 4 x 4 and 2 x 2.
Vectors transformFilter(TileEmitter &e, llvm::ArrayRef<mlir::Value> taps);
Vectors transformImage(TileEmitter &e, llvm::ArrayRef<mlir::Value> places);
Vectors transformSums(TileEmitter &e, llvm::ArrayRef<mlir::Value> sums);
/// The transposes of the last and the first: 2 x 2 places of a result's
/// gradient (null: zeros) and 4 x 4 sums to 4 x 4 and 3 x 3.
Vectors transformGradient(TileEmitter &e, llvm::ArrayRef<mlir::Value> places);
Vectors transformFilterSums(TileEmitter &e, llvm::ArrayRef<mlir::Value> sums);

/// The loops of such a kernel, for each kind.
std::unique_ptr<LoopNest> planWinograd(mlir::func::FuncOp kernel,
                                       const WinogradForm &form,
                                       const Target &target);
std::unique_ptr<LoopNest> planWinogradFilter(mlir::func::FuncOp kernel,
                                             const WinogradForm &form,
                                             const Target &target);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_WINOGRAD_H
