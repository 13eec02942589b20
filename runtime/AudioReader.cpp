//===-- AudioReader.cpp - sounds, by libsndfile ---------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// WAV (8 to 32 bits, float), AIFF, FLAC, Ogg: one row of samples between -1 and
// 1 for each file. The selector is a channel; without one, it is their mean.
//
//===----------------------------------------------------------------------===//

#include "runtime/Readers.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <memory>
#include <sndfile.h>

namespace mlc::runtime {

namespace {

struct Sound {
  std::vector<float> samples;
  int rate = 0;
};

struct Closer {
  void operator()(SNDFILE *file) const { sf_close(file); }
};

/// The channel that a selector names; -1 is the mean of all.
Expected<int> channelOf(const ArraySource &source, int channels) {
  const std::string &text = source.selector;
  if (text.empty())
    return -1;
  int channel = 0;
  auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), channel);
  if (code == std::errc() && end == text.data() + text.size() && channel >= 0 &&
      channel < channels)
    return channel;
  return fileError(source.file, "no channel \"", text, "\": it has ", channels,
                   channels == 1 ? " channel, 0" : " channels, from 0");
}

float mixed(const float *frame, int channels, int channel) {
  if (channel >= 0)
    return frame[channel];
  float sum = 0;
  for (int c = 0; c < channels; ++c)
    sum += frame[c];
  return sum / static_cast<float>(channels);
}

/// Reads until the end and not by the count in the header, which may lie.
Expected<Sound> readSound(const ArraySource &source) {
  // libsndfile's own words for this are about its internals.
  std::error_code error;
  if (!std::filesystem::is_regular_file(source.file, error))
    return fileError(source.file, "cannot open: no such file");
  SF_INFO info{};
  std::unique_ptr<SNDFILE, Closer> file(
      sf_open(source.file.c_str(), SFM_READ, &info));
  if (!file)
    return fileError(source.file,
                     "not a sound that can be read: ", sf_strerror(nullptr));
  auto channel = channelOf(source, info.channels);
  if (!channel)
    return channel.takeError();
  constexpr sf_count_t kFrames = 4096;
  std::vector<float> block(kFrames * static_cast<size_t>(info.channels));
  Sound sound;
  sound.rate = info.samplerate;
  while (sf_count_t count = sf_readf_float(file.get(), block.data(), kFrames))
    for (sf_count_t i = 0; i < count; ++i)
      sound.samples.push_back(
          mixed(&block[i * info.channels], info.channels, *channel));
  if (sf_error(file.get()) != SF_ERR_NO_ERROR)
    return fileError(source.file, "damaged after ", sound.samples.size(),
                     " samples: ", sf_strerror(file.get()));
  if (sound.samples.empty())
    return fileError(source.file, "there are no samples in this sound");
  return sound;
}

Array makeRows(const std::vector<Sound> &sounds) {
  size_t longest = 0;
  for (const Sound &sound : sounds)
    longest = std::max(longest, sound.samples.size());
  Array array;
  array.dtype = DType::F32;
  array.shape = {int64_t(sounds.size()), int64_t(longest)};
  array.anyLength = true;
  array.bytes.resize(sounds.size() * longest * sizeof(float));
  std::byte *row = array.bytes.data();
  for (const Sound &sound : sounds) {
    std::memcpy(row, sound.samples.data(),
                sound.samples.size() * sizeof(float));
    row += longest * sizeof(float);
  }
  return array;
}

} // namespace

Expected<Array> readAudio(const ArraySource &source) {
  auto sound = readSound(source);
  if (!sound)
    return sound.takeError();
  return makeRows({std::move(*sound)});
}

Expected<Array> readAudioFiles(const std::vector<std::string> &names,
                               const ArraySource &list) {
  std::filesystem::path directory =
      std::filesystem::path(list.file).parent_path();
  std::vector<Sound> sounds;
  for (const std::string &name : names) {
    std::string file = (directory / name).string();
    auto sound = readSound({file, ""});
    if (!sound)
      return fileError(list.file, "row ", sounds.size(), ": ",
                       sound.takeError().message);
    if (!sounds.empty() && sound->rate != sounds.front().rate)
      return fileError(list.file, "row ", sounds.size(), ": '", file, "' has ",
                       sound->rate, " samples a second, the rows before it ",
                       sounds.front().rate, ": bring all to one rate");
    sounds.push_back(std::move(*sound));
  }
  return makeRows(sounds);
}

} // namespace mlc::runtime
