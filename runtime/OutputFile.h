//===-- runtime/OutputFile.h - files that appear whole or not ---*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_OUTPUTFILE_H
#define MLC_RUNTIME_OUTPUTFILE_H

#include "runtime/Error.h"

#include <cstddef>
#include <string>

namespace mlc::runtime {

/// Writes beside the target and renames over it at the end, so that whoever
/// reads the target sees the old file or the new one, even after a crash.
/// Without commit, nothing remains. Devices and pipes are written directly.
class OutputFile {
public:
  static Expected<OutputFile> create(const std::string &path);
  OutputFile(OutputFile &&other) noexcept;
  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;
  ~OutputFile();

  Status write(const void *data, size_t size);
  Status write(const std::string &text) {
    return write(text.data(), text.size());
  }
  /// Brings the bytes to the disk and gives the file its name.
  Status commit();

private:
  OutputFile(std::string path, std::string target, std::string temporary,
             int descriptor);

  std::string path;      ///< as the user named it
  std::string target;    ///< behind symbolic links
  std::string temporary; ///< empty: written directly
  int descriptor;
};

/// Writes a whole file at once.
Status writeFile(const std::string &path, const std::string &content);

/// Fails as a later OutputFile::create would, and leaves no trace: so that an
/// unwritable path is reported before hours of work, not after.
Status checkWritable(const std::string &path);

} // namespace mlc::runtime

#endif // MLC_RUNTIME_OUTPUTFILE_H
