# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""mlc check and mlc bench: what they find, and what they say."""

from __future__ import annotations

import json

from layer_models import LAYERS, layer_types, loss_types, model_around, model_with_loss
from support import DIGITS, SOURCE, CommandTest, main, small_model

BENCH_FIELDS = {
    "median_us", "min_us", "gflops", "peak_gflops", "share_of_peak", "compile_seconds",
    "state_bytes", "workspace_bytes", "threads", "function", "model",
}  # fmt: skip


class CheckTest(CommandTest):
    def test_every_element(self) -> None:
        text = self.mlc("check", self.write_json("m.json", small_model(data=None)), "--all")
        self.assertRegex(text, r"hidden/kernel +35 +35 ")
        self.assertRegex(text, r"y/bias +3 +3 ")
        worst = r"worst relative error \S+ at \w+/\w+\[[\d, ]+\]"
        self.assertRegex(text, rf"\nall gradients agree: {worst}\n$")

    def test_a_sample(self) -> None:
        model = DIGITS / "model.json"
        first = self.mlc("check", model, "--samples", 5)
        self.assertRegex(first, r"hidden/kernel +5 +8,192 ")
        self.assertEqual(first, self.mlc("check", model, "--samples", 5))
        self.assertNotEqual(first, self.mlc("check", model, "--samples", 5, "--seed", 2))

    def test_golden_models(self) -> None:
        for path in sorted((SOURCE / "test/golden").glob("*/model.json")):
            if "training" in json.loads(path.read_text()):
                with self.subTest(path.parent.name):
                    self.assertIn("all gradients agree", self.mlc("check", path, "--samples", 4))

    def test_every_loss(self) -> None:
        losses = loss_types()
        self.assertGreater(len(losses), 15)
        self.assertIn("ctc", losses)
        for loss in losses:
            with self.subTest(loss):
                path = self.write_json("m.json", model_with_loss(loss))
                text = self.mlc("check", path, "--samples", 6)
                self.assertIn("all gradients agree", text)

    def test_every_layer(self) -> None:
        for kind in layer_types():
            for use in LAYERS.get(kind, []):
                with self.subTest(kind, options=use.options):
                    path = self.write_json("m.json", model_around(kind, use))
                    self.assertIn("all gradients agree", self.mlc("check", path, "--samples", 8))
            with self.subTest(kind):
                self.assertIn(kind, LAYERS, "add a use of the layer to layer_models.py")

    def test_differences_fail(self) -> None:
        # Differences are never this exact.
        model = self.write_json("m.json", small_model(data=None))
        error = self.fails("check", model, "--tolerance", "1e-15")
        self.assertIn("differ from finite differences by more than 1.0e-15", error)

    def test_nothing_to_check(self) -> None:
        model = self.write_json("m.json", small_model(training=None, data=None))
        self.assertIn('add "training"', self.fails("check", model))


class BenchTest(CommandTest):
    def test_model(self) -> None:
        model = self.write_json("m.json", small_model(data=None))
        for function in ("train_step", "predict", "evaluate_step"):
            line = self.mlc(
                "bench", model, "--function", function, "--json", "--seconds", "0.05"
            ).strip()
            result = json.loads(line)
            self.assertLessEqual(BENCH_FIELDS, set(result))
            self.assertEqual((result["model"], result["function"]), ("small", function))
            self.assertLessEqual(result["min_us"], result["median_us"])
            self.assertGreater(result["gflops"], 0)
            self.assertNotIn("round_trip_ns", result)
        self.assertIn("GFLOP/s", self.mlc("bench", model, "--seconds", "0.05"))

    def test_threads(self) -> None:
        model = self.write_json("m.json", small_model(data=None))
        command = ["bench", model, "--seconds", "0.05", "--threads", 2]
        self.assertGreater(json.loads(self.mlc(*command, "--json"))["round_trip_ns"], 0)
        self.assertIn("ns from each other and back", self.mlc(*command))

    def test_peak(self) -> None:
        line = json.loads(self.mlc("bench", "--peak", "--json", "--threads", 1))
        self.assertEqual(set(line), {"peak_gflops", "bandwidth_gbs", "threads"})
        self.assertGreater(min(line.values()), 0)

    def test_wrong_use(self) -> None:
        model = self.write_json("m.json", small_model(training=None, data=None))
        self.assertIn("--peak", self.fails("bench"))
        self.assertIn("leave out the model", self.fails("bench", model, "--peak"))
        self.assertIn("can only predict", self.fails("bench", model))
        self.fails("bench", model, "--function", "init")
        self.fails("bench", "missing.json")


if __name__ == "__main__":
    main()
