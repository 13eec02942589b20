# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""mlc compile --tune: plans that were measured are kept beside the model, and
change nothing but the time."""

from __future__ import annotations

import json
import re
from typing import Any

from support import CommandTest, main, small_model

# Wide enough for a product to have more than one tile.
LAYERS = [
    {"type": "Dense", "name": "hidden", "units": 96, "activation": "tanh"},
    {"type": "Dense", "name": "second", "units": 64, "activation": "relu"},
    {"type": "Dense", "name": "y", "units": 3},
]


class TuneTest(CommandTest):
    def setUp(self) -> None:
        super().setUp()
        training = {**small_model()["training"], "batch_size": 32}
        self.write_small(64, layers=LAYERS, training=training)

    def tuned(self) -> dict[str, Any]:
        return json.loads(self.path("model.tune.json").read_text())

    def write_choice(self, **changes: Any) -> str:
        """A file that has another choice for the product of the second layer,
        whose contraction it returns."""
        self.path("model.tune.json").unlink(missing_ok=True)
        llvm = self.mlc("inspect", "model.json", "--stage=llvm")
        triple = re.search(r'target triple = "(.*)"', llvm)
        cpu = re.search(r'"target-cpu"="([^"]*)"', llvm)
        lanes = max(n for n in (4, 8, 16) if f"<{n} x float>" in llvm)
        self.assertTrue(triple and cpu)
        name = f"{lanes} lanes: 32/96/0/64 64/0/1/1 96/1/64/0"
        choice = {"rows": 2, "vectors": 1, "packed": False, "block": 0, "chunk": 0}
        contractions = {name: {**choice, **changes}}
        root = {"target": triple[1], "cpu": cpu[1], "contractions": contractions}
        self.write_json("model.tune.json", root)
        return name

    def train(self, save: str) -> None:
        self.mlc("train", "model.json", "--save", save, "--quiet")

    def test_keeps_what_it_measured(self) -> None:
        self.mlc("compile", "model.json", "--tune")
        root = self.tuned()
        self.assertEqual(list(root), ["target", "cpu", "contractions"])
        for choice in root["contractions"].values():
            self.assertEqual(list(choice), ["rows", "vectors", "packed", "block", "chunk"])
            self.assertGreaterEqual(choice["rows"], 1)
        before = self.path("model.o").read_bytes()
        self.mlc("compile", "model.json")
        self.assertEqual(self.path("model.o").read_bytes(), before)

    def test_a_choice_is_followed_and_changes_no_bit(self) -> None:
        self.train("planned.safetensors")
        self.mlc("compile", "model.json", "-o", "planned.o")
        self.write_choice()
        self.train("tuned.safetensors")
        self.mlc("compile", "model.json", "-o", "tuned.o")
        self.assert_same_file("planned.safetensors", "tuned.safetensors")
        self.assertNotEqual(self.path("planned.o").read_bytes(), self.path("tuned.o").read_bytes())

    def test_of_another_processor_it_is_ignored(self) -> None:
        self.mlc("compile", "model.json", "-o", "planned.o")
        self.write_choice()
        self.write_json("model.tune.json", {**self.tuned(), "cpu": "i8086"})
        result = self.run_mlc("compile", "model.json", "-o", "tuned.o")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"note: .*model\.tune\.json is for i8086 .* ignored")
        self.assert_same_file("planned.o", "tuned.o")

    def test_choices_that_cannot_be_followed(self) -> None:
        for changes, message in (
            ({"rows": 33}, "expected `rows` to be a multiple of 1 up to 32, found 33"),
            ({"rows": 0}, "found 0"),
            ({"vectors": 9}, "expected `vectors` to be 1 to 4, found 9"),
            ({"rows": 32, "vectors": 4}, "needs 133 registers"),
            ({"block": 7}, "expected `block` to be 0 or to divide the sum's length"),
            ({"chunk": 3}, "expected `chunk` to be 0 or a multiple of the tile's rows"),
        ):
            with self.subTest(**changes):
                name = self.write_choice(**changes)
                text = self.fails("compile", "model.json")
                self.assertIn(message, text)
                line = self.path("model.tune.json").read_text().split(name)[0].count("\n") + 1
                self.assertRegex(text, rf"model\.tune\.json:{line}:\d+: error")

    def test_files_that_are_not_as_they_should_be(self) -> None:
        self.write_choice()
        good = self.tuned()
        [name] = good["contractions"]
        for content, message in (
            ("{", "model.tune.json:1:2: error"),
            ("[]", "expected an object, found"),
            (json.dumps({**good, "cpus": 1}), 'unknown key "cpus"; did you mean "cpu"?'),
            (json.dumps({**good, "cpu": 1}), "expected a string"),
            (json.dumps({**good, "contractions": []}), "expected an object"),
            (json.dumps({**good, "contractions": {name: {"rows": 1}}}), '"vectors" is missing'),
        ):
            with self.subTest(content[:40]):
                self.path("model.tune.json").write_text(content)
                self.assertIn(message, self.fails("compile", "model.json"))

    def test_measures_on_this_machine_only(self) -> None:
        text = self.fails("compile", "model.json", "--tune", "--target", "aarch64-linux-gnu")
        self.assertIn("--tune measures on this machine", text)
        self.assertFalse(self.path("model.tune.json").exists())

    def test_a_model_without_training(self) -> None:
        self.write_json("model.json", small_model(layers=LAYERS, training=None, data=None))
        self.mlc("bench", "model.json", "--tune", "--function", "predict", "--seconds", "0.01")
        self.assertIn("contractions", self.tuned())


if __name__ == "__main__":
    main()
