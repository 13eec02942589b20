//===-- ContractionChoice.h - what tuning chooses ---------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_CONTRACTIONCHOICE_H
#define MLC_CODEGEN_CONTRACTIONCHOICE_H

#include <cstdint>
#include <string>
#include <vector>

namespace mlc::codegen {

struct ContractionChoice {
  /// The register tile.
  int64_t rows = 0, vectors = 0;
  /// Whether panels of B are packed.
  bool packed = false;
  /// Steps along K of a block of a sum, steps along M of a tile of work; 0:
  /// what the planner computes.
  int64_t block = 0, chunk = 0;
};

/// Visits the numbers of a choice, by the names that files and attributes use.
template <typename Choice, typename Visitor>
void visitNumbers(Choice &choice, Visitor visit) {
  visit("rows", choice.rows);
  visit("vectors", choice.vectors);
  visit("block", choice.block);
  visit("chunk", choice.chunk);
}

/// What a kernel's part was planned as, and how many candidates there are.
struct PlannedChoice {
  std::string contraction;
  ContractionChoice choice;
  int64_t candidates = 1;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_CONTRACTIONCHOICE_H
