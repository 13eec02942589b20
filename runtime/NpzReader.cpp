//===-- runtime/NpzReader.cpp - NumPy's npz archives ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A zip file with one npy file per array, stored or deflated.
//
//===----------------------------------------------------------------------===//

#include "runtime/Readers.h"

#include <algorithm>
#include <zip.h>

namespace mlc::runtime {

namespace {

struct CloseArchive {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;

class ZipMember final : public ByteStream {
public:
  ZipMember(std::string name, int64_t bound, zip_file_t *file)
      : ByteStream(std::move(name), bound), file(file) {}
  ~ZipMember() override { zip_fclose(file); }
  ZipMember(const ZipMember &) = delete;
  ZipMember &operator=(const ZipMember &) = delete;

private:
  Expected<size_t> readSome(void *to, size_t size) override {
    zip_int64_t got = zip_fread(file, to, size);
    if (got < 0)
      return fileError(name(), "damaged zip data after ", position(),
                       " unpacked bytes: ", zip_file_strerror(file));
    return static_cast<size_t>(got);
  }

  zip_file_t *file;
};

Expected<Archive> openArchive(const std::string &path) {
  auto size = fileSize(path);
  if (!size)
    return size.takeError();
  int code = 0;
  Archive archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (archive)
    return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  Error result = fileError(path,
                           "cannot read this as an npz (zip) file, it is "
                           "truncated or another format: ",
                           zip_error_strerror(&error));
  zip_error_fini(&error);
  return result;
}

/// The names of the arrays: the members' without ".npy".
std::vector<std::string> arrayNames(zip_t *archive) {
  std::vector<std::string> names;
  for (zip_int64_t i = 0, count = zip_get_num_entries(archive, 0); i < count;
       ++i) {
    const char *text = zip_get_name(archive, static_cast<zip_uint64_t>(i), 0);
    std::string name = text ? text : "";
    bool npy = name.size() > 4 && name.substr(name.size() - 4) == ".npy";
    names.push_back(npy ? name.substr(0, name.size() - 4) : name);
  }
  return names;
}

Expected<Array> readMember(zip_t *archive, zip_uint64_t index,
                           const std::string &name, const std::string &path) {
  zip_stat_t info;
  if (zip_stat_index(archive, index, 0, &info) != 0)
    return fileError(path, "damaged zip directory: ", zip_strerror(archive));
  auto size = fileSize(path);
  if (!size)
    return size.takeError();
  zip_file_t *file = zip_fopen_index(archive, index, 0);
  if (!file)
    return fileError(path, "cannot read array '", name,
                     "': ", zip_strerror(archive));
  int64_t bound = 0;
  if (__builtin_mul_overflow(*size, maximumDeflateRatio, &bound))
    bound = INT64_MAX;
  if ((info.valid & ZIP_STAT_SIZE) &&
      info.size < static_cast<zip_uint64_t>(bound))
    bound = static_cast<int64_t>(info.size);
  ZipMember stream(path + ":" + name, bound, file);
  return readNpyStream(stream);
}

} // namespace

Expected<Array> readNpzMember(const ArraySource &source) {
  auto archive = openArchive(source.file);
  if (!archive)
    return archive.takeError();
  std::vector<std::string> names = arrayNames(archive->get());
  if (names.empty())
    return fileError(source.file, "this npz file holds no array");
  size_t index = 0;
  if (!source.selector.empty())
    index = static_cast<size_t>(
        std::find(names.begin(), names.end(), source.selector) - names.begin());
  else if (names.size() > 1)
    return fileError(source.file,
                     "this npz file holds several arrays: choose "
                     "one as \"",
                     source.file, ":", names[0], "\"; it has ",
                     listed(names, 12));
  if (index == names.size())
    return fileError(source.file, "no array '", source.selector,
                     "' in this npz file: it has ", listed(names, 12));
  return readMember(archive->get(), index, names[index], source.file);
}

Expected<std::vector<NamedArray>> readNpz(const std::string &path) {
  auto archive = openArchive(path);
  if (!archive)
    return archive.takeError();
  std::vector<NamedArray> arrays;
  std::vector<std::string> names = arrayNames(archive->get());
  for (size_t i = 0; i < names.size(); ++i) {
    auto array = readMember(archive->get(), i, names[i], path);
    if (!array)
      return array.takeError();
    arrays.push_back({names[i], std::move(*array)});
  }
  return arrays;
}

} // namespace mlc::runtime
