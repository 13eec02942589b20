//===-- LayerReader.h - the layers of a model file ---------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LAYERREADER_H
#define MLC_FRONTEND_LAYERREADER_H

#include "frontend/Graph.h"
#include "frontend/JsonTree.h"

namespace mlc::frontend {

/// A list of names; reports anything else.
std::vector<Reference> readReferences(const JsonNode &node,
                                      const std::string &what,
                                      Diagnostics &diagnostics);

/// Reads the list of a model's layers, whose inputs are `inputs`. Models among
/// the layers are replaced by theirs, with paths for names: "encoder/dense".
/// `last`: the name of the last entry, empty if there is none.
/// `policy`: of layers that don't say their own.
Draft readLayers(const JsonNode &list, const std::vector<std::string> &inputs,
                 Policy policy, std::string &last, Diagnostics &diagnostics);

/// The policy that `key` of `node`, which is `owner`, names, if it is there;
/// else, or if it is wrong, `otherwise`.
Policy readPolicy(const JsonNode &node, const char *key,
                  const std::string &owner, Policy otherwise,
                  Diagnostics &diagnostics);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LAYERREADER_H
