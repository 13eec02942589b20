# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/speech-commands: words spoken by espeak-ng, from WAV files to classes."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from support import SOURCE, CommandTest, main

EXAMPLE = SOURCE / "examples/speech-commands"


class SpeechTest(CommandTest):
    @classmethod
    def setUpClass(cls) -> None:
        cls.data = Path(tempfile.mkdtemp(prefix="mlc-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.data)
        command = [sys.executable, EXAMPLE / "make_data.py", "--output", cls.data]
        made = subprocess.run(command, check=False, capture_output=True, text=True)
        if made.returncode != 0:
            raise RuntimeError(made.stderr)
        shutil.copy(EXAMPLE / "model.json", cls.data)

    def setUp(self) -> None:
        super().setUp()
        for entry in self.data.iterdir():
            self.path(entry.name).symlink_to(entry)

    def labels(self, split: str) -> list[dict[str, str]]:
        with self.path(f"{split}.csv").open() as file:
            return list(csv.DictReader(file))

    def test_words_of_voices_that_it_never_heard(self) -> None:
        self.mlc("train", "model.json", "--quiet", "--threads", 1, "--save", "w.safetensors")
        trained = "model.json", "--weights", "w.safetensors"
        text = self.mlc("evaluate", *trained)
        accuracy = float(re.search(r"accuracy ([\d.]+)", text)[1])
        self.assertGreaterEqual(accuracy, 0.90, text)  # measured: 0.95
        self.check_predictions(trained, accuracy)

    def check_predictions(self, trained: tuple[str, ...], accuracy: float) -> None:
        """Of the whole test, and of one sound of it by itself."""
        self.mlc("predict", *trained, "--input", "test.csv:file", "-o", "all.npy")
        shares = np.load(self.path("all.npy"))
        rows = self.labels("test")
        right = shares.argmax(axis=1) == [int(row["word"]) for row in rows]
        self.assertAlmostEqual(right.mean(), accuracy, delta=1e-4)
        place = next(i for i, row in enumerate(rows) if "stop-en-us-m6" in row["file"])
        sound, word = rows[place]["file"], rows[place]["word"]
        self.mlc("predict", *trained, "--input", sound, "-o", "one.npy")
        one = np.load(self.path("one.npy"))
        np.testing.assert_allclose(one, shares[[place]], rtol=1e-4, atol=1e-6)
        printed = self.mlc("predict", *trained, "--input", sound).splitlines()
        self.assertEqual(printed[-1].split()[:2], ["0", word], printed)


if __name__ == "__main__":
    main()
