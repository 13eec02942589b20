//===-- RecomputeChoice.h - which launches to do again ------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function as a list of steps that make and read values by number. Time turns
// at the step where most memory is needed: in a training step, between the
// forward and the backward pass. A step before it that is done again is done
// when one after it first needs a result, and the old results need not be kept
// beyond the turn; its own operands may be made again for that in turn.
//
// Which of two programs needs less is estimated here, thousands of times; what
// a program really needs says the memory plan.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_RECOMPUTECHOICE_H
#define MLC_CODEGEN_RECOMPUTECHOICE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace mlc::codegen {

struct RecomputeValue {
  int64_t bytes;   ///< in the arena; 0 if it lives elsewhere
  size_t producer; ///< its step
};

struct RecomputeStep {
  llvm::SmallVector<size_t> reads, makes; ///< values
  int64_t innerBytes = 0;                 ///< that it needs while it runs
  double cost = 1;                        ///< of doing it again
  bool mayRepeat = true;
};

/// A step in a program with repetitions.
struct RecomputeEntry {
  size_t step;
  bool isAgain;
  /// For each value that the step reads: the one made again?
  llvm::SmallVector<bool, 8> readsAgain;
};

class RecomputeChoice {
public:
  RecomputeChoice(llvm::ArrayRef<RecomputeValue> values,
                  llvm::ArrayRef<RecomputeStep> steps);

  /// Adds steps to `again`, those first that gain most for the time they cost,
  /// until the estimate is a few percent lower; `moves` gets what was added
  /// together. False if nothing helps.
  bool extend(llvm::BitVector &again,
              llvm::SmallVectorImpl<llvm::SmallVector<size_t>> &moves) const;

  /// Takes steps out of `again` whose repetition isn't what keeps the estimate
  /// below `limit`, the dearest first.
  void dropNeedless(llvm::BitVector &again, int64_t limit) const;

  /// The largest estimate of what is alive at once.
  int64_t estimatePeak(const llvm::BitVector &again) const;

  /// The program in which the steps of `again` are repeated where needed. A
  /// step whose results nobody reads before the turn is only moved.
  llvm::SmallVector<RecomputeEntry> expand(const llvm::BitVector &again) const;

private:
  class Expansion;
  class Lifetimes;
  /// Steps that are worth doing again together.
  struct Move {
    llvm::SmallVector<size_t> steps;
    double score = 0; ///< excess that goes for the time it costs
  };

  llvm::ArrayRef<int64_t> liveBytes(const llvm::BitVector &again) const;
  double excess(const llvm::BitVector &again, int64_t limit) const;
  bool addSources(llvm::SmallVectorImpl<size_t> &added,
                  const llvm::BitVector &again) const;
  double score(llvm::ArrayRef<size_t> added, const llvm::BitVector &again,
               double before, int64_t limit) const;
  llvm::SmallVector<Move> findMoves(const llvm::BitVector &again,
                                    int64_t limit) const;

  llvm::ArrayRef<RecomputeValue> values;
  llvm::ArrayRef<RecomputeStep> steps;
  size_t turn = 0;
  /// The last step up to the turn that reads a result of each; itself if none.
  llvm::SmallVector<size_t> lastEarly;
  llvm::BitVector isReadLate; ///< steps with a result that is read after it
  /// Of the estimate in progress, kept to be filled again.
  mutable llvm::SmallVector<size_t> last, doneAt;
  mutable llvm::SmallVector<int64_t> live;
};

} // namespace mlc::codegen

#endif // MLC_CODEGEN_RECOMPUTECHOICE_H
