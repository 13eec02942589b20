# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The same model computes the same on every machine.

    targets_test.py MACHINE      (a name of bench/machines.py)

Models are compiled for that machine, linked with the driver in C, and run: by
this processor, qemu or node. Losses of several steps, metrics and predictions
are those of this machine but for rounding. The environment's MLC is the
compiler.
"""

from __future__ import annotations

import os
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "bench"))

from machines import MACHINES, NATIVE, Machine, Program  # noqa: E402

MLC = os.environ.get("MLC", "mlc")
MODELS = sorted((SOURCE / "test/targets/models").glob("*.json"))
STEPS = 5
# Adam divides by the root of a gradient's square, which makes rounding of small
# ones larger.
TOLERANCE = 2e-3
SKIPPED = 77
# What Debian 12's qemu stops at: conversions between vectors of integers and
# floats.
NOT_EMULATED = {"riscv64-v": ("lstm", "mlp")}


class TargetTest(unittest.TestCase):
    machine: Machine

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="mlc-test-")
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name)

    def numbers(self, machine: Machine, model: Path, threads: int = 1) -> list[float]:
        program = Program(MLC, machine, model, self.directory, threads)
        return program.numbers("check", STEPS)

    def test_computes_what_this_machine_does(self) -> None:
        for model in MODELS:
            if model.stem in NOT_EMULATED.get(self.machine.name, ()):
                continue
            with self.subTest(model.stem):
                expected = self.numbers(NATIVE, model)
                found = self.numbers(self.machine, model)
                self.assertEqual(len(found), len(expected))
                for place, (is_, should) in enumerate(zip(found, expected)):
                    within = TOLERANCE * (0.1 + abs(should))
                    self.assertLess(abs(is_ - should), within, f"number {place}")
                self.assertLess(expected[STEPS - 1], expected[0], "it learns")

    def test_two_threads_give_the_same_bits(self) -> None:
        if self.machine.is_wasm:
            self.skipTest("has no threads")
        model = SOURCE / "examples/digits/model.json"
        one, two = (self.numbers(self.machine, model, threads) for threads in (1, 2))
        self.assertEqual(one, two)


if __name__ == "__main__":
    machines = {machine.name: machine for machine in MACHINES}
    TargetTest.machine = machines[sys.argv.pop(1)]
    if lacks := TargetTest.machine.missing():
        print(f"skipped, for this machine lacks {', '.join(lacks)}")
        sys.exit(SKIPPED)
    unittest.main()
