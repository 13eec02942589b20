//===-- AudioTest.cpp - sounds as rows ------------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "runtime/Readers.h"

namespace mlc::runtime {

namespace {

std::string little(uint32_t value, int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += static_cast<char>(value >> 8 * i);
  return text;
}

/// A WAV file of the given samples; format 1 is of integers, 3 of floats.
std::string wav(int format, int bits, int channels, const std::string &samples,
                int rate = 16000) {
  std::string header = little(format, 2) + little(channels, 2) +
                       little(rate, 4) + little(rate * channels * bits / 8, 4) +
                       little(channels * bits / 8, 2) + little(bits, 2);
  return "RIFF" + little(36 + samples.size(), 4) + "WAVEfmt " + little(16, 4) +
         header + "data" + little(samples.size(), 4) + samples;
}

using Audio = FileTest;

TEST_F(Audio, SamplesOfAnyWidthLieBetweenMinusOneAndOne) {
  float half = 0.5F, quarter = -0.25F;
  std::string floats(reinterpret_cast<char *>(&half), 4);
  floats.append(reinterpret_cast<char *>(&quarter), 4);
  struct {
    const char *name;
    std::string bytes;
  } cases[] = {
      {"u8.wav", wav(1, 8, 1, bytes({128 + 64, 128 - 32}))},
      {"i16.wav", wav(1, 16, 1, little(0x4000, 2) + little(0xE000, 2))},
      {"i24.wav", wav(1, 24, 1, little(0x400000, 3) + little(0xE00000, 3))},
      {"i32.wav", wav(1, 32, 1, little(0x40000000, 4) + little(0xE0000000, 4))},
      {"f32.wav", wav(3, 32, 1, floats)}};
  for (const auto &c : cases) {
    SCOPED_TRACE(c.name);
    auto array = readArray({write(c.name, c.bytes), ""});
    ASSERT_OK(array);
    EXPECT_EQ(shapeText(array->shape), "[1, 2]");
    EXPECT_EQ(valuesText(*array), "0.5 -0.25");
  }
}

TEST_F(Audio, ChannelsAreMixedOrChosen) {
  std::string file =
      write("two.wav", wav(1, 16, 2, little(0x4000, 2) + little(0, 2)));
  auto mean = readArray({file, ""}), second = readArray({file, "1"});
  ASSERT_OK(mean);
  ASSERT_OK(second);
  EXPECT_EQ(valuesText(*mean), "0.25");
  EXPECT_EQ(valuesText(*second), "0");
  expectError(readArray({file, "2"}),
              "no channel \"2\": it has 2 channels, from 0");
}

TEST_F(Audio, AColumnOfNamesStandsForTheSounds) {
  write("a.wav", wav(1, 16, 1, little(0x4000, 2)));
  write("b.wav", wav(1, 16, 1, little(0x2000, 2) + little(0xC000, 2)));
  std::string list = write("clips.csv", "file,label\na.wav,0\nb.wav,1\n");
  auto sounds = readArray({list, "file"}), labels = readArray({list, "label"});
  ASSERT_OK(sounds);
  ASSERT_OK(labels);
  EXPECT_EQ(shapeText(sounds->shape), "[2, 2]");
  EXPECT_EQ(valuesText(*sounds), "0.5 0 0.25 -0.5");
  EXPECT_TRUE(sounds->anyLength);
  EXPECT_EQ(valuesText(*labels), "0 1");
}

TEST_F(Audio, WhatIsNoSoundIsAnError) {
  expectError(readArray({path("none.wav"), ""}), "no such file");
  expectError(readArray({write("text.wav", "not a sound at all"), ""}),
              "not a sound that can be read");
  expectError(readArray({write("empty.wav", wav(1, 16, 1, "")), ""}),
              "there are no samples in this sound");
  write("a.wav", wav(1, 16, 1, little(1, 2)));
  write("slow.wav", wav(1, 16, 1, little(1, 2), 8000));
  expectError(readArray({write("x.csv", "file\na.wav\ngone.wav\n"), "file"}),
              "row 1: cannot open: no such file");
  expectError(readArray({write("y.csv", "file\na.wav\nslow.wav\n"), "file"}),
              "has 8000 samples a second, the rows before it 16000");
  expectError(readArray({write("z.csv", "file\na.wav\nb.mp4\n"), "file"}),
              "expected a number, found \"b.mp4\"");
}

} // namespace

} // namespace mlc::runtime
