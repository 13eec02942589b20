/*===-- driver.c - runs any compiled model, on any machine --------*- C -*-===*
 *
 * Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Knows the model by its descriptor only (MODEL, set by who compiles this), and
 * needs no library: what it asks of the system is below. The batch is random,
 * but the same on every machine.
 *===----------------------------------------------------------------------===*/
#include "mlc/model.h"

/** Zeroed memory, aligned to MLC_ALIGNMENT, that is never given back. */
void *take(int64_t bytes);
/** Seconds since some moment. */
double now(void);
/** Prints a number. */
void put(double number);

/** Trains for so many steps and puts the loss of each; then the loss on a
 *  partial batch, the metrics, and the predictions. */
int32_t check(int32_t steps);
/** Calls train_step or predict for so many seconds. Puts the arithmetic of a
 * call, then the seconds of each. */
int32_t measure(int32_t trains, double seconds);

extern const mlc_model MODEL;

enum { mostTensors = 64, leastCalls = 5, restoreEvery = 100 };

/** What a function reads and writes, but for the state. */
typedef struct {
  const mlc_function *function;
  const void *inputs[mostTensors];
  void *outputs[mostTensors];
} Call;

static uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

static int64_t countElements(const mlc_tensor *tensor) {
  int64_t count = 1;
  for (int32_t i = 0; i < tensor->rank; ++i)
    count *= tensor->shape[i];
  return count;
}

static int isSame(const char *a, const char *b) {
  for (; *a && *a == *b; ++a, ++b) {
  }
  return *a == *b;
}

static const mlc_function *findFunction(const char *name) {
  for (int32_t i = 0; i < MODEL.function_count; ++i)
    if (isSame(MODEL.functions[i].name, name))
      return &MODEL.functions[i];
  return 0;
}

/** An id in range, or a number in [-1, 1) (of a target: in [0, 1)). */
static void fill(const mlc_tensor *tensor, uint64_t stream, void *data) {
  const float unit = 1.0F / (1 << 24);
  const int64_t range = tensor->range ? tensor->range : 10;
  for (int64_t i = 0; i < countElements(tensor); ++i) {
    uint64_t bits = mix(mix(stream) ^ (uint64_t)i);
    int32_t id = (int32_t)(bits % (uint64_t)range);
    float number = (float)(bits >> 40) * unit;
    if (tensor->role == MLC_INPUT)
      number = 2 * number - 1;
    if (tensor->dtype == MLC_F32)
      ((float *)data)[i] = tensor->range ? (float)id : number;
    else if (tensor->dtype == MLC_I32)
      ((int32_t *)data)[i] = id;
    else
      ((uint8_t *)data)[i] = (uint8_t)id;
  }
}

/** The metrics block is every function's. */
static void *takeTensor(const mlc_tensor *tensor, void *metrics) {
  return isSame(tensor->name, "metrics") ? metrics : take(tensor->bytes);
}

static Call prepare(const mlc_function *function, void *metrics) {
  Call call = {function, {0}, {0}};
  for (int32_t i = 0; i < function->input_count; ++i) {
    void *data = takeTensor(&function->inputs[i], metrics);
    if (data != metrics)
      fill(&function->inputs[i], (uint64_t)i, data);
    call.inputs[i] = data;
  }
  for (int32_t i = 0; i < function->output_count; ++i)
    call.outputs[i] = takeTensor(&function->outputs[i], metrics);
  return call;
}

static mlc_status run(const Call *call, void *state, void *workspace,
                      int64_t rows) {
  return call->function->call(state, workspace, call->inputs, call->outputs,
                              rows);
}

static void initialize(void *state, void *workspace) {
  const uint64_t seed = 1;
  const void *inputs[] = {&seed};
  findFunction("init")->call(state, workspace, inputs, 0, 1);
}

static void putFloats(const mlc_tensor *tensor, const void *data) {
  for (int64_t i = 0; i < countElements(tensor); ++i)
    put(tensor->dtype == MLC_F64 ? ((const double *)data)[i]
                                 : (double)((const float *)data)[i]);
}

int32_t check(int32_t steps) {
  void *state = take(MODEL.state_bytes),
       *workspace = take(MODEL.workspace_bytes),
       *metrics = take(MODEL.metrics_bytes);
  Call train = prepare(findFunction("train_step"), metrics),
       evaluate = prepare(findFunction("evaluate_step"), metrics),
       report = prepare(findFunction("metrics"), metrics),
       predict = prepare(findFunction("predict"), metrics);
  mlc_status status = MLC_OK;
  initialize(state, workspace);
  for (int32_t step = 0; step < steps && status == MLC_OK; ++step) {
    status = run(&train, state, workspace, MODEL.batch);
    putFloats(&train.function->outputs[0], train.outputs[0]);
  }
  status |= run(&evaluate, state, workspace, (MODEL.batch + 1) / 2);
  putFloats(&evaluate.function->outputs[0], evaluate.outputs[0]);
  status |= run(&report, state, workspace, 1);
  status |= run(&predict, state, workspace, MODEL.batch);
  for (int32_t i = 0; i < report.function->output_count; ++i)
    putFloats(&report.function->outputs[i], report.outputs[i]);
  for (int32_t i = 0; i < predict.function->output_count; ++i)
    putFloats(&predict.function->outputs[i], predict.outputs[i]);
  return (int32_t)status;
}

/** The first call, when pages and caches are cold, is not put. Training on one
 *  batch ends in numbers that are like no real training's, so that every so
 *  often the state returns to its first value. */
int32_t measure(int32_t trains, double seconds) {
  void *state = take(MODEL.state_bytes),
       *workspace = take(MODEL.workspace_bytes);
  Call call = prepare(findFunction(trains ? "train_step" : "predict"),
                      take(MODEL.metrics_bytes));
  initialize(state, workspace);
  put((double)call.function->flops);
  mlc_status status = run(&call, state, workspace, MODEL.batch);
  double start = now();
  for (int64_t calls = 0;
       status == MLC_OK && (calls < leastCalls || now() - start < seconds);
       ++calls) {
    if (calls % restoreEvery == 0)
      initialize(state, workspace);
    double begin = now();
    status = run(&call, state, workspace, MODEL.batch);
    put(now() - begin);
  }
  return (int32_t)status;
}
