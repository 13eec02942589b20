/*===-- footprint.c - trains a linked model a few steps ---------*- C -*-===*
 *
 * Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What a program that trains a model costs beside its data: any model, for it
 * knows no more than the descriptor, which MODEL names. Prints a line of JSON
 * with the clock (CLOCK_MONOTONIC) when the first step was finished, and the
 * process's peak memory after --steps of them.
 *===----------------------------------------------------------------------===*/
#include "mlc/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const mlc_model MODEL;

enum { MOST_TENSORS = 64 };

static void fail(const char *message) {
  fprintf(stderr, "%s\n", message);
  exit(1);
}

static void *allocate(int64_t bytes) {
  size_t rounded = ((size_t)bytes / MLC_ALIGNMENT + 1) * MLC_ALIGNMENT;
  void *block = aligned_alloc(MLC_ALIGNMENT, rounded);
  if (!block)
    fail("out of memory");
  return block;
}

static const mlc_function *find(const char *name) {
  for (int32_t i = 0; i < MODEL.function_count; ++i)
    if (!strcmp(MODEL.functions[i].name, name))
      return &MODEL.functions[i];
  fail("the model has no such function");
  return NULL;
}

/* Numbers around zero, ids within their range. */
static void fill(const mlc_tensor *tensor, void *data) {
  int64_t count = 1, range = tensor->range ? tensor->range : 2;
  for (int32_t d = 0; d < tensor->rank; ++d)
    count *= tensor->shape[d];
  uint32_t random = 1;
  for (int64_t i = 0; i < count; ++i) {
    random = random * 1664525u + 1013904223u;
    if (tensor->dtype == MLC_F32)
      ((float *)data)[i] = (float)(random >> 8) / (float)(1 << 23) - 1.0F;
    else if (tensor->dtype == MLC_I32)
      ((int32_t *)data)[i] = (int32_t)((random >> 8) % (uint32_t)range);
    else
      fail("an input is neither float32 nor int32");
  }
}

/* VmHWM: unlike ru_maxrss, it knows nothing of who started the process. */
static long peak_kib(void) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  long kib = 0;
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "VmHWM: %ld", &kib) == 1)
      break;
  if (file)
    fclose(file);
  return kib;
}

int main(int argc, char **argv) {
  long steps = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
  const mlc_function *init = find("init"), *train = find("train_step");
  if (train->input_count > MOST_TENSORS || train->output_count > MOST_TENSORS)
    fail("the model has too many inputs or outputs");
  void *state = allocate(MODEL.state_bytes);
  void *workspace = allocate(MODEL.workspace_bytes);
  uint64_t seed = 1;
  const void *seeds[] = {&seed};
  init->call(state, workspace, seeds, NULL, 1);
  const void *inputs[MOST_TENSORS];
  void *outputs[MOST_TENSORS];
  for (int32_t i = 0; i < train->input_count; ++i) {
    void *data = allocate(train->inputs[i].bytes);
    fill(&train->inputs[i], data);
    inputs[i] = data;
  }
  for (int32_t i = 0; i < train->output_count; ++i) {
    outputs[i] = allocate(train->outputs[i].bytes);
    memset(outputs[i], 0, (size_t)train->outputs[i].bytes);
  }
  struct timespec first = {0, 0};
  for (long step = 0; step < steps; ++step) {
    if (train->call(state, workspace, inputs, outputs, MODEL.batch) != MLC_OK)
      fail("the step did not accept its inputs");
    if (step == 0)
      clock_gettime(CLOCK_MONOTONIC, &first);
  }
  printf("{\"first_step_ns\": %lld, \"peak_kib\": %ld}\n",
         (long long)first.tv_sec * 1000000000LL + first.tv_nsec, peak_kib());
  return 0;
}
