//===-- runtime/IdxReader.cpp - IDX, the format of MNIST's own files ------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two zero bytes, a type, the rank, one 32-bit size per dimension, then the
// elements. Everything is big endian.
//
//===----------------------------------------------------------------------===//

#include "runtime/Readers.h"

#include <algorithm>
#include <cstring>

namespace mlc::runtime {

namespace {

std::optional<DType> idxType(unsigned char code) {
  switch (code) {
  case 0x08:
    return DType::U8;
  case 0x09:
    return DType::I8;
  case 0x0B:
    return DType::I16;
  case 0x0C:
    return DType::I32;
  case 0x0D:
    return DType::F32;
  case 0x0E:
    return DType::F64;
  default:
    return std::nullopt;
  }
}

Status readShape(ByteStream &stream, int rank, std::vector<int64_t> &shape) {
  for (int i = 0; i < rank; ++i) {
    unsigned char size[4];
    if (auto read = stream.readExactly(size, sizeof size,
                                       concat("the size of dimension ", i));
        !read)
      return read;
    shape.push_back(int64_t(size[0]) << 24 | size[1] << 16 | size[2] << 8 |
                    size[3]);
  }
  return {};
}

void swapBytes(Array &array) {
  int64_t size = sizeOf(array.dtype);
  for (std::byte *at = array.bytes.data(), *end = at + array.bytes.size();
       size > 1 && at < end; at += size)
    std::reverse(at, at + size);
}

} // namespace

Expected<Array> readIdx(const ArraySource &source) {
  if (!source.selector.empty())
    return fileError(source.file,
                     "an IDX file holds one array: remove \":", source.selector,
                     "\"");
  auto stream = openFile(source.file);
  if (!stream)
    return stream.takeError();
  unsigned char start[4];
  if (auto read = (*stream)->readExactly(start, 4, "the IDX header"); !read)
    return read.takeError();
  if (start[0] != 0 || start[1] != 0)
    return fileError(source.file,
                     "not an IDX file: expected two zero bytes at "
                     "its start, found ",
                     int(start[0]), " and ", int(start[1]));
  auto dtype = idxType(start[2]);
  if (!dtype)
    return fileError(source.file, "unknown IDX type code ", int(start[2]),
                     " at byte 2: expected 8 (uint8), 9 (int8), 11 (int16), 12 "
                     "(int32), 13 (float32) or 14 (float64)");
  Array array;
  array.dtype = *dtype;
  if (start[3] == 0)
    return fileError(source.file, "no dimensions (0 at byte 3): expected at "
                                  "least one, the rows");
  if (auto read = readShape(**stream, start[3], array.shape); !read)
    return read.takeError();
  auto size = byteCount(array.dtype, array.shape);
  if (!size)
    return fileError(source.file, "impossible shape ", shapeText(array.shape));
  auto bytes = (*stream)->readBytes(
      *size, concat("the array of shape ", shapeText(array.shape)));
  if (!bytes)
    return bytes.takeError();
  array.bytes = std::move(*bytes);
  if (auto end = (*stream)->expectEnd(); !end)
    return end.takeError();
  swapBytes(array);
  return array;
}

} // namespace mlc::runtime
