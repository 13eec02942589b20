//===-- runtime/AlignedBlock.h - memory for compiled functions --*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_ALIGNEDBLOCK_H
#define MLC_RUNTIME_ALIGNEDBLOCK_H

#include "mlc/model.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace mlc::runtime {

/// Zeroed bytes at a multiple of MLC_ALIGNMENT. Null when there are none.
class AlignedBlock {
public:
  AlignedBlock() = default;
  /// Throws std::bad_alloc, as a vector would.
  explicit AlignedBlock(int64_t bytes) : byteCount(bytes) {
    if (bytes <= 0)
      return;
    size_t rounded = (static_cast<size_t>(bytes) + MLC_ALIGNMENT - 1) /
                     MLC_ALIGNMENT * MLC_ALIGNMENT;
    memory.reset(
        static_cast<std::byte *>(std::aligned_alloc(MLC_ALIGNMENT, rounded)));
    if (!memory)
      throw std::bad_alloc();
    std::memset(memory.get(), 0, rounded);
  }

  std::byte *data() { return memory.get(); }
  const std::byte *data() const { return memory.get(); }
  int64_t size() const { return byteCount; }
  void clear() {
    if (memory)
      std::memset(memory.get(), 0, static_cast<size_t>(byteCount));
  }

private:
  struct Free {
    void operator()(std::byte *block) const { std::free(block); }
  };
  std::unique_ptr<std::byte, Free> memory;
  int64_t byteCount = 0;
};

} // namespace mlc::runtime

#endif // MLC_RUNTIME_ALIGNEDBLOCK_H
