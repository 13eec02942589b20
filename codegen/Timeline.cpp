//===-- Timeline.cpp - when values are needed -----------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Timeline.h"
#include "codegen/Schedule.h"

using namespace mlir;

namespace mlc::codegen {

Timeline::Timeline(ArrayRef<Operation *> steps) { addSteps(steps); }

int64_t Timeline::lastRead(Value root) const {
  auto found = reads.find(root);
  return found == reads.end() ? -1 : found->second;
}

void Timeline::addReads(ValueRange values, int64_t time) {
  for (Value value : values)
    reads[getRoot(value)] = time;
}

void Timeline::addSteps(ArrayRef<Operation *> steps) {
  for (Operation *step : steps) {
    starts[step] = next++;
    if (auto scan = dyn_cast<ScanOp>(step)) {
      addSteps(getSteps(scan.getBody().front()));
      addReads(scan.getYield()->getOperands(), next);
      ends[step] = next++;
    } else {
      ends[step] = starts[step];
    }
    addReads(step->getOperands(), ends[step]);
  }
}

} // namespace mlc::codegen
