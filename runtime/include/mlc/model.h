/*===-- mlc/model.h - the binary interface of a compiled model ---*- C -*-===*
 *
 * Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A compiled model exports one symbol, a constant `mlc_model`. It lists every
 * function and every tensor of the model, so that generic code (a training
 * loop, a checkpoint reader) can drive any model from this descriptor alone.
 * The generated header of a model wraps the same functions with types.
 *
 * Memory belongs to the caller: `state` (parameters, optimizer moments, step
 * counter, random key: copy it and you have a checkpoint), `metrics` (sums over
 * an epoch; zero them to start one) and `workspace` (no call keeps anything in
 * it). Each is one block, aligned to MLC_ALIGNMENT. Functions keep no global
 * state, so different states may be used from different threads at once.
 *
 * Valid as C11 and C++17.
 *===----------------------------------------------------------------------===*/
#ifndef MLC_MODEL_H
#define MLC_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Changes whenever the meaning or the layout of anything below changes. */
#define MLC_ABI_VERSION 2u
/** Required alignment, in bytes, of state, workspace and metrics blocks.
 *  Inputs and outputs need no more than their element's alignment. */
#define MLC_ALIGNMENT 64

typedef enum mlc_dtype {
  MLC_F32 = 0,
  MLC_F64 = 1,
  MLC_I32 = 2,
  MLC_I64 = 3,
  MLC_U8 = 4
} mlc_dtype;

typedef enum mlc_role {
  MLC_PARAMETER = 0, /**< trained weight (in state)                      */
  MLC_OPTIMIZER = 1, /**< moment or other slot of the optimizer (state)  */
  MLC_STATISTIC = 2, /**< moving statistic, not trained (state)          */
  MLC_STEP = 3,      /**< i64 count of finished training steps (state)   */
  MLC_KEY = 4,       /**< two i32: key of the random generator (state)   */
  MLC_METRIC = 5,    /**< f64 running sum, or several (in the metrics block) */
  MLC_INPUT = 6,     /**< input of the model                             */
  MLC_TARGET = 7,    /**< what an output is compared with                */
  MLC_OUTPUT = 8,    /**< output of the model                            */
  MLC_LOSS = 9,      /**< scalar: mean loss over the rows of the call    */
  MLC_GRADIENT = 10, /**< gradient of the loss by a parameter            */
  MLC_SEED = 11,     /**< two i32 (one u64, little endian), of `init`    */
  MLC_SAMPLE_WEIGHT = 12, /**< "output/sample_weight": the weights of an
                               output's rows, or of the values in a row */
  MLC_CACHE = 13 /**< what generate_step remembers of the positions of a
                      sequence before (state); no part of a checkpoint */
} mlc_role;

typedef struct mlc_tensor {
  const char *name; /**< "layer/variable" or the name of an input or output */
  int32_t dtype;    /**< an mlc_dtype */
  int32_t role;     /**< an mlc_role */
  int32_t rank;
  const int64_t *shape; /**< `rank` sizes, row major; dimension 0 of inputs,
                             targets and outputs is the batch (1 for
                             generate_step) */
  int64_t offset;       /**< bytes from the start of its block (state or
                             metrics); 0 for inputs and outputs */
  int64_t bytes;        /**< size of the whole tensor */
  int64_t range;        /**< ids of an integer tensor must be in [0, range);
                             0: not checked */
  int64_t ignored;      /**< beside a range: an id outside of it that may be
                             there all the same; 0: none */
} mlc_tensor;

/** 0, or what was wrong: see mlc_status_code and its neighbours. A call that
 *  fails has changed neither state nor metrics nor outputs. */
typedef int64_t mlc_status;

enum {
  MLC_OK = 0,
  MLC_OUT_OF_RANGE = 1, /**< an id outside [0, range) in an input or target */
  MLC_BAD_ROWS = 2,     /**< rows not in [1, batch] */
  MLC_UNSUPPORTED = 3   /**< the system keeps registers of the processor that
                             the model was compiled for from programs */
};
/** One of MLC_OK, MLC_OUT_OF_RANGE, MLC_BAD_ROWS, MLC_UNSUPPORTED. */
static inline int32_t mlc_status_code(mlc_status s) {
  return (int32_t)(s & 0xff);
}
/** Index, in mlc_function.inputs, of the input that holds the bad id. */
static inline int32_t mlc_status_input(mlc_status s) {
  return (int32_t)((s >> 8) & 0xff);
}
/** Element (row-major) of that input. */
static inline int64_t mlc_status_element(mlc_status s) { return s >> 16; }

/** The uniform signature of every compiled function.
 *  `inputs[i]` and `outputs[i]` point at the tensors that mlc_function lists.
 *  `rows`, in [1, batch], is how many leading rows of the batch are present:
 *  nothing beyond them is read or written, and means are taken over them.
 *  `workspace` may be null where mlc_function.workspace_bytes is 0. */
typedef mlc_status (*mlc_entry)(void *state, void *workspace,
                                const void *const *inputs, void *const *outputs,
                                int64_t rows);

/** Functions of a model (those of a model without a loss: init, predict,
 *  generate_step):
 *   init           seed                 ->                 fills the state
 *   predict        inputs...            -> outputs...
 *   train_step     inputs, targets...   -> loss, metrics block
 *   evaluate_step  inputs, targets...   -> loss, metrics block
 *                  (behind the targets, the sample weights, if any)
 *   metrics        metrics block        -> one scalar per metric, the first
 *                                          is "loss"
 *   gradient       inputs, targets...   -> loss, one gradient per parameter
 *                  (only when asked for at compile time)
 *   generate_step  id, position         -> scores of what follows the id
 *                  (only when asked for at compile time) Works on one sequence,
 *                  whose ids it takes at positions 0, 1, 2 ... in turn: the
 *                  state remembers what it needs of those before, and position
 *                  0 starts another sequence.
 *  The metrics block is listed as one tensor, named "metrics", of f64. It is
 *  read and updated by train_step and evaluate_step. */
typedef struct mlc_function {
  const char *name;
  mlc_entry call;
  int64_t workspace_bytes;
  int64_t flops; /**< arithmetic of one call with a full batch */
  int32_t input_count;
  const mlc_tensor *inputs;
  int32_t output_count;
  const mlc_tensor *outputs;
} mlc_function;

typedef struct mlc_model {
  uint32_t abi_version; /**< MLC_ABI_VERSION of the compiler */
  int32_t max_threads;  /**< --threads at compile time; 1: no runtime needed */
  const char *name;
  const char *compiler; /**< name and version of the compiler */
  int64_t batch;        /**< rows of a full batch */
  int64_t state_bytes;
  int64_t workspace_bytes; /**< the largest of all functions */
  int64_t metrics_bytes;
  int32_t state_count;
  const mlc_tensor *state; /**< every tensor in the state, by offset */
  int32_t metric_count;
  const mlc_tensor *metrics; /**< every running sum in the metrics block */
  int32_t function_count;
  const mlc_function *functions;
} mlc_model;

/** Work sharing, called by models compiled with --threads above 1 and
 *  provided by the mlc runtime (or by the program that links the model).
 *  Calls body(context, begin, end, worker) so that the ranges cover [0, count)
 *  without overlap and no two running calls have the same `worker`, which is
 *  in [0, max_threads). Returns when all are done. */
typedef void (*mlc_body)(void *context, int64_t begin, int64_t end,
                         int64_t worker);
void mlc_parallel_for(mlc_body body, void *context, int64_t count,
                      int64_t max_threads);

#ifdef __cplusplus
}
#endif
#endif /* MLC_MODEL_H */
