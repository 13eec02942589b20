//===-- ArenaLayout.h - places for temporaries by lifetime --------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_ARENALAYOUT_H
#define MLC_CODEGEN_ARENALAYOUT_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <string>

namespace mlc::codegen {

/// A temporary: needed from step `first` to step `last`, both included.
struct ArenaItem {
  std::string name;
  int64_t bytes = 0;
  int64_t first = 0, last = 0;
  int64_t offset = 0; ///< set by layOutArena
};

struct ArenaSize {
  int64_t bytes; ///< of the arena
  int64_t live;  ///< of the largest set alive at once: no layout needs less
};

/// Places items so that those alive at once don't overlap, at multiples of
/// MLC_ALIGNMENT. Tries several greedy orders and keeps the smallest.
ArenaSize layOutArena(llvm::MutableArrayRef<ArenaItem> items);

/// `bytes` rounded up to a multiple of MLC_ALIGNMENT.
int64_t alignBytes(int64_t bytes);

/// The bytes of a block that a tensor of `bytes` is given. Large tensors, often
/// of a power of two, get some more: side by side, they would all begin at the
/// same place of a page, where caches and the processor's search for earlier
/// stores to an address take one for the other.
int64_t spreadBytes(int64_t bytes);

} // namespace mlc::codegen

#endif // MLC_CODEGEN_ARENALAYOUT_H
