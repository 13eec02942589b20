//===-- SpectrogramTest.cpp - first kernels of spectrograms ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Golden models start from given weights. Here are those that the layer makes
// for itself, and the initializer of their name, against Keras's.
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include <gtest/gtest.h>

using namespace mlc;

namespace {

/// The weights of a layer "a" on one channel of eight samples.
Tensors initialize(const std::string &layer) {
  std::string text = R"({"inputs": [{"name": "x", "shape": [8, 1]}],
                         "layers": [{"name": "a", )" +
                     layer + "}]}";
  frontend::Diagnostics diagnostics;
  auto model = frontend::readModel(text, "m.json", diagnostics);
  EXPECT_TRUE(model) << diagnostics.str();
  frontend::LoweringOptions options;
  options.doublePrecision = true;
  Program program(*model, options);
  program.init(1);
  return program.state;
}

/// Keras has pi in single precision.
void expectNear(const Tensor &found, const std::vector<double> &expected) {
  ASSERT_EQ(found.values.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(found.values[i], expected[i], 2e-7) << i;
}

const std::vector<double> kHannReal = {0,
                                       0,
                                       0,
                                       0,
                                       0,
                                       0.2523113194,
                                       0.1784110418,
                                       0,
                                       -0.1784110418,
                                       -0.2523113194,
                                       0.6605596098,
                                       0,
                                       -0.6605596098,
                                       0,
                                       0.6605596098,
                                       0.6605596098,
                                       -0.4670861715,
                                       0,
                                       0.4670861715,
                                       -0.6605596098,
                                       0.2523113194,
                                       -0.2523113194,
                                       0.2523113194,
                                       -0.2523113194,
                                       0.2523113194,
                                       0,
                                       0,
                                       0,
                                       0,
                                       0};

const std::vector<double> kHammingImaginary = {0,
                                               0,
                                               0,
                                               0,
                                               0,
                                               -0.1276111536,
                                               -0.1276111448,
                                               0,
                                               0,
                                               -0.2925715436,
                                               0.2925715637,
                                               0,
                                               0,
                                               0,
                                               0,
                                               0,
                                               0,
                                               0.1276111536,
                                               -0.1276111272,
                                               0};

TEST(Spectrogram, FirstKernelsAreAFourierTransform) {
  Tensors state = initialize(R"("type": "STFTSpectrogram", "frame_length": 6)");
  EXPECT_EQ(state.size(), 2U);
  EXPECT_EQ(state.at("a/real_kernel").shape, (Sizes{6, 1, 5}));
  expectNear(state.at("a/real_kernel"), kHannReal);
  state = initialize(R"("type": "STFTSpectrogram", "frame_length": 5,
      "fft_length": 6, "window": "hamming", "scaling": "spectrum",
      "periodic": true, "mode": "imag")");
  EXPECT_EQ(state.size(), 1U);
  expectNear(state.at("a/imag_kernel"), kHammingImaginary);
}

TEST(Spectrogram, ConvolutionsCanStartFromTheSame) {
  auto kernel = [](const char *size, const char *options) {
    return initialize(std::string(R"("type": "Conv1D", "use_bias": false, )") +
                      size + R"(, "kernel_initializer": {"type": "stft", )" +
                      options + "}")
        .at("a/kernel");
  };
  expectNear(kernel(R"("kernel_size": 6, "filters": 5)", R"("side": "real")"),
             kHannReal);
  expectNear(kernel(R"("kernel_size": 5, "filters": 4)",
                    R"("side": "imag", "window": "hamming",
                       "scaling": "spectrum", "periodic": true)"),
             kHammingImaginary);
  expectNear(kernel(R"("kernel_size": 4, "filters": 3)",
                    R"("side": "imag", "scaling": null)"),
             {0, 0, 0, 0, -0.75, 0, 0, 0, 0, 0, 0, 0});
  expectNear(kernel(R"("kernel_size": 3, "filters": 3)", R"("window": null)"),
             {1, 1, 1, 1, 0, -1, 1, -1, 1});
}

} // namespace
