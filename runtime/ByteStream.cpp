//===-- runtime/ByteStream.cpp - bytes of a file, plain or packed ---------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/ByteStream.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <sys/stat.h>
#include <zlib.h>

namespace mlc::runtime {

Expected<size_t> ByteStream::read(void *to, size_t size) {
  size_t got = 0;
  while (got < size) {
    auto some = readSome(static_cast<std::byte *>(to) + got, size - got);
    if (!some)
      return some.takeError();
    if (*some == 0)
      break;
    got += *some;
  }
  consumed += static_cast<int64_t>(got);
  return got;
}

Error ByteStream::truncated(int64_t size, int64_t got,
                            const std::string &what) const {
  return fileError(streamName, "truncated: ", what, " takes ", size,
                   size == 1 ? " byte" : " bytes", " from byte ",
                   consumed - got, ", but the data ends after ", got);
}

Status ByteStream::readExactly(void *to, size_t size, const std::string &what) {
  auto got = read(to, size);
  if (!got)
    return got.takeError();
  if (*got < size)
    return truncated(static_cast<int64_t>(size), static_cast<int64_t>(*got),
                     what);
  return {};
}

Expected<std::vector<std::byte>>
ByteStream::readBytes(int64_t size, const std::string &what) {
  if (size > upperBound - consumed)
    return fileError(streamName, what, " takes ", size, " bytes from byte ",
                     consumed, ", but the whole file holds at most ",
                     upperBound, ": truncated, or a wrong header");
  std::vector<std::byte> bytes;
  constexpr int64_t firstStep = int64_t(64) << 20;
  for (int64_t done = 0; done < size;) {
    int64_t step = std::min(size - done, std::max(firstStep, done));
    bytes.resize(static_cast<size_t>(done + step));
    auto got = read(bytes.data() + done, static_cast<size_t>(step));
    if (!got)
      return got.takeError();
    done += static_cast<int64_t>(*got);
    if (static_cast<int64_t>(*got) < step)
      return truncated(size, done, what);
  }
  return bytes;
}

Expected<std::string> ByteStream::readRest() {
  std::string text;
  for (size_t step = size_t(64) << 10;; step *= 2) {
    size_t done = text.size();
    text.resize(done + step);
    auto got = read(text.data() + done, step);
    if (!got)
      return got.takeError();
    text.resize(done + *got);
    if (*got < step)
      return text;
  }
}

Status ByteStream::expectEnd() {
  int64_t expected = consumed;
  char byte;
  auto got = read(&byte, 1);
  if (!got)
    return got.takeError();
  if (*got != 0)
    return fileError(streamName, "data continues after byte ", expected,
                     ", where it should end according to its header");
  return {};
}

Expected<int64_t> fileSize(const std::string &path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0)
    return systemError(path, "cannot read", errno);
  if (S_ISDIR(info.st_mode))
    return fileError(path, "cannot read: this is a directory, not a file");
  if (!S_ISREG(info.st_mode))
    return fileError(path, "cannot read: this is not a regular file");
  return static_cast<int64_t>(info.st_size);
}

namespace {

class GzipFile final : public ByteStream {
public:
  GzipFile(const std::string &path, int64_t bound, gzFile file)
      : ByteStream(path, bound), file(file) {}
  ~GzipFile() override { gzclose_r(file); }
  GzipFile(const GzipFile &) = delete;
  GzipFile &operator=(const GzipFile &) = delete;

private:
  Expected<size_t> readSome(void *to, size_t size) override {
    constexpr size_t most = std::numeric_limits<int>::max() / 2;
    int got = gzread(file, to, static_cast<unsigned>(std::min(size, most)));
    int code = Z_OK;
    const char *text = gzerror(file, &code);
    // A stream cut inside a block still hands out what it could unpack.
    if (got < 0 || code == Z_BUF_ERROR || code == Z_DATA_ERROR)
      return code == Z_ERRNO
                 ? systemError(name(), "cannot read", errno)
                 : fileError(name(), "damaged or truncated gzip data after ",
                             position(), " unpacked bytes: ", text);
    return static_cast<size_t>(got);
  }

  gzFile file;
};

} // namespace

Expected<std::unique_ptr<ByteStream>> openFile(const std::string &path) {
  auto size = fileSize(path);
  if (!size)
    return size.takeError();
  gzFile file = gzopen(path.c_str(), "rb");
  if (!file)
    return systemError(path, "cannot read", errno != 0 ? errno : ENOMEM);
  gzbuffer(file, 1 << 17);
  int64_t bound = *size;
  if (!gzdirect(file) &&
      __builtin_mul_overflow(*size, maximumDeflateRatio, &bound))
    bound = std::numeric_limits<int64_t>::max();
  std::unique_ptr<ByteStream> stream =
      std::make_unique<GzipFile>(path, bound, file);
  return stream;
}

} // namespace mlc::runtime
