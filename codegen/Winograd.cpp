//===-- Winograd.cpp - convolutions by Winograd's algorithm ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Winograd.h"
#include "codegen/Window.h"
#include "ir/Builders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace mlc::codegen {

//===----------------------------------------------------------------------===//
// Which convolutions
//===----------------------------------------------------------------------===//

std::pair<int64_t, int64_t> WinogradAxis::insideOf(int64_t tile) const {
  int64_t first = tile * kTileOut - low;
  return {std::max<int64_t>(0, -first),
          std::clamp<int64_t>(image - first, 0, kTileIn)};
}

int64_t WinogradAxis::resultsOf(int64_t tile) const {
  return std::min(kTileOut, result - tile * kTileOut);
}

int64_t WinogradAxis::countProducts() const {
  int64_t count = 0;
  for (int64_t place = 0; place < result; ++place)
    for (int64_t tap = 0; tap < kTaps; ++tap) {
      int64_t position = place + tap - low;
      count += position >= 0 && position < image;
    }
  return count;
}

bool WinogradAxis::hasWholeTiles() const {
  for (int64_t tile = 1; tile + 1 < tiles(); ++tile)
    if (insideOf(tile) != std::pair<int64_t, int64_t>(0, kTileIn))
      return false;
  return true;
}

template <typename Op>
static std::optional<WinogradForm> readForm(Op op, WinogradForm::Kind kind) {
  using Kind = WinogradForm::Kind;
  ConvolutionWindow window = op.getWindow();
  SizesRef filter = getShape(op.getFilter());
  auto isOne = [](int64_t value) { return value == 1; };
  if (filter.size() != 4 || filter[0] != kTaps || filter[1] != kTaps ||
      window.groups != 1 || !llvm::all_of(window.strides, isOne) ||
      !llvm::all_of(window.dilations, isOne) || op.getBfloat16())
    return std::nullopt;
  SizesRef image = getShape(op.getLhs()),
           result =
               getShape(kind == Kind::filter ? op.getRhs() : op.getResult());
  WinogradForm form;
  form.op = op;
  form.kind = kind;
  form.image = op.getLhs();
  form.factor = op.getRhs();
  form.images = image[0];
  form.channels = image.back();
  form.filters = result.back();
  for (int64_t d = 0; d < 2; ++d) {
    int64_t low =
        kind == Kind::input ? kTaps - 1 - window.low[d] : window.low[d];
    form.axes[d] = {image[d + 1], result[d + 1], low};
    if (!form.axes[d].hasWholeTiles())
      return std::nullopt;
  }
  return form;
}

static std::optional<WinogradForm> readForm(Operation *op) {
  using Kind = WinogradForm::Kind;
  if (auto forward = dyn_cast<ConvolutionOp>(op))
    return readForm(forward, Kind::forward);
  if (auto input = dyn_cast<ConvolutionInputOp>(op))
    return readForm(input, Kind::input);
  if (auto filter = dyn_cast<ConvolutionFilterOp>(op))
    return readForm(filter, Kind::filter);
  return std::nullopt;
}

/// Instructions for a tile: of the transforms, and multiply-adds.
static double estimateWork(const WinogradForm &form, int64_t lanes) {
  bool isFilter = form.kind == WinogradForm::Kind::filter;
  double perFilter = isFilter ? kGradientWork : kSumsWork;
  double channels = form.channels, filters = form.filters;
  return double(form.tilesOfImage()) *
         (kProducts * channels * filters + kImageWork * channels +
          perFilter * filters) /
         double(lanes);
}

/// The same without transforms: nothing is multiplied beyond the border.
static double estimateDirectWork(const WinogradForm &form, int64_t lanes) {
  double work = double(form.channels * form.filters) / double(lanes);
  for (const WinogradAxis &axis : form.axes)
    work *= double(axis.countProducts());
  return work;
}

/// Can windows be combined of the two rows that a row of tiles makes?
static bool suitsWindows(func::FuncOp kernel) {
  std::optional<WindowForm> pooling = findWindow(kernel.getBody().front());
  return !pooling || !pooling->axes[1].isWindowed() ||
         pooling->axes[1].stride == kTileOut;
}

std::optional<WinogradForm> findWinograd(func::FuncOp kernel, int64_t lanes) {
  constexpr double gain = 1.15;
  for (Operation &op : kernel.getOps()) {
    std::optional<WinogradForm> form = readForm(&op);
    if (form && lanes > 1 && form->channels >= lanes &&
        form->filters >= lanes && suitsWindows(kernel) &&
        gain * estimateWork(*form, lanes) < estimateDirectWork(*form, lanes))
      return form;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Transforms
//===----------------------------------------------------------------------===//

namespace {
/// Sums of vectors, of which null ones are 0.
struct Arithmetic {
  TileEmitter &e;

  Value add(Value lhs, Value rhs) const {
    if (!lhs || !rhs)
      return lhs ? lhs : rhs;
    return arith::AddFOp::create(e.b, e.loc, lhs, rhs);
  }
  Value subtract(Value lhs, Value rhs) const {
    if (!rhs)
      return lhs;
    if (!lhs)
      return arith::NegFOp::create(e.b, e.loc, rhs);
    return arith::SubFOp::create(e.b, e.loc, lhs, rhs);
  }
  Value halve(Value value) const {
    Type element = getElementTypeOrSelf(value.getType());
    Value half = e.splat(e.constant(e.b.getFloatAttr(element, 0.5)));
    return arith::MulFOp::create(e.b, e.loc, value, half);
  }
};
} // namespace

/// Applies `transform`, from `from` values to `to`, to each column of a square,
/// then to each row.
static Vectors
transformBoth(ArrayRef<Value> square, int64_t from, int64_t to,
              llvm::function_ref<Vectors(ArrayRef<Value>)> transform) {
  Vectors columns(to * from), result(to * to);
  for (int64_t j = 0; j < from; ++j) {
    Vectors column;
    for (int64_t i = 0; i < from; ++i)
      column.push_back(square[i * from + j]);
    for (auto [i, value] : llvm::enumerate(transform(column)))
      columns[i * from + j] = value;
  }
  for (int64_t i = 0; i < to; ++i)
    for (auto [j, value] :
         llvm::enumerate(transform(ArrayRef(columns).slice(i * from, from))))
      result[i * to + j] = value;
  return result;
}

Vectors transformFilter(TileEmitter &e, ArrayRef<Value> taps) {
  Arithmetic a{e};
  return transformBoth(taps, kTaps, kTileIn, [&](ArrayRef<Value> g) {
    Value ends = a.add(g[0], g[2]);
    return Vectors{g[0], a.halve(a.add(ends, g[1])),
                   a.halve(a.subtract(ends, g[1])), g[2]};
  });
}

Vectors transformImage(TileEmitter &e, ArrayRef<Value> places) {
  Arithmetic a{e};
  return transformBoth(places, kTileIn, kTileIn, [&](ArrayRef<Value> d) {
    return Vectors{a.subtract(d[0], d[2]), a.add(d[1], d[2]),
                   a.subtract(d[2], d[1]), a.subtract(d[1], d[3])};
  });
}

Vectors transformGradient(TileEmitter &e, ArrayRef<Value> places) {
  Arithmetic a{e};
  // The last one's sign is left to transformFilterSums.
  return transformBoth(places, kTileOut, kTileIn, [&](ArrayRef<Value> y) {
    return Vectors{y[0], a.add(y[0], y[1]), a.subtract(y[0], y[1]), y[1]};
  });
}

Vectors transformFilterSums(TileEmitter &e, ArrayRef<Value> sums) {
  Arithmetic a{e};
  return transformBoth(sums, kTileIn, kTaps, [&](ArrayRef<Value> m) {
    Value half = a.halve(a.add(m[1], m[2]));
    return Vectors{a.add(m[0], half), a.halve(a.subtract(m[1], m[2])),
                   a.subtract(half, m[3])};
  });
}

Vectors transformSums(TileEmitter &e, ArrayRef<Value> sums) {
  Arithmetic a{e};
  return transformBoth(sums, kTileIn, kTileOut, [&](ArrayRef<Value> m) {
    return Vectors{a.add(a.add(m[0], m[1]), m[2]),
                   a.subtract(a.subtract(m[1], m[2]), m[3])};
  });
}

} // namespace mlc::codegen
