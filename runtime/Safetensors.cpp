//===-- runtime/Safetensors.cpp - named tensors in one file ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Safetensors.h"
#include "runtime/ByteStream.h"
#include "runtime/OutputFile.h"

#include <algorithm>
#include <new>
#include <nlohmann/json.hpp>

namespace mlc::runtime {

using nlohmann::json;
using nlohmann::ordered_json;

const StoredTensor *SafetensorsFile::find(const std::string &name) const {
  auto found = std::lower_bound(
      tensors.begin(), tensors.end(), name,
      [](const StoredTensor &t, const std::string &n) { return t.name < n; });
  return found != tensors.end() && found->name == name ? &*found : nullptr;
}

const char *safetensorsName(DType dtype) {
  static const char *const names[] = {"BOOL", "U8",  "I8",  "U16", "I16", "U32",
                                      "I32",  "U64", "I64", "F32", "F64"};
  return names[static_cast<size_t>(dtype)];
}

namespace {

/// Bytes of an element by the format's names, 0 if unknown.
int64_t elementSize(const std::string &dtype) {
  static const std::map<std::string, int64_t> sizes = {
      {"BOOL", 1},    {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1},
      {"F8_E8M0", 1}, {"U16", 2}, {"I16", 2}, {"F16", 2},     {"BF16", 2},
      {"U32", 4},     {"I32", 4}, {"F32", 4}, {"U64", 8},     {"I64", 8},
      {"F64", 8},     {"C64", 8}};
  auto found = sizes.find(dtype);
  return found == sizes.end() ? 0 : found->second;
}

constexpr int64_t lengthBytes = 8;
constexpr int64_t longestHeader = 100'000'000; // as the Python package's

class HeaderReader {
public:
  HeaderReader(SafetensorsFile &file, int64_t dataBytes)
      : file(file), dataBytes(dataBytes) {}

  Status read(const std::string &text) {
    json header = json::parse(text, nullptr, false);
    if (!header.is_object())
      return damaged("its header is not a JSON object");
    for (const auto &[name, value] : header.items()) {
      auto done = name == "__metadata__" ? readMetadata(value)
                                         : readTensor(name, value);
      if (!done)
        return done;
    }
    return checkPlaces();
  }

private:
  template <typename... Parts> Error damaged(const Parts &...what) {
    return fileError(file.path, "not a valid safetensors file: ", what...);
  }

  Status readMetadata(const json &entries) {
    if (!entries.is_object())
      return damaged("__metadata__ is not an object");
    for (const auto &[key, value] : entries.items()) {
      if (!value.is_string())
        return damaged("metadata '", key, "' is not text");
      file.metadata[key] = value.get<std::string>();
    }
    return {};
  }

  /// A list of sizes, none negative.
  static bool readSizes(const json &entry, const char *key,
                        std::vector<int64_t> &sizes) {
    auto found = entry.find(key);
    if (found == entry.end() || !found->is_array())
      return false;
    for (const json &size : *found) {
      if (!size.is_number_unsigned() ||
          size.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
        return false;
      sizes.push_back(size.get<int64_t>());
    }
    return true;
  }

  Status readTensor(const std::string &name, const json &entry) {
    StoredTensor tensor{name, "", {}, 0, 0};
    std::vector<int64_t> place;
    if (!entry.is_object() || !readSizes(entry, "shape", tensor.shape) ||
        !readSizes(entry, "data_offsets", place) || place.size() != 2)
      return damaged("tensor '", name, "' lacks a valid shape or data_offsets");
    auto dtype = entry.find("dtype");
    if (dtype == entry.end() || !dtype->is_string() ||
        elementSize(dtype->get<std::string>()) == 0)
      return damaged("tensor '", name, "' has an unknown dtype");
    tensor.dtypeName = dtype->get<std::string>();
    auto elements = byteCount(DType::U8, tensor.shape);
    int64_t size = 0;
    if (!elements ||
        __builtin_mul_overflow(*elements, elementSize(tensor.dtypeName), &size))
      return damaged("tensor '", name, "' has the impossible shape ",
                     shapeText(tensor.shape));
    if (place[0] > place[1] || place[1] > dataBytes)
      return damaged("tensor '", name, "' takes bytes ", place[0], " to ",
                     place[1], " of the data, but the file holds ", dataBytes,
                     " (truncated?)");
    if (place[1] - place[0] != size)
      return damaged("tensor '", name, "' of shape ", shapeText(tensor.shape),
                     " needs ", size, " bytes, its place has ",
                     place[1] - place[0]);
    tensor.offset = place[0];
    tensor.bytes = size;
    file.tensors.push_back(std::move(tensor));
    return {};
  }

  Status checkPlaces() {
    std::vector<const StoredTensor *> byPlace;
    for (const StoredTensor &tensor : file.tensors)
      byPlace.push_back(&tensor);
    std::sort(byPlace.begin(), byPlace.end(), [](auto *a, auto *b) {
      return std::pair(a->offset, a->bytes) < std::pair(b->offset, b->bytes);
    });
    int64_t end = 0;
    for (const StoredTensor *tensor : byPlace) {
      if (tensor->offset != end)
        return damaged("tensor '", tensor->name, "' starts at byte ",
                       tensor->offset, " of the data, expected ", end);
      end += tensor->bytes;
    }
    if (end != dataBytes)
      return damaged("its tensors take ", end, " bytes, but ", dataBytes,
                     " follow the header");
    return {};
  }

  SafetensorsFile &file;
  int64_t dataBytes;
};

Expected<std::string> readHeaderText(ByteStream &stream, int64_t size) {
  unsigned char length[lengthBytes];
  if (auto read = stream.readExactly(length, lengthBytes,
                                     "the safetensors header's length");
      !read)
    return read.takeError();
  uint64_t bytes = 0;
  for (int i = lengthBytes; i-- > 0;)
    bytes = bytes << 8 | length[i];
  if (bytes > static_cast<uint64_t>(longestHeader) ||
      static_cast<int64_t>(bytes) > size - lengthBytes)
    return fileError(stream.name(),
                     "not a safetensors file, or truncated: its "
                     "first 8 bytes promise a header of ",
                     bytes, " bytes, and the file has ", size);
  std::string text(bytes, '\0');
  if (auto read = stream.readExactly(text.data(), text.size(),
                                     "the safetensors header");
      !read)
    return read.takeError();
  return text;
}

Expected<SafetensorsFile> readAll(const std::string &path) {
  auto stream = openFile(path);
  if (!stream)
    return stream.takeError();
  int64_t size = (*stream)->maximumSize();
  auto text = readHeaderText(**stream, size);
  if (!text)
    return text.takeError();
  SafetensorsFile file;
  file.path = path;
  int64_t dataBytes = size - (*stream)->position();
  if (auto read = HeaderReader(file, dataBytes).read(*text); !read)
    return read.takeError();
  auto data = (*stream)->readBytes(dataBytes, "the tensors");
  if (!data)
    return data.takeError();
  file.data = std::move(*data);
  return file;
}

std::vector<TensorView> widestFirst(std::vector<TensorView> tensors) {
  std::vector<TensorView> sorted;
  for (int64_t size : {8, 4, 2, 1})
    for (TensorView &tensor : tensors)
      if (sizeOf(tensor.dtype) == size)
        sorted.push_back(std::move(tensor));
  return sorted;
}

std::string headerText(const std::vector<TensorView> &tensors,
                       const Metadata &metadata) {
  ordered_json header = ordered_json::object();
  header["__metadata__"] = metadata;
  int64_t offset = 0;
  for (const TensorView &tensor : tensors) {
    header[tensor.name] = {{"dtype", safetensorsName(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + tensor.bytes}}};
    offset += tensor.bytes;
  }
  // Names come from model files: bytes that are not UTF-8 must not throw.
  std::string text =
      header.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  text.append((lengthBytes - text.size() % lengthBytes) % lengthBytes, ' ');
  return text;
}

} // namespace

Expected<SafetensorsFile> readSafetensors(const std::string &path) {
  try {
    return readAll(path);
  } catch (const std::bad_alloc &) {
    return fileError(path, "not enough memory to read this file");
  }
}

Status writeSafetensors(const std::string &path,
                        std::vector<TensorView> tensors,
                        const Metadata &metadata) {
  tensors = widestFirst(std::move(tensors));
  std::string header = headerText(tensors, metadata);
  std::string length;
  for (int i = 0; i < lengthBytes; ++i)
    length += static_cast<char>(header.size() >> (8 * i) & 0xff);
  auto file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (auto done = file->write(length + header); !done)
    return done;
  for (const TensorView &tensor : tensors)
    if (auto done = file->write(tensor.data, static_cast<size_t>(tensor.bytes));
        !done)
      return done;
  return file->commit();
}

} // namespace mlc::runtime
