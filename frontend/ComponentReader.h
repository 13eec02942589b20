//===-- ComponentReader.h - JSON to components, by the tables ----*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_COMPONENTREADER_H
#define MLC_FRONTEND_COMPONENTREADER_H

#include "frontend/JsonTree.h"
#include "frontend/Tables.h"

namespace mlc::frontend {

/// A string (the type) or an object with "type" and options, as a component
/// with all its options. Reports all that is wrong; empty if anything was.
/// An object's keys in `otherKeys` are left to the caller.
std::optional<Component> readComponent(const JsonNode &node, Family family,
                                       Diagnostics &diagnostics,
                                       const FrameRule *otherKeys = nullptr);

/// A component of a type of the table with its defaults; it has no required
/// options.
Component defaultComponent(Family family, const std::string &type,
                           Location location);

/// One value by its rule; `owner` is what has the option, for messages.
std::optional<OptionValue> readValue(const JsonNode &node,
                                     const OptionRule &rule,
                                     const std::string &owner,
                                     Diagnostics &diagnostics);

/// Is the node an object with the frame's keys and no others? Reports what is
/// not as it should be.
bool checkFrame(const JsonNode &node, Frame frame, Diagnostics &diagnostics);

/// Reports that the value of `what` is of the wrong type.
void expected(const JsonNode &node, const std::string &what,
              const std::string &type, Diagnostics &diagnostics);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_COMPONENTREADER_H
