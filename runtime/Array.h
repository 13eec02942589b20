//===-- runtime/Array.h - arrays as files hold them -------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Data stays in the dtype of its file: a batch is converted when it is
// gathered, so that a set of bytes never takes four times its size in memory.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_ARRAY_H
#define MLC_RUNTIME_ARRAY_H

#include "mlc/model.h"
#include "runtime/Error.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlc::runtime {

enum class DType : uint8_t {
  Bool,
  U8,
  I8,
  U16,
  I16,
  U32,
  I32,
  U64,
  I64,
  F32,
  F64
};

/// Bytes of one element.
int64_t sizeOf(DType dtype);
/// NumPy's name: "uint8", "float32", "bool" ...
const char *nameOf(DType dtype);
bool isFloat(DType dtype);
/// The dtype of a tensor of the ABI; empty for a code that the ABI lacks.
std::optional<DType> fromAbi(int32_t dtype);

/// Calls f with a value of the C++ type of `dtype` (bool is read as uint8_t).
template <typename F> decltype(auto) visit(DType dtype, F &&f) {
  switch (dtype) {
  case DType::Bool:
  case DType::U8:
    return f(uint8_t());
  case DType::I8:
    return f(int8_t());
  case DType::U16:
    return f(uint16_t());
  case DType::I16:
    return f(int16_t());
  case DType::U32:
    return f(uint32_t());
  case DType::I32:
    return f(int32_t());
  case DType::U64:
    return f(uint64_t());
  case DType::I64:
    return f(int64_t());
  case DType::F32:
    return f(float());
  case DType::F64:
    break;
  }
  return f(double());
}

/// A row-major array, little endian as the machine.
struct Array {
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  std::vector<std::byte> bytes;
  /// Rows came as flat lists of numbers (CSV) and fit any shape of that count.
  bool flatRows = false;
  /// Rows are signals, which zeros continue: they may be cut or made longer.
  bool anyLength = false;

  int64_t rows() const { return shape.empty() ? 0 : shape[0]; }
  int64_t elements() const {
    return static_cast<int64_t>(bytes.size()) / sizeOf(dtype);
  }
};

struct NamedArray {
  std::string name;
  Array array;
};

/// "[60000, 28, 28]".
std::string shapeText(const std::vector<int64_t> &shape);
std::string shapeText(const int64_t *shape, int64_t rank);

/// Bytes of an array, or empty when they don't fit in an int64_t or a size is
/// negative. Sizes in files are never multiplied in any other way.
std::optional<int64_t> byteCount(DType dtype,
                                 const std::vector<int64_t> &shape);

/// Element `index` as text, with the digits that tell it from its neighbours.
std::string elementText(const Array &array, int64_t index);

/// The first element that `to` can't hold: a fraction or NaN for an integer
/// dtype, or a number outside its range. Empty when all fit. Loss of precision
/// between floats, or from integers to floats, is accepted.
std::optional<int64_t> firstUnrepresentable(const Array &array, DType to);

/// Converts elements that firstUnrepresentable has accepted.
void convertElements(DType from, const std::byte *source, DType to,
                     std::byte *target, int64_t count);

} // namespace mlc::runtime

#endif // MLC_RUNTIME_ARRAY_H
