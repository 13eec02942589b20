//===-- LoopMemory.cpp - what a loop keeps from round to round ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/LoopMemory.h"
#include "codegen/Schedule.h"
#include "ir/Builders.h"

using namespace mlir;

namespace mlc::codegen {

CarriedSlots::CarriedSlots(ScanOp scan, unsigned carried)
    : scan(scan), carried(carried),
      slotBytes(bytesOf(scan.getInits()[carried].getType())) {
  for (unsigned i = 0; i < scan.getOutputs().size(); ++i)
    isStacked |= getOutputOffset(i).has_value();
  slots = isStacked ? int64_t(scan.getLength()) + 1 : 2;
}

int64_t CarriedSlots::getInitOffset() {
  int64_t slot = scan.getReverse() ? int64_t(scan.getLength()) : 0;
  return slot % slots * slotBytes;
}

int64_t CarriedSlots::getFinalOffset() {
  int64_t slot = scan.getReverse() ? 0 : int64_t(scan.getLength());
  return slot % slots * slotBytes;
}

std::optional<int64_t> CarriedSlots::getOutputOffset(unsigned i) {
  Value slice = getRoot(scan.getOutputSlices()[i]);
  if (slice == scan.getCarried()[carried])
    return getCurrent().shift * slotBytes;
  if (slice == getRoot(scan.getNext()[carried]))
    return getNext().shift * slotBytes;
  return std::nullopt;
}

} // namespace mlc::codegen
