//===-- ConvolutionDims.cpp - convolutions as contractions ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// output[n, o, f] += input[n, o * stride + k * dilation - low, c] *
// filter[k, c, f] is a sum over (k, c) for the output and over (n, o) for the
// filter, read through these strides as it stands. For the input, the place
// i = o * stride + k * dilation - low is given: by its remainder, some k meet
// it, at a fixed distance from each other. Remainders that are alike in this
// are a contraction of their own, so that no multiplication is in vain.
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"
#include "ir/Builders.h"

#include <numeric>
#include <utility>

using namespace mlir;

namespace mlc::codegen {
namespace {

SmallVector<int64_t> getStrides(SizesRef shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t d = shape.size() - 1; d > 0; --d)
    strides[d - 1] = strides[d] * shape[d];
  return strides;
}

class Reader {
public:
  template <typename Op>
  explicit Reader(Op op)
      : input(getShape(op.getInput())), filter(getShape(op.getFilter())),
        output(getShape(op.getOutput())), window(op.getWindow()),
        inputStrides(getStrides(input)), filterStrides(getStrides(filter)),
        outputStrides(getStrides(output)), spatial(window.strides.size()),
        channels(filter[spatial]), filters(filter.back() / window.groups) {
    contraction.a = op.getLhs();
    contraction.b = op.getRhs();
    contraction.result = op.getResult();
    contraction.cOffsets.assign(getShape(op.getResult()).size(), 0);
  }

  Contraction readOutput() {
    add(input[0], inputStrides[0], 0, outputStrides[0], 0);
    for (int64_t d = 0; d < spatial; ++d)
      add(output[d + 1], window.strides[d] * inputStrides[d + 1], 0,
          outputStrides[d + 1], d + 1, 1, d);
    add(window.groups, channels, filters, filters, spatial + 1, filters);
    add(filters, 0, 1, 1, spatial + 1);
    for (int64_t d = 0; d < spatial; ++d) {
      add(filter[d], window.dilations[d] * inputStrides[d + 1],
          filterStrides[d], 0, -1, 0, d);
      addBorder(d, window.strides[d], window.dilations[d]);
    }
    add(channels, 1, filterStrides[spatial], 0, -1);
    return contraction;
  }

  Contraction readFilter() {
    for (int64_t d = 0; d < spatial; ++d) {
      add(filter[d], window.dilations[d] * inputStrides[d + 1], 0,
          filterStrides[d], d, 1, d);
      addBorder(d, window.dilations[d], window.strides[d]);
    }
    add(channels, 1, 0, filterStrides[spatial], spatial);
    add(window.groups, channels, filters, filters, spatial + 1, filters);
    add(filters, 0, 1, 1, spatial + 1);
    add(input[0], inputStrides[0], outputStrides[0], 0, -1);
    for (int64_t d = 0; d < spatial; ++d)
      add(output[d + 1], window.strides[d] * inputStrides[d + 1],
          outputStrides[d + 1], 0, -1, 0, d);
    return contraction;
  }

  std::vector<Contraction> readInput() {
    std::vector<Contraction> parts;
    SmallVector<Remainders> chosen;
    chooseRemainders(chosen, parts);
    return parts;
  }

private:
  void add(int64_t size, int64_t a, int64_t b, int64_t c, int64_t inC,
           int64_t cStep = 1, int64_t border = -1) {
    contraction.dims.push_back({size, a, b, c, inC, cStep, border});
  }

  void addBorder(int64_t d, int64_t c, int64_t k) {
    contraction.borders.push_back({input[d + 1], -window.low[d], c, k});
    contraction.aOffset -= window.low[d] * inputStrides[d + 1];
  }

  /// Of the filter's places in one dimension, those that meet the input's
  /// places of one remainder: the first, how many, and which of the output's
  /// the first of both come from.
  struct Taps {
    int64_t first = 0, count = 0, offset = 0;
  };

  /// Remainders `begin` + i of one dimension, for which the taps are the same
  /// but that the first moves on by `tapStep`; and how many places of the
  /// input have each.
  struct Remainders {
    int64_t begin, count, places;
    Taps taps;
    int64_t tapStep = 0;
  };

  Taps findTaps(int64_t d, int64_t remainder) const {
    int64_t stride = window.strides[d], dilation = window.dilations[d];
    for (int64_t k = 0; k < std::min(tapDistance(d), filter[d]); ++k) {
      int64_t distance = remainder + window.low[d] - k * dilation;
      if (distance % stride == 0)
        return {k, int64_t(llvm::divideCeil(filter[d] - k, tapDistance(d))),
                distance / stride};
    }
    return {};
  }

  /// Steps along the filter from a tap of a remainder to its next one.
  int64_t tapDistance(int64_t d) const {
    return window.strides[d] / std::gcd(window.strides[d], window.dilations[d]);
  }

  SmallVector<Remainders> groupRemainders(int64_t d) const {
    SmallVector<Remainders> groups;
    int64_t size = input[d + 1], stride = window.strides[d];
    for (int64_t r = 0; r < std::min(stride, size); ++r) {
      Taps taps = findTaps(d, r);
      int64_t places = llvm::divideCeil(size - r, stride);
      Remainders *last = groups.empty() ? nullptr : &groups.back();
      if (last && last->places == places && last->taps.count == taps.count &&
          last->taps.offset == taps.offset) {
        int64_t from = last->taps.first + (last->count - 1) * last->tapStep;
        if (last->count == 1)
          last->tapStep = taps.first - from;
        if (taps.first - from == last->tapStep) {
          ++last->count;
          continue;
        }
      }
      groups.push_back({r, 1, places, taps});
    }
    return groups;
  }

  /// Every combination of groups of remainders is a part.
  void chooseRemainders(SmallVector<Remainders> &chosen,
                        std::vector<Contraction> &parts) {
    if (int64_t(chosen.size()) == spatial)
      return parts.push_back(readInputAt(chosen));
    for (const Remainders &group : groupRemainders(chosen.size())) {
      chosen.push_back(group);
      chooseRemainders(chosen, parts);
      chosen.pop_back();
    }
  }

  Contraction readInputAt(ArrayRef<Remainders> remainders) {
    Contraction empty = contraction;
    add(input[0], outputStrides[0], 0, inputStrides[0], 0);
    for (int64_t d = 0; d < spatial; ++d) {
      const Remainders &group = remainders[d];
      int64_t stride = window.strides[d], inC = d + 1;
      contraction.cOffsets[inC] = group.begin;
      add(group.places, outputStrides[inC], 0, stride * inputStrides[inC], inC,
          stride, d);
      add(group.count, 0, group.tapStep * filterStrides[d], inputStrides[inC],
          inC);
    }
    add(window.groups, filters, filters, channels, spatial + 1, channels);
    add(channels, 0, filterStrides[spatial], 1, spatial + 1);
    for (int64_t d = 0; d < spatial; ++d) {
      const Taps &taps = remainders[d].taps;
      int64_t step =
          -(window.dilations[d] * tapDistance(d) / window.strides[d]);
      add(taps.count, step * outputStrides[d + 1],
          tapDistance(d) * filterStrides[d], 0, -1, 0, d);
      contraction.borders.push_back({output[d + 1], taps.offset, 1, step});
      contraction.aOffset += taps.offset * outputStrides[d + 1];
      contraction.bOffset += taps.first * filterStrides[d];
    }
    add(filters, 1, 1, 0, -1);
    return std::exchange(contraction, empty);
  }

  SizesRef input, filter, output;
  ConvolutionWindow window;
  SmallVector<int64_t> inputStrides, filterStrides, outputStrides;
  /// Dimensions of the window; channels and filters of one group.
  int64_t spatial, channels, filters;
  Contraction contraction;
};

} // namespace

std::vector<Contraction> readConvolution(Operation *op) {
  if (auto output = dyn_cast<ConvolutionOp>(op))
    return {Reader(output).readOutput()};
  if (auto filter = dyn_cast<ConvolutionFilterOp>(op))
    return {Reader(filter).readFilter()};
  return Reader(cast<ConvolutionInputOp>(op)).readInput();
}

} // namespace mlc::codegen
