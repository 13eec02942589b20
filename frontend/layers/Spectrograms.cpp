//===-- Spectrograms.cpp - signals by time and frequency ------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Spectrograms.h"

#include "frontend/components/SignalWindow.h"
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"
#include "frontend/layers/WindowPlaces.h"

#include <algorithm>

using namespace mlc::frontend;

//===----------------------------------------------------------------------===//
// Frames
//===----------------------------------------------------------------------===//

Frames mlc::frontend::getMelFrames(const Component &options, int64_t samples) {
  Frames frames;
  frames.fftLength = options.integer("fft_length");
  // Without a window all of what is transformed counts.
  frames.length = frames.fftLength;
  if (options.has("window") && options.has("sequence_length"))
    frames.length = options.integer("sequence_length");
  frames.stride = options.integer("sequence_stride");
  int64_t beyond = frames.fftLength / 2;
  frames.count = (samples + 2 * beyond - frames.fftLength) / frames.stride + 1;
  frames.begin = (frames.fftLength - frames.length) / 2 - beyond;
  return frames;
}

double mlc::frontend::getHighestFrequency(const Component &options) {
  return options.has("max_freq") ? options.number("max_freq")
                                 : double(options.integer("sampling_rate") / 2);
}

Frames mlc::frontend::getStftFrames(const Component &options, int64_t samples) {
  Frames frames;
  frames.length = options.integer("frame_length");
  frames.fftLength = 1;
  if (options.has("fft_length"))
    frames.fftLength = options.integer("fft_length");
  else
    while (frames.fftLength < frames.length)
      frames.fftLength *= 2;
  frames.stride = options.has("frame_step") ? options.integer("frame_step")
                                            : frames.length / 2;
  WindowPlaces places =
      placeWindows(options.text("padding"), samples, frames.length,
                   std::max<int64_t>(frames.stride, 1));
  frames.count = places.count;
  frames.begin = -places.low;
  return frames;
}

namespace {

/// Waves are constants of the code, or weights: one for each frequency.
constexpr int64_t kMaximumWaves = int64_t(1) << 24;

bool checkWaves(LayerInference &layer, const Frames &frames,
                std::string_view option) {
  if (elementCount({frames.length, frames.bins()}) <= kMaximumWaves)
    return true;
  layer.fail("too long to be transformed: that takes " +
                 std::to_string(frames.length) +
                 " samples of a wave for each "
                 "of " +
                 std::to_string(frames.bins()) + " frequencies",
             option);
  return false;
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Fails where options don't fit each other.
bool checkMelOptions(LayerInference &layer) {
  const Component &options = layer.options;
  int64_t fftLength = options.integer("fft_length");
  if (options.has("sequence_length") &&
      options.integer("sequence_length") > fftLength) {
    layer.fail("\"sequence_length\" must be at most \"fft_length\", " +
                   std::to_string(fftLength) + ", found " +
                   std::to_string(options.integer("sequence_length")),
               "sequence_length");
    return false;
  }
  if (options.number("min_freq") < getHighestFrequency(options))
    return true;
  layer.fail(options.has("max_freq")
                 ? std::string("\"min_freq\" must be below \"max_freq\"")
                 : "\"min_freq\" must be below half the sampling rate, " +
                       std::to_string(options.integer("sampling_rate") / 2),
             "min_freq");
  return false;
}

void inferMelSpectrogram(LayerInference &layer) {
  if (!layer.expectInputs(DType::F32))
    return;
  if (layer.inputs[0].shape.size() != 1)
    return layer.fail("expected signals of shape (batch, samples), found " +
                      layer.inputTexts[0]);
  if (!checkMelOptions(layer))
    return;
  int64_t samples = layer.inputs[0].shape[0];
  Frames frames = getMelFrames(layer.options, samples);
  if (frames.fftLength / 2 >= samples)
    return layer.fail("half of this goes before the signal and behind it, "
                      "where its mirror image is: expected more than " +
                          std::to_string(frames.fftLength / 2) +
                          " samples, found " + layer.inputTexts[0],
                      "fft_length");
  if (checkWaves(layer, frames, "fft_length"))
    layer.results = {
        {{layer.options.integer("num_mel_bins"), frames.count}, DType::F32}};
}

bool checkStftOptions(LayerInference &layer, const Frames &frames) {
  if (frames.fftLength < frames.length)
    layer.fail("\"fft_length\" must be at least \"frame_length\", " +
                   std::to_string(frames.length) + ", found " +
                   std::to_string(frames.fftLength),
               "fft_length");
  else if (frames.stride > frames.length)
    layer.fail("\"frame_step\" must be at most \"frame_length\", " +
                   std::to_string(frames.length) + ", found " +
                   std::to_string(frames.stride),
               "frame_step");
  else if (frames.stride < 1)
    layer.fail("half a frame is the step, unless \"frame_step\" says another: "
               "expected at least 2",
               "frame_length");
  else if (frames.count < 1)
    layer.fail("no frame of " + std::to_string(frames.length) +
                   " samples fits into " + layer.inputTexts[0] +
                   "; padding \"same\" lets it look beyond",
               "frame_length");
  else
    return checkWaves(layer, frames, "frame_length");
  return false;
}

/// As Keras has it, STFT's initializer for each of the two parts.
Variable makeWaves(const LayerInference &layer, const Frames &frames,
                   const std::string &side) {
  Variable waves;
  waves.name = side + "_kernel";
  waves.shape = {frames.length, 1, frames.bins()};
  waves.initializer.type = "stft";
  waves.initializer.location = layer.options.location;
  waves.initializer.options = {{"side", {side, layer.options.location}},
                               {"window", layer.options.get("window")},
                               {"scaling", layer.options.get("scaling")},
                               {"periodic", layer.options.get("periodic")}};
  return waves;
}

void inferStftSpectrogram(LayerInference &layer) {
  if (!layer.expectInputs(DType::F32) || !expectSpatial(layer, 1))
    return;
  const Component &options = layer.options;
  const Shape &shape = layer.inputs[0].shape;
  bool channelsFirst = isChannelsFirst(options);
  int64_t samples = shape[channelsFirst ? 1 : 0];
  int64_t channels = shape[channelsFirst ? 0 : 1];
  Frames frames = getStftFrames(options, samples);
  if (!checkStftOptions(layer, frames))
    return;
  const std::string &mode = options.text("mode");
  for (const char *side : {"real", "imag"})
    if (mode == side || (mode != "real" && mode != "imag"))
      layer.variables.push_back(makeWaves(layer, frames, side));
  int64_t bins = frames.bins() * (mode == "stft" ? 2 : 1);
  Shape result = {frames.count, bins * channels};
  if (options.flag("expand_dims"))
    result = channelsFirst ? Shape{channels, frames.count, bins}
                           : Shape{frames.count, bins, channels};
  else if (channelsFirst)
    std::swap(result[0], result[1]);
  layer.results = {{result, DType::F32}};
}

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

/// Lengths that can be added to one another without overflow.
constexpr Range kLength = {1, 1073741823, false, false};
constexpr Range kTransformed = {2, 1073741823, false, false};

std::vector<OptionRule> melOptions() {
  const OptionKind integer = OptionKind::Integer, number = OptionKind::Number;
  return {
      {"fft_length", integer, "2048", "Samples that are transformed at a time.",
       kTransformed},
      {"sequence_stride", integer, "512", "Samples from frame to frame.",
       kLength},
      {"sequence_length", integer, "null",
       "Samples under the window, in the middle; all by default.", kLength},
      windowOption(),
      {"sampling_rate", integer, "16000", "Samples in a second.", kCount},
      {"num_mel_bins", integer, "128", "Bands of the result.", kCount},
      {"min_freq", number, "20.0", "Where the lowest band begins, in hertz.",
       kNotNegative},
      {"max_freq", number, "null",
       "Where the highest band ends; half the sampling rate by default.",
       kPositive},
      {"power_to_db", OptionKind::Flag, "true", "Whether to make decibels."},
      {"top_db", number, "80.0",
       "What is this much below the largest value is raised to there."},
      {"mag_exp", number, "2.0", "Power of the magnitude: 2 is energy.",
       kPositive},
      {"min_power", number, "1e-10", "What is below it counts as this.",
       kPositive},
      {"ref_power", number, "1.0", "Zero decibels."},
  };
}

std::vector<OptionRule> stftOptions() {
  const OptionKind integer = OptionKind::Integer;
  OptionRule mode{"mode", OptionKind::Choice, "\"log\"",
                  "What of the complex spectrum is returned."};
  mode.choices = {"log", "magnitude", "psd", "real", "imag", "stft"};
  OptionRule padding{"padding", OptionKind::Choice, "\"valid\"",
                     "What of the signal's ends frames may reach beyond."};
  padding.choices = {"valid", "same"};
  return {
      mode,
      {"frame_length", integer, "256", "Samples of a frame.", kLength},
      {"frame_step", integer, "null",
       "Samples from frame to frame; half a frame by default.", kLength},
      {"fft_length", integer, "null",
       "Twice the frequencies; by default the next power of 2.", kTransformed},
      windowOption(),
      windowPeriodOption(),
      windowScalingOption(),
      padding,
      {"expand_dims", OptionKind::Flag, "false",
       "Whether channels have an axis of their own."},
      dataFormatOption(),
  };
}

} // namespace

std::vector<LayerRule> mlc::frontend::spectrogramLayers() {
  return {
      {{"MelSpectrogram",
        {},
        "How strong a signal is in bands of frequencies as wide as they sound, "
        "over time.",
        melOptions()},
       1,
       1,
       inferMelSpectrogram},
      {{"STFTSpectrogram",
        {},
        "How strong each frequency is in each frame of a signal.",
        stftOptions()},
       1,
       1,
       inferStftSpectrogram},
  };
}
