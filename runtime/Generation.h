//===-- runtime/Generation.h - sequences, id by id --------------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_GENERATION_H
#define MLC_RUNTIME_GENERATION_H

#include "runtime/Session.h"

#include <vector>

namespace mlc::runtime {

/// Takes a sequence through a model id by id. Where the model has a last
/// position, what is behind it goes on from the younger half of the ids before,
/// taken in again; the older half is forgotten.
class Generator {
public:
  /// `session`, of a model with generate_step, must outlive this.
  static Expected<Generator> create(Session &session);

  /// Appends `id`; the scores of what follows it are valid until the next call.
  Expected<const std::vector<float> *> append(int32_t id);

private:
  Generator(Session &session, int64_t positions)
      : session(session), positions(positions) {}
  Status step(int32_t id);
  Status startAgain();

  Session &session;
  int64_t positions; ///< 0: any number
  int32_t next = 0;
  std::vector<int32_t> ids; ///< at the positions so far, where they are limited
  std::vector<float> scores;
};

} // namespace mlc::runtime

#endif // MLC_RUNTIME_GENERATION_H
