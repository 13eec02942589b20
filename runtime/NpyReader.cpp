//===-- runtime/NpyReader.cpp - NumPy's npy format ------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// "\x93NUMPY", version, length of the header, the header as a Python dictionary
// with 'descr', 'fortran_order' and 'shape', then the elements.
//
//===----------------------------------------------------------------------===//

#include "runtime/Readers.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace mlc::runtime {

namespace {

struct NpyHeader {
  std::string descr;
  bool hasDescr = false, hasOrder = false, hasShape = false;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

/// Parses the header's dictionary: only the literals that NumPy writes.
class HeaderParser {
public:
  HeaderParser(const std::string &text, int64_t start, const std::string &file)
      : text(text), start(start), file(file) {}

  Expected<NpyHeader> parse() {
    if (!accept('{'))
      return expected("'{'");
    while (!accept('}')) {
      if (auto entry = parseEntry(); !entry)
        return entry.takeError();
      if (!accept(',') && peek() != '}')
        return expected("',' or '}'");
    }
    if (!header.hasDescr || !header.hasOrder || !header.hasShape)
      return fileError(file, "damaged npy header: it lacks ",
                       !header.hasDescr   ? "'descr'"
                       : !header.hasOrder ? "'fortran_order'"
                                          : "'shape'");
    return header;
  }

private:
  char peek() {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\n'))
      ++at;
    return at < text.size() ? text[at] : '\0';
  }
  bool accept(char c) {
    if (peek() != c || c == '\0')
      return false;
    ++at;
    return true;
  }
  bool acceptWord(const char *word) {
    peek();
    if (text.compare(at, std::strlen(word), word) != 0)
      return false;
    at += std::strlen(word);
    return true;
  }
  Error expected(const std::string &what) {
    return fileError(file, "damaged npy header: expected ", what, " at byte ",
                     start + static_cast<int64_t>(at));
  }

  Expected<std::string> parseString() {
    char quote = peek();
    if (quote != '\'' && quote != '"')
      return expected("a quoted name");
    size_t end = text.find(quote, at + 1);
    if (end == std::string::npos)
      return expected("a closed quote");
    std::string value = text.substr(at + 1, end - at - 1);
    at = end + 1;
    return value;
  }

  Status parseShape() {
    if (!accept('('))
      return expected("'('");
    while (!accept(')')) {
      peek();
      int64_t size = 0;
      auto [end, code] =
          std::from_chars(text.data() + at, text.data() + text.size(), size);
      if (code != std::errc() || size < 0)
        return expected("a size");
      at = static_cast<size_t>(end - text.data());
      header.shape.push_back(size);
      if (!accept(',') && peek() != ')')
        return expected("',' or ')'");
    }
    header.hasShape = true;
    return {};
  }

  Status parseEntry() {
    auto key = parseString();
    if (!key)
      return key.takeError();
    if (!accept(':'))
      return expected("':'");
    if (*key == "shape")
      return parseShape();
    if (*key == "fortran_order") {
      header.fortranOrder = acceptWord("True");
      header.hasOrder = true;
      return header.fortranOrder || acceptWord("False")
                 ? Status()
                 : expected("True or False");
    }
    if (*key != "descr")
      return fileError(file, "damaged npy header: unknown entry '", *key, "'");
    if (peek() == '[')
      return fileError(file, "this array has records (several named fields): "
                             "save each field as an array of its own");
    auto descr = parseString();
    if (!descr)
      return descr.takeError();
    header.descr = *descr;
    header.hasDescr = true;
    return {};
  }

  const std::string &text;
  int64_t start;
  const std::string &file;
  size_t at = 0;
  NpyHeader header;
};

struct ElementType {
  DType dtype;
  bool bigEndian;
};

Expected<ElementType> parseDescr(const std::string &descr,
                                 const std::string &file) {
  static const std::pair<const char *, DType> codes[] = {
      {"b1", DType::Bool}, {"u1", DType::U8},  {"i1", DType::I8},
      {"u2", DType::U16},  {"i2", DType::I16}, {"u4", DType::U32},
      {"i4", DType::I32},  {"u8", DType::U64}, {"i8", DType::I64},
      {"f4", DType::F32},  {"f8", DType::F64}};
  bool ordered = !descr.empty() && std::strchr("<>|=", descr[0]);
  std::string code = ordered ? descr.substr(1) : descr;
  for (auto [name, dtype] : codes)
    if (code == name)
      return ElementType{dtype, ordered && descr[0] == '>'};
  const char *kind = code.empty()                       ? "unknown"
                     : code[0] == 'U' || code[0] == 'S' ? "text"
                     : code[0] == 'O'                   ? "Python objects"
                     : code[0] == 'c'                   ? "complex numbers"
                     : code[0] == 'f'                   ? "other floats"
                                                        : "other";
  return fileError(file, "unsupported dtype '", descr, "' (", kind,
                   "): expected bool, (u)int8 to (u)int64, float32 or float64; "
                   "convert it with array.astype");
}

/// The length field: 2 bytes in version 1, 4 bytes in versions 2 and 3.
Expected<int64_t> readHeaderLength(ByteStream &stream) {
  unsigned char start[8];
  if (auto read = stream.readExactly(start, 8, "the npy header"); !read)
    return read.takeError();
  if (std::memcmp(start, "\x93NUMPY", 6) != 0)
    return fileError(stream.name(), "not an npy file: it doesn't start with "
                                    "the bytes 93 4E 55 4D 50 59 (\\x93NUMPY)");
  if (start[6] < 1 || start[6] > 3)
    return fileError(stream.name(), "unknown npy version ", int(start[6]), ".",
                     int(start[7]), ": expected 1, 2 or 3");
  unsigned char length[4] = {0, 0, 0, 0};
  if (auto read = stream.readExactly(length, start[6] == 1 ? 2 : 4,
                                     "the header's length");
      !read)
    return read.takeError();
  return int64_t(length[3]) << 24 | length[2] << 16 | length[1] << 8 |
         length[0];
}

Expected<NpyHeader> readHeader(ByteStream &stream) {
  auto length = readHeaderLength(stream);
  if (!length)
    return length.takeError();
  int64_t start = stream.position();
  auto bytes = stream.readBytes(*length, "the npy header");
  if (!bytes)
    return bytes.takeError();
  std::string text(reinterpret_cast<const char *>(bytes->data()),
                   bytes->size());
  return HeaderParser(text, start, stream.name()).parse();
}

/// Brings elements stored by columns into row-major order.
void toRowMajor(Array &array) {
  size_t rank = array.shape.size();
  size_t size = static_cast<size_t>(sizeOf(array.dtype));
  std::vector<std::byte> ordered(array.bytes.size());
  std::vector<int64_t> index(rank, 0), stride(rank, 1);
  for (size_t i = 1; i < rank; ++i)
    stride[i] = stride[i - 1] * array.shape[i - 1];
  int64_t from = 0;
  for (size_t to = 0; to < ordered.size(); to += size) {
    std::memcpy(&ordered[to], &array.bytes[static_cast<size_t>(from) * size],
                size);
    for (size_t i = rank; i-- > 0;) {
      from += stride[i];
      if (++index[i] < array.shape[i])
        break;
      from -= stride[i] * array.shape[i];
      index[i] = 0;
    }
  }
  array.bytes = std::move(ordered);
}

void swapBytes(Array &array) {
  int64_t size = sizeOf(array.dtype);
  for (std::byte *at = array.bytes.data(), *end = at + array.bytes.size();
       at < end; at += size)
    std::reverse(at, at + size);
}

} // namespace

Expected<Array> readNpyStream(ByteStream &stream) {
  auto header = readHeader(stream);
  if (!header)
    return header.takeError();
  auto type = parseDescr(header->descr, stream.name());
  if (!type)
    return type.takeError();
  Array array;
  array.dtype = type->dtype;
  array.shape = header->shape;
  auto size = byteCount(array.dtype, array.shape);
  if (!size)
    return fileError(stream.name(), "impossible shape ",
                     shapeText(array.shape));
  auto bytes = stream.readBytes(
      *size, concat("the array of shape ", shapeText(array.shape)));
  if (!bytes)
    return bytes.takeError();
  array.bytes = std::move(*bytes);
  if (auto end = stream.expectEnd(); !end)
    return end.takeError();
  if (type->bigEndian)
    swapBytes(array);
  if (header->fortranOrder && array.shape.size() > 1)
    toRowMajor(array);
  return array;
}

Expected<Array> readNpy(const ArraySource &source) {
  if (!source.selector.empty())
    return fileError(source.file,
                     "an npy file holds one array: remove \":", source.selector,
                     "\"");
  auto stream = openFile(source.file);
  if (!stream)
    return stream.takeError();
  return readNpyStream(**stream);
}

} // namespace mlc::runtime
