//===-- runtime/Array.cpp - arrays as files hold them ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Array.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace mlc::runtime {

int64_t sizeOf(DType dtype) {
  return visit(dtype, [](auto zero) -> int64_t { return sizeof zero; });
}

const char *nameOf(DType dtype) {
  static const char *const names[] = {"bool",  "uint8",   "int8",   "uint16",
                                      "int16", "uint32",  "int32",  "uint64",
                                      "int64", "float32", "float64"};
  return names[static_cast<size_t>(dtype)];
}

bool isFloat(DType dtype) { return dtype == DType::F32 || dtype == DType::F64; }

std::optional<DType> fromAbi(int32_t dtype) {
  switch (dtype) {
  case MLC_F32:
    return DType::F32;
  case MLC_F64:
    return DType::F64;
  case MLC_I32:
    return DType::I32;
  case MLC_I64:
    return DType::I64;
  case MLC_U8:
    return DType::U8;
  default:
    return std::nullopt;
  }
}

std::string shapeText(const std::vector<int64_t> &shape) {
  return shapeText(shape.data(), static_cast<int64_t>(shape.size()));
}

std::string shapeText(const int64_t *shape, int64_t rank) {
  std::string text = "[";
  for (int64_t i = 0; i < rank; ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

std::optional<int64_t> byteCount(DType dtype,
                                 const std::vector<int64_t> &shape) {
  int64_t bytes = sizeOf(dtype);
  bool empty = false;
  for (int64_t size : shape) {
    if (size < 0)
      return std::nullopt;
    // A zero must not hide that the other sizes are absurd.
    empty |= size == 0;
    if (size != 0 && __builtin_mul_overflow(bytes, size, &bytes))
      return std::nullopt;
  }
  return empty ? 0 : bytes;
}

namespace {

template <typename T> T load(const std::byte *from, int64_t index) {
  T value;
  std::memcpy(&value, from + index * static_cast<int64_t>(sizeof(T)),
              sizeof value);
  return value;
}

template <typename To, typename From> bool representable(From value) {
  if constexpr (std::is_floating_point_v<To>) {
    if constexpr (sizeof(To) < sizeof(From) && std::is_floating_point_v<From>)
      return !std::isfinite(value) || std::isfinite(static_cast<To>(value));
    return true;
  } else if constexpr (std::is_floating_point_v<From>) {
    // Both bounds are powers of two, or exact: no rounding in the comparison.
    constexpr double low =
        static_cast<double>(std::numeric_limits<To>::lowest());
    constexpr To half = std::numeric_limits<To>::max() / 2 + 1;
    constexpr double beyond = 2.0 * static_cast<double>(half);
    double wide = value;
    return wide >= low && wide < beyond && wide == std::floor(wide);
  } else if constexpr (std::is_unsigned_v<From>) {
    return static_cast<uint64_t>(value) <=
           static_cast<uint64_t>(std::numeric_limits<To>::max());
  } else if constexpr (std::is_unsigned_v<To>) {
    return value >= 0 &&
           static_cast<uint64_t>(value) <= std::numeric_limits<To>::max();
  } else {
    return value >= std::numeric_limits<To>::lowest() &&
           value <= std::numeric_limits<To>::max();
  }
}

template <typename From, typename To>
void convertLoop(const std::byte *source, std::byte *target, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    To value = static_cast<To>(load<From>(source, i));
    std::memcpy(target + i * static_cast<int64_t>(sizeof(To)), &value,
                sizeof value);
  }
}

} // namespace

std::string elementText(const Array &array, int64_t index) {
  return visit(array.dtype, [&](auto zero) {
    char text[64];
    auto value = load<decltype(zero)>(array.bytes.data(), index);
    auto end = std::to_chars(text, text + sizeof text, value).ptr;
    return std::string(text, end);
  });
}

std::optional<int64_t> firstUnrepresentable(const Array &array, DType to) {
  if (array.dtype == to)
    return std::nullopt;
  return visit(array.dtype, [&](auto from) {
    return visit(to, [&](auto wanted) -> std::optional<int64_t> {
      for (int64_t i = 0, count = array.elements(); i < count; ++i)
        if (!representable<decltype(wanted)>(
                load<decltype(from)>(array.bytes.data(), i)))
          return i;
      return std::nullopt;
    });
  });
}

void convertElements(DType from, const std::byte *source, DType to,
                     std::byte *target, int64_t count) {
  if (from == to) {
    std::memcpy(target, source, static_cast<size_t>(count * sizeOf(to)));
    return;
  }
  visit(from, [&](auto zero) {
    visit(to, [&](auto wanted) {
      convertLoop<decltype(zero), decltype(wanted)>(source, target, count);
    });
  });
}

} // namespace mlc::runtime
