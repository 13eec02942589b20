//===-- LoopMemory.h - what a loop keeps from round to round ------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A carried value lives in a row of slots: a round reads one and writes the
// next. Two slots, used in turn, are enough; but where the loop also stacks
// what it carries, the slots are the stacked tensor, with one more for the
// initial value: nothing is copied from round to round.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_LOOPMEMORY_H
#define MLC_CODEGEN_LOOPMEMORY_H

#include "codegen/Places.h"

namespace mlc::codegen {

class CarriedSlots {
public:
  CarriedSlots(ScanOp scan, unsigned carried);

  int64_t getBytes() { return slots * slotBytes; }
  /// Within the slots: what a round starts from, and what it makes.
  LoopStride getCurrent() { return stride(scan.getReverse() ? 1 : 0); }
  LoopStride getNext() { return stride(scan.getReverse() ? 0 : 1); }
  /// Offsets of the values before the first and after the last round.
  int64_t getInitOffset();
  int64_t getFinalOffset();
  /// The offset at which output `i` is found in the slots, if it is there.
  std::optional<int64_t> getOutputOffset(unsigned i);

private:
  LoopStride stride(int64_t shift) {
    return {scan, slotBytes, shift, isStacked ? 0 : slots};
  }

  ScanOp scan;
  unsigned carried;
  int64_t slotBytes, slots;
  bool isStacked = false;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_LOOPMEMORY_H
