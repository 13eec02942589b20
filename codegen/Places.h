//===-- Places.h - where values live ------------------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_PLACES_H
#define MLC_CODEGEN_PLACES_H

#include "ir/MlcDialect.h"

#include "llvm/ADT/MapVector.h"

namespace mlc::codegen {

/// How a place moves with a loop: by `stride` bytes times the slice that the
/// loop is at, plus `shift`; modulo `slots` where that isn't 0.
struct LoopStride {
  mlir::Operation *loop;
  int64_t stride;
  int64_t shift = 0, slots = 0;

  bool operator==(const LoopStride &other) const {
    return loop == other.loop && stride == other.stride &&
           shift == other.shift && slots == other.slots;
  }
};

/// Where a value lives: at an offset in a block of bytes.
struct Place {
  /// State, workspace and metrics are blocks of the model; an argument is a
  /// block of the caller's, a constant one of the object's.
  enum Block {
    State,
    Workspace,
    Metrics,
    Argument,
    Constant
  } block = Workspace;
  int64_t offset = 0;    ///< bytes from the start of the block, or of the item
  int64_t item = -1;     ///< in the workspace: the arena's item
  int64_t argument = -1; ///< its number, or that of the constant
  llvm::SmallVector<LoopStride, 1> strides;

  static Place inItem(int64_t item, int64_t offset = 0) {
    Place place;
    place.item = item;
    place.offset = offset;
    return place;
  }
  static Place ofArgument(int64_t argument) {
    Place place;
    place.block = Argument;
    place.argument = argument;
    return place;
  }
  static Place ofConstant(int64_t constant) {
    Place place;
    place.block = Constant;
    place.argument = constant;
    return place;
  }
  Place at(int64_t bytes) const {
    Place place = *this;
    place.offset += bytes;
    return place;
  }
  Place moving(const LoopStride &stride) const {
    Place place = *this;
    place.strides.push_back(stride);
    return place;
  }
  bool operator==(const Place &other) const {
    return block == other.block && offset == other.offset &&
           item == other.item && argument == other.argument &&
           strides == other.strides;
  }
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_PLACES_H
