# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The peers refuse a model that is not, in everything, the one that they know:
they would measure another one than mlc."""

from __future__ import annotations

import copy
import json
import sys
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH / "peers"))

from structure import Unknown, read_structure  # noqa: E402
from workload import read_workload  # noqa: E402

Json = dict[str, Any]


def models() -> Iterator[tuple[Path, Json]]:
    for path in sorted((BENCH / "models").glob("*.json")):
        yield path, json.loads(path.read_text())


class StructureTest(unittest.TestCase):
    def assert_refused(self, model: Json, layers: list[Json]) -> None:
        with self.assertRaises(Unknown):
            read_structure({**model, "layers": layers})

    def test_an_option_more_or_less_of_any_layer(self) -> None:
        for path, model in models():
            for i, layer in enumerate(model["layers"]):
                for option in ("unheard_of", *layer):
                    layers = copy.deepcopy(model["layers"])
                    if option in layer:
                        del layers[i][option]
                    else:
                        layers[i][option] = 1
                    with self.subTest(model=path.stem, layer=layer["name"], option=option):
                        self.assert_refused(model, layers)

    def test_a_layer_more_or_less(self) -> None:
        more = {"type": "Dropout", "name": "more", "rate": 0.1}
        for path, model in models():
            layers = model["layers"]
            for i in range(len(layers)):
                with self.subTest(model=path.stem, layer=layers[i]["name"]):
                    self.assert_refused(model, [*layers[:i], more, *layers[i:]])
            with self.subTest(model=path.stem):
                self.assert_refused(model, [*layers, more])
                self.assert_refused(model, layers[:-1])

    def test_another_training(self) -> None:
        changes: list[Json] = [
            {"loss": {"type": "sparse_categorical_crossentropy"}},
            {"loss": "mean_squared_error"},
            {"optimizer": {"type": "RMSprop"}},
            {"optimizer": {"type": "Adam", "amsgrad": True}},
            {"optimizer": {"type": "SGD", "momentum": 0.9, "nesterov": True}},
        ]
        for path, model in models():
            for change in changes:
                with self.subTest(model=path.stem, change=change):
                    with tempfile.TemporaryDirectory() as directory:
                        file = Path(directory) / path.name
                        training = {**model["training"], **change}
                        file.write_text(json.dumps({**model, "training": training}))
                        with self.assertRaises(SystemExit):
                            read_workload(file)


if __name__ == "__main__":
    unittest.main()
