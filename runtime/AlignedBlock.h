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

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace mlc::runtime {

/// Zeroed bytes at a multiple of MLC_ALIGNMENT. Null when there are none. Large
/// blocks are in huge pages where the system has them: kernels go through them
/// in strides, and would wait for the page of each step.
class AlignedBlock {
public:
  AlignedBlock() = default;
  /// Throws std::bad_alloc, as a vector would.
  explicit AlignedBlock(int64_t bytes) : byteCount(bytes) {
    if (bytes <= 0)
      return;
    auto size = static_cast<size_t>(bytes);
    size_t alignment = size >= 2 * hugePage ? hugePage : MLC_ALIGNMENT;
    size_t rounded = (size + alignment - 1) / alignment * alignment;
    memory.reset(
        static_cast<std::byte *>(std::aligned_alloc(alignment, rounded)));
    if (!memory)
      throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    // Advice: where it isn't followed, the block is as good, only slower.
    if (alignment == hugePage)
      madvise(memory.get(), rounded, MADV_HUGEPAGE);
#endif
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
  static constexpr size_t hugePage = size_t{2} << 20;

  struct Free {
    void operator()(std::byte *block) const { std::free(block); }
  };
  std::unique_ptr<std::byte, Free> memory;
  int64_t byteCount = 0;
};

} // namespace mlc::runtime

#endif // MLC_RUNTIME_ALIGNEDBLOCK_H
