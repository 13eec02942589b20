# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""mlc profile: where the time of a function goes."""

from __future__ import annotations

import json

from support import CommandTest, main, small_model


class ProfileTest(CommandTest):
    def setUp(self) -> None:
        super().setUp()
        self.write_json("model.json", small_model())

    def kernels(self, *options: str) -> dict[str, dict[str, float]]:
        text = self.mlc("profile", "model.json", "--json", "--seconds", "0.01", *options)
        profile = json.loads(text)
        self.assertGreater(profile["peak_gflops"], 0)
        self.assertGreater(profile["bandwidth_gbs"], 0)
        return {kernel.pop("kernel"): kernel for kernel in profile["kernels"]}

    def test_each_kernel_of_a_prediction(self) -> None:
        kernels = self.kernels("--function", "predict")
        self.assertEqual(len(kernels), 2)
        for name, kernel in kernels.items():
            self.assertIn(name.split(".")[0], ("hidden", "y"))
            self.assertEqual((kernel["kind"], kernel["calls"]), ("contraction", 1))
            self.assertGreater(kernel["min_us"], 0)
            self.assertGreaterEqual(kernel["us"], kernel["min_us"])
        # Products of 8 rows: 5 x 7 and a bias, tanh; 7 x 3 and a bias.
        hidden = next(kernel for name, kernel in kernels.items() if name.startswith("hidden"))
        flops = hidden["gflops"] * hidden["us"] * 1e3
        self.assertAlmostEqual(flops, 8 * (2 * 5 * 7 + 7 + 7), delta=1)
        moved = hidden["gbs"] * hidden["us"] * 1e3
        self.assertAlmostEqual(moved, 4 * (8 * 5 + 5 * 7 + 7 + 8 * 7), delta=1)

    def test_a_step_has_more_of_them(self) -> None:
        names = self.kernels()
        self.assertGreater(len(names), 5)
        self.assertTrue(any("crossentropy" in name for name in names))
        self.assertEqual(len(self.kernels("--rows", "3")), 3)

    def test_threads(self) -> None:
        self.assertEqual(set(self.kernels("--threads", "2")), set(self.kernels()))

    def test_table(self) -> None:
        text = self.mlc("profile", "model.json", "--seconds", "0.01", "--rows", "2")
        lines = text.splitlines()
        self.assertEqual(lines[0].split()[:4], ["kernel", "kind", "calls", "us"])
        self.assertRegex(lines[4], r"^and \d+ more$")
        self.assertIn("GB/s of memory", lines[-1])

    def test_mistakes(self) -> None:
        self.assertIn("--function", self.fails("profile", "model.json", "--function", "nothing"))
        message = self.fails("profile", "model.json", "--function", "generate_step")
        self.assertIn("model.json:", message)
        self.write_json("model.json", small_model(training=None, data=None))
        self.assertIn("no function 'train_step'", self.fails("profile", "model.json"))


if __name__ == "__main__":
    main()
