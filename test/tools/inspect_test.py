# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""mlc inspect: the summary, the stages, the memory and the picture."""

from __future__ import annotations

import json
import re
from itertools import combinations
from xml.etree import ElementTree

from support import DIGITS, SOURCE, CommandTest, main

SVG = "{http://www.w3.org/2000/svg}"

# A branch, an edge past several rows, a frozen layer, two outputs.
BRANCHED = {
    "name": "branched",
    "inputs": [{"name": "left", "shape": [7]}, {"name": "right", "shape": [4]}],
    "layers": [
        {"type": "Dense", "name": "a", "units": 6, "inputs": ["left"], "trainable": False},
        {"type": "Dense", "name": "b", "units": 6, "inputs": ["right"]},
        {"type": "Dense", "name": "c", "units": 6, "inputs": ["a"]},
        {"type": "Dense", "name": "d", "units": 6, "inputs": ["c"]},
        {"type": "Add", "name": "sum", "inputs": ["a", "d", "b"]},
        {"type": "Dense", "name": "kind", "units": 3, "inputs": ["sum"]},
        {"type": "Concatenate", "name": "both", "inputs": ["kind", "left"]},
        {"type": "Dense", "name": "size", "units": 1, "inputs": ["both"]},
    ],
    "outputs": ["size", "kind"],
}


class InspectTest(CommandTest):
    def setUp(self) -> None:
        super().setUp()
        self.digits = DIGITS / "model.json"

    def test_summary(self) -> None:
        text = self.mlc("inspect", self.digits)
        self.assertRegex(text, r"hidden \(Dense\) +\(batch, 128\) +8,320 +16,640 +flatten")
        self.assertIn("Parameters: 9,610 (37.5 KiB): 9,610 trainable, 0 frozen", text)
        for function in ("init", "predict", "train_step", "evaluate_step", "metrics"):
            self.assertRegex(text, rf"\n{function} ")

    def test_frozen_layers_are_counted(self) -> None:
        text = self.mlc("inspect", self.write_json("m.json", BRANCHED))
        self.assertIn("a (Dense), frozen", text)
        self.assertRegex(text, r"sum \(Add\) .* a, d, b\n")
        self.assertIn(", 48 frozen", text)
        self.assertNotIn("train_step", text)

    def test_policies(self) -> None:
        model = json.loads(json.dumps(BRANCHED))
        self.assertNotIn("policy", self.mlc("inspect", self.write_json("m.json", model)))
        model["dtype_policy"] = "mixed_bfloat16"
        model["layers"][2]["dtype"] = "float32"
        text = self.mlc("inspect", self.write_json("m.json", model))
        self.assertIn("\nDtype policy: mixed_bfloat16, but float32 in c\n", text)

    def test_attention(self) -> None:
        heads = {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 3}
        training = {
            "loss": "mean_squared_error",
            "optimizer": "SGD",
        }
        model = {
            "inputs": [{"name": "x", "shape": [5, 4]}],
            "layers": [
                {**heads, "name": "plain"},
                {**heads, "name": "thinned", "dropout": 0.2},
            ],
        }
        text = self.mlc("inspect", self.write_json("m.json", {**model, "training": training}))
        self.assertIn("Attention plain: its scores are never stored\n", text)
        self.assertIn("Attention thinned: its scores are stored in training steps, ", text)
        text = self.mlc("inspect", self.write_json("m.json", model))
        self.assertIn("Attention thinned: its scores are never stored\n", text)
        self.assertNotIn("Attention", self.mlc("inspect", self.digits))

    def test_every_stage(self) -> None:
        listing = self.mlc("inspect", "--list-stages")
        names = [line.split()[0] for line in listing.splitlines()[2:]]
        self.assertEqual(names[0], "model")
        self.assertEqual(names[-2:], ["llvm", "asm"])
        seen = {name: self.mlc("inspect", self.digits, "--stage", name) for name in names}
        self.assertEqual(len(set(seen.values())), len(names))
        self.assertIn("mlc.gradient", seen["model"])
        self.assertNotIn("mlc.gradient", seen["training"])
        self.assertIn("mlc.fusion", seen["fusion"])
        self.assertIn("linalg.generic", seen["linalg"])
        self.assertIn("define", seen["llvm"])

    def test_stage_of_another_machine(self) -> None:
        text = self.mlc("inspect", self.digits, "--stage=llvm", "--target=aarch64-linux-gnu")
        self.assertIn('target triple = "aarch64', text)

    def test_locations(self) -> None:
        text = self.mlc("inspect", self.digits, "--stage=training", "--locations")
        self.assertRegex(text, r'"hidden"')
        self.assertRegex(text, r"model\.json\D+9:\d+")

    def test_unknown_stage(self) -> None:
        error = self.fails("inspect", self.digits, "--stage=fusoin")
        self.assertIn('did you mean "fusion"?', error)
        self.assertIn('"llvm-dialect"', self.fails("inspect", self.digits, "--stage=xyzzy"))

    def test_memory(self) -> None:
        text = self.mlc("inspect", self.digits, "--memory")
        self.assertRegex(text, r"hidden/kernel +parameter +\(64, 128\) +0 +32,768")
        arena = text.split("Arena of train_step: ")[1].split("Arena of ")[0]
        sizes = re.match(r"([\d,]+) bytes.*\nLower bound ([\d,]+) bytes.*slack ([\d.]+)%", arena)
        assert sizes
        total, lower = (int(sizes[i].replace(",", "")) for i in (1, 2))
        self.assertGreaterEqual(total, lower)
        self.assertAlmostEqual(float(sizes[3]), 100 * (total - lower) / lower, delta=0.06)
        self.assertLessEqual(max(len(line) for line in arena.splitlines()[1:]), 100)
        self.check_arena(arena, total)

    def check_arena(self, arena: str, total: int) -> None:
        """Nothing alive at once overlaps, and all is inside."""
        row = r"^\w +\S.*? +([\d,]+) +([\d,]+) +(\d+) - (\d+)$"
        items = [
            tuple(int(number.replace(",", "")) for number in match.groups())
            for match in re.finditer(row, arena, re.MULTILINE)
        ]
        self.assertGreater(len(items), 3)
        for offset, size, first, last in items:
            self.assertLessEqual(offset + size, total)
            self.assertLessEqual(first, last)
        for a, b in combinations(items, 2):
            together = a[2] <= b[3] and b[2] <= a[3]
            overlap = a[0] < b[0] + b[1] and b[0] < a[0] + a[1]
            self.assertFalse(together and overlap, f"{a} and {b}")

    def test_memory_budget(self) -> None:
        model = SOURCE / "bench/models/resnet20.json"
        text = self.mlc("inspect", model, "--memory=40MiB")
        arena = text.split("Arena of train_step: ")[1].split("Arena of ")[0]
        total = int(arena.split(" bytes")[0].replace(",", ""))
        self.assertLess(total, 40 << 20)
        self.check_arena(arena, total)
        stage = self.mlc("inspect", model, "--stage=memory", "--memory=40MiB")
        self.assertIn(f"mlc.arena_bytes = {total} : i64", stage)
        error = self.fails("inspect", model, "--memory=100KB")
        self.assertRegex(error, r"resnet20.json:1:1: error: expected a memory budget of at least")
        self.assertRegex(error, r"that train_step can do with; found 100000")

    def test_wrong_budgets(self) -> None:
        for wrong in ("64MIB", "0", "-1", "much", "1e30", "5 MiB x"):
            error = self.fails("inspect", self.digits, f"--memory={wrong}")
            self.assertIn("such as 1000, 64KiB or 1.5GiB, found " + wrong, error)

    def test_arenas_are_near_their_lower_bound(self) -> None:
        for model in sorted((SOURCE / "bench/models").glob("*.json")):
            text = self.mlc("inspect", model, "--memory")
            slacks = [float(slack) for slack in re.findall(r"slack ([\d.]+)%", text)]
            self.assertGreater(len(slacks), 2)
            self.assertLess(max(slacks), 10, model.name)

    def test_graph(self) -> None:
        self.mlc("inspect", self.write_json("m.json", BRANCHED), "--graph", "m.svg")
        root = ElementTree.parse(self.path("m.svg")).getroot()
        texts = [text.text or "" for text in root.iter(SVG + "text")]
        for expected in ("left", "sum", "Concatenate", "(batch, 6), 48 parameters", "Output"):
            self.assertIn(expected, texts)
        edges = len(list(root.iter(SVG + "path")))
        self.assertEqual(edges, sum(len(layer["inputs"]) for layer in BRANCHED["layers"]) + 2)
        self.check_boxes(root)

    def check_boxes(self, root: ElementTree.Element) -> None:
        """Boxes are inside the picture, and none covers another."""
        boxes = [
            tuple(float(rect.get(key, "nan")) for key in ("x", "y", "width", "height"))
            for group in root.iter(SVG + "g")
            for rect in group.iter(SVG + "rect")
        ]
        self.assertEqual(len(boxes), 2 + len(BRANCHED["layers"]) + 2)
        for x, y, width, height in boxes:
            self.assertGreaterEqual(min(x, y), 0)
            self.assertLessEqual(x + width, float(root.get("width", "nan")))
            self.assertLessEqual(y + height, float(root.get("height", "nan")))
        for a, b in combinations(boxes, 2):
            beside = a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0]
            above = a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1]
            self.assertTrue(beside or above, f"{a} covers {b}")

    def test_unwritable_graph(self) -> None:
        self.assertIn("cannot write", self.fails("inspect", self.digits, "--graph", "no/where.svg"))
        self.assertEqual(self.files(), set())

    def test_one_view_at_a_time(self) -> None:
        error = self.fails("inspect", self.digits, "--memory", "--stage=model")
        self.assertIn("--memory=64MiB", error)
        self.assertIn("name a model file", self.fails("inspect"))


if __name__ == "__main__":
    main()
