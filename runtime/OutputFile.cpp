//===-- runtime/OutputFile.cpp - files that appear whole or not -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/OutputFile.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace mlc::runtime {

namespace fs = std::filesystem;

namespace {

/// The file that a path names in the end: links are followed, not replaced.
std::string resolveLinks(const std::string &path) {
  std::error_code failure;
  if (!fs::is_symlink(path, failure))
    return path;
  fs::path resolved = fs::weakly_canonical(path, failure);
  return failure ? path : resolved.string();
}

std::string temporaryName(const std::string &target) {
  static std::atomic<unsigned> counter{0};
  return target + ".tmp" + std::to_string(getpid()) + "." +
         std::to_string(counter++);
}

/// Makes the rename itself durable. Best effort: not every system can.
void syncDirectoryOf(const std::string &target) {
  std::string directory = fs::path(target).parent_path().string();
  int descriptor = open(directory.empty() ? "." : directory.c_str(),
                        O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return;
  fsync(descriptor);
  close(descriptor);
}

} // namespace

OutputFile::OutputFile(std::string path, std::string target,
                       std::string temporary, int descriptor)
    : path(std::move(path)), target(std::move(target)),
      temporary(std::move(temporary)), descriptor(descriptor) {}

OutputFile::OutputFile(OutputFile &&other) noexcept
    : path(std::move(other.path)), target(std::move(other.target)),
      temporary(std::move(other.temporary)), descriptor(other.descriptor) {
  other.descriptor = -1;
}

OutputFile::~OutputFile() {
  if (descriptor < 0)
    return;
  close(descriptor);
  if (!temporary.empty())
    unlink(temporary.c_str());
}

Expected<OutputFile> OutputFile::create(const std::string &path) {
  if (path.empty())
    return makeError("cannot write: the name of the file is empty");
  std::string target = resolveLinks(path);
  struct stat info;
  bool exists = stat(target.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode))
    return fileError(path, "cannot write: this is a directory");
  bool direct = exists && !S_ISREG(info.st_mode);
  std::string temporary = direct ? "" : temporaryName(target);
  int flags = direct ? O_WRONLY : O_WRONLY | O_CREAT | O_EXCL;
  int descriptor = open(direct ? target.c_str() : temporary.c_str(),
                        flags | O_CLOEXEC, 0666);
  if (descriptor < 0)
    return systemError(path, "cannot write", errno);
  if (exists && !direct && fchmod(descriptor, info.st_mode & 07777) != 0)
    errno = 0; // the new file keeps the default mode
  return OutputFile(path, target, temporary, descriptor);
}

Status OutputFile::write(const void *data, size_t size) {
  const char *at = static_cast<const char *>(data);
  while (size > 0) {
    ssize_t written = ::write(descriptor, at, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return systemError(path, "cannot write", errno);
    at += written;
    size -= static_cast<size_t>(written);
  }
  return {};
}

Status OutputFile::commit() {
  int failure = 0;
  if (!temporary.empty() && fsync(descriptor) != 0)
    failure = errno;
  if (close(descriptor) != 0 && failure == 0)
    failure = errno;
  descriptor = -1;
  if (temporary.empty())
    return failure == 0 ? Status() : systemError(path, "cannot write", failure);
  if (failure == 0 && rename(temporary.c_str(), target.c_str()) != 0)
    failure = errno;
  if (failure != 0) {
    unlink(temporary.c_str());
    return systemError(path, "cannot write", failure);
  }
  syncDirectoryOf(target);
  return {};
}

Status writeFile(const std::string &path, const std::string &content) {
  auto file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (auto written = file->write(content); !written)
    return written;
  return file->commit();
}

Status checkWritable(const std::string &path) {
  struct stat info;
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) &&
      !S_ISDIR(info.st_mode)) {
    // To open a pipe and close it again would end its reader.
    if (access(path.c_str(), W_OK) == 0)
      return {};
    return systemError(path, "cannot write", errno);
  }
  auto file = OutputFile::create(path);
  return file ? Status() : Status(file.takeError());
}

} // namespace mlc::runtime
