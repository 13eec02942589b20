//===-- runtime/Safetensors.h - named tensors in one file -------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The format of Python's `safetensors` package: the length of a JSON header
// (u64, little endian), the header with dtype, shape and place of each tensor,
// then the tensors' bytes without gaps.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_SAFETENSORS_H
#define MLC_RUNTIME_SAFETENSORS_H

#include "runtime/Array.h"
#include "runtime/Error.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace mlc::runtime {

using Metadata = std::map<std::string, std::string>;

/// A tensor in a file that was read: `data` points into SafetensorsFile.
struct StoredTensor {
  std::string name;
  std::string dtypeName; ///< as the file spells it: "F32", "BF16" ...
  std::vector<int64_t> shape;
  int64_t offset; ///< in SafetensorsFile::data
  int64_t bytes;
};

struct SafetensorsFile {
  std::string path;
  Metadata metadata;
  std::vector<StoredTensor> tensors; ///< by name
  std::vector<std::byte> data;

  /// Null if there is none of that name.
  const StoredTensor *find(const std::string &name) const;
};

/// A tensor to be written, in memory of the caller.
struct TensorView {
  std::string name;
  DType dtype;
  std::vector<int64_t> shape;
  const std::byte *data;
  int64_t bytes;
};

/// "F32", "I64" ...
const char *safetensorsName(DType dtype);

/// Reads and checks a whole file: sizes, places, overlaps and gaps.
Expected<SafetensorsFile> readSafetensors(const std::string &path);

/// Writes tensors, wider elements first (so that each is aligned), otherwise
/// in the order given. The file appears whole or not at all.
Status writeSafetensors(const std::string &path,
                        std::vector<TensorView> tensors,
                        const Metadata &metadata);

} // namespace mlc::runtime

#endif // MLC_RUNTIME_SAFETENSORS_H
