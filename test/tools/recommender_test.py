# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/recommender: large tables, of which a step touches only some rows."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from support import SOURCE, CommandTest, main

EXAMPLE = SOURCE / "examples/recommender"
BEST_LOSS = 0.25
TABLES = "user_taste", "item_taste", "user_bias", "item_bias"


class RecommenderTest(CommandTest):
    def small(self, users: int, items: int) -> dict:
        """The example with fewer users and items, and data for them."""
        subprocess.run(
            [sys.executable, EXAMPLE / "make_data.py", "--output", self.directory]
            + ["--users", str(users), "--items", str(items)]
            + ["--ratings", str(100 * users), "--test", "20000", "--seed", "1"],
            check=True,
            capture_output=True,
        )
        model = json.loads((EXAMPLE / "model.json").read_text())
        for layer in model["layers"]:
            if layer["type"] == "Embedding":
                layer["input_dim"] = users if layer["inputs"] == ["user"] else items
        return model

    def test_updates_are_sparse(self) -> None:
        text = self.mlc("inspect", EXAMPLE / "model.json")
        for table in TABLES:
            self.assertIn(f"Table {table}/embeddings: sparse update, 512 rows a step", text)

    def test_nothing_as_large_as_a_table_is_made(self) -> None:
        text = self.mlc("inspect", EXAMPLE / "model.json", "--stage=memory")
        step = text[text.index("func.func @train_step") :]
        arena = int(re.search(r"mlc\.arena_bytes = (\d+)", step)[1])
        self.assertLess(arena, 100_000)
        body = step[: step.index("return")]
        for copied in re.findall(r"memref\.copy .* to memref<(\d+)x", body):
            self.assertEqual(copied, "1", "sums of metrics alone are copied")

    def test_the_loss_approaches_the_best(self) -> None:
        model = self.write_json("m.json", self.small(users=6_000, items=4_000))
        self.mlc("train", model, "--quiet", "--save", "w.safetensors")
        text = self.mlc("evaluate", model, "--weights", "w.safetensors")
        loss = float(re.search(r"loss ([\d.]+)", text)[1])
        self.assertGreater(loss, 0.97 * BEST_LOSS, text)
        self.assertLess(loss, 1.18 * BEST_LOSS, text)

    def test_the_same_bits_on_two_threads(self) -> None:
        """Rows wide enough to be shared out by columns, and biases by rows."""
        model = self.small(users=1000, items=500)
        for layer in model["layers"]:
            if layer.get("output_dim", 0) > 1:
                layer["output_dim"] = 67
        model["training"].update(batch_size=65_536, epochs=2)
        path = self.write_json("m.json", model)
        for threads in (1, 2):
            self.mlc("train", path, "--quiet", "--save", f"w{threads}", "--threads", threads)
        self.assertEqual(self.path("w1").read_bytes(), self.path("w2").read_bytes())

    def test_adam_is_dense_and_says_why(self) -> None:
        model = self.small(users=50, items=40)
        model["training"]["optimizer"] = {"type": "Adam"}
        text = self.mlc("inspect", self.write_json("m.json", model))
        self.assertIn(
            "Table user_taste/embeddings: dense update, for the optimizer keeps "
            "momentum, velocity of every row",
            text,
        )

    def test_an_id_that_no_row_has(self) -> None:
        model = self.small(users=50, items=40)
        model["layers"][1]["input_dim"] = 30
        result = self.run_mlc("train", self.write_json("m.json", model), "--quiet")
        self.assertNotEqual(result.returncode, 0)
        self.assertRegex(
            result.stderr, r"train\.npz: .* at row \d+ is out of range: expected 0 to 29"
        )


if __name__ == "__main__":
    main()
