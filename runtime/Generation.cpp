//===-- runtime/Generation.cpp - sequences, id by id ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Generation.h"

#include <algorithm>
#include <limits>

namespace mlc::runtime {

Expected<Generator> Generator::create(Session &session) {
  auto entry = session.function("generate_step");
  if (!entry)
    return entry.takeError();
  return Generator(session, (*entry)->inputs[1].range);
}

Status Generator::step(int32_t id) {
  Status done = session.generateStep(id, next, scores);
  // Models without a last position only ask whether it is the first.
  if (done && next < std::numeric_limits<int32_t>::max())
    ++next;
  return done;
}

Status Generator::startAgain() {
  int64_t kept = std::max<int64_t>(positions / 2, 1);
  ids.erase(ids.begin(), ids.end() - kept);
  next = 0;
  for (int32_t id : ids)
    if (Status done = step(id); !done)
      return done;
  return {};
}

Expected<const std::vector<float> *> Generator::append(int32_t id) {
  bool isFull = positions > 0 && next == positions;
  if (positions > 0)
    ids.push_back(id);
  Status done = isFull ? startAgain() : step(id);
  if (!done)
    return done.takeError();
  return &scores;
}

} // namespace mlc::runtime
