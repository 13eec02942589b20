# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the commands share: the real executable, in a directory of
its own for each test.

The environment's MLC is the executable, MLC_SOURCE_DIR the repository.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import numpy as np

MLC = os.environ.get("MLC", "mlc")
SOURCE = Path(os.environ.get("MLC_SOURCE_DIR", Path(__file__).resolve().parents[2]))
DIGITS = SOURCE / "examples/digits"

CRASH_WORDS = (
    "assert", "abort", "stack dump", "backtrace", "please submit", "terminate called",
    "what():", "segmentation", "core dumped", "llvm error", "sanitizer", "runtime error:",
)  # fmt: skip

# y = argmax of three columns of x: small, and learnt at once.
SMALL = {
    "name": "small",
    "inputs": [{"name": "x", "shape": [5]}],
    "layers": [
        {"type": "Dense", "name": "hidden", "units": 7, "activation": "tanh"},
        {"type": "Dropout", "rate": 0.1},
        {"type": "Dense", "name": "y", "units": 3},
    ],
    "training": {
        "loss": {"type": "sparse_categorical_crossentropy", "from_logits": True},
        "optimizer": {"type": "Adam", "learning_rate": 0.01},
        "metrics": ["accuracy"],
        "batch_size": 8,
        "epochs": 3,
    },
    "data": {
        "train": {"inputs": "x.npy", "targets": "y.npy"},
        "test": {"inputs": "x_test.npy", "targets": "y_test.npy"},
    },
}


def small_model(**changes: Any) -> dict[str, Any]:
    """SMALL with its top-level entries replaced; None removes one."""
    model = copy.deepcopy(SMALL)
    model.update(changes)
    return {key: value for key, value in model.items() if value is not None}


def small_data(rows: int, seed: int, width: int = 5) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(seed).standard_normal((rows, width)).astype(np.float32)
    return x, x[:, :3].argmax(axis=1).astype(np.int32)


class CommandTest(unittest.TestCase):
    """Each test runs in an empty directory, `self.directory`."""

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="mlc-test-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def path(self, name: str) -> Path:
        return self.directory / name

    def run_mlc(self, *arguments: Any, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [MLC, *map(str, arguments)],
            cwd=self.directory,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            timeout=300,
            **options,
        )

    def mlc(self, *arguments: Any) -> str:
        """Runs a command that must succeed; returns what it prints."""
        result = self.run_mlc(*arguments)
        self.assertEqual(result.returncode, 0, f"mlc {arguments}:\n{result.stdout}{result.stderr}")
        return result.stdout

    def fails(self, *arguments: Any) -> str:
        """Runs a command that must fail as a user should see it; returns stderr."""
        result = self.run_mlc(*arguments)
        self.assert_clean_failure(result)
        return result.stderr

    def assert_clean_failure(self, result: subprocess.CompletedProcess[str]) -> None:
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("error: ", result.stderr)
        for word in CRASH_WORDS:
            self.assertNotIn(word, result.stderr.lower())

    def files(self) -> set[str]:
        return {str(path.relative_to(self.directory)) for path in self.directory.rglob("*")}

    def write_json(self, name: str, content: Any) -> str:
        self.path(name).write_text(json.dumps(content, indent=2))
        return name

    def write_small(self, rows: int = 45, test_rows: int = 21, **changes: Any) -> str:
        """SMALL and its data."""
        for suffix, count, seed in (("", rows, 1), ("_test", test_rows, 2)):
            x, y = small_data(count, seed)
            np.save(self.path(f"x{suffix}.npy"), x)
            np.save(self.path(f"y{suffix}.npy"), y)
        return self.write_json("model.json", small_model(**changes))

    def assert_same_file(self, first: str, second: str) -> None:
        same = self.path(first).read_bytes() == self.path(second).read_bytes()
        self.assertTrue(same, f"{first} and {second} differ")


def main() -> None:
    sys.dont_write_bytecode = True
    unittest.main(verbosity=2)
