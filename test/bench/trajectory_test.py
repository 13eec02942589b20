# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Each workload of bench/models computes what its peers compute: the losses of
ten steps from the same weights, on the same batch, are those of PyTorch."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

MLC = os.environ.get("MLC", "mlc")
HERE = Path(__file__).resolve().parent
BENCH = HERE.parents[1] / "bench"
sys.path.insert(0, str(BENCH / "peers"))

from workload import Workload, read_workload  # noqa: E402

EXPECTED = json.loads((HERE / "trajectories.json").read_text())

# Relative errors: some units in the last place of a float32, which are 1e-7.
ROUNDING = 1e-6
# And of the spread: in a network of many ReLUs at a high rate any rounding grows,
# by a factor that PyTorch has measured on itself (see generate.py). Few runs have
# measured it: others may be some times unluckier.
UNLUCKIER = 4


class TrajectoryTest(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="mlc-test-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def write(self, path: Path, workload: Workload, steps: int) -> None:
        """The model with one batch of data, which is an epoch."""
        names = [f"input_{i}.npy" for i in range(len(workload.input_shapes))]
        for name, array in zip(names, workload.inputs()):
            np.save(self.directory / name, array)
        np.save(self.directory / "target.npy", workload.targets())
        save_file(workload.weights(), self.directory / "weights.safetensors")
        model = json.loads(path.read_text())
        inputs = dict(zip(workload.input_shapes, names))
        model["data"] = {"train": {"inputs": inputs, "targets": "target.npy"}}
        model["training"]["epochs"] = steps
        (self.directory / "model.json").write_text(json.dumps(model))

    def train(self) -> list[float]:
        options = ["--initial-weights", "weights.safetensors", "--log", "log.csv"]
        result = subprocess.run(
            [MLC, "train", "model.json", "--quiet", "--no-shuffle", *options],
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        with (self.directory / "log.csv").open() as file:
            return [float(row["loss"]) for row in csv.DictReader(file)]

    def check(self, name: str) -> None:
        path = BENCH / "models" / f"{name}.json"
        expected, spread = (np.array(EXPECTED[name][key]) for key in ("losses", "spread"))
        self.write(path, read_workload(path), len(expected))
        found = np.array(self.train())
        self.assertEqual(found.shape, expected.shape)
        self.assertLess(expected[-1], 0.98 * expected[0], "something must have been learnt")
        bounds = ROUNDING + UNLUCKIER * spread
        errors = np.abs(found / expected - 1)
        text = f"relative errors {errors}, of at most {bounds}"
        self.assertTrue((errors <= bounds).all(), text)


def add_tests() -> None:
    """One for each model file, so that none is forgotten."""
    for path in sorted((BENCH / "models").glob("*.json")):
        name = path.stem
        setattr(TrajectoryTest, f"test_{name}", lambda self, name=name: self.check(name))


add_tests()

if __name__ == "__main__":
    unittest.main(verbosity=2)
