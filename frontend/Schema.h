//===-- Schema.h - the JSON schema of model files ----------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_SCHEMA_H
#define MLC_FRONTEND_SCHEMA_H

#include <string>

namespace mlc::frontend {

/// The JSON Schema (2020-12) of what readModel accepts, as far as a schema can
/// say it, made from the tables. frontend/model.schema.json is a copy for
/// editors, which a test compares.
std::string modelSchema();

} // namespace mlc::frontend

#endif // MLC_FRONTEND_SCHEMA_H
