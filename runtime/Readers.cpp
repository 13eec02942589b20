//===-- runtime/Readers.cpp - the table of data formats -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Readers.h"

#include <cstring>
#include <new>

namespace mlc::runtime {

const std::vector<ReaderFormat> &readerFormats() {
  static const std::vector<ReaderFormat> formats = {
      {"npy", {".npy"}, "\x93NUMPY", readNpy},
      {"npz", {".npz"}, "PK", readNpzMember},
      {"CSV", {".csv", ".tsv"}, nullptr, readCsv},
      {"IDX", {".idx", "-ubyte"}, nullptr, readIdx},
      {"sound", {".wav", ".flac", ".ogg", ".aiff", ".au"}, "RIFF", readAudio},
  };
  return formats;
}

namespace {

bool endsWith(const std::string &text, const std::string &suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

const ReaderFormat *formatByName(const std::string &file) {
  std::string name =
      endsWith(file, ".gz") ? file.substr(0, file.size() - 3) : file;
  for (const ReaderFormat &format : readerFormats())
    for (const char *suffix : format.suffixes)
      if (endsWith(name, suffix))
        return &format;
  return nullptr;
}

/// IDX has no magic text: two zeros, a type and a small rank.
bool looksLikeIdx(const char *start) {
  return start[0] == 0 && start[1] == 0 && start[2] >= 8 && start[2] <= 14;
}

Expected<const ReaderFormat *> formatByContent(const std::string &file) {
  auto stream = openFile(file);
  if (!stream)
    return stream.takeError();
  char start[8] = {1};
  auto got = (*stream)->read(start, sizeof start);
  if (!got)
    return got.takeError();
  for (const ReaderFormat &format : readerFormats()) {
    if (format.magic &&
        std::strncmp(start, format.magic, std::strlen(format.magic)) == 0)
      return &format;
    if (format.read == readIdx && looksLikeIdx(start))
      return &format;
  }
  return fileError(file, "unknown format of data: expected an npy, npz, CSV or "
                         "IDX file (*.npy, *.npz, *.csv, *.tsv, *.idx, "
                         "*-ubyte, all but npz also with .gz) or a sound "
                         "(*.wav, *.flac, *.ogg, *.aiff, *.au)");
}

} // namespace

bool isAudioFile(const std::string &name) {
  const ReaderFormat *format = formatByName(name);
  return format && format->read == readAudio;
}

ArraySource parseSource(const std::string &text) {
  for (size_t colon = text.rfind(':'); colon != std::string::npos && colon > 0;
       colon = text.rfind(':', colon - 1))
    if (formatByName(text.substr(0, colon)))
      return {text.substr(0, colon), text.substr(colon + 1)};
  return {text, ""};
}

Expected<Array> readArray(const ArraySource &source) {
  const ReaderFormat *format = formatByName(source.file);
  if (!format) {
    auto found = formatByContent(source.file);
    if (!found)
      return found.takeError();
    format = *found;
  }
  try {
    return format->read(source);
  } catch (const std::bad_alloc &) {
    return fileError(source.file, "not enough memory to read this file");
  }
}

} // namespace mlc::runtime
