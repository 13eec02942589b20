/*===-- mlc/threads.h - how many threads a model may use ---------*- C -*-===*
 *
 * Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The library `mlc_threads` provides mlc_parallel_for (see mlc/model.h) to
 * models compiled with --threads above 1. It keeps one pool for the process,
 * started by the first call that can use it and joined at exit.
 *
 * A call uses the smallest of: its own max_threads, the limit below, the
 * processors that the process may run on, and its count. When the pool is at
 * work for another user thread, the call runs on its own thread alone; and so
 * do calls of less than 0.1 ms each while sharing takes longer than not, which
 * the pool tries now and then. Results don't depend on any of this.
 *
 * Valid as C11 and C++17.
 *===----------------------------------------------------------------------===*/
#ifndef MLC_THREADS_H
#define MLC_THREADS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Limits the threads of later calls to `threads`; 0 returns to the default,
 *  which is the environment's MLC_NUM_THREADS or else no limit. How long short
 *  calls took, shared or not, is forgotten. */
void mlc_set_num_threads(int64_t threads);

/** The threads that a call with unlimited max_threads and count would use. */
int64_t mlc_num_threads(void);

#ifdef __cplusplus
}
#endif
#endif /* MLC_THREADS_H */
