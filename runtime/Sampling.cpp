//===-- runtime/Sampling.cpp - the choice of what follows -----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Sampling.h"

#include <algorithm>
#include <cmath>

namespace mlc::runtime {

namespace {

struct Candidate {
  int32_t id;
  double weight; ///< its score, then its share
};

/// The likeliest first; of equals that with the lower id.
void sortByWeight(std::vector<Candidate> &candidates) {
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate &lhs, const Candidate &rhs) {
              return lhs.weight != rhs.weight ? lhs.weight > rhs.weight
                                              : lhs.id < rhs.id;
            });
}

/// Keeps the first ones, as many as together have `share` of all.
void keepShare(std::vector<Candidate> &candidates, double share) {
  double total = 0, sum = 0;
  for (const Candidate &candidate : candidates)
    total += candidate.weight;
  size_t kept = 0;
  while (kept < candidates.size() && sum < share * total)
    sum += candidates[kept++].weight;
  candidates.resize(std::max<size_t>(kept, 1));
}

} // namespace

Expected<int32_t> Sampler::draw(const std::vector<float> &scores,
                                OutputKind kind) {
  std::vector<Candidate> candidates;
  for (size_t id = 0; id < scores.size(); ++id) {
    double score = static_cast<double>(scores[id]);
    score = kind == OutputKind::Probabilities ? std::log(score) : score;
    if (std::isnan(score) || score == HUGE_VAL)
      return makeError("the score of id ", id, " is ", scores[id],
                       ": the weights are of no use, or training diverged");
    candidates.push_back({static_cast<int32_t>(id), score});
  }
  sortByWeight(candidates);
  if (options.temperature == 0)
    return candidates.front().id;
  if (options.topK > 0 && options.topK < static_cast<int64_t>(scores.size()))
    candidates.resize(static_cast<size_t>(options.topK));
  double best = candidates.front().weight;
  for (Candidate &candidate : candidates)
    candidate.weight =
        std::exp((candidate.weight - best) / options.temperature);
  keepShare(candidates, options.topP);
  double total = 0;
  for (const Candidate &candidate : candidates)
    total += candidate.weight;
  double place = static_cast<double>(random.next() >> 11) * 0x1p-53 * total;
  for (const Candidate &candidate : candidates) {
    place -= candidate.weight;
    if (place < 0)
      return candidate.id;
  }
  return candidates.back().id;
}

} // namespace mlc::runtime
