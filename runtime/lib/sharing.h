/*===-- sharing.h - whether short jobs are shared ----------------*- C -*-===*
 *
 * Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Where processors are far from each other, as those of a virtual machine can
 * be from one second to the next, handing over some microseconds' work and the
 * data for it takes longer than doing it. What is best shows in all of a
 * model's jobs together only: what one of them wrote, the next one reads. So
 * now and then a window of jobs is done in the other way, and the faster one
 * kept. Results are the same.
 *
 * Knows time as what it is told. Valid as C11 and C++17.
 *===----------------------------------------------------------------------===*/
#ifndef MLC_SHARING_H
#define MLC_SHARING_H

#include <stdint.h>

enum {
  windowJobs = 256, /* steps of a small model are a few to some dozen jobs */
  firstWindows = 3, /* until the first trial */
  leastPause = 8,   /* windows between trials: more and more, while nothing */
  mostPause = 64,   /* changes; a trial takes at most twice as long as others */
  mostPauseAlone = 16,
  gapNanoseconds = 100000,      /* a longer pause is the program's own */
  longMeanNanoseconds = 100000, /* such jobs are worth sharing anywhere, */
  longJobNanoseconds = 250000   /* and so is a single one of these */
};

typedef struct {
  int isAlone;      /* jobs are done by the caller alone, but in trials */
  int isTrial;      /* this window is done in the other way */
  int jobs;         /* of this window that are done */
  int64_t time;     /* that they took; of a trial, those of its second half */
  int64_t lastEnd;  /* of the job before */
  int64_t times[2]; /* of the last windows that were no trials */
  int64_t trial;    /* of the last one that was; 0: none */
  int64_t pause, left; /* windows from trial to trial, and until the next */
} mlc_sharing;

#define MLC_SHARING_START {0, 0, 0, 0, 0, {0, 0}, 0, leastPause, firstWindows}

/** Is the next job shared? */
static inline int mlc_sharing_shares(const mlc_sharing *sharing) {
  return sharing->isAlone == sharing->isTrial;
}

static inline void mlc_sharing_endTrial(mlc_sharing *sharing, int64_t time) {
  int64_t before = sharing->times[0] < sharing->times[1] ? sharing->times[0]
                                                         : sharing->times[1];
  sharing->isTrial = 0;
  sharing->trial = time;
  if (time < before - before / 20) { /* 5% are no chance */
    sharing->isAlone = !sharing->isAlone;
    sharing->trial = before;
    sharing->times[0] = sharing->times[1] = time;
    sharing->pause = leastPause;
  } else if (sharing->pause < (sharing->isAlone ? mostPauseAlone : mostPause)) {
    sharing->pause *= 2;
  }
  sharing->left = sharing->pause;
}

static inline void mlc_sharing_endWindow(mlc_sharing *sharing) {
  int64_t time = sharing->time;
  sharing->jobs = 0;
  sharing->time = 0;
  if (sharing->isTrial) {
    mlc_sharing_endTrial(sharing, 2 * time);
    return;
  }
  sharing->times[1] = sharing->times[0];
  sharing->times[0] = time;
  if (!sharing->isAlone && time > (int64_t)windowJobs * longMeanNanoseconds)
    return;
  /* Slower than the other way was: something has changed. */
  int isSlower = sharing->trial > 0 && sharing->times[0] > sharing->trial &&
                 sharing->times[1] > sharing->trial;
  --sharing->left;
  if (sharing->left <= 0 ||
      (isSlower && sharing->pause - sharing->left >= leastPause / 2))
    sharing->isTrial = 1;
}

/** Notes a job that ran from `begin` to `end`, in nanoseconds. */
static inline void mlc_sharing_note(mlc_sharing *sharing, int64_t begin,
                                    int64_t end) {
  int64_t gap = begin - sharing->lastEnd, time = end - begin;
  sharing->lastEnd = end;
  if (sharing->isAlone && !sharing->isTrial && time > longJobNanoseconds) {
    const mlc_sharing start = MLC_SHARING_START;
    *sharing = start;
    sharing->lastEnd = end;
    return;
  }
  /* When a trial begins, data are where the other way has left them. */
  if (!sharing->isTrial || sharing->jobs >= windowJobs / 2)
    sharing->time += time + (gap < gapNanoseconds ? gap : 0);
  if (++sharing->jobs == windowJobs)
    mlc_sharing_endWindow(sharing);
}

#endif /* MLC_SHARING_H */
