//===-- FakeModel.h - a model written by hand -------------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_TEST_RUNTIME_FAKEMODEL_H
#define MLC_TEST_RUNTIME_FAKEMODEL_H

#include "runtime/Dataset.h"

namespace mlc::runtime {

/// What the compiler would make of: prediction = x · kernel + bias[group], with
/// mean squared error and momentum. Inputs x f32 [4, 3] and group i32 [4] in
/// [0, 5), target y f32 [4, 1]. Metrics are the loss and the mean absolute
/// error. A little noise from the key makes each step depend on it.
const mlc_model &fakeModel();

/// Rows that the model can fit: y = x · (1, -2, 0.5) + group.
std::vector<NamedSource> fakeData(int64_t rows);

} // namespace mlc::runtime

#endif // MLC_TEST_RUNTIME_FAKEMODEL_H
