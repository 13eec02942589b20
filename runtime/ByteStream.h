//===-- runtime/ByteStream.h - bytes of a file, plain or packed -*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_BYTESTREAM_H
#define MLC_RUNTIME_BYTESTREAM_H

#include "runtime/Error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mlc::runtime {

/// Bytes read once, in order.
class ByteStream {
public:
  virtual ~ByteStream() = default;

  /// The file, for messages ("digits.npz:x" inside an archive).
  const std::string &name() const { return streamName; }
  int64_t position() const { return consumed; }
  /// No more bytes than that can come, whatever a header inside may promise.
  int64_t maximumSize() const { return upperBound; }

  /// Reads up to `size` bytes; fewer only at the end.
  Expected<size_t> read(void *to, size_t size);
  /// Reads exactly `size` bytes. `what` names them in the error.
  Status readExactly(void *to, size_t size, const std::string &what);
  /// As readExactly, into memory that grows only as bytes really come.
  Expected<std::vector<std::byte>> readBytes(int64_t size,
                                             const std::string &what);
  /// Reads what is left.
  Expected<std::string> readRest();
  /// An error if anything is left.
  Status expectEnd();

protected:
  ByteStream(std::string name, int64_t upperBound)
      : streamName(std::move(name)), upperBound(upperBound) {}
  /// As read, but may also return early; 0 at the end.
  virtual Expected<size_t> readSome(void *to, size_t size) = 0;

private:
  Error truncated(int64_t size, int64_t got, const std::string &what) const;

  std::string streamName;
  int64_t upperBound;
  int64_t consumed = 0;
};

/// The factor by which deflate can shrink at most.
constexpr int64_t maximumDeflateRatio = 1032;

/// Opens a file; one compressed by gzip is unpacked while it is read.
Expected<std::unique_ptr<ByteStream>> openFile(const std::string &path);

/// The size of a regular file, or an error that says what `path` is instead.
Expected<int64_t> fileSize(const std::string &path);

} // namespace mlc::runtime

#endif // MLC_RUNTIME_BYTESTREAM_H
