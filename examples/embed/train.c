/*===-- train.c - train and use a compiled model from C ----------*- C -*-===*
 *
 * Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The digits model, linked as an object, trained, evaluated and asked. All that
 * the model brings is digits.h and digits.o; memory and data are the program's.
 *
 *   train_c DIRECTORY     where the IDX files are (examples/digits)
 *
 * Exits with 1 below 95% on the test images.
 *===----------------------------------------------------------------------===*/
#include "digits.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCHS = 20, PIXELS = 8 * 8, CLASSES = 10, SEED = 1 };

typedef struct dataset {
  int64_t rows;
  float *images;   /* (rows, PIXELS) of 0..16 */
  int32_t *labels; /* (rows) */
} dataset;

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

static void *allocate(size_t bytes) {
  /* aligned_alloc wants a multiple of the alignment. */
  size_t rounded = (bytes / MLC_ALIGNMENT + 1) * MLC_ALIGNMENT;
  void *block = aligned_alloc(MLC_ALIGNMENT, rounded);
  if (!block)
    fail("out of memory");
  return block;
}

static uint32_t big_endian(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
         p[3];
}

/* The bytes of an IDX file: `rows` of `width` each. */
static unsigned char *read_idx(const char *directory, const char *name,
                               int64_t width, int64_t *rows) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "rb");
  if (!file)
    fail("%s: cannot be opened", path);
  /* Two zeros, the type (8: bytes), the rank; then as many sizes. */
  unsigned char header[4 + 4 * 3];
  if (fread(header, 1, 4, file) != 4 || header[2] != 8 || header[3] < 1 ||
      header[3] > 3)
    fail("%s: not an IDX file of bytes", path);
  size_t rank = header[3];
  if (fread(header + 4, 4, rank, file) != rank)
    fail("%s: ends within its header", path);
  int64_t found = 1;
  for (size_t d = 1; d < rank; ++d)
    found *= big_endian(header + 4 + 4 * d);
  if (found != width)
    fail("%s: has rows of %lld values, not of %lld", path, (long long)found,
         (long long)width);
  *rows = big_endian(header + 4);
  size_t bytes = (size_t)*rows * (size_t)width;
  unsigned char *data = allocate(bytes);
  if (fread(data, 1, bytes, file) != bytes)
    fail("%s: ends too early", path);
  fclose(file);
  return data;
}

static dataset load(const char *directory, const char *prefix) {
  char name[64];
  dataset set;
  int64_t label_rows;
  snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefix);
  unsigned char *images = read_idx(directory, name, PIXELS, &set.rows);
  snprintf(name, sizeof name, "%s-labels-idx1-ubyte", prefix);
  unsigned char *labels = read_idx(directory, name, 1, &label_rows);
  if (label_rows != set.rows)
    fail("%s: %lld images but %lld labels", prefix, (long long)set.rows,
         (long long)label_rows);

  set.images = allocate((size_t)set.rows * PIXELS * sizeof(float));
  set.labels = allocate((size_t)set.rows * sizeof(int32_t));
  for (int64_t i = 0; i < set.rows * PIXELS; ++i)
    set.images[i] = images[i];
  for (int64_t i = 0; i < set.rows; ++i)
    set.labels[i] = labels[i];
  free(images);
  free(labels);
  return set;
}

static void free_dataset(dataset *set) {
  free(set->images);
  free(set->labels);
}

/* Every call says whether its data were acceptable. */
static void check(mlc_status status) {
  if (status != MLC_OK)
    fail("the model refused its data: code %d, input %d, element %lld",
         (int)mlc_status_code(status), (int)mlc_status_input(status),
         (long long)mlc_status_element(status));
}

static void swap_rows(dataset *set, int64_t a, int64_t b) {
  float image[PIXELS];
  float *x = set->images + a * PIXELS, *y = set->images + b * PIXELS;
  memcpy(image, x, sizeof image);
  memmove(x, y, sizeof image);
  memcpy(y, image, sizeof image);
  int32_t label = set->labels[a];
  set->labels[a] = set->labels[b];
  set->labels[b] = label;
}

static void shuffle(dataset *set, uint64_t *random) {
  for (int64_t i = set->rows - 1; i > 0; --i) {
    /* xorshift64: good enough to mix images */
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    swap_rows(set, i, (int64_t)(*random % (uint64_t)(i + 1)));
  }
}

/* The last batch of an epoch has the rows that remain. */
static int64_t batch_rows(const dataset *set, int64_t begin) {
  int64_t rest = set->rows - begin;
  return rest < DIGITS_BATCH ? rest : DIGITS_BATCH;
}

int main(int argc, char **argv) {
  if (argc != 2)
    fail("usage: %s DIRECTORY", argv[0]);
  dataset train = load(argv[1], "train"), test = load(argv[1], "t10k");

  void *state = allocate(DIGITS_STATE_BYTES);
  void *workspace = allocate(DIGITS_WORKSPACE_BYTES);
  double *metrics = allocate(DIGITS_METRICS_BYTES);
  float loss, accuracy;
  uint64_t random = SEED;

  check(digits_init(state, SEED));
  for (int epoch = 1; epoch <= EPOCHS; ++epoch) {
    shuffle(&train, &random);
    memset(metrics, 0, DIGITS_METRICS_BYTES);
    for (int64_t i = 0; i < train.rows; i += DIGITS_BATCH)
      check(digits_train_step(state, workspace, train.images + i * PIXELS,
                              train.labels + i, batch_rows(&train, i), &loss,
                              metrics));
    check(digits_metrics(metrics, &loss, &accuracy));
    printf("epoch %2d: loss %.4f, accuracy %.4f\n", epoch, loss, accuracy);
  }

  memset(metrics, 0, DIGITS_METRICS_BYTES);
  for (int64_t i = 0; i < test.rows; i += DIGITS_BATCH)
    check(digits_evaluate_step(state, workspace, test.images + i * PIXELS,
                               test.labels + i, batch_rows(&test, i), &loss,
                               metrics));
  check(digits_metrics(metrics, &loss, &accuracy));
  printf("test:     loss %.4f, accuracy %.4f\n", loss, accuracy);

  /* A single image is a batch of one row. */
  float logits[CLASSES];
  int best = 0;
  check(digits_predict(state, workspace, test.images, 1, logits));
  for (int c = 1; c < CLASSES; ++c)
    if (logits[c] > logits[best])
      best = c;
  printf("the first test image is a %d, and the model says %d\n",
         (int)test.labels[0], best);

  free_dataset(&train);
  free_dataset(&test);
  free(state);
  free(workspace);
  free(metrics);
  return accuracy >= 0.95f ? 0 : 1;
}
