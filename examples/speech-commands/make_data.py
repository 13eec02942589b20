#!/usr/bin/env python3
"""Have espeak-ng speak ten words in many voices, into noise.

    python3 make_data.py [--output DIRECTORY] [--takes N] [--seed N]

Each word is spoken in every accent by every speaker, fast or slowly, high or low,
and put somewhere into a second of noise, --takes times for training and once for the
test. The speakers of the test, and one of its accents, are not among those of the
training. train.csv and test.csv list the files, each with its word's place in WORDS.
The same seed and version of espeak-ng write the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import io
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np

WORDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
RATE = 8000  # samples a second, of one second


class Voices(NamedTuple):
    """Each of the speakers has each of the accents."""

    accents: tuple[str, ...]
    speakers: tuple[str, ...]


TRAIN = Voices(
    accents=("en-us", "en-gb", "en-gb-x-gbcwmd"),
    speakers=(
        *("m1", "m2", "m3", "m4", "m5", "f1", "f2", "f3", "klatt", "klatt4", "whisper"),
        *("adam", "Alex", "Alicia", "Andy", "anika", "Annie", "aunty", "belinda", "benjamin"),
        *("boris", "caleb", "ed", "edward", "Gene", "grandpa", "iven", "john", "linda", "max"),
        *("Michael", "paul", "quincy", "robert", "shelby", "travis", "victor", "zac"),
    ),
)
TEST = Voices(
    accents=("en-us", "en-gb", "en-gb-x-rp"),
    speakers=("m6", "m7", "m8", "f4", "f5", "Denis", "grandma", "steph"),
)


def resample(samples: np.ndarray, rate: int) -> np.ndarray:
    """To RATE, a lower one: without the frequencies that it can't have."""
    count = len(samples) * RATE // rate
    spectrum = np.fft.rfft(samples)[: count // 2 + 1]
    return np.fft.irfft(spectrum, count) * (count / len(samples))


def speak(word: str, voice: str, speed: int, pitch: int) -> np.ndarray:
    """The word without the silence around it, the loudest sample being 1."""
    command = ("espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", word)
    sound = subprocess.run(command, check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(sound)) as file:
        # A stream's header can't know how long it will be.
        frames = sound[sound.index(b"data") + 8 :]
        samples = resample(np.frombuffer(frames, "<i2").astype(float), file.getframerate())
    samples /= np.abs(samples).max()
    (loud,) = np.nonzero(np.abs(samples) > 0.02)
    return samples[loud[0] : loud[-1] + 1][:RATE]


def make_noise(random: np.random.Generator) -> np.ndarray:
    """A second, from hissing to rumbling, with a mean square of 1."""
    spectrum = np.fft.rfft(random.normal(size=RATE))
    spectrum[1:] *= np.arange(1, len(spectrum)) ** -random.uniform(0, 1)
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, RATE)
    return noise / noise.std()


def record(random: np.random.Generator, spoken: np.ndarray) -> np.ndarray:
    """A second with the word in it, 10 to 30 decibels above the noise."""
    sound = make_noise(random) * (spoken.std() * 10 ** -random.uniform(0.5, 1.5))
    start = random.integers(RATE - len(spoken) + 1)
    sound[start : start + len(spoken)] += spoken
    return sound * (random.uniform(0.2, 1) / np.abs(sound).max())


def write_wav(path: Path, sound: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.rint(sound * 32767).astype("<i2").tobytes())


def make_split(
    random: np.random.Generator, directory: Path, name: str, voices: Voices, takes: int
) -> int:
    """Sounds and their list; returns how many."""
    (directory / name).mkdir(parents=True, exist_ok=True)
    rows = []
    for number, word in enumerate(WORDS):
        for accent in voices.accents:
            for speaker in voices.speakers:
                speed, pitch = random.integers(120, 200), random.integers(25, 75)
                spoken = speak(word, f"{accent}+{speaker}", speed, pitch)
                for take in range(takes):
                    file = f"{name}/{word}-{accent}-{speaker}-{take}.wav"
                    write_wav(directory / file, record(random, spoken))
                    rows.append((file, number))
    with (directory / f"{name}.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("file", "word"), *rows])
    return len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--takes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if not shutil.which("espeak-ng"):
        sys.exit("espeak-ng is missing: apt-get install espeak-ng")
    random = np.random.default_rng(options.seed)
    train = make_split(random, options.output, "train", TRAIN, options.takes)
    test = make_split(random, options.output, "test", TEST, takes=1)
    print(f"{train} sounds to train on, {test} to test, of {len(WORDS)} words")


if __name__ == "__main__":
    main()
