//===-- runtime/Writers.h - arrays into files -------------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files appear whole or not at all (see OutputFile.h). The same arrays give
// the same bytes.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_WRITERS_H
#define MLC_RUNTIME_WRITERS_H

#include "runtime/Array.h"
#include "runtime/Error.h"

#include <string>
#include <vector>

namespace mlc::runtime {

/// The bytes before the elements of a row-major npy file, version 1.
std::string npyHeader(DType dtype, const std::vector<int64_t> &shape);

Status writeNpy(const std::string &path, const Array &array);
/// As numpy.savez: stored, not deflated.
Status writeNpz(const std::string &path, const std::vector<NamedArray> &arrays);
/// One line per row, headed by "name" for an array with one element per row
/// and "name[0]", "name[1]" ... for others. All must have the same rows.
Status writeCsv(const std::string &path, const std::vector<NamedArray> &arrays);

/// Writes by the extension: .npy (one array only), .npz or .csv.
Status writeArrays(const std::string &path,
                   const std::vector<NamedArray> &arrays);

/// An error when writeArrays has no format for the extension of `path`.
Status checkArrayFormat(const std::string &path);

} // namespace mlc::runtime

#endif // MLC_RUNTIME_WRITERS_H
