//===-- PlanOptions.h - what planning asks of the machine -------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes that plan contractions have the options `PlanOptions` of Passes.td:
// that part of a Target.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_PLANOPTIONS_H
#define MLC_CODEGEN_PLANOPTIONS_H

#include "codegen/Target.h"

namespace mlc::codegen {

/// A pass's options, by the target.
template <typename Options> Options getPlanOptions(const Target &target) {
  Options options;
  options.vectorBits = target.vectorBits;
  options.vectorRegisters = target.vectorRegisters;
  options.hasFma = target.hasFma;
  options.ordersLoads = target.ordersLoads;
  options.l1Bytes = target.l1.bytes;
  options.l1Ways = target.l1.ways;
  options.l2Bytes = target.l2.bytes;
  options.l2Ways = target.l2.ways;
  options.sharedCacheBytes = target.sharedCacheBytes;
  return options;
}

/// Such a pass, above its generated base.
template <typename Base> struct PlanningPass : Base {
  using Base::Base;

protected:
  /// The target, as far as the options say.
  Target getPlanTarget() const {
    Target target;
    target.vectorBits = this->vectorBits;
    target.vectorRegisters = this->vectorRegisters;
    target.hasFma = this->hasFma;
    target.ordersLoads = this->ordersLoads;
    target.l1 = {this->l1Bytes, this->l1Ways};
    target.l2 = {this->l2Bytes, this->l2Ways};
    target.sharedCacheBytes = this->sharedCacheBytes;
    return target;
  }
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_PLANOPTIONS_H
