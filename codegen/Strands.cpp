//===-- Strands.cpp - independent operations, interleaved -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Strands.h"
#include "codegen/Approximations.h"

using namespace mlir;

namespace mlc::codegen {

/// The operation after `op`; the block's first if that is null.
static Block::iterator nextOf(Operation *op, Block *block) {
  return op ? std::next(op->getIterator()) : block->begin();
}

void Strands::begin() {
  Block::iterator point = b.getInsertionPoint();
  before =
      point == b.getInsertionBlock()->begin() ? nullptr : &*std::prev(point);
}

void Strands::end() {
  std::vector<Operation *> &strand = strands.emplace_back();
  Block::iterator point = b.getInsertionPoint();
  for (auto op = nextOf(before, b.getInsertionBlock()); op != point; ++op) {
    strandOf[&*op] = strands.size() - 1;
    strand.push_back(&*op);
  }
}

/// Functions become the operations that they are made of. They themselves stay,
/// unused: the emitter may remember them.
void Strands::expandFunctions(size_t s) {
  std::vector<Operation *> expanded;
  for (Operation *op : strands[s]) {
    OpBuilder inFront(op);
    Operation *last = op->getPrevNode();
    if (Value value = emitApproximation(inFront, op)) {
      for (auto part = nextOf(last, op->getBlock()); &*part != op; ++part) {
        strandOf[&*part] = s;
        expanded.push_back(&*part);
      }
      op->replaceAllUsesWith(ValueRange(value));
    }
    expanded.push_back(op);
  }
  strands[s] = std::move(expanded);
}

void Strands::interleave() {
  for (size_t s = 0; s < strands.size(); ++s)
    expandFunctions(s);
  placed.assign(strands.size(), 0);
  size_t longest = 0;
  for (auto &strand : strands)
    longest = std::max(longest, strand.size());
  for (size_t round = 0; round < longest; ++round)
    for (size_t s = 0; s < strands.size(); ++s)
      if (placed[s] <= round && placed[s] < strands[s].size())
        placeNext(s);
}

void Strands::placeNext(size_t s) {
  Operation *op = strands[s][placed[s]++];
  for (Value operand : op->getOperands())
    if (Operation *source = operand.getDefiningOp())
      while (strandOf.contains(source) && strandOf[source] != s)
        placeNext(strandOf[source]);
  strandOf.erase(op);
  op->moveBefore(b.getInsertionBlock(), b.getInsertionPoint());
}

} // namespace mlc::codegen
