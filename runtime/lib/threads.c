/*===-- threads.c - the thread pool of compiled models -----------*- C -*-===*
 *
 * Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Steps of a small model take microseconds, so idle workers first spin, which
 * lets the next kernel start within a cache miss, and park on a condition
 * variable only when nothing has come for a while.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "mlc/threads.h"
#include "mlc/model.h"
#include "sharing.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
  maxWorkers = 256, /* threads of the pool, the caller included */
  spinNanoseconds = 300000,
  lateNanoseconds =
      30000, /* a worker that hasn't begun by then isn't running */
  pausesPerClockRead = 64
};

/** A place to wait until `value` differs from what was seen. */
typedef struct {
  _Alignas(MLC_ALIGNMENT) atomic_uint value;
  atomic_uint sleepers;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
} Gate;

/** The last of a worker's jobs that somebody has begun, by the number of its
 *  start gate. The caller looks here only when a worker is late. */
typedef struct {
  _Alignas(MLC_ALIGNMENT) atomic_uint begun;
} Claim;

typedef struct {
  mlc_body body;
  void *context;
  int64_t count;
  int64_t threads;
} Job;

static struct {
  atomic_flag busy;       /* held by the caller whose job the pool runs */
  mlc_sharing sharing;    /* of the holder of busy */
  atomic_bool forgets;    /* what sharing has taken so far */
  Job job;                /* written by the holder of busy, before `start` */
  Gate start[maxWorkers]; /* [w]: raised once for each job of worker w */
  Claim claim[maxWorkers];
  Gate finished;          /* raised once for each finished job */
  atomic_uint unfinished; /* workers still in the job, without the caller */
  pthread_t thread[maxWorkers];
  atomic_int processor[maxWorkers]; /* 1 + that of each at its last job */
  int64_t started; /* workers running, the caller counted as one */
  int registered;  /* exit and fork handlers are installed */
  atomic_bool stopping;
  atomic_llong limit; /* of mlc_set_num_threads; 0: the default */
} pool = {.busy = ATOMIC_FLAG_INIT, .sharing = MLC_SHARING_START, .started = 1};

static void pauseProcessor(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void gateInit(Gate *gate) {
  atomic_init(&gate->value, 0);
  atomic_init(&gate->sleepers, 0);
  pthread_mutex_init(&gate->mutex, NULL);
  pthread_cond_init(&gate->changed, NULL);
}

static void gateDestroy(Gate *gate) {
  pthread_mutex_destroy(&gate->mutex);
  pthread_cond_destroy(&gate->changed);
}

/** Raises the gate and wakes who sleeps at it. Both sides write one variable
 *  and then read the other, sequentially consistent, so one of them notices. */
static void gateRaise(Gate *gate) {
  atomic_fetch_add(&gate->value, 1);
  if (atomic_load(&gate->sleepers) == 0)
    return;
  pthread_mutex_lock(&gate->mutex);
  pthread_cond_broadcast(&gate->changed);
  pthread_mutex_unlock(&gate->mutex);
}

/** Waits no longer than `most` nanoseconds; returns whether the value differs.
 *  To yield is to wait for long where a busy process takes the processor. */
static int gateSpin(Gate *gate, unsigned seen, int64_t most, int yields) {
  int64_t deadline = 0;
  for (;;) {
    for (int i = 0; i < pausesPerClockRead; ++i) {
      if (atomic_load_explicit(&gate->value, memory_order_acquire) != seen)
        return 1;
      pauseProcessor();
    }
    int64_t now = nanoseconds();
    if (deadline == 0)
      deadline = now + most;
    else if (now >= deadline)
      return 0;
    if (yields)
      sched_yield(); /* lets others run where there are too few processors */
  }
}

/** Returns when the gate's value differs from `seen`. */
static void gateWait(Gate *gate, unsigned seen) {
  if (gateSpin(gate, seen, spinNanoseconds, /*yields=*/1))
    return;
  pthread_mutex_lock(&gate->mutex);
  atomic_fetch_add(&gate->sleepers, 1);
  while (atomic_load(&gate->value) == seen)
    pthread_cond_wait(&gate->changed, &gate->mutex);
  atomic_fetch_sub(&gate->sleepers, 1);
  pthread_mutex_unlock(&gate->mutex);
}

#ifdef __linux__
static int processorOf(int64_t worker) {
  return atomic_load_explicit(&pool.processor[worker], memory_order_relaxed) -
         1;
}

/** Moves the calling thread to a processor that isn't taken, if there is one;
 *  it may be moved on from there. */
static void leave(const cpu_set_t *taken) {
  cpu_set_t all, others;
  if (sched_getaffinity(0, sizeof all, &all) != 0)
    return;
  CPU_AND(&others, &all, taken);
  CPU_XOR(&others, &all, &others);
  if (CPU_COUNT(&others) == 0 ||
      sched_setaffinity(0, sizeof others, &others) != 0)
    return;
  (void)sched_setaffinity(0, sizeof all, &all);
}

/** Threads that wait for each other by yielding can share a processor for long,
 *  while another idles: to the scheduler neither of them seems to wait. A
 *  worker leaves one on which a thread before it in the pool was last. */
static void spreadOut(int64_t worker) {
  int here = sched_getcpu();
  if (here < 0)
    return;
  if (processorOf(worker) != here) /* else the others' copies stay valid */
    atomic_store_explicit(&pool.processor[worker], here + 1,
                          memory_order_relaxed);
  cpu_set_t taken;
  CPU_ZERO(&taken);
  for (int64_t other = 0; other < worker; ++other)
    if (processorOf(other) >= 0)
      CPU_SET((size_t)processorOf(other), &taken);
  if (CPU_ISSET((size_t)here, &taken))
    leave(&taken);
}
#else
static void spreadOut(int64_t worker) { (void)worker; }
#endif

/** The static share of `worker`: sizes differ by at most one. */
static void runShare(const Job *job, int64_t worker) {
  int64_t share = job->count / job->threads;
  int64_t rest = job->count % job->threads;
  int64_t begin = worker * share + (worker < rest ? worker : rest);
  int64_t end = begin + share + (worker < rest ? 1 : 0);
  job->body(job->context, begin, end, worker);
}

/** Runs the worker's share of its job number `number`, unless somebody has
 * begun with it. */
static void beginShare(int64_t worker, unsigned number) {
  unsigned before = number - 1;
  if (!atomic_compare_exchange_strong(&pool.claim[worker].begun, &before,
                                      number))
    return;
  runShare(&pool.job, worker);
  if (atomic_fetch_sub(&pool.unfinished, 1) == 1)
    gateRaise(&pool.finished);
}

static void *workerMain(void *argument) {
  int64_t worker = (int64_t)(intptr_t)argument;
  for (unsigned seen = 0;;) {
    gateWait(&pool.start[worker], seen);
    seen = atomic_load(&pool.start[worker].value);
    if (atomic_load(&pool.stopping)) /* after what may be its raise was seen */
      return NULL;
    spreadOut(worker);
    beginShare(worker, seen);
  }
}

/** At exit. A pool still at work, for a thread that outlives main, is left. */
static void stopPool(void) {
  if (atomic_flag_test_and_set(&pool.busy))
    return;
  atomic_store(&pool.stopping, 1);
  for (int64_t worker = 1; worker < pool.started; ++worker) {
    gateRaise(&pool.start[worker]);
    pthread_join(pool.thread[worker], NULL);
    gateDestroy(&pool.start[worker]);
  }
  if (pool.started > 1)
    gateDestroy(&pool.finished);
  pool.started = 1;
  /* busy stays set: calls from later exit handlers run serially. */
}

/** The child of a fork has none of the pool's threads. It starts its own. */
static void forgetPool(void) {
  pool.started = 1;
  atomic_store(&pool.forgets, 1);
  atomic_store(&pool.unfinished, 0);
  atomic_flag_clear(&pool.busy);
}

/** Brings the pool to `threads` workers, or as many as the system grants. */
static void growPool(int64_t threads) {
  if (!pool.registered) {
    pool.registered = 1;
    atexit(stopPool);
    pthread_atfork(NULL, NULL, forgetPool);
  }
  if (pool.started == 1 && threads > 1)
    gateInit(&pool.finished);
  while (pool.started < threads) {
    int64_t worker = pool.started;
    gateInit(&pool.start[worker]);
    atomic_store(&pool.claim[worker].begun, 0);
    if (pthread_create(&pool.thread[worker], NULL, workerMain,
                       (void *)(intptr_t)worker) != 0) {
      gateDestroy(&pool.start[worker]);
      return;
    }
    pool.started = worker + 1;
  }
}

static int64_t availableProcessors(void) {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    return CPU_COUNT(&set);
#endif
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? online : 1;
}

static int64_t environmentLimit(void) {
  const char *text = getenv("MLC_NUM_THREADS");
  char *end = NULL;
  long value = text ? strtol(text, &end, 10) : 0;
  return value > 0 && *end == '\0' ? value : maxWorkers;
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static atomic_llong defaultThreads; /* 0: not computed yet */

int64_t mlc_num_threads(void) {
  int64_t most = atomic_load_explicit(&defaultThreads, memory_order_relaxed);
  if (most == 0) {
    most = smaller(availableProcessors(), maxWorkers);
    most = most < 1 ? 1 : most;
    atomic_store(&defaultThreads, most);
  }
  int64_t limit = atomic_load_explicit(&pool.limit, memory_order_relaxed);
  if (limit == 0) {
    long long unset = 0; /* a limit set meanwhile wins */
    atomic_compare_exchange_strong(&pool.limit, &unset, environmentLimit());
    limit = atomic_load(&pool.limit);
  }
  return smaller(most, limit > 0 ? limit : most);
}

void mlc_set_num_threads(int64_t threads) {
  atomic_store(&pool.limit, threads > 0 ? threads : 0);
  atomic_store(&pool.forgets, 1);
}

static void runOnPool(const Job *job) {
  pool.job = *job;
  spreadOut(0);
  unsigned seen = atomic_load(&pool.finished.value);
  atomic_store(&pool.unfinished, (unsigned)(job->threads - 1));
  for (int64_t worker = 1; worker < job->threads; ++worker)
    gateRaise(&pool.start[worker]);
  runShare(job, 0);
  if (gateSpin(&pool.finished, seen, lateNanoseconds, /*yields=*/0))
    return;
  /* On a busy machine workers may wait for a processor, each time for longer
   * than all of their work takes. */
  for (int64_t worker = 1; worker < job->threads; ++worker)
    beginShare(worker, atomic_load(&pool.start[worker].value));
  gateWait(&pool.finished, seen);
}

void mlc_parallel_for(mlc_body body, void *context, int64_t count,
                      int64_t max_threads) {
  if (count <= 0)
    return;
  Job job = {body, context, count, smaller(max_threads, count)};
  if (job.threads > 1)
    job.threads = smaller(job.threads, mlc_num_threads());
  if (job.threads <= 1 || atomic_flag_test_and_set(&pool.busy)) {
    body(context, 0, count, 0);
    return;
  }
  growPool(job.threads);
  job.threads = smaller(job.threads, pool.started);
  if (atomic_exchange(&pool.forgets, 0))
    pool.sharing = (mlc_sharing)MLC_SHARING_START;
  int64_t begin = nanoseconds();
  if (job.threads > 1 && mlc_sharing_shares(&pool.sharing))
    runOnPool(&job);
  else
    body(context, 0, count, 0);
  mlc_sharing_note(&pool.sharing, begin, nanoseconds());
  atomic_flag_clear(&pool.busy);
}
