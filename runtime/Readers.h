//===-- runtime/Readers.h - arrays out of data files ------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// | format | files                         | selector                         |
// |--------|-------------------------------|----------------------------------|
// | IDX    | *-ubyte, *.idx (MNIST's own)  | none                             |
// | npy    | *.npy, versions 1 to 3        | none                             |
// | npz    | *.npz, stored or deflated     | the array, optional if only one  |
// | CSV    | *.csv, *.tsv                  | columns, see CsvReader.cpp       |
//
// All but npz may also be compressed by gzip (*.gz). A file with another name
// is recognised by its first bytes. Nothing in a file is trusted: every size is
// checked against the length of the file before memory is taken for it.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_READERS_H
#define MLC_RUNTIME_READERS_H

#include "runtime/Array.h"
#include "runtime/ByteStream.h"
#include "runtime/Error.h"

#include <string>
#include <vector>

namespace mlc::runtime {

/// Which array: a file, and what in it.
struct ArraySource {
  std::string file;
  std::string selector; ///< empty: the whole file
  /// Columns of a CSV file, one by one; empty: those of the selector.
  std::vector<std::string> columns = {};

  /// "digits.npz:x", or "digits.npz".
  std::string text() const {
    return selector.empty() ? file : file + ":" + selector;
  }
};

/// Splits "file:selector" at the last colon that follows a known extension.
/// Text without one is a file's name as a whole.
ArraySource parseSource(const std::string &text);

/// One row of the table of formats.
struct ReaderFormat {
  const char *name;
  std::vector<const char *> suffixes; ///< of a file's name, without ".gz"
  const char *magic;                  ///< first bytes of a file, or null
  Expected<Array> (*read)(const ArraySource &source);
};

const std::vector<ReaderFormat> &readerFormats();

/// Reads an array in any of the formats.
Expected<Array> readArray(const ArraySource &source);

/// The arrays of an npz file, by name.
Expected<std::vector<NamedArray>> readNpz(const std::string &path);

// The readers behind the table.
Expected<Array> readIdx(const ArraySource &source);
Expected<Array> readNpy(const ArraySource &source);
Expected<Array> readNpzMember(const ArraySource &source);
Expected<Array> readCsv(const ArraySource &source);
Expected<Array> readAudio(const ArraySource &source);

/// Does the name of a file say that it is a sound?
bool isAudioFile(const std::string &name);
/// A row for each file named in `list`, whose directory they are relative to.
Expected<Array> readAudioFiles(const std::vector<std::string> &names,
                               const ArraySource &list);

/// Reads npy data from any stream, to its end.
Expected<Array> readNpyStream(ByteStream &stream);
/// Parses the text of a CSV file; `file` is for messages and for its extension.
Expected<Array> parseCsv(const std::string &text, const ArraySource &source);

} // namespace mlc::runtime

#endif // MLC_RUNTIME_READERS_H
