//===-- runtime/Predictions.cpp - predictions for people ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Predictions.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace mlc::runtime {

namespace {

constexpr int64_t mostValues = 12; ///< shown of a row

/// Elements as doubles.
std::vector<double> numbersOf(const Array &array) {
  std::vector<double> numbers(static_cast<size_t>(array.elements()));
  if (!numbers.empty())
    convertElements(array.dtype, array.bytes.data(), DType::F64,
                    reinterpret_cast<std::byte *>(numbers.data()),
                    array.elements());
  return numbers;
}

std::string valuesText(const double *values, int64_t count, bool floats) {
  std::string text;
  for (int64_t i = 0; i < std::min(count, mostValues); ++i) {
    char number[40];
    std::snprintf(number, sizeof number, floats ? "%.4f" : "%.0f", values[i]);
    text += (i == 0 ? "" : " ") + std::string(number);
  }
  if (count == 1)
    return text;
  return "[" + text + (count > mostValues ? " …]" : "]");
}

/// The likeliest class and its probability.
std::string classText(const double *values, int64_t count, OutputKind kind) {
  const double *best = std::max_element(values, values + count);
  double share = *best;
  if (kind == OutputKind::Logits) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i)
      sum += std::exp(values[i] - *best);
    share = 1 / sum;
  }
  char text[64];
  std::snprintf(text, sizeof text, "%5lld  %5.1f%%  ",
                static_cast<long long>(best - values), share * 100);
  return text;
}

void printOutput(std::ostream &out, const NamedArray &prediction,
                 OutputKind kind) {
  const Array &array = prediction.array;
  std::vector<double> numbers = numbersOf(array);
  bool classes = kind != OutputKind::Values && array.shape.size() == 2;
  int64_t rows = array.rows();
  int64_t perRow = rows == 0 ? 0 : array.elements() / rows;
  out << prediction.name << ", " << rows << (rows == 1 ? " row" : " rows");
  if (array.shape.size() > 2)
    out << " of shape "
        << shapeText(array.shape.data() + 1,
                     static_cast<int64_t>(array.shape.size()) - 1);
  out << "\n   row" << (classes ? "  class   share" : "") << "\n";
  for (int64_t row = 0; row < rows; ++row) {
    const double *values = numbers.data() + row * perRow;
    char number[32];
    std::snprintf(number, sizeof number, "%6lld  ",
                  static_cast<long long>(row));
    out << number << (classes ? classText(values, perRow, kind) : "")
        << valuesText(values, perRow, isFloat(array.dtype)) << "\n";
  }
}

} // namespace

void printPredictions(std::ostream &out,
                      const std::vector<NamedArray> &predictions,
                      const std::vector<OutputKind> &kinds) {
  for (size_t i = 0; i < predictions.size(); ++i) {
    if (i > 0)
      out << "\n";
    printOutput(out, predictions[i],
                i < kinds.size() ? kinds[i] : OutputKind::Values);
  }
}

} // namespace mlc::runtime
