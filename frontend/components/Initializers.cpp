//===-- Initializers.cpp - initializers of a model file -------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/components/Components.h"
#include "frontend/components/SignalWindow.h"

using namespace mlc::frontend;

namespace {

ComponentRule makeVarianceScaling() {
  OptionRule mode{"mode", OptionKind::Choice, "\"fan_in\"",
                  "What the variance is divided by."};
  mode.choices = {"fan_in", "fan_out", "fan_avg"};
  OptionRule distribution{
      "distribution", OptionKind::Choice, "\"truncated_normal\"",
      "Kind of random numbers; \"normal\" is truncated too."};
  distribution.choices = {"truncated_normal", "untruncated_normal", "uniform",
                          "normal"};
  return {"variance_scaling",
          {"VarianceScaling"},
          "Variance scale / fan.",
          {{"scale", OptionKind::Number, "1.0", "Numerator of the variance.",
            kPositive},
           mode,
           distribution}};
}

InitializerRule makeStft() {
  OptionRule side{"side", OptionKind::Choice, "\"real\"",
                  "Which part of the transform."};
  side.choices = {"real", "imag"};
  return {{"stft",
           {"STFT", "STFTInitializer"},
           "Waves under a window, (samples, channels, frequencies): a "
           "convolution with them is a Fourier transform of each window.",
           {side, windowOption(), windowScalingOption(), windowPeriodOption()}},
          3,
          3,
          "kernels over sequences"};
}

std::vector<InitializerRule> makeConstants() {
  return {
      {{"zeros", {"Zeros"}, "All 0.", {}}},
      {{"ones", {"Ones"}, "All 1.", {}}},
      {{"constant",
        {"Constant"},
        "All one value.",
        {{"value", OptionKind::Number, "0.0", "The value."}}}},
      {{"identity",
        {"Identity", "IdentityInitializer"},
        "1 on the diagonal of a matrix, 0 elsewhere, times a factor.",
        {{"gain", OptionKind::Number, "1.0", "The factor."}}},
       2,
       2,
       "matrices"},
      {{"orthogonal",
        {"Orthogonal", "OrthogonalInitializer"},
        "Orthonormal rows, or columns if those are fewer, times a factor.",
        {{"gain", OptionKind::Number, "1.0", "The factor."}}},
       2,
       std::numeric_limits<size_t>::max(),
       "matrices and larger tensors"},
      makeStft(),
  };
}

std::vector<InitializerRule> makeDistributions() {
  const OptionKind number = OptionKind::Number;
  return {
      {{"random_uniform",
        {"RandomUniform", "uniform"},
        "Uniform between bounds.",
        {{"minval", number, "-0.05", "Lower bound."},
         {"maxval", number, "0.05", "Upper bound."}}}},
      {{"random_normal",
        {"RandomNormal", "normal"},
        "Normal.",
        {{"mean", number, "0.0", "Mean."},
         {"stddev", number, "0.05", "Standard deviation.", kNotNegative}}}},
      {{"truncated_normal",
        {"TruncatedNormal"},
        "Normal, within two standard deviations.",
        {{"mean", number, "0.0", "Mean."},
         {"stddev", number, "0.05", "Standard deviation before truncation.",
          kNotNegative}}}},
  };
}

std::vector<InitializerRule> makeScaled() {
  return {
      {{"glorot_uniform",
        {"GlorotUniform"},
        "Uniform with variance 2 / (fan in + fan out).",
        {}}},
      {{"glorot_normal",
        {"GlorotNormal"},
        "Truncated normal with variance 2 / (fan in + fan out).",
        {}}},
      {{"he_uniform", {"HeUniform"}, "Uniform with variance 2 / fan in.", {}}},
      {{"he_normal",
        {"HeNormal"},
        "Truncated normal with variance 2 / fan in.",
        {}}},
      {{"lecun_uniform",
        {"LecunUniform"},
        "Uniform with variance 1 / fan in.",
        {}}},
      {{"lecun_normal",
        {"LecunNormal"},
        "Truncated normal with variance 1 / fan in.",
        {}}},
      {makeVarianceScaling()},
  };
}

std::vector<InitializerRule> makeInitializerRules() {
  std::vector<InitializerRule> rules;
  for (auto *make : {makeConstants, makeDistributions, makeScaled})
    for (InitializerRule &rule : make())
      rules.push_back(std::move(rule));
  return rules;
}

} // namespace

const std::vector<InitializerRule> &mlc::frontend::initializerRules() {
  static const std::vector<InitializerRule> rules = makeInitializerRules();
  return rules;
}

OptionRule mlc::frontend::windowOption() {
  OptionRule rule{
      "window", OptionKind::Choice, "\"hann\"",
      "How much each sample of a frame counts; null: all the same."};
  rule.choices = {"hann", "hamming"};
  rule.mayBeNull = true;
  return rule;
}

OptionRule mlc::frontend::windowScalingOption() {
  OptionRule rule{"scaling", OptionKind::Choice, "\"density\"",
                  "What the window is divided by: the root of the sum of its "
                  "squares, or its sum, or nothing."};
  rule.choices = {"density", "spectrum"};
  rule.mayBeNull = true;
  return rule;
}

OptionRule mlc::frontend::windowPeriodOption() {
  return {"periodic", OptionKind::Flag, "false",
          "Whether the window ends one sample before it begins anew."};
}
