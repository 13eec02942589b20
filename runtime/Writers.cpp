//===-- runtime/Writers.cpp - arrays into files ---------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Writers.h"
#include "runtime/OutputFile.h"

#include <filesystem>
#include <memory>
#include <zip.h>

namespace mlc::runtime {

std::string npyHeader(DType dtype, const std::vector<int64_t> &shape) {
  static const char *const codes[] = {"|b1", "|u1", "|i1", "<u2", "<i2", "<u4",
                                      "<i4", "<u8", "<i8", "<f4", "<f8"};
  std::string text = std::string("{'descr': '") +
                     codes[static_cast<size_t>(dtype)] +
                     "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i == 0 ? "" : " ") + std::to_string(shape[i]) +
            (i + 1 < shape.size() || shape.size() == 1 ? "," : "");
  text += "), }";
  // The elements start at a multiple of 64, so that they may be mapped.
  constexpr size_t prefix = 10, alignment = 64;
  text.append(alignment - (prefix + text.size()) % alignment - 1, ' ');
  text += '\n';
  std::string start("\x93NUMPY\x01\x00", 8);
  start += static_cast<char>(text.size() & 0xff);
  start += static_cast<char>(text.size() >> 8);
  return start + text;
}

Status writeNpy(const std::string &path, const Array &array) {
  auto file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (auto done = file->write(npyHeader(array.dtype, array.shape)); !done)
    return done;
  if (auto done = file->write(array.bytes.data(), array.bytes.size()); !done)
    return done;
  return file->commit();
}

namespace {

struct FreeSource {
  void operator()(zip_source_t *source) const { zip_source_free(source); }
};
struct DiscardArchive {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};
using Source = std::unique_ptr<zip_source_t, FreeSource>;

/// Adds one stored member with a fixed date.
bool addMember(zip_t *archive, const std::string &name,
               const std::string &bytes) {
  zip_source_t *source =
      zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
  if (!source)
    return false;
  zip_int64_t index =
      zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return false;
  }
  zip_uint64_t member = static_cast<zip_uint64_t>(index);
  constexpr zip_uint16_t firstOfJanuary1980 = 1 << 5 | 1;
  return zip_set_file_compression(archive, member, ZIP_CM_STORE, 0) == 0 &&
         zip_file_set_dostime(archive, member, 0, firstOfJanuary1980, 0) == 0;
}

/// Fills `archive` and closes it into its source.
bool buildArchive(zip_t *archive, const std::vector<NamedArray> &arrays) {
  std::unique_ptr<zip_t, DiscardArchive> owner(archive);
  std::vector<std::string> members; // alive until the archive is closed
  for (const NamedArray &named : arrays)
    members.push_back(
        npyHeader(named.array.dtype, named.array.shape) +
        std::string(reinterpret_cast<const char *>(named.array.bytes.data()),
                    named.array.bytes.size()));
  for (size_t i = 0; i < arrays.size(); ++i)
    if (!addMember(archive, arrays[i].name + ".npy", members[i]))
      return false;
  if (zip_close(archive) != 0)
    return false;
  owner.release();
  return true;
}

Expected<std::string> sourceBytes(zip_source_t *source,
                                  const std::string &path) {
  zip_stat_t info;
  if (zip_source_stat(source, &info) != 0 || zip_source_open(source) != 0)
    return fileError(path, "cannot build the npz file");
  std::string bytes(info.size, '\0');
  zip_int64_t got = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (got < 0 || static_cast<zip_uint64_t>(got) != info.size)
    return fileError(path, "cannot build the npz file");
  return bytes;
}

std::string extensionOf(const std::string &path) {
  return std::filesystem::path(path).extension().string();
}

std::string csvQuoted(const std::string &name) {
  if (name.find_first_of(",\"\r\n") == std::string::npos)
    return name;
  std::string text = "\"";
  for (char c : name)
    text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

int64_t perRow(const Array &array) {
  return array.rows() == 0 ? 0 : array.elements() / array.rows();
}

std::string csvHeader(const std::vector<NamedArray> &arrays) {
  std::string line;
  for (const NamedArray &named : arrays) {
    int64_t columns = perRow(named.array);
    for (int64_t i = 0; i < columns; ++i) {
      std::string name = named.name;
      if (columns > 1)
        name += "[" + std::to_string(i) + "]";
      line += (line.empty() ? "" : ",") + csvQuoted(name);
    }
  }
  return line + "\n";
}

} // namespace

Status writeNpz(const std::string &path,
                const std::vector<NamedArray> &arrays) {
  zip_error_t error;
  zip_error_init(&error);
  Source source(zip_source_buffer_create(nullptr, 0, 0, &error));
  zip_t *archive =
      source ? zip_open_from_source(source.get(), ZIP_TRUNCATE, &error)
             : nullptr;
  zip_error_fini(&error);
  if (!archive)
    return fileError(path, "cannot build the npz file");
  zip_source_keep(source.get()); // one reference is the archive's
  if (!buildArchive(archive, arrays))
    return fileError(path, "cannot build the npz file");
  auto bytes = sourceBytes(source.get(), path);
  return bytes ? writeFile(path, *bytes) : Status(bytes.takeError());
}

Status writeCsv(const std::string &path,
                const std::vector<NamedArray> &arrays) {
  auto file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  std::string text = csvHeader(arrays);
  int64_t rows = arrays.empty() ? 0 : arrays[0].array.rows();
  constexpr size_t bufferSize = 1 << 16;
  for (int64_t row = 0; row < rows; ++row) {
    std::string line;
    for (const NamedArray &named : arrays)
      for (int64_t i = 0, columns = perRow(named.array); i < columns; ++i)
        line += (line.empty() ? "" : ",") +
                elementText(named.array, row * columns + i);
    text += line + "\n";
    if (text.size() < bufferSize)
      continue;
    if (auto done = file->write(text); !done)
      return done;
    text.clear();
  }
  if (auto done = file->write(text); !done)
    return done;
  return file->commit();
}

Status checkArrayFormat(const std::string &path) {
  std::string extension = extensionOf(path);
  if (extension == ".npy" || extension == ".npz" || extension == ".csv")
    return {};
  return fileError(path, "unknown extension \"", extension,
                   "\" for arrays: expected .npy, .npz or .csv");
}

Status writeArrays(const std::string &path,
                   const std::vector<NamedArray> &arrays) {
  if (auto known = checkArrayFormat(path); !known)
    return known;
  std::string extension = extensionOf(path);
  if (extension == ".npz")
    return writeNpz(path, arrays);
  if (extension == ".csv")
    return writeCsv(path, arrays);
  if (arrays.size() == 1)
    return writeNpy(path, arrays[0].array);
  return fileError(path, "an npy file holds one array, but there are ",
                   arrays.size(), ": write .npz or .csv");
}

} // namespace mlc::runtime
