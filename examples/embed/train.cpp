//===-- train.cpp - train and use a compiled model from C++ ----*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The digits model, linked as an object: trained with its best state kept, as
// nothing but a copy of a block of memory, then evaluated and asked.
//
//   train_cpp DIRECTORY     where the IDX files are (examples/digits)
//
// Exits with 1 below 95% on the test images.
//
//===----------------------------------------------------------------------===//
#include "digits.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <new>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr int epochs = 20;
constexpr uint64_t seed = 1;
constexpr size_t pixels = 8 * 8;
constexpr size_t classes = 10;
constexpr size_t batch = DIGITS_BATCH;

/// A block of memory as compiled models want it.
class Block {
public:
  explicit Block(size_t bytes)
      : bytes(bytes),
        data(::operator new(std::max<size_t>(bytes, 1), alignment)) {
    clear();
  }
  void clear() { std::memset(data.get(), 0, bytes); }
  void copyFrom(const Block &other) {
    std::memcpy(data.get(), other.data.get(), bytes);
  }
  void *get() { return data.get(); }
  const void *get() const { return data.get(); }

private:
  static constexpr std::align_val_t alignment{MLC_ALIGNMENT};
  struct Free {
    void operator()(void *p) const { ::operator delete(p, alignment); }
  };
  size_t bytes;
  std::unique_ptr<void, Free> data;
};

struct Dataset {
  std::vector<float> images; ///< (rows, pixels) of 0..16
  std::vector<int32_t> labels;
  size_t rows() const { return labels.size(); }
};

struct Score {
  float loss, accuracy;
};

/// The bytes of an IDX file after its header: two zeros, the type (8: bytes),
/// the rank, and as many sizes of four bytes.
std::vector<unsigned char> readIdx(const std::string &path, size_t width) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw std::runtime_error(path + ": cannot be opened");
  std::vector<unsigned char> bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() < 8 || bytes[2] != 8 || bytes[3] < 1)
    throw std::runtime_error(path + ": not an IDX file of bytes");
  size_t header = 4 + 4 * size_t(bytes[3]);
  size_t rows = size_t(bytes[4]) << 24 | size_t(bytes[5]) << 16 |
                size_t(bytes[6]) << 8 | size_t(bytes[7]);
  if (bytes.size() != header + rows * width)
    throw std::runtime_error(path + ": not of the expected size");
  bytes.erase(bytes.begin(), bytes.begin() + std::ptrdiff_t(header));
  return bytes;
}

Dataset load(const std::string &prefix) {
  auto images = readIdx(prefix + "-images-idx3-ubyte", pixels);
  auto labels = readIdx(prefix + "-labels-idx1-ubyte", 1);
  if (images.size() != labels.size() * pixels)
    throw std::runtime_error(prefix + ": not as many images as labels");
  return {{images.begin(), images.end()}, {labels.begin(), labels.end()}};
}

/// Every call says whether its data were acceptable.
void check(mlc_status status) {
  if (status != MLC_OK)
    throw std::runtime_error(
        "the model refused input " + std::to_string(mlc_status_input(status)) +
        ", element " + std::to_string(mlc_status_element(status)));
}

Score result(const Block &metrics) {
  Score score{};
  check(digits_metrics(static_cast<const double *>(metrics.get()), &score.loss,
                       &score.accuracy));
  return score;
}

Score train(Block &state, Block &workspace, const Dataset &data,
            const std::vector<size_t> &order) {
  Block metrics(DIGITS_METRICS_BYTES);
  std::vector<float> images(batch * pixels);
  std::vector<int32_t> labels(batch);
  for (size_t begin = 0; begin < data.rows(); begin += batch) {
    // The last batch has the rows that remain.
    size_t rows = std::min(batch, data.rows() - begin);
    for (size_t r = 0; r < rows; ++r) {
      size_t source = order[begin + r];
      std::copy_n(&data.images[source * pixels], pixels, &images[r * pixels]);
      labels[r] = data.labels[source];
    }
    float loss;
    check(digits_train_step(state.get(), workspace.get(), images.data(),
                            labels.data(), int64_t(rows), &loss,
                            static_cast<double *>(metrics.get())));
  }
  return result(metrics);
}

Score evaluate(const Block &state, Block &workspace, const Dataset &data) {
  Block metrics(DIGITS_METRICS_BYTES);
  for (size_t begin = 0; begin < data.rows(); begin += batch) {
    float loss;
    check(digits_evaluate_step(
        state.get(), workspace.get(), &data.images[begin * pixels],
        &data.labels[begin], int64_t(std::min(batch, data.rows() - begin)),
        &loss, static_cast<double *>(metrics.get())));
  }
  return result(metrics);
}

/// The most likely class of one image: a batch of one row.
int classify(const Block &state, Block &workspace, const float *image) {
  float logits[classes];
  check(digits_predict(state.get(), workspace.get(), image, 1, logits));
  return int(std::max_element(logits, logits + classes) - logits);
}

int run(const std::string &directory) {
  Dataset training = load(directory + "/train");
  Dataset test = load(directory + "/t10k");
  std::mt19937 random(seed);
  std::vector<size_t> order(training.rows());
  std::iota(order.begin(), order.end(), size_t(0));

  Block state(DIGITS_STATE_BYTES), best(DIGITS_STATE_BYTES);
  Block workspace(DIGITS_WORKSPACE_BYTES);
  float lowest = 0;

  check(digits_init(state.get(), seed));
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    std::shuffle(order.begin(), order.end(), random);
    Score score = train(state, workspace, training, order);
    std::printf("epoch %2d: loss %.4f, accuracy %.4f\n", epoch, score.loss,
                score.accuracy);
    if (epoch == 1 || score.loss < lowest) {
      lowest = score.loss;
      best.copyFrom(state); // a checkpoint
    }
  }

  Score score = evaluate(best, workspace, test);
  std::printf("test:     loss %.4f, accuracy %.4f\n", score.loss,
              score.accuracy);
  std::printf("the first test image is a %d, and the model says %d\n",
              int(test.labels[0]),
              classify(best, workspace, test.images.data()));
  return score.accuracy >= 0.95f ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
    return 1;
  }
  try {
    return run(argv[1]);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
