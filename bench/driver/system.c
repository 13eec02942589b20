/*===-- system.c - what driver.c needs, where there is a libc -----*- C -*-===*
 *
 * Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * usage: PROGRAM check STEPS
 *        PROGRAM measure 1|0 SECONDS    (1: train_step, 0: predict)
 *===----------------------------------------------------------------------===*/
#define _POSIX_C_SOURCE 200112L
#include "mlc/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void *take(int64_t bytes);
double now(void);
void put(double number);
int32_t check(int32_t steps);
int32_t measure(int32_t trains, double seconds);

void *take(int64_t bytes) {
  void *block = NULL;
  if (posix_memalign(&block, MLC_ALIGNMENT, (size_t)bytes + 1) != 0) {
    fprintf(stderr, "out of memory\n");
    exit(1);
  }
  return memset(block, 0, (size_t)bytes);
}

double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void put(double number) { printf("%.9g\n", number); }

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "check") == 0)
    return check(atoi(argv[2])) != 0;
  if (argc == 4 && strcmp(argv[1], "measure") == 0)
    return measure(atoi(argv[2]), atof(argv[3])) != 0;
  fprintf(stderr, "usage: %s check STEPS | measure 1|0 SECONDS\n", argv[0]);
  return 2;
}
